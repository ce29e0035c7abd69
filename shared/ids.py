"""Identifiers: UUID version 7 as text, so that new ids sort by the moment they were made."""

from __future__ import annotations

import uuid6


def new_id() -> str:
    """Return a new UUIDv7 (RFC 9562) as 36 characters of lower-case text."""
    return str(uuid6.uuid7())
