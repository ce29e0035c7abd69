"""The inbox: a watermark per stream, moved in the same transaction as the effect.

An event applies if and only if its ``sequence`` is the watermark plus one. At or below the watermark it is
a duplicate; further above it, its predecessor is missing and nothing is applied.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pymongo import InsertOne, UpdateOne
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    PyMongoError,
    WaitQueueTimeoutError,
    WTimeoutError,
)

from shared import logs, traces
from shared.access import revocations
from shared.access.actor import Context, system_actor
from shared.bus import metrics
from shared.bus.delivery import Delivery
from shared.bus.generations import NotBuiltError
from shared.bus.handlers import BatchHandler, Handlers
from shared.events.catalogue.members import AccessRevoked
from shared.events.envelope import Event
from shared.events.registry import Fact, type_of
from shared.store.connection import Document
from shared.store.errors import StoreBusyError
from shared.store.unit_of_work import Transaction, UnitOfWork

_DUPLICATE_KEY = 11000
_REMEMBERED = 20_000
"""How many watermarks are kept in memory; a stale one is found out by the conditional write."""


class GapError(LookupError):
    """The predecessor in the stream has not been applied."""


class PausedError(Exception):
    """Applying is paused while a rebuilt read model is swapped in; wait and try again."""


class EventFailedError(Exception):
    """The handler of one known event refused it; ``__cause__`` says why."""

    def __init__(self, index: int) -> None:
        """Remember which of the deliveries it was."""
        super().__init__(f"delivery {index}")
        self.index = index


class _StaleMarkError(Exception):
    """A remembered watermark was not the stored one: forget them and read."""


@dataclass(slots=True)
class Outcome:
    """What became of the deliveries of one transaction."""

    applied: list[Delivery] = field(default_factory=list)
    duplicates: list[Delivery] = field(default_factory=list)
    gaps: list[Delivery] = field(default_factory=list)
    """The first of its lane whose predecessor is missing."""
    behind: list[Delivery] = field(default_factory=list)
    """Later ones of a lane that has a gap."""


CONTROL = "control"
PAUSE = "pause"

Also = Callable[[Transaction, Outcome], None]
"""More to write in the same transaction, knowing what becomes of the deliveries."""


def is_store_trouble(error: BaseException) -> bool:
    """Say whether *error* is the store's or the network's fault, or something to wait for, and no event's."""
    if isinstance(error, StoreBusyError | PausedError | NotBuiltError):
        return True
    if not isinstance(error, PyMongoError):
        return False
    troubles = (AutoReconnect, ConnectionFailure, ExecutionTimeout, WaitQueueTimeoutError, WTimeoutError)
    return (
        isinstance(error, troubles)
        or error.timeout
        or error.has_error_label("TransientTransactionError")
        or error.has_error_label("UnknownTransactionCommitResult")
        or error.has_error_label("RetryableWriteError")
    )


def context_of(service: str, event: Event) -> Context:
    """Return the context in which *service* applies *event*: its own actor within the event's correlation."""
    return Context(
        actor=system_actor(service),
        request_id=event.id,
        correlation_id=event.correlation_id,
        traceparent=traces.of_event(event.traceparent, service, event.id),
        role="service",
    )


