"""Between two backups (restore to a time): the changes of every service since, read from the database's own log.

A backup keeps, per service, a token of the change stream from just before its cut. The changes since are read in short
runs (by cron, every few minutes) into files that continue one another. Restoring to a moment replays them over the
backup, in their order, up to that moment of the database's clock. A transaction stands at one moment of that clock, and
what a consumer wrote because of an event stands later than the event: so every moment is a state that once was.

Replaying begins a little before the cut. That changes nothing: each change says what a document became.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import bson
import msgspec
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, ReplaceOne, UpdateOne

from deploy.backup.manifest import LEFT_OUT, FrameHead, Manifest, Tally, packed, unpacked
from deploy.backup.sealing import Sealer, SealError, opened
from shared.bus.replay import SUFFIX as SHADOW
from shared.ids import new_id
from shared.store.connection import Document, Store
from shared.store.unit_of_work import LEDGER

SUFFIX = ".khoi-changes"
BATCH = 500
_WAIT_MS = 200
_KEPT = ("operationType", "clusterTime", "ns", "documentKey", "fullDocument", "updateDescription")
_WRITES = frozenset({"insert", "update", "replace", "delete"})
_INDEXES = frozenset({"create", "createIndexes", "dropIndexes", "modify"})
_DOCUMENTS: bson.CodecOptions[dict[str, Any]] = bson.CodecOptions(tz_aware=True)
_Write = ReplaceOne[Document] | UpdateOne | DeleteOne


class ChangesError(RuntimeError):
    """The changes cannot be followed or do not reach the moment asked for; the message says what to do."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """One file of changes: which backup it belongs to, which file it continues, and up to when it goes."""

    id: str
    khoi_id: str
    base: str
    after: str
    until: datetime
    tokens: dict[str, str]
    count: int
    sha256: str


def token_now(store: Store) -> str:
    """Return the place in the database's log from which what happens from now on can be read."""
    with store.client[store.database.name].watch(max_await_time_ms=_WAIT_MS) as stream:
        return _data(stream.resume_token)


def _data(token: Mapping[str, Any] | None) -> str:
    if token is None:
        raise ChangesError("máy chủ không cho biết vị trí trong nhật ký (the server gives no resume token)")
    return str(token["_data"])


def follow(
    stores: Mapping[str, Store], folder: Path, keys: Sequence[bytes], base: Manifest
) -> tuple[Path, Changes]:
    """Write what happened since the newest file after *base* into a new one in *folder*, under the first of *keys*.

    Raises ChangesError, and pymongo's error when the log does not reach back so far: make a new backup then.
    """
    earlier = _files(folder, keys, base)
    tokens = dict(earlier[-1][1].tokens if earlier else base.tokens)
    if set(tokens) != set(stores):
        raise ChangesError("bản sao lưu không có đủ bốn dịch vụ (the backup is not of all services)")
    until = datetime.now(UTC)
    begun = folder / f".{new_id()}.part"
    try:
        with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            sealer, tally = Sealer(file, keys[0]), Tally()
            for name, store in stores.items():
                tokens[name] = _write(sealer, tally, name, store, tokens[name])
            made = Changes(
                id=new_id(),
                khoi_id=base.khoi_id,
                base=base.id,
                after=earlier[-1][1].id if earlier else base.id,
                until=until,
                tokens=tokens,
                count=tally.documents,
                sha256=tally.part().sha256,
            )
            sealer.finish(msgspec.json.encode(made))
            file.flush()
            os.fsync(file.fileno())
        target = folder / f"{base.khoi_id}-{until:%Y%m%dT%H%M%S%fZ}{SUFFIX}"
        os.link(begun, target)
    finally:
        begun.unlink(missing_ok=True)
    return target, made


def _write(sealer: Sealer, tally: Tally, name: str, store: Store, token: str) -> str:
    """Write the changes of one service behind *token*; return the place reached."""
    batch: list[bytes] = []

    def seal() -> None:
        if batch:
            tally.add(b"".join(batch), len(batch))
            sealer.write(packed(FrameHead(name, "changes"), batch))
            batch.clear()

    database = store.client[store.database.name]
    with database.watch(resume_after={"_data": token}, max_await_time_ms=_WAIT_MS) as stream:
        while (change := stream.try_next()) is not None:
            if _counts(name, change):
                batch.append(bson.encode({part: change[part] for part in _KEPT if part in change}))
            if len(batch) >= BATCH:
                seal()
        seal()
        return _data(stream.resume_token)


def _counts(name: str, change: Mapping[str, Any]) -> bool:
    """Say whether a change is to be kept; raise ChangesError for one that cannot be replayed."""
    collection = str(change.get("ns", {}).get("coll", ""))
    if collection in LEFT_OUT or change["operationType"] in _INDEXES:
        return False
    if change["operationType"] in _WRITES:
        return not collection.endswith(SHADOW)
    if collection.endswith(SHADOW) and change["operationType"] == "drop":
        return False
    raise ChangesError(
        f"{name}.{collection}: {change['operationType']}, không ghi tiếp được "
        "(sau khoi replay, khoi rebuild drop, khoi upgrade): hãy tạo bản sao lưu mới (make a new backup)"
    )


