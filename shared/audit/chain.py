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


def reason_digest(entry: AuditEntry) -> str | None:
    """Return what stands for the reason where its text must not go; the request's id keeps it from being looked up."""
    if entry.reason is None:
        return None
    return hashlib.sha256(f"{entry.request_id}\x00{entry.reason}".encode()).hexdigest()


def hash_of(number: int, previous: str, entry: AuditEntry, digest: str | None) -> str:
    """Return the hash of link *number*: over the *digest* of the reason, so that the chain is checked without texts."""
    canonical = msgspec.json.encode(
        [number, previous, msgspec.structs.replace(entry, reason=digest)], order="deterministic"
    )
    return hashlib.sha256(canonical).hexdigest()


def _hash(number: int, previous: str, entry: AuditEntry) -> str:
    return hash_of(number, previous, entry, reason_digest(entry))


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


def first_form_hash(document: dict[str, Any]) -> str:
    """Recompute the hash as the first links carry it: over the text of the reason itself."""
    entry = entry_of(document)
    return hash_of(int(document["_id"]), str(document["previous"]), entry, entry.reason)


def is_sound(document: dict[str, Any]) -> bool:
    """Say whether the document of a link still says what its hash was made over."""
    return document["hash"] in {link_hash(document), first_form_hash(document)}
