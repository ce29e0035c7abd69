"""Rebuild a read model from the topics, beside the live one, and swap it in.

1. The topics are read from their beginning into shadow collections, by the same code and with an inbox of
   their own, up to exactly the events that the live model has applied.
2. Applying to the live model is paused; every transaction that began before has ended after the grace time.
3. The shadow catches up to the same watermarks as the live model, and both are counted.
4. Each shadow collection takes the place of the live one by a rename, which is atomic. Both hold the same
   events, so a crash between two renames leaves a consistent model.

Only projections are rebuilt: whatever else a handler would read or write meets empty shadow collections that
are thrown away. Nothing is sent, nothing of the live service is changed before step 4.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from kafka import TopicPartition
from pymongo.collection import Collection

from shared.audit.chain import GENESIS
from shared.bus import clients, topics
from shared.bus.delivery import Delivery
from shared.bus.handlers import BatchHandler
from shared.bus.inbox import CONTROL, PAUSE, Inbox
from shared.clock import SystemClock
from shared.ids import new_id
from shared.store.connection import Document, Store
from shared.store.unit_of_work import COMMAND_LIMIT_SECONDS, LEDGER, UnitOfWork

SUFFIX = "__shadow"
BATCH = 500
SILENCE_SECONDS = 15.0
PAUSE_SECONDS = 60.0
GRACE_SECONDS = COMMAND_LIMIT_SECONDS + 1.0

Progress = Callable[[int, int], None]
"""Told how many events are in the shadow and how many there must be."""


class RebuildError(RuntimeError):
    """The rebuild was given up; the live model was not touched. The message says why."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """What was swapped in: documents per collection before and after, and how many events they stand on."""

    before: dict[str, int]
    after: dict[str, int]
    events: int


class _ShadowStore(Store):
    """The same database under other collection names: what is written here is seen by nobody."""

    def __init__(self, live: Store) -> None:
        self.settings = live.settings
        self.service = live.service
        self.metric_name = live.service
        self.client = live.client
        self.database = live.database
        self.command_lock = threading.Lock()

    def collection(self, name: str) -> Collection[Document]:
        return self.database[f"{name}{SUFFIX}"]

    def close(self) -> None:
        """Leave the client open: it is the live store's."""


