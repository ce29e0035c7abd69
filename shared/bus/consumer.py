"""The consumer: reads the topics of other services and applies each event exactly once, in order per key.

One thread, one loop:

1. let events gather when a small transaction has just been made, then poll; every record becomes a delivery
   that stays open until it is settled;
2. deliveries of a blocked lane (topic and partition key) wait there or are parked behind; all others are
   applied, many in one transaction;
3. a failing event blocks its lane only and is tried again on the ladder; after the last step it is parked;
4. commit: of each partition the lowest open offset, never beyond.

When the store is away nothing is anybody's fault: the loop goes on polling (so that the group keeps us),
fetches no more than it can hold, and tries again. Offsets are committed after the effect, so a crash
delivers again what the inbox then skips.
"""

from __future__ import annotations

import threading
import time
from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import MemberState
from pymongo import UpdateOne

from shared import logs
from shared.bus import clients, metrics, topics
from shared.bus.assignor import Assignor
from shared.bus.dead_letters import DeadLetters, given_up
from shared.bus.delivery import Delivery, Lane
from shared.bus.failpoints import reached
from shared.bus.handlers import BatchHandler, Handlers
from shared.bus.inbox import EventFailedError, GapError, Inbox, is_store_trouble
from shared.store.unit_of_work import UnitOfWork

_log = structlog.get_logger(__name__)

POLL_MS = 300
IDENTITY_SECONDS = 3.0
LAG_SECONDS = 5.0
DEAD_LETTERS_SECONDS = 2.0
GATHER_SECONDS = 0.2
"""How long the events behind a small transaction may gather for the next one: a transaction costs the store the same
for one event as for twenty. After a quiet time an event is applied at once."""
GATHER_BELOW = 20
"""A transaction of that many is worth itself: whoever is behind does not wait."""
HOLD_AT_MOST = 5_000
"""Deliveries kept in memory at once; beyond it fetching pauses."""
STORE_BACKOFF_SECONDS = (0.1, 0.2, 0.5, 1.0)
CLOSE_MS = 4_000
REOPEN_AFTER = 20
"""Errors in a row after which the Kafka client is made anew; it mends nearly all of them by itself."""


@dataclass(slots=True)
class _Lane:
    """A blocked lane: its deliveries in the producer's order, the head failing."""

    deliveries: list[Delivery] = field(default_factory=list)
    due: float = 0.0
    error: BaseException | None = None


@dataclass(slots=True)
class _Partition:
    """What is not settled yet of one partition, and the offset behind everything fetched."""

    open: dict[int, Delivery] = field(default_factory=dict)
    fetched: int = 0
    committed: int = -1

    @property
    def committable(self) -> int:
        return min(self.open) if self.open else self.fetched


class ParkingFailedError(RuntimeError):
    """The dead-letter topic could not take an event: the consumer stays where it is and tries again."""


def _is_trouble(error: Exception) -> bool:
    """Say whether *error* is an outage to be waited out."""
    return isinstance(error, ParkingFailedError) or is_store_trouble(error)


