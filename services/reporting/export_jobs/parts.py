"""Counted parts of exports that are not finished, so that whoever goes on need not begin again; and the files."""

from __future__ import annotations

from shared.clock import SystemClock
from shared.store.connection import Store
from shared.store.files import Files
from shared.store.indexes import Index

PARTS = "export_parts"
KEPT_SECONDS = 7 * 24 * 3600

INDEXES = (
    Index(PARTS, (("export_id", 1),)),
    Index(PARTS, (("created_at", 1),), expire_after_seconds=KEPT_SECONDS),
)


def keep(store: Store, export_id: str, number: int, content: bytes) -> None:
    """Keep one part; a second time in its place, for a worker may have died before it said so."""
    key = f"{export_id}:{number:06d}"
    store.collection(PARTS).replace_one(
        {"_id": key},
        # The database forgets by its own clock, not by a test's.
        {"_id": key, "export_id": export_id, "content": content, "created_at": SystemClock().now()},
        upsert=True,
    )


def kept(store: Store, export_id: str) -> list[bytes]:
    """Return the parts of an export in their order."""
    found = store.collection(PARTS).find({"export_id": export_id})
    return [bytes(document["content"]) for document in sorted(found, key=lambda document: document["_id"])]


def forget(store: Store, export_id: str) -> None:
    """Remove the parts of an export that needs them no more."""
    store.collection(PARTS).delete_many({"export_id": export_id})


def files(store: Store) -> Files:
    """Return the finished files, each under the id of its export."""
    return Files(store, "export_files")