class _Rebuild:
    """One rebuild. The shadow's inbox counts what it has; the live inbox says what it must have."""

    def __init__(
        self,
        live: Store,
        *,
        sources: Sequence[str],
        batch_handler: BatchHandler,
        projections: Sequence[str],
        progress: Progress | None,
    ) -> None:
        self.live = live
        self.shadow = _ShadowStore(live)
        self.settings = live.settings
        self.projections = tuple(projections)
        self._progress = progress
        self._inbox = Inbox(UnitOfWork(self.shadow, SystemClock()), {}, batch_handler)
        self._passing = Inbox(UnitOfWork(self.shadow, SystemClock()), {})
        self._topics = [self.settings.topic(source) for source in sources]
        self._marks: dict[str, int] = {}
        self._waiting: list[Delivery] = []
        self._dropped: set[str] = set()

    # -- shadow collections

    def make_shadow(self) -> None:
        """Create the shadow collections empty, with the indexes of the live ones."""
        self.drop_shadow()
        for name in (*self.projections, "inbox", "consumed", CONTROL, LEDGER, "outbox", "audit"):
            shadow = self.shadow.collection(name)
            self.live.database.create_collection(shadow.name)
            for index, options in self.live.collection(name).index_information().items():
                if index != "_id_":
                    kept = {key: value for key, value in options.items() if key not in {"v", "key", "ns"}}
                    shadow.create_index(options["key"], name=index, **kept)
        self.shadow.collection(LEDGER).insert_one({"_id": "head", "position": 0, "entry": 0, "hash": GENESIS})

    def drop_shadow(self) -> None:
        """Drop every shadow collection."""
        for name in self.live.database.list_collection_names():
            if name.endswith(SUFFIX):
                self.live.database.drop_collection(name)

    # -- reading

    def live_marks(self) -> dict[str, int]:
        """Return the watermarks of the live model."""
        found = self.live.collection("inbox").find({}, ["sequence"], batch_size=5_000)
        return {str(document["_id"]): int(document["sequence"]) for document in found}

    def read_dropped(self) -> None:
        """Learn which events a person gave up: the live model has passed over them, and so must the shadow."""
        found = self.live.collection("dead_letters").find({"status": "dropped"}, ["_id"])
        self._dropped = {str(document["_id"]) for document in found}

    def open_reader(self) -> Any:
        """Return a consumer of no group at the beginning of every partition."""
        admin = clients.admin(self.settings, self.live.service)
        try:
            described = admin.describe_topics(self._topics)
        finally:
            admin.close()
        missing = [topic["name"] for topic in described if topic["error_code"] != 0]
        if missing:
            raise RebuildError(f"topics are missing: {', '.join(missing)}")
        reader = clients.consumer(self.settings, self.live.service, group=None, max_poll_records=BATCH)
        parts = [
            TopicPartition(topic["name"], part["partition_index"])
            for topic in described
            for part in topic["partitions"]
        ]
        reader.assign(parts)
        reader.seek_to_beginning(*parts)
        return reader

    def catch_up(self, reader: Any, target: dict[str, int], *, keep_alive: Callable[[], None]) -> None:
        """Read on until the shadow has every event up to *target*; raise RebuildError when the topics end."""
        heard = time.monotonic()
        self._take(self._waiting, target)
        while not self._has(target):
            keep_alive()
            fetched = [
                Delivery.of_record(record)
                for records in reader.poll(timeout_ms=500).values()
                for record in records
            ]
            if fetched:
                heard = time.monotonic()
                self._take([*self._waiting, *fetched], target)
            elif time.monotonic() - heard > SILENCE_SECONDS:
                raise RebuildError("the topics do not hold every event that the live model has applied")
            if self._progress is not None:
                self._progress(sum(self._marks.values()), sum(target.values()))

    def _has(self, target: dict[str, int]) -> bool:
        return all(self._marks.get(stream, 0) >= sequence for stream, sequence in target.items())

    def _take(self, deliveries: Iterable[Delivery], target: dict[str, int]) -> None:
        """Apply what the live model has applied; keep what it has not, or not in this order, for later."""
        self._waiting = []
        ready: list[Delivery] = []
        for delivery in deliveries:
            event = delivery.event
            if event is None:
                continue  # no envelope: neither model can ever apply it
            if event.sequence > target.get(event.stream, 0):
                self._waiting.append(delivery)
            elif event.sequence <= self._marks.get(event.stream, 0):
                continue
            elif delivery.id in self._dropped:
                self._apply(ready)
                ready = []
                self._apply([delivery], inbox=self._passing)
            elif delivery.error is not None:
                raise RebuildError(f"{delivery.id} cannot be read any more: {delivery.error}")
            else:
                ready.append(delivery)
        self._apply(ready)

    def _apply(self, deliveries: Sequence[Delivery], *, inbox: Inbox | None = None) -> None:
        if not deliveries:
            return
        applier = inbox or self._inbox
        try:
            outcome = applier.apply(deliveries, topic_ids={})
        except Exception as error:
            raise RebuildError(f"an event could not be applied to the shadow: {error!r}") from error
        for delivery in outcome.applied:
            if delivery.event is not None:
                self._marks[delivery.event.stream] = delivery.event.sequence
        other = self._inbox if applier is self._passing else self._passing
        other.forget()
        self._waiting += [*outcome.gaps, *outcome.behind]

    # -- the swap

    def pause(self, token: str) -> None:
        """Pause applying to the live model, or prolong our pause; raise RebuildError when it is not ours."""
        now = datetime.now(UTC)
        control = self.live.collection(CONTROL)
        current = control.find_one({"_id": PAUSE})
        if current is not None and current["token"] != token and current["until"] > now:
            raise RebuildError("another rebuild is swapping at this moment")
        control.replace_one(
            {"_id": PAUSE},
            {"_id": PAUSE, "token": token, "until": now + timedelta(seconds=PAUSE_SECONDS)},
            upsert=True,
        )

    def resume(self, token: str) -> None:
        """End our pause."""
        self.live.collection(CONTROL).delete_one({"_id": PAUSE, "token": token})

    def counts(self, store: Store) -> dict[str, int]:
        """Return the number of documents of every projection."""
        return {name: store.collection(name).count_documents({}) for name in self.projections}

    def swap(self, token: str) -> None:
        """Let every shadow collection take the place of the live one."""
        for name in self.projections:
            self.pause(token)
            self.shadow.collection(name).rename(name, dropTarget=True)


def rebuild(
    store: Store,
    *,
    sources: Sequence[str],
    batch_handler: BatchHandler | None,
    projections: Sequence[str],
    progress: Progress | None = None,
    grace_seconds: float = GRACE_SECONDS,
) -> Rebuilt:
    """Rebuild *projections* of the service of *store* from the topics of *sources*, and swap them in.

    The worker may run on; it waits during the swap (*grace_seconds* and a little). Raises RebuildError with
    the live model untouched, and the errors of store and broker.
    """
    if batch_handler is None or not projections:
        raise RebuildError(f"{store.service} has no read model that is a projection of events")
    work = _Rebuild(
        store, sources=sources, batch_handler=batch_handler, projections=projections, progress=progress
    )
    topics.ensure(store.settings, store.service, [store.settings.topic(source) for source in sources])
    token = new_id()
    work.make_shadow()
    reader = work.open_reader()
    try:
        work.read_dropped()
        work.catch_up(reader, work.live_marks(), keep_alive=lambda: None)
        work.pause(token)
        time.sleep(grace_seconds)  # no condition to wait for: transactions begun before the pause run out
        work.read_dropped()
        target = work.live_marks()
        work.catch_up(reader, target, keep_alive=lambda: work.pause(token))
        before, after = work.counts(store), work.counts(work.shadow)
        if work.live_marks() != target:
            raise RebuildError("the live model moved during the pause; try again")
        work.swap(token)
        return Rebuilt(before=before, after=after, events=sum(target.values()))
    finally:
        reader.close()
        work.resume(token)
        work.drop_shadow()