def _files(folder: Path, keys: Sequence[bytes], base: Manifest) -> list[tuple[Path, Changes]]:
    """Return the files of changes that continue *base* and one another; raise SealError or ChangesError."""
    found: list[tuple[Path, Changes]] = []
    expected = base.id
    for path in sorted(folder.glob(f"{base.khoi_id}-*{SUFFIX}")):
        changes = verify_changes(path, keys)
        if changes.base != base.id:
            continue
        if changes.after != expected:
            raise ChangesError(f"{path.name}: thiếu tệp trước nó (the file before it is missing)")
        found.append((path, changes))
        expected = changes.id
    return found


def verify_changes(path: Path, keys: Sequence[bytes]) -> Changes:
    """Check one file of changes; raise SealError naming what does not hold."""
    tally = Tally()
    with path.open("rb") as file:
        for frame, last in opened(file, keys):
            if not last:
                _, raw, found = unpacked(frame)
                tally.add(raw, len(found))
                continue
            try:
                changes = msgspec.json.decode(frame, type=Changes)
            except msgspec.DecodeError as error:
                raise SealError(f"{path.name}: không phải tệp thay đổi (no file of changes)") from error
            if (changes.count, changes.sha256) != (tally.documents, tally.part().sha256):
                raise SealError(f"{path.name}: khác với bản kê (differs from its manifest)")
            return changes
    raise SealError(f"{path.name}: không có bản kê (no manifest)")


def reaching(folder: Path, keys: Sequence[bytes], base: Manifest, moment: datetime) -> list[Path]:
    """Return the files of changes needed to restore *base* to *moment*; raise ChangesError when they do not reach."""
    files = _files(folder, keys, base)
    if moment < base.cut_at:
        raise ChangesError("thời điểm muốn về sớm hơn bản sao lưu này (before this backup): chọn bản cũ hơn")
    needed: list[Path] = []
    for path, changes in files:
        needed.append(path)
        if changes.until >= moment:
            return needed
    last = files[-1][1].until if files else base.cut_at
    raise ChangesError(
        f"các tệp thay đổi chỉ đến {last.astimezone():%d/%m/%Y %H:%M:%S} (the changes end there)"
    )


def replay_changes(
    files: Sequence[Path],
    keys: Sequence[bytes],
    stores: Mapping[str, Store],
    moment: datetime,
    ledgers: dict[str, Document],
) -> int:
    """Replay the changes of *files* up to *moment* (whole seconds of the database's clock); return how many.

    What they do to a ledger is done to *ledgers*, for those are put back last.
    """
    latest, count = int(moment.timestamp()), 0
    for path in files:
        for head, changes in _changes(path, keys):
            if head.service not in stores:
                continue
            due = [each for each in changes if each["clusterTime"].time <= latest]
            _apply(stores[head.service], due, ledgers)
            count += len(due)
    return count


def _changes(path: Path, keys: Sequence[bytes]) -> Iterator[tuple[FrameHead, list[Document]]]:
    with path.open("rb") as file:
        for frame, last in opened(file, keys):
            if not last:
                head, _, found = unpacked(frame)
                yield head, [_decoded(each) for each in found]


def _decoded(raw: RawBSONDocument) -> Document:
    return bson.decode(raw.raw, _DOCUMENTS)


def _apply(store: Store, changes: Sequence[Document], ledgers: dict[str, Document]) -> None:
    """Write *changes* in their order; those of one collection that follow one another go together."""
    run: list[_Write] = []
    into = ""
    for change in changes:
        collection = str(change["ns"]["coll"])
        if collection == LEDGER:
            if "fullDocument" not in change:
                raise ChangesError(
                    f"{store.service}: sổ cái bị đổi theo cách lạ (the ledger was changed otherwise)"
                )
            ledgers[store.service] = change["fullDocument"]
            continue
        if collection != into and run:
            store.database[into].bulk_write(run)
            run = []
        into = collection
        run += _writes_of(change)
    if run:
        store.database[into].bulk_write(run)


def _writes_of(change: Document) -> list[_Write]:
    key = change["documentKey"]
    if change["operationType"] == "delete":
        return [DeleteOne(key)]
    if change["operationType"] in {"insert", "replace"}:
        return [ReplaceOne(key, change["fullDocument"], upsert=True)]
    told = change["updateDescription"]
    writes: list[_Write] = [
        UpdateOne(key, [{"$set": {each["field"]: {"$slice": [f"${each['field']}", each["newSize"]]}}}])
        for each in told.get("truncatedArrays") or ()
    ]
    update: Document = {}
    if told["updatedFields"]:
        update["$set"] = told["updatedFields"]
    if told["removedFields"]:
        update["$unset"] = dict.fromkeys(told["removedFields"], "")
    return [*writes, UpdateOne(key, update)] if update else writes
