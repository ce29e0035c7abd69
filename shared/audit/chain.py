"""The hash chain: each entry carries the hash of the one before, so that none can vanish or change unseen."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

GENESIS = "0" * 64
"""What the first entry names as its predecessor's hash."""


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which record, when, in which role, and why where a reason is required."""

    at: datetime
    actor: str
    role: str | None
    organization: str | None
    action: str
    subject: str
    member_id: str | None
    reason: str | None
    before: str | None
    after: str | None
    request_id: str


def _hash(number: int, previous: str, entry: AuditEntry) -> str:
    canonical = msgspec.json.encode([number, previous, entry], order="deterministic")
    return hashlib.sha256(canonical).hexdigest()


def chained(entry: AuditEntry, *, number: int, previous: str) -> dict[str, Any]:
    """Return the Mongo document of *entry* as link *number* after the link whose hash is *previous*."""
    return {
        "_id": number,
        **msgspec.structs.asdict(entry),
        "previous": previous,
        "hash": _hash(number, previous, entry),
    }


def entry_of(document: dict[str, Any]) -> AuditEntry:
    """Read the entry back from its Mongo document."""
    return AuditEntry(**{name: document.get(name) for name in AuditEntry.__struct_fields__})  # type: ignore[arg-type]  # values come from our own documents; verify() recomputes their hash


def link_hash(document: dict[str, Any]) -> str:
    """Recompute the hash that the document of a link should carry."""
    return _hash(int(document["_id"]), str(document["previous"]), entry_of(document))