class Consumer:
    """Applies the events of the services in *sources* to one service."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        *,
        sources: Sequence[str],
        handlers: Handlers,
        batch_handler: BatchHandler | None = None,
        batch: int | None = None,
        group: str | None = None,
        group_instance_id: str | None = None,
    ) -> None:
        """Read the topics of *sources* in *group* (the service's own); at most *batch* events per transaction."""
        self.unit_of_work = unit_of_work
        self.store = unit_of_work.store
        self.settings = unit_of_work.store.settings
        self.service = unit_of_work.store.service
        self.topics = [self.settings.topic(source) for source in sources]
        self._source_of = {self.settings.topic(source): source for source in sources}
        self._batch = batch or (500 if batch_handler is not None and not handlers else 200)
        self._batch_now = self._batch
        self._group = group or self.settings.group(self.service)
        self._group_instance_id = group_instance_id
        self.inbox = Inbox(unit_of_work, handlers, batch_handler)
        self.dead_letters = DeadLetters(unit_of_work, self.inbox, of_topics=self.topics)
        self._kafka: Any = None
        self._admin: Any = None
        self._assignor = Assignor()
        self._joined = False
        self._assigned: frozenset[Any] = frozenset()
        self._partitions: dict[tuple[str, int], _Partition] = {}
        self._backlog: list[Delivery] = []
        self._lanes: dict[Lane, _Lane] = {}
        self._topic_ids: dict[str, str] = {}
        self._due: dict[str, float] = {"identity": 0.0, "lag": 0.0, "dead letters": 0.0}
        self._store_away_until = 0.0
        self._store_failures = 0
        self._gather_until = 0.0

    @property
    def ready(self) -> bool:
        """Say whether it has joined its group and the store answers."""
        return self._joined and self._store_failures == 0

    # -- the thread

    def run(self, stopping: threading.Event) -> None:
        """Consume until *stopping* is set, then commit and leave the group. Outages are waited out."""
        failures = 0
        while not stopping.is_set():
            try:
                if self._kafka is None:
                    self._open()
                self._turn()
                failures = 0
                stopping.wait(self._gathering())
            except (KafkaError, topics.TopicsMissingError) as error:
                failures += 1
                _log.warning("the broker is away; the consumer waits", service=self.service, error=error)
                if failures >= REOPEN_AFTER:
                    self._close()
                    failures = 0
                stopping.wait(min(2.0, 0.2 * 2**failures))
        self._finish_joining()
        self._close()

    def _gathering(self) -> float:
        """Return the seconds in which events may gather now; nothing that is due before waits for them."""
        ends = min([self._gather_until, *(lane.due for lane in self._lanes.values())])
        return max(0.0, ends - time.monotonic())

    def _is_member(self) -> bool:
        """Say whether the group is settled with us in it, be it without a partition."""
        return bool(self._kafka.group_metadata().state == MemberState.STABLE)

    def _finish_joining(self) -> None:
        """Before leaving, let a running rebalance end: the embedded broker never forgets who left within one."""
        deadline = time.monotonic() + CLOSE_MS / 1000
        while self._kafka is not None and not self._is_member() and time.monotonic() < deadline:
            try:
                self._kafka.poll(timeout_ms=100, max_records=1)
            except KafkaError as error:
                _log.info("left the group while joining", service=self.service, error=error)
                return

    def _open(self) -> None:
        self._assignor = Assignor()
        self.inbox.given_up = given_up(self.store)
        more: dict[str, Any] = {
            "max_poll_records": self._batch,
            "partition_assignment_strategy": [self._assignor],
        }
        if self._group_instance_id is not None:
            more["group_instance_id"] = self._group_instance_id
        if self._admin is None:
            self._admin = clients.admin(self.settings, self.service)
        # Subscribing to a missing topic works, but its partitions are found only at the next refresh.
        topics.create_missing(self._admin, self.settings, self.topics)
        self._kafka = clients.consumer(self.settings, self.service, group=self._group, **more)
        # A broker that lets a group form at once asks us to assign partitions before our first refresh brought
        # them; the empty assignment that follows is sometimes never mended. So they are known before joining.
        for topic in self.topics:
            self._kafka.partitions_for_topic(topic)
        self._kafka.subscribe(self.topics)

    def _close(self) -> None:
        kafka, self._kafka = self._kafka, None
        if kafka is not None:
            try:
                kafka.close(autocommit=False, timeout_ms=CLOSE_MS)
            except KafkaError as error:
                _log.info("consumer closed with an error", service=self.service, error=error)
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()
        self.dead_letters.close()
        self._joined = False
        self._assigned = frozenset()
        self._forget_deliveries(None)

    def _turn(self) -> None:
        """One turn of the loop."""
        records = self._kafka.poll(timeout_ms=self._patience_ms(), max_records=self._batch)
        self._joined = self._is_member()
        if not self._joined or self._assignor.dropped:
            # kafka-python forgets that it is joining when a topic that vanished is back before it has joined,
            # and takes what it assigned for what the broker then gave out.
            self._kafka._coordinator.request_rejoin()  # noqa: SLF001 -- it has no public way to ask for it
        self._follow_assignment()
        for fetched in records.values():
            for record in fetched:
                self._take(record)
        now = time.monotonic()
        if now >= self._store_away_until:
            try:
                self._keep_house(now)
                self._settle(now)
                self._store_failures = 0
                self._batch_now = min(self._batch, self._batch_now * 2)
            except Exception as error:
                if not _is_trouble(error):
                    raise
                self._wait(error)
        self._backlog = [one for one in self._backlog if not one.settled and not one.held]
        self._commit()
        self._control_flow()

    def _patience_ms(self) -> int:
        now = time.monotonic()
        waits = [POLL_MS / 1000]
        waits += [max(lane.due, self._store_away_until) - now for lane in self._lanes.values()]
        if self._backlog:
            waits.append(self._store_away_until - now)
        return max(0, int(min(waits) * 1000))

    def _wait(self, error: Exception) -> None:
        step = STORE_BACKOFF_SECONDS[min(self._store_failures, len(STORE_BACKOFF_SECONDS) - 1)]
        self._store_failures += 1
        self._store_away_until = time.monotonic() + step
        # A transaction that is merely too big for the store in its time gets through in smaller pieces.
        self._batch_now = max(1, self._batch_now // 2)
        self.inbox.forget()
        metrics.STALLS.labels(self.store.metric_name).inc()
        _log.warning("the consumer waits out an outage", service=self.service, error=error)

    # -- records and offsets

    def _take(self, record: Any) -> None:
        partition = self._partitions.setdefault((record.topic, record.partition), _Partition())
        if record.offset in partition.open:
            return  # fetched again after a rebalance; it is in hand already
        delivery = Delivery.of_record(record)
        partition.fetched = max(partition.fetched, record.offset + 1)
        if delivery.id in self.inbox.given_up:
            if delivery.event is None:
                return  # no stream to move on
            delivery.error = None  # nobody will apply it
        partition.open[record.offset] = delivery
        self._backlog.append(delivery)

    def _finish(self, delivery: Delivery) -> None:
        delivery.settled = True
        partition = self._partitions.get((delivery.topic, delivery.partition))
        if partition is not None and partition.open.get(delivery.offset) is delivery:
            del partition.open[delivery.offset]

    def _commit(self) -> None:
        offsets = {
            TopicPartition(*name): OffsetAndMetadata(partition.committable, "", -1)
            for name, partition in self._partitions.items()
            if partition.committable != partition.committed and partition.fetched > 0
        }
        if not offsets:
            return
        reached("consumer.after-effect", self.settings)
        try:
            self._kafka.commit(offsets, timeout_ms=CLOSE_MS)
        except KafkaError as error:
            # What is not committed is delivered again and skipped by the inbox.
            _log.info("offsets not committed", service=self.service, error=error)
            return
        for topic_partition, offset in offsets.items():
            partition = self._partitions.get((topic_partition.topic, topic_partition.partition))
            if partition is not None:
                partition.committed = offset.offset

    def _control_flow(self) -> None:
        held = sum(len(partition.open) for partition in self._partitions.values())
        metrics.HELD.labels(self.store.metric_name).set(held)
        paused = self._kafka.paused()
        away = time.monotonic() < self._store_away_until and bool(self._backlog)
        if held >= HOLD_AT_MOST or away:
            self._kafka.pause(*(self._assigned - paused))
        elif paused:
            self._kafka.resume(*paused)

    def _follow_assignment(self) -> None:
        """Drop what belongs to partitions that were taken away; look at the new ones before applying."""
        assigned = frozenset(self._kafka.assignment())
        if assigned == self._assigned:
            return
        lost = {(gone.topic, gone.partition) for gone in self._assigned - assigned}
        self._assigned = assigned
        _log.info("partitions assigned", service=self.service, count=len(assigned), lost=len(lost))
        if lost:
            self._forget_deliveries(lost)
            for topic, partition in lost:
                metrics.LAG.remove(self.service, topic, str(partition))  # the next owner tells of it
        self.inbox.forget()
        self._due = dict.fromkeys(self._due, 0.0)

    def _forget_deliveries(self, gone: set[tuple[str, int]] | None) -> None:
        """Let go of deliveries of partitions *gone* (None: of all); the offsets say where to go on."""

        def stays(delivery: Delivery) -> bool:
            return gone is not None and (delivery.topic, delivery.partition) not in gone

        self._backlog = [one for one in self._backlog if stays(one)]
        for name in list(self._lanes):
            lane = self._lanes[name]
            lane.deliveries = [one for one in lane.deliveries if stays(one)]
            if not lane.deliveries:
                del self._lanes[name]
        for partition in list(self._partitions):
            if gone is None or partition in gone:
                del self._partitions[partition]

    # -- what is looked after now and then

    def _keep_house(self, now: float) -> None:
        if self._assigned and now >= self._due["identity"]:
            self._check_identity()
            self._due["identity"] = time.monotonic() + IDENTITY_SECONDS
        if now >= self._due["dead letters"]:
            self.dead_letters.look()
            self._due["dead letters"] = time.monotonic() + DEAD_LETTERS_SECONDS
        if self._assigned and now >= self._due["lag"]:
            self._measure_lag()
            self._due["lag"] = time.monotonic() + LAG_SECONDS

    def _check_identity(self) -> None:
        """Compare the topics' ids with those we consumed; a recreated topic is read from its beginning."""
        try:
            current = topics.topic_ids(self._admin, self.topics)
        except KafkaError as error:
            _log.info("topic ids not asked", service=self.service, error=error)
            return
        consumed = self.store.collection("consumed")
        names = {f"{tp.topic}/{tp.partition}": tp for tp in self._assigned if tp.topic in current}
        stored = {
            str(document["_id"]): document.get("topic_id")
            for document in consumed.find({"_id": {"$in": list(names)}}, ["topic_id"])
        }
        changed = {
            tp
            for name, tp in names.items()
            if name in stored and stored[name] is not None and stored[name] != current[tp.topic]
        }
        if changed and not self._start_over(changed):
            return  # not before the offsets are committed: a crash would go on at those of the old topic
        self._topic_ids.update(current)
        operations = [
            UpdateOne(
                {"_id": name},
                {
                    "$set": {"topic_id": current[tp.topic]},
                    "$setOnInsert": {
                        "source": self.settings.event_source(self._source_of[tp.topic]),
                        "topic": tp.topic,
                        "partition": tp.partition,
                        "applied": 0,
                    },
                },
                upsert=True,
            )
            for name, tp in names.items()
            if stored.get(name) != current[tp.topic]
        ]
        if operations:
            consumed.bulk_write(operations, ordered=False)

    def _start_over(self, partitions: set[Any]) -> bool:
        """Read *partitions* from offset 0, and say whether that is committed."""
        _log.warning(
            "a topic was recreated and is read from its beginning",
            service=self.service,
            topics=sorted({tp.topic for tp in partitions}),
        )
        self._forget_deliveries({(tp.topic, tp.partition) for tp in partitions})
        for topic_partition in partitions:
            self._kafka.seek(topic_partition, 0)
        try:
            self._kafka.commit({tp: OffsetAndMetadata(0, "", -1) for tp in partitions}, timeout_ms=CLOSE_MS)
        except KafkaError as error:
            _log.info("the new beginning is not committed yet", service=self.service, error=error)
            return False
        return True

    def _measure_lag(self) -> None:
        try:
            ends = self._kafka.end_offsets(list(self._assigned), timeout_ms=2_000)
            for topic_partition, end_offset in ends.items():
                # The young embedded broker answers with the first offset of the last batch; fetches know better.
                end = max(end_offset, self._kafka.highwater(topic_partition) or 0)
                position = self._partitions.get((topic_partition.topic, topic_partition.partition))
                at = position.committable if position is not None and position.fetched else None
                if at is None:
                    at = self._kafka.position(topic_partition, timeout_ms=1_000) or 0
                metrics.LAG.labels(
                    self.store.metric_name, topic_partition.topic, topic_partition.partition
                ).set(max(0, end - at))
        except (KafkaError, KeyError) as error:
            # kafka-python raises KeyError for a partition that the broker has lost.
            _log.info("lag not measured", service=self.service, error=error)

    # -- settling

    def _settle(self, now: float) -> None:
        """Apply, hold or park what is in hand; whatever raises leaves the rest for the next turn."""
        ready: list[Delivery] = []
        aside: list[Delivery] = []
        stopped = set(self.dead_letters.lanes)
        for delivery in self._backlog:
            if delivery.settled or delivery.held:
                continue
            if delivery.lane in self._lanes:
                self._hold(delivery)
            elif delivery.lane in stopped or delivery.error is not None:
                aside.append(delivery)
                stopped.add(delivery.lane)
            else:
                ready.append(delivery)
        for first in range(0, len(ready), self._batch_now):
            self._apply(ready[first : first + self._batch_now])
        for delivery in aside:
            self._set_aside(delivery)
        for name in [name for name, lane in self._lanes.items() if lane.due <= now]:
            self._try_lane(name)

    def _set_aside(self, delivery: Delivery) -> None:
        """Settle what cannot simply be applied, when everything before it has been."""
        if delivery.lane in self._lanes:
            self._hold(delivery)
        elif delivery.lane in self.dead_letters.lanes:
            self._park_behind([delivery])
        elif delivery.error is not None:
            self._park(delivery, delivery.error)
        else:  # the undecodable event before it was settled long ago
            self._apply([delivery])

    def _apply(self, deliveries: Sequence[Delivery]) -> None:
        """Apply in one transaction; when that fails, find the failing events and block their lanes only."""
        pieces = [list(deliveries)]
        while pieces:
            piece = pieces.pop()
            todo = [one for one in piece if one.lane not in self._lanes]
            for late in piece:
                if late.lane in self._lanes:
                    self._hold(late)
            if not todo:
                continue
            try:
                self._apply_together(todo)
            except EventFailedError as error:
                if error.index == 0:
                    self._block(todo[0], error)
                    pieces.append(todo[1:])
                else:
                    pieces += [todo[error.index :], todo[: error.index]]
            except Exception as error:
                if _is_trouble(error):
                    raise
                if len(todo) == 1:
                    self._block(todo[0], error)
                else:
                    half = len(todo) // 2
                    pieces += [todo[half:], todo[:half]]

    def _apply_together(self, deliveries: Sequence[Delivery]) -> None:
        outcome = self.inbox.apply(deliveries, topic_ids=self._topic_ids)
        if len(deliveries) < GATHER_BELOW:
            self._gather_until = time.monotonic() + GATHER_SECONDS
        for delivery in (*outcome.applied, *outcome.duplicates):
            self._finish(delivery)
        for delivery in outcome.gaps:
            metrics.GAPS.labels(self.store.metric_name).inc()
            self._due["identity"] = 0.0  # a gap may mean that the topic is another one
            self._block(delivery, _gap(delivery))
        for delivery in outcome.behind:
            self._hold(delivery)

    def _block(self, delivery: Delivery, error: BaseException) -> None:
        """Begin the ladder with *delivery* at the head of its lane."""
        lane = self._lanes[delivery.lane] = _Lane()
        self._hold(delivery)
        self._climb(lane, error)
        _log.warning(
            "event failed and is tried again",
            service=self.service,
            id=delivery.id,
            error=error,
            trace_id=None if delivery.event is None else logs.trace_id(delivery.event.traceparent),
        )

    def _hold(self, delivery: Delivery) -> None:
        if delivery.held or delivery.settled:
            return
        delivery.held = True
        lane = self._lanes[delivery.lane]
        insort(lane.deliveries, delivery, key=lambda one: (one.order, one.offset))
        if lane.deliveries[0] is delivery:
            lane.due = 0.0  # it comes before what failed: perhaps the missing one

    def _climb(self, lane: _Lane, error: BaseException) -> None:
        head, ladder = lane.deliveries[0], self.settings.retry_ladder_seconds
        lane.error = error
        lane.due = time.monotonic() + ladder[min(head.tries, len(ladder) - 1)]
        head.tries += 1

    def _try_lane(self, name: Lane) -> None:
        """Try the head of a blocked lane again, then the rest; park it after the last step."""
        lane = self._lanes[name]
        lane.deliveries = [one for one in lane.deliveries if not one.settled]
        while lane.deliveries and name not in self.dead_letters.lanes:
            head = lane.deliveries[0]
            error = self._try(head)
            if error is None:
                lane.deliveries.pop(0)
                self._finish(head)
                continue
            metrics.RETRIES.labels(self.store.metric_name).inc()
            if head.error is None and head.tries < len(self.settings.retry_ladder_seconds):
                self._climb(lane, error)
                return
            self._park(head, error)
            lane.deliveries.pop(0)
            break
        self._park_behind(lane.deliveries)
        del self._lanes[name]

    def _try(self, delivery: Delivery) -> BaseException | None:
        if delivery.error is not None:
            return delivery.error
        try:
            outcome = self.inbox.apply([delivery], topic_ids=self._topic_ids)
        except Exception as error:
            if _is_trouble(error):
                raise
            return error
        if outcome.gaps:
            return _gap(delivery)
        return None

    def _park(self, delivery: Delivery, error: BaseException) -> None:
        event = delivery.event
        if event is not None and self.inbox.mark(event.stream) >= event.sequence:
            self._finish(delivery)  # settled before, and delivered again
            return
        try:
            self.dead_letters.park(delivery, error)
        except (KafkaError, topics.TopicsMissingError) as away:
            raise ParkingFailedError(str(away)) from away
        self._finish(delivery)

    def _park_behind(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in list(deliveries):
            event = delivery.event
            if event is None or self.inbox.mark(event.stream) < event.sequence:
                self.dead_letters.park_behind([delivery])
            self._finish(delivery)


def _gap(delivery: Delivery) -> GapError:
    return GapError(f"the event before {delivery.id} in {delivery.stream} is missing")
