"""Nhập bàn giao (import of a handover): verified first, into an empty deployment of the successor's own.

Everything keeps its id. Only the name of the deployment changes: in the source of the events, and with it in the
watermarks and counters of those who applied them. The audit chains do not name it and come over link by link.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import msgspec
from bson.json_util import CANONICAL_JSON_OPTIONS, loads

from deploy.backup.restoring import RestoreError, empty, forget_topics, refuse_running, settle
from deploy.backup.verifying import Learnt, check_all
from deploy.handover.exporting import FORMAT, MANIFEST, HandoverError, HandoverManifest
from shared.access.actor import Context
from shared.bus.generations import plain
from shared.settings import Settings
from shared.store.connection import Document, Store
from shared.store.restored import Restored
from shared.store.unit_of_work import LEDGER

BATCH = 500
_READ = 1024 * 1024
_CHUNK = 255 * 1024
_OPTIONS = CANONICAL_JSON_OPTIONS.with_options(tz_aware=True, tzinfo=UTC)


def verify_handover(folder: Path) -> tuple[HandoverManifest, str]:
    """Check every file of the handover in *folder*, the chains and the events; return manifest and its SHA-256.

    Raises HandoverError, or SealError for what does not fit together.
    """
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(content, type=HandoverManifest)
    except (OSError, msgspec.DecodeError) as error:
        raise HandoverError(f"{folder}: không có bản kê đọc được (no manifest)") from error
    if manifest.format != FORMAT:
        raise HandoverError(f"{folder}: dạng {manifest.format} không đọc được (unknown format)")
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    if there != set(manifest.files):
        odd = sorted(there ^ set(manifest.files))
        raise HandoverError(f"thiếu hoặc thừa tệp: {', '.join(odd[:5])} (files missing or too many)")
    for name, part in manifest.files.items():
        sha256 = hashlib.sha256()
        with (folder / name).open("rb") as file:
            while piece := file.read(_READ):
                sha256.update(piece)
        if sha256.hexdigest() != part.sha256:
            raise HandoverError(f"{name}: nội dung đã bị sửa (was changed)")
    learnt = {service: Learnt() for service in manifest.services}
    for name in manifest.files:
        service, collection = _collection(name)
        if service in learnt and plain(collection) in {"audit", "outbox", "inbox"}:
            for document in _documents(folder / name):
                learnt[service].learn(collection, document)
    check_all(learnt, manifest.services)
    return manifest, hashlib.sha256(content).hexdigest()


def import_handover(
    folder: Path, stores: Mapping[str, Store], *, settings: Settings, reason: str, context: Context
) -> HandoverManifest:
    """Bring the handover in *folder* into the empty *stores*.

    Raises HandoverError or SealError with nothing changed; KafkaError and pymongo's errors.
    """
    manifest, _ = verify_handover(folder)
    if set(manifest.services) != set(stores):
        raise HandoverError("bản bàn giao không có đủ bốn dịch vụ (not all services)")
    try:
        refuse_running(stores)
    except RestoreError as error:
        raise HandoverError(str(error)) from error
    filled = [name for name, store in stores.items() if store.collection("outbox").find_one() is not None]
    if filled:
        raise HandoverError(f"{', '.join(filled)} đang có dữ liệu; chỉ nhập vào hệ thống trống (not empty)")
    for store in stores.values():
        empty(store)
    ledgers = _fill(folder, manifest, stores, new=settings.khoi_id)
    for name, found in ledgers.items():
        stores[name].database[LEDGER].insert_one(found)
    mark = Restored(backup=manifest.id, cut_at=manifest.cut_at, at=datetime.now(UTC))
    for name, store in stores.items():
        settle(name, store, mark, action="handover.imported", reason=reason, context=context)
    forget_topics(settings, stores)
    return manifest


def _collection(name: str) -> tuple[str, str]:
    """Return service and collection of a file of JSON Lines; empty for any other."""
    service, _, rest = name.partition("/")
    return (service, rest.removesuffix(".jsonl")) if rest.endswith(".jsonl") else ("", "")


def _documents(path: Path) -> Iterator[Document]:
    with path.open("rb") as lines:
        for line in lines:
            yield loads(line, json_options=_OPTIONS)


def _fill(
    folder: Path, manifest: HandoverManifest, stores: Mapping[str, Store], *, new: str
) -> dict[str, Document]:
    ledgers: dict[str, Document] = {}
    for name in manifest.files:
        service, collection = _collection(name)
        if service in stores:
            _collection_into(
                stores[service], collection, folder / name, _Renamed(manifest.khoi_id, new), ledgers
            )
        elif "/files/" in name:
            service, _, bucket, file_id = name.split("/")
            _chunks_into(stores[service], bucket, file_id, folder / name)
    return ledgers


def _collection_into(
    store: Store, collection: str, path: Path, renamed: _Renamed, ledgers: dict[str, Document]
) -> None:
    batch: list[Document] = []
    for document in _documents(path):
        if collection == LEDGER:
            ledgers[store.service] = document
            continue
        batch.append(document if collection == "audit" else renamed.document(collection, document))
        if len(batch) >= BATCH:
            store.database[collection].insert_many(batch, ordered=False)
            batch = []
    if batch:
        store.database[collection].insert_many(batch, ordered=False)


def _chunks_into(store: Store, bucket: str, file_id: str, path: Path) -> None:
    """Put a scan's content back; what is known of it came with the bucket's JSON Lines."""
    about = store.database[f"{bucket}.files"].find_one({"_id": file_id}, ["chunkSize"])
    size = int((about or {}).get("chunkSize", _CHUNK))
    with path.open("rb") as file:
        number = 0
        while piece := file.read(size):
            store.database[f"{bucket}.chunks"].insert_one(
                {"files_id": file_id, "n": number, "data": bson.Binary(piece)}
            )
            number += 1


class _Renamed:
    """Gives the events' source, and what counts by it, the successor's name."""

    def __init__(self, old: str, new: str) -> None:
        self._source = (f"/khoi/{old}/", f"/khoi/{new}/")
        self._topic = (f"{old}.", f"{new}.")

    def document(self, collection: str, document: Document) -> Document:
        """Return *document* of *collection* under the new name."""
        found: Document = {name: self._value(value) for name, value in document.items()}
        if plain(collection) == "consumed":
            for name in ("_id", "topic"):
                found[name] = self._replaced(str(document[name]), *self._topic)
        return found

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._replaced(value, *self._source)
        if isinstance(value, dict):
            return {name: self._value(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._value(each) for each in value]
        return value

    @staticmethod
    def _replaced(value: str, old: str, new: str) -> str:
        return new + value.removeprefix(old) if value.startswith(old) else value
