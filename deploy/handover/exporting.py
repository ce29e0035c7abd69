"""Xuất bàn giao (export for handover): everything of a deployment in open formats, readable without this software.

Each collection is a file of JSON Lines in MongoDB's Extended JSON (canonical, so that types survive); scans are the
files they were; register and cases stand besides as CSV. The manifest names every file with its SHA-256: its own hash
is what both sides sign.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import msgspec
from bson.json_util import CANONICAL_JSON_OPTIONS, dumps

from deploy.backup.cut import Snapshot, cut
from deploy.backup.verifying import Head
from services.members.documents import Member
from services.members.keys import open_record
from shared.access.actor import Context
from shared.clock import SystemClock
from shared.ids import new_id
from shared.store.connection import Document, Store
from shared.store.sealed import Sealing
from shared.store.unit_of_work import Transaction, UnitOfWork

FORMAT = "khoi-handover-1"
MANIFEST = "manifest.json"
NOT_HANDED_OVER = frozenset({"relay", "idempotency", "revocations", "sent_log", "audit_checks"})
"""Of the old deployment's broker and clients."""
TABLES = {
    "members": ("organizations", "members", "transfers"),
    "reviews": ("cases", "rounds", "deadlines"),
}
"""What stands besides as CSV."""
_DATES: bson.CodecOptions[Document] = bson.CodecOptions(tz_aware=True)
_FILES, _CHUNKS = ".files", ".chunks"


class HandoverError(RuntimeError):
    """The handover was refused or does not hold; the message says why."""


class FilePart(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its hash, its size and, for JSON Lines, how many documents."""

    sha256: str
    size: int
    documents: int | None = None


class HandoverManifest(msgspec.Struct, frozen=True, kw_only=True):
    """The whole handover."""

    format: str
    id: str
    khoi_id: str
    khoi_name: str
    cut_at: datetime
    made_at: datetime
    services: dict[str, Head]
    files: dict[str, FilePart]


class _Target:
    """The folder that is written; it takes the hash of everything on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, FilePart] = {}

    def write(self, name: str, pieces: Iterable[bytes], *, counted: bool = False) -> None:
        """Write *pieces* into the file *name*; nothing is written for none, when they are counted documents."""
        path, sha256, size, count = self.folder / name, hashlib.sha256(), 0, 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                file.write(piece)
                sha256.update(piece)
                size += len(piece)
                count += 1
        self.files[name] = FilePart(
            sha256=sha256.hexdigest(), size=size, documents=count if counted else None
        )


def export(
    stores: Mapping[str, Store], folder: Path, *, khoi_name: str, reason: str, context: Context
) -> tuple[HandoverManifest, str]:
    """Write everything of *stores* into the new *folder*; return the manifest and its SHA-256.

    Raises HandoverError, CutError, SealedValueError, OSError and pymongo's errors.
    """
    _nothing_waits(stores)
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError as error:
        raise HandoverError(f"{folder} đã có; hãy chọn thư mục mới (exists already)") from error
    target = _Target(folder)
    with cut(stores) as (moment, snapshots):
        for snapshot in snapshots:
            _service(target, snapshot, stores[snapshot.service].sealing)
        heads = {
            each.service: Head(
                position=int(each.head["position"]),
                entry=int(each.head["entry"]),
                hash=str(each.head["hash"]),
            )
            for each in snapshots
        }
    manifest = HandoverManifest(
        format=FORMAT,
        id=new_id(),
        khoi_id=next(iter(stores.values())).settings.khoi_id,
        khoi_name=khoi_name,
        cut_at=moment,
        made_at=datetime.now(UTC),
        services=heads,
        files=target.files,
    )
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    (folder / MANIFEST).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()

    def work(tx: Transaction) -> None:
        tx.record("handover.exported", manifest.id, reason=reason, after=digest)

    for store in stores.values():
        UnitOfWork(store, SystemClock()).run(context, work)
    return manifest, digest


def _nothing_waits(stores: Mapping[str, Store]) -> None:
    for name, store in stores.items():
        waiting = store.collection("dead_letters").count_documents(
            {"status": {"$in": ["parked", "behind", "retry"]}}, limit=1
        )
        if waiting:
            raise HandoverError(
                f"{name}: còn sự kiện để riêng; xử lý xong rồi mới bàn giao (dead letters wait)"
            )


def _service(target: _Target, snapshot: Snapshot, sealing: Sealing) -> None:
    for collection in snapshot.collections:
        if collection in NOT_HANDED_OVER:
            continue
        if collection.endswith(_CHUNKS):
            _scans(target, snapshot, collection.removesuffix(_CHUNKS))
            continue
        target.write(
            f"{snapshot.service}/{collection}.jsonl",
            (
                _line(_readable(raw, snapshot.service, collection, sealing))
                for raw in snapshot.documents(collection)
            ),
            counted=True,
        )
    for collection in TABLES.get(snapshot.service, ()):
        if collection in snapshot.collections:
            rows = [bson.decode(raw, _DATES) for raw in snapshot.documents(collection)]
            target.write(f"csv/{collection}.csv", _table(rows))


def _readable(raw: bytes, service: str, collection: str, sealing: Sealing) -> Document:
    """Return a document as the successor reads it: without this deployment's keys."""
    document = bson.decode(raw, _DATES)
    return open_record(sealing, document) if (service, collection) == ("members", Member.kind()) else document


def _line(document: Document) -> bytes:
    return dumps(document, json_options=CANONICAL_JSON_OPTIONS, ensure_ascii=False).encode() + b"\n"


def _scans(target: _Target, snapshot: Snapshot, bucket: str) -> None:
    """Write every scan of a bucket as the file it was."""
    kept = {}
    for raw in snapshot.documents(f"{bucket}{_FILES}"):
        document = bson.decode(raw, _DATES)
        kept[document["_id"]] = document
    for file_id in kept:
        target.write(
            f"{snapshot.service}/files/{bucket}/{_safe(file_id)}", _content(snapshot, bucket, file_id)
        )


def _content(snapshot: Snapshot, bucket: str, file_id: Any) -> Iterator[bytes]:
    for raw in snapshot.found(f"{bucket}{_CHUNKS}", {"files_id": file_id}, order_by="n"):
        yield bytes(bson.decode(raw)["data"])


def _safe(file_id: Any) -> str:
    """Return the id as a file's name: ids of ours are letters, digits and dashes."""
    name = str(file_id)
    if not name.replace("-", "").replace("_", "").isalnum():
        raise HandoverError(f"mã tệp lạ: {name!r} (a file id that is none of ours)")
    return name


def _table(rows: list[Document]) -> Iterator[bytes]:
    """Yield a CSV (UTF-8 with BOM, as spreadsheets want it) of what stands at the top of each record."""
    columns = sorted(
        {name for row in rows for name, value in row.items() if not isinstance(value, dict | bytes)}
        - {"search"}
    )
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    yield b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(_cell(each) for each in value if not isinstance(each, dict))
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    # A cell that begins like a formula would be run as one by a spreadsheet.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
