"""Restores a backup: verified first, the services stopped, the ledger last, the topics refilled.

1. The whole file is verified; nothing was touched so far.
2. Refused: a deployment of another name, a running worker, data that is there (unless it is to be replaced), and one
   service alone where others have applied what it would not know any more.
3. Each database is emptied and filled. Its ledger comes last, and without a ledger no command runs: what was
   interrupted here is found unusable, not half right.
4. The restore is marked and audited. What a service must do about it (mail is not sent again) it does now.
5. Its topic is deleted: on it are events after the cut, which no longer happened. The relay makes it anew from the
   outbox; consumers find another topic id, read from its beginning and skip what they have applied. Its own group's
   offsets go as well: they stand behind what it no longer knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import bson
import msgspec
from kafka.errors import GroupIdNotFoundError, KafkaError, UnknownTopicOrPartitionError

from deploy.backup.changes import reaching, replay_changes
from deploy.backup.manifest import Manifest
from deploy.backup.verifying import Verified, documents, fit, verify
from deploy.process import definition
from shared.access.actor import Context
from shared.bus import clients, generations, topics
from shared.bus.generations import plain
from shared.clock import SystemClock
from shared.settings import Settings
from shared.store.connection import Document, Store
from shared.store.indexes import create_indexes
from shared.store.restored import Restored, mark_restored
from shared.store.unit_of_work import LEDGER, Transaction, UnitOfWork

Progress = Callable[[str, int], None]
_DATES: bson.CodecOptions[Document] = bson.CodecOptions(tz_aware=True)
ADMINISTRATOR = "admin"
"""Whose account may delete topics and groups: no service's may."""
NO_GROUP = GroupIdNotFoundError.__name__


class RestoreError(RuntimeError):
    """The restore was refused, and nothing was changed; the message says why and what to do."""


def restore(
    path: Path,
    keys: Sequence[bytes],
    stores: Mapping[str, Store],
    others: Mapping[str, Store],
    *,
    settings: Settings,
    replace: bool,
    reason: str,
    context: Context,
    until: datetime | None = None,
    progress: Progress | None = None,
) -> Restored:
    """Restore *stores* from the backup at *path*; *others* are the services that stay as they are.

    With *until* (all services only) to that moment, by the files of changes that lie beside the backup.

    Raises SealError, ChangesError or RestoreError with nothing changed, KafkaError before or after the databases were
    filled (then :func:`forget_topics` is all that is missing), and pymongo's errors.
    """
    verified = verify(path, keys)
    manifest = verified.manifest
    _may_be_restored(verified, stores, others, settings=settings, replace=replace)
    if until is not None and others:
        raise RestoreError(
            "về một thời điểm thì phải khôi phục tất cả (to a moment only all services together)"
        )
    changes = [] if until is None else reaching(path.parent, keys, manifest, until)
    kept = _logs_kept(settings, list(stores))  # a broker that is away is found out before anything is touched
    for store in stores.values():
        empty(store)
    ledgers = _fill(path, keys, stores, progress)
    if until is not None:
        replay_changes(changes, keys, stores, until, ledgers)
        _fit_together(stores)
    for name, ledger in ledgers.items():
        stores[name].database[LEDGER].insert_one(ledger)
    restored = Restored(backup=manifest.id, cut_at=until or manifest.cut_at, at=datetime.now(UTC))
    for name, store in stores.items():
        mark = msgspec.structs.replace(restored, logs_kept=kept[name])
        settle(name, store, mark, action="backup.restored", reason=reason, context=context)
    forget_topics(settings, stores)
    return restored


def _may_be_restored(
    verified: Verified,
    stores: Mapping[str, Store],
    others: Mapping[str, Store],
    *,
    settings: Settings,
    replace: bool,
) -> None:
    manifest = verified.manifest
    if manifest.khoi_id != settings.khoi_id:
        raise RestoreError(
            f"bản sao lưu là của {manifest.khoi_id}, đây là {settings.khoi_id} (another deployment's backup)"
        )
    missing = sorted(set(stores) - set(manifest.services))
    if missing:
        raise RestoreError(f"bản sao lưu không có {', '.join(missing)} (not in the backup)")
    refuse_running({**stores, **others})
    if not replace:
        filled = [name for name, store in stores.items() if store.database.list_collection_names()]
        if filled:
            raise RestoreError(
                f"{', '.join(filled)} đang có dữ liệu; thêm --replace để thay bằng bản sao lưu (data is there)"
            )
    for name, store in others.items():
        _knows_no_more(name, store, verified, stores)


def refuse_running(stores: Mapping[str, Store]) -> None:
    """Raise RestoreError while a worker of any of *stores* holds the lease of its relay."""
    for name, store in stores.items():
        lease = store.collection("leases").find_one({"_id": "relay"})
        if lease is not None and lease["until"] > datetime.now(UTC):
            raise RestoreError(
                f"worker của {name} đang chạy ({lease['owner']}); dừng mọi web và worker trước (a worker runs)"
            )


