"""Writes a backup: into a file beside its name, which it gets when it is whole."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from deploy.backup.changes import token_now
from deploy.backup.cut import Snapshot, cut
from deploy.backup.manifest import (
    FRAME_BYTES,
    CollectionPart,
    FrameHead,
    Manifest,
    ServicePart,
    Tally,
    packed,
)
from deploy.backup.sealing import Sealer
from shared.ids import new_id
from shared.store.backups import mark_backed_up
from shared.store.connection import Store

SUFFIX = ".khoi-backup"
Progress = Callable[[str, int], None]
"""Told a service and how many of its documents are written."""


def create(
    stores: Mapping[str, Store], folder: Path, key: bytes, *, progress: Progress | None = None
) -> tuple[Path, Manifest]:
    """Write a backup of *stores* into *folder* under *key*; return the file and what it holds.

    Raises CutError, OSError and pymongo's errors; a file half written does not stay.
    """
    khoi_id = next(iter(stores.values())).settings.khoi_id
    folder.mkdir(parents=True, exist_ok=True)
    begun = folder / f".{new_id()}.part"
    try:
        tokens = {name: token_now(store) for name, store in stores.items()}  # before the cut, never behind it
        with cut(stores) as (moment, snapshots):
            descriptor = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                sealer = Sealer(file, key)
                parts = [_service(sealer, each, progress) for each in snapshots]
                manifest = Manifest(
                    id=new_id(),
                    khoi_id=khoi_id,
                    software=_version(),
                    cut_at=moment,
                    finished_at=datetime.now(UTC),
                    services=dict(zip(stores, parts, strict=True)),
                    tokens=tokens,
                )
                sealer.finish(msgspec.json.encode(manifest))
                file.flush()
                os.fsync(file.fileno())
        target = folder / f"{khoi_id}-{moment:%Y%m%dT%H%M%SZ}{SUFFIX}"
        os.link(begun, target)  # never over another file
    finally:
        begun.unlink(missing_ok=True)
    for store in stores.values():
        mark_backed_up(store, manifest.id, moment)
    return target, manifest


def _service(sealer: Sealer, snapshot: Snapshot, progress: Progress | None) -> ServicePart:
    parts: dict[str, CollectionPart] = {}
    written = 0
    for collection in snapshot.collections:
        parts[collection] = _collection(sealer, snapshot, collection)
        written += parts[collection].documents
        if progress is not None:
            progress(snapshot.service, written)
    return ServicePart(
        position=int(snapshot.head["position"]),
        entry=int(snapshot.head["entry"]),
        hash=str(snapshot.head["hash"]),
        collections=parts,
    )


def _collection(sealer: Sealer, snapshot: Snapshot, collection: str) -> CollectionPart:
    tally, head = Tally(), FrameHead(snapshot.service, collection)
    for batch in _batches(snapshot.documents(collection)):
        tally.add(b"".join(batch), len(batch))
        sealer.write(packed(head, batch))
    return tally.part()


def _batches(documents: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for document in documents:
        if batch and size + len(document) > FRAME_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += len(document)
    if batch:
        yield batch


def _version() -> str:
    """Return the version of the software; in the image the project only lies on the path."""
    try:
        return importlib.metadata.version("khoi")
    except importlib.metadata.PackageNotFoundError:
        return "image"