class Inbox:
    """Applies deliveries to one service's store, each event exactly once."""

    def __init__(
        self, unit_of_work: UnitOfWork, handlers: Handlers, batch_handler: BatchHandler | None = None
    ) -> None:
        """Apply through *unit_of_work* by the function of each type and the one for batches."""
        self.unit_of_work = unit_of_work
        self.store = unit_of_work.store
        self.service = unit_of_work.store.service
        self._handlers = {type_of(kind).full_name: handler for kind, handler in handlers.items()}
        self._batch_handler = batch_handler
        self._marks: dict[str, int] = {}
        self.given_up: frozenset[str] = frozenset()
        """Ids of events that a person dropped: their streams move on over them, and that is all."""

    def forget(self) -> None:
        """Read every watermark again: something else may have changed them."""
        self._marks.clear()

    def mark(self, stream: str) -> int:
        """Return the stored watermark of *stream*; 0 when nothing was applied yet."""
        document = self.store.collection("inbox").find_one({"_id": stream}, ["sequence"])
        return 0 if document is None else int(document["sequence"])

    def apply(
        self, deliveries: Sequence[Delivery], *, topic_ids: dict[str, str], also: Also | None = None
    ) -> Outcome:
        """Apply decoded *deliveries* in order within one transaction; all or none.

        Raises EventFailedError when one handler refuses its event, whatever the batch handler raises, and
        the store's own errors (see :func:`is_store_trouble`).
        """
        started = time.perf_counter()
        try:
            outcome, marks = self._run(deliveries, topic_ids, also, remembered=True)
        except Exception as error:
            if is_store_trouble(error):
                raise
            # Either memory is stale, or a handler refused what it may have been handed only because a stream
            # that begins here was taken as new: the store knows what was applied long ago.
            if isinstance(error, _StaleMarkError):
                self._marks.clear()
            outcome, marks = self._run(deliveries, topic_ids, also, remembered=False)
        self._remember(marks)
        took = time.perf_counter() - started
        metrics.HANDLER_SECONDS.labels(self.store.metric_name).observe(took)
        metrics.DUPLICATES.labels(self.store.metric_name).inc(len(outcome.duplicates))
        now = datetime.now(UTC)
        for delivery in outcome.applied:
            event = _event(delivery)
            metrics.APPLIED.labels(self.store.metric_name, event.source).inc()
            metrics.AGE_SECONDS.labels(self.store.metric_name).observe((now - event.time).total_seconds())
            if traces.exporting():
                self._trace(event, took, len(outcome.applied))
        return outcome

    def _trace(self, event: Event, seconds: float, together: int) -> None:
        """Hand on the span of an event: it hangs under the request that caused it, and took its transaction's time."""
        traces.record(
            f"apply {event.name}",
            own=traces.of_event(event.traceparent, self.service, event.id),
            parent=event.traceparent,
            kind="consumer",
            seconds=seconds,
            event_id=event.id,
            subject=event.subject,
            sequence=event.sequence,
            applied_together=together,
        )

    def _run(
        self,
        deliveries: Sequence[Delivery],
        topic_ids: dict[str, str],
        also: Also | None,
        *,
        remembered: bool,
    ) -> tuple[Outcome, dict[str, int]]:
        outcome = Outcome()
        marks: dict[str, int] = {}

        def work(tx: Transaction) -> None:
            nonlocal outcome, marks
            self._refuse_while_paused(tx)
            tx.trusting = remembered
            before = self._marks_of(tx, deliveries, remembered=remembered)
            outcome, marks = _sort_out(deliveries, before)
            if remembered and outcome.gaps:
                # A gap rests on memory alone, for nothing is written that could contradict it. (Memory never
                # runs ahead of the store, so its duplicates are true.)
                before |= self._marks_of(tx, outcome.gaps, remembered=False)
                outcome, marks = _sort_out(deliveries, before)
            self._effects(tx, deliveries, outcome.applied)
            if marks:
                self._write_marks(tx, outcome.applied, before, marks)
                count_applied(tx, outcome.applied, topic_ids)
            if also is not None:
                also(tx, outcome)

        first = next((d.event for d in deliveries if d.event is not None), None)
        if first is None:
            raise ValueError("only decoded deliveries can be applied")
        self.unit_of_work.run(context_of(self.service, first), work)
        return outcome, marks

    def _effects(self, tx: Transaction, deliveries: Sequence[Delivery], todo: Sequence[Delivery]) -> None:
        index_of = {id(delivery): index for index, delivery in enumerate(deliveries)}
        if self.given_up:
            todo = [delivery for delivery in todo if delivery.id not in self.given_up]
        for delivery in todo:
            event = _event(delivery)
            # Every service is sent tokens, whatever else it acts on.
            if isinstance(delivery.fact, AccessRevoked):
                revocations.keep(tx, delivery.fact)
            handler = self._handlers.get(event.type)
            if handler is None:
                continue
            tx.context = context_of(self.service, event)
            logs.in_hand(
                event_id=event.id,
                correlation_id=event.correlation_id,
                trace_id=logs.trace_id(event.traceparent),
            )
            try:
                handler(tx, event, delivery.fact)
            except Exception as error:
                if is_store_trouble(error):
                    raise
                raise EventFailedError(index_of[id(delivery)]) from error
        if self._batch_handler is not None and todo:
            self._batch_handler(tx, [(_event(delivery), _fact(delivery)) for delivery in todo])

    def _refuse_while_paused(self, tx: Transaction) -> None:
        """Read within the transaction: none that begins after the pause was set can apply anything."""
        pause = tx.collection(CONTROL).find_one({"_id": PAUSE}, ["until"], session=tx.session)
        if pause is not None and pause["until"] > datetime.now(UTC):
            raise PausedError(f"{self.service} is paused until {pause['until']}")

    # -- watermarks

    def _marks_of(
        self, tx: Transaction, deliveries: Sequence[Delivery], *, remembered: bool
    ) -> dict[str, int]:
        """Return the watermark of each stream.

        From memory where allowed: a stream that is not remembered and begins here is taken as new, which the
        insert of its watermark will contradict if it is not.
        """
        marks: dict[str, int] = {}
        unknown: list[str] = []
        for delivery in deliveries:
            event = _event(delivery)
            stream = event.stream
            if stream in marks or (not remembered and stream in unknown):
                continue
            if remembered and stream in self._marks:
                marks[stream] = self._marks[stream]
            elif remembered and event.sequence == 1:
                marks[stream] = 0
            else:
                unknown.append(stream)
        if unknown:
            marks.update(dict.fromkeys(unknown, 0))
            for document in tx.collection("inbox").find(
                {"_id": {"$in": unknown}}, ["sequence"], session=tx.session
            ):
                marks[str(document["_id"])] = int(document["sequence"])
        return marks

    def _write_marks(
        self, tx: Transaction, applied: Sequence[Delivery], before: dict[str, int], after: dict[str, int]
    ) -> None:
        now = tx.clock.now()
        last = {event.stream: event for event in map(_event, applied)}
        inserts: list[InsertOne[Document]] = []
        updates: list[UpdateOne] = []
        for stream, event in last.items():
            fields = {
                "sequence": after[stream],
                "event_id": event.id,
                "position": event.position,
                "partition_key": event.partition_key,
                "applied_at": now,
            }
            if before[stream] == 0:
                inserts.append(InsertOne({"_id": stream, **fields}))
            else:
                updates.append(UpdateOne({"_id": stream, "sequence": before[stream]}, {"$set": fields}))
        try:
            # In order: behind an insert that fails the transaction is gone, and an update sent after it would
            # hide the duplicate key behind an error that the driver retries, with the same memory, for ever.
            result = tx.collection("inbox").bulk_write([*inserts, *updates], session=tx.session)
        except BulkWriteError as error:
            details: Any = error.details or {}
            if any(failed.get("code") == _DUPLICATE_KEY for failed in details.get("writeErrors", [])):
                raise _StaleMarkError from error
            raise
        if result.matched_count != len(updates):
            raise _StaleMarkError

    def _remember(self, marks: dict[str, int]) -> None:
        self._marks.update(marks)
        while len(self._marks) > _REMEMBERED:
            self._marks.pop(next(iter(self._marks)))