def _knows_no_more(name: str, store: Store, verified: Verified, stores: Mapping[str, Store]) -> None:
    """Refuse where a service that stays has applied events that the restored one would not know."""
    for restored in [*stores, *map(topics.audit_log, stores)]:
        streams = verified.streams[restored]
        source = store.settings.event_source(restored)
        marks = _marks(store, {"_id": {"$regex": f"^{source}#"}})
        ahead = sum(streams.get(stream.partition("#")[2], 0) < sequence for stream, sequence in marks.items())
        if ahead:
            raise RestoreError(
                f"{name} đã áp dụng sự kiện mới hơn bản sao lưu của {restored} ở {ahead} hồ sơ; khôi phục riêng "
                f"{restored} sẽ làm mất sự kiện: hãy khôi phục tất cả (restore all services together)"
            )


def _fit_together(stores: Mapping[str, Store]) -> None:
    """Check of what changes were replayed into that no service has applied what its producer has not committed."""
    published: dict[str, dict[str, int]] = {}
    for name, store in stores.items():
        streams = published.setdefault(name, {})
        for event in store.collection("outbox").find({}, ["subject", "sequence"]):
            subject, sequence = str(event["subject"]), int(event["sequence"])
            streams[subject] = max(streams.get(subject, 0), sequence)
    fit(published, {name: _marks(store, {}) for name, store in stores.items()})


def _marks(store: Store, which: Document) -> dict[str, int]:
    """Return the highest watermark of each stream, over all generations of a read model."""
    marks: dict[str, int] = {}
    for name in store.database.list_collection_names():
        if plain(name) == "inbox":
            for mark in store.database[name].find(which, ["sequence"]):
                stream, sequence = str(mark["_id"]), int(mark["sequence"])
                marks[stream] = max(marks.get(stream, 0), sequence)
    return marks


def _fill(
    path: Path, keys: Sequence[bytes], stores: Mapping[str, Store], progress: Progress | None
) -> dict[str, Document]:
    """Put everything back but the ledgers, which are returned."""
    ledgers: dict[str, Document] = {}
    counts = dict.fromkeys(stores, 0)
    for frame in documents(path, keys):
        if isinstance(frame, Manifest):
            continue
        head, found = frame
        if head.service not in stores:
            continue
        if head.collection == LEDGER:
            ledgers[head.service] = bson.decode(found[0].raw, _DATES)
            continue
        stores[head.service].database[head.collection].insert_many(found, ordered=False)
        counts[head.service] += len(found)
        if progress is not None:
            progress(head.service, counts[head.service])
    return ledgers


def empty(store: Store) -> None:
    """Drop every collection; a service's own account may do that, and may not drop the database."""
    for name in store.database.list_collection_names():
        store.database.drop_collection(name)


def fill_all(path: Path, keys: Sequence[bytes], stores: Mapping[str, Store]) -> None:
    """Put everything back into empty databases, ledgers and all."""
    for name, ledger in _fill(path, keys, stores, None).items():
        stores[name].database[LEDGER].insert_one(ledger)


def settle(
    name: str, store: Store, restored: Restored, *, action: str, reason: str, context: Context
) -> None:
    """Make what was put back a service's database again: indexes, the mark, the audit entry, and its own part."""
    made = definition(name)
    create_indexes(store, made.indexes)
    if made.shape is not None:
        generations.prepare(store, made.shape)
    mark_restored(store, restored)

    def work(tx: Transaction) -> None:
        tx.record(action, restored.backup, reason=reason, before=restored.cut_at.isoformat())

    unit_of_work = UnitOfWork(store, SystemClock())
    unit_of_work.run(context, work)
    if made.restored is not None:
        made.restored(unit_of_work, context, restored)


def _logs_kept(settings: Settings, services: Sequence[str]) -> dict[str, bool]:
    """Say of each service whether the logs beside its database are on the broker; raises KafkaError."""
    admin = clients.admin(settings, ADMINISTRATOR)
    try:
        wanted = {name: [settings.topic(log) for log in definition(name).logs] for name in services}
        there = topics.topic_ids(admin, [log for logs in wanted.values() for log in logs])
        return {name: all(log in there for log in logs) for name, logs in wanted.items()}
    finally:
        admin.close()


def forget_topics(settings: Settings, services: Mapping[str, Store]) -> None:
    """Delete the topics of *services* and the offsets of their groups; raises KafkaError."""
    admin = clients.admin(settings, ADMINISTRATOR)
    try:
        for name in (topic for service in services for topic in topics.of_service(settings, service)):
            try:
                admin.delete_topics([name])
            except UnknownTopicOrPartitionError:
                continue  # it never was, or went before us
        # The groups had read further than the restored services remember; from the beginning, watermarks skip the rest.
        deleted = admin.delete_groups(
            sorted(
                {
                    group
                    for service, store in services.items()
                    for group in generations.groups_of(store, definition(service).shape)
                }
            )
        )
        refused = {group: said for group, said in deleted.items() if said not in {"OK", NO_GROUP}}
        if refused:
            raise KafkaError(f"nhóm chưa xóa được (groups not deleted): {refused}")
    finally:
        admin.close()
