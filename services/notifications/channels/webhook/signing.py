"""How a webhook proves where it comes from: HMAC-SHA256 over time and body, with each secret now in use."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """Return the signature of *body* sent at *timestamp* (seconds since 1970)."""
    message = str(timestamp).encode() + b"." + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def headers(secrets: Sequence[str], timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that let the target check time and sender; one signature for each secret."""
    signed = ",".join(f"v1={signature(each, timestamp, body)}" for each in secrets)
    return {"Khoi-Timestamp": str(timestamp), "Khoi-Signature": signed}