def _sort_out(deliveries: Sequence[Delivery], before: dict[str, int]) -> tuple[Outcome, dict[str, int]]:
    """Sort *deliveries* by what their sequence says against the watermarks; return also the new marks."""
    outcome = Outcome()
    now = dict(before)
    moved: dict[str, int] = {}
    barred = set()
    for delivery in deliveries:
        event = _event(delivery)
        if event.sequence <= now[event.stream]:
            outcome.duplicates.append(delivery)
        elif delivery.lane in barred:
            outcome.behind.append(delivery)
        elif event.sequence == now[event.stream] + 1:
            now[event.stream] = moved[event.stream] = event.sequence
            outcome.applied.append(delivery)
        else:
            outcome.gaps.append(delivery)
            barred.add(delivery.lane)
    return outcome, moved


def count_applied(tx: Transaction, applied: Sequence[Delivery], topic_ids: dict[str, str]) -> None:
    """Add *applied* to the counters per topic and partition that say how far this service is."""
    counts: dict[str, list[Delivery]] = {}
    for delivery in applied:
        counts.setdefault(f"{delivery.topic}/{delivery.partition}", []).append(delivery)
    operations = []
    for name, deliveries in counts.items():
        latest = max(map(_event, deliveries), key=lambda event: event.position)
        fixed: Document = {
            "source": latest.source,
            "topic": deliveries[0].topic,
            "partition": deliveries[0].partition,
        }
        if deliveries[0].topic in topic_ids:
            fixed["topic_id"] = topic_ids[deliveries[0].topic]
        operations.append(
            UpdateOne(
                {"_id": name},
                {
                    "$set": fixed,
                    "$inc": {"applied": len(deliveries)},
                    "$max": {"last_position": latest.position, "last_time": latest.time},
                },
                upsert=True,
            )
        )
    if operations:
        tx.collection("consumed").bulk_write(operations, ordered=False, session=tx.session)


def _event(delivery: Delivery) -> Event:
    if delivery.event is None:
        raise ValueError(f"{delivery.id} has no envelope")
    return delivery.event


def _fact(delivery: Delivery) -> Fact:
    if delivery.fact is None:
        raise ValueError(f"{delivery.id} has no decoded data")
    return delivery.fact
