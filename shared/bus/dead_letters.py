"""Dead letters: events that could not be applied, parked until somebody settles them.

A letter is ``parked`` (failed, waits for a person), ``behind`` (a later event of the same key, waits for the
parked one), ``retry`` (a person asked for another try), ``done`` or ``dropped``. The worker walks each key's
open letters in the producer's order and stops at the first that is still parked; so the order per member
holds through a repair as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
import structlog
from pymongo.errors import DuplicateKeyError

from shared.access.actor import Context
from shared.bus import clients, metrics, topics
from shared.bus.delivery import Delivery, Lane
from shared.bus.inbox import EventFailedError, GapError, Inbox, Outcome, count_applied, is_store_trouble
from shared.store.connection import Document, Store
from shared.store.errors import MissingError, StoreError
from shared.store.unit_of_work import Transaction, UnitOfWork

_log = structlog.get_logger(__name__)

COLLECTION = "dead_letters"
Status = Literal["parked", "behind", "retry", "done", "dropped"]
OPEN: tuple[Status, ...] = ("parked", "behind", "retry")
_ACKNOWLEDGE_SECONDS = 30.0
_BRIEF = ["topic", "partition", "offset", "key", "position", "status"]


class NotParkedError(StoreError):
    """The letter is not in a state in which it can be retried or dropped (409)."""

    def __init__(self, letter_id: str, status: str) -> None:
        """Remember which letter stands in which *status*."""
        super().__init__(f"dead letter {letter_id} is {status}, not parked")
        self.letter_id = letter_id
        self.status = status


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One parked event as an operator sees it. ``value`` may hold personal text and is left out of lists."""

    id: str
    status: Status
    reason: Literal["failed", "undecodable", "gap", "behind"]
    error: str
    tries: int
    topic: str
    partition: int
    offset: int
    key: str
    type: str | None = None
    stream: str | None = None
    sequence: int | None = None
    position: int | None = None
    correlation_id: str | None = None
    parked_at: datetime
    settled_at: datetime | None = None
    value: str | None = None


def _letter(document: Document, *, with_value: bool) -> DeadLetter:
    fields = {name: document.get(name) for name in DeadLetter.__struct_fields__ if name in document}
    value = document.get("value")
    text = value.decode("utf-8", "replace") if with_value and value is not None else None
    return msgspec.convert({**fields, "id": document["_id"], "value": text}, DeadLetter)


def list_open(store: Store) -> list[DeadLetter]:
    """Return the letters nobody has settled, in the order in which they would be applied."""
    found = store.collection(COLLECTION).find({"status": {"$in": list(OPEN)}}, {"value": 0, "headers": 0})
    return [_letter(document, with_value=False) for document in sorted(found, key=_order)]


def given_up(store: Store) -> frozenset[str]:
    """Return the ids of the events that a person dropped."""
    return frozenset(
        str(document["_id"]) for document in store.collection(COLLECTION).find({"status": "dropped"}, ["_id"])
    )


def show(store: Store, letter_id: str) -> DeadLetter:
    """Return one letter with its value; raise MissingError."""
    document = store.collection(COLLECTION).find_one({"_id": letter_id})
    if document is None:
        raise MissingError(COLLECTION, letter_id)
    return _letter(document, with_value=True)


def retry(unit_of_work: UnitOfWork, letter_id: str, *, context: Context) -> DeadLetter:
    """Ask the worker to try a parked letter again, then those behind it; audited.

    Raises MissingError or NotParkedError.
    """

    def work(tx: Transaction) -> None:
        _change(tx, letter_id, {"status": "retry"})
        tx.record("dead_letter.retried", letter_id)

    unit_of_work.run(context, work)
    return show(unit_of_work.store, letter_id)


def drop(unit_of_work: UnitOfWork, letter_id: str, *, context: Context, reason: str) -> DeadLetter:
    """Give a parked letter up: the inbox passes over it and those behind it are released; audited.

    Raises MissingError, NotParkedError, or ValueError without a *reason*.
    """
    if not reason.strip():
        raise ValueError("a dropped event needs a reason")

    def work(tx: Transaction) -> None:
        document = _change(tx, letter_id, {"status": "dropped", "settled_at": tx.clock.now()})
        tx.record("dead_letter.dropped", letter_id, reason=reason.strip())
        _pass_over(tx, delivery_of(document))

    unit_of_work.run(context, work)
    return show(unit_of_work.store, letter_id)


def _change(tx: Transaction, letter_id: str, change: Document) -> Document:
    letters = tx.collection(COLLECTION)
    document = letters.find_one({"_id": letter_id}, session=tx.session)
    if document is None:
        raise MissingError(COLLECTION, letter_id)
    if document["status"] != "parked":
        raise NotParkedError(letter_id, document["status"])
    letters.update_one({"_id": letter_id, "status": "parked"}, {"$set": change}, session=tx.session)
    return document


def _pass_over(tx: Transaction, delivery: Delivery) -> None:
    """Move the watermark over a dropped event, so that its stream goes on behind it."""
    event = delivery.event
    if event is None:
        return
    inbox = tx.collection("inbox")
    mark = inbox.find_one({"_id": event.stream}, session=tx.session)
    if mark is not None and int(mark["sequence"]) >= event.sequence:
        return
    fields = {
        "sequence": event.sequence,
        "event_id": event.id,
        "position": event.position,
        "partition_key": event.partition_key,
        "applied_at": tx.clock.now(),
    }
    inbox.update_one({"_id": event.stream}, {"$set": fields}, upsert=True, session=tx.session)
    count_applied(tx, [delivery], {})


def delivery_of(document: Document) -> Delivery:
    """Read the event of a letter again, with the types this software knows now."""
    value = document["value"]
    return Delivery.read(
        topic=document["topic"],
        partition=document["partition"],
        offset=document["offset"],
        headers=[(name, bytes(raw)) for name, raw in document["headers"]],
        key=document["key"],
        value=None if value is None else bytes(value),
    )


def _order(document: Document) -> tuple[str, str, bool, int, int]:
    position = document.get("position")
    return document["topic"], document["key"], position is None, position or 0, document["offset"]


def describe(error: BaseException) -> str:
    """Say what went wrong in one line: the error and what caused it."""
    cause = error.__cause__ if isinstance(error, EventFailedError) and error.__cause__ else error
    return f"{type(cause).__name__}: {cause}"[:2_000]


def reason_of(error: BaseException, delivery: Delivery) -> Literal["failed", "undecodable", "gap"]:
    """Return the code of why a delivery is parked."""
    if isinstance(error, GapError):
        return "gap"
    return "undecodable" if delivery.error is not None else "failed"


class _TakenError(Exception):
    """Somebody else settled the letter meanwhile."""


class DeadLetters:
    """The worker's side: parks deliveries, knows which lanes are blocked, applies what is released."""

    def __init__(self, unit_of_work: UnitOfWork, inbox: Inbox, *, of_topics: Sequence[str]) -> None:
        """Park what came from *of_topics* into the store of *unit_of_work* and the service's dead-letter topic."""
        self._of_topics = list(of_topics)
        self.unit_of_work = unit_of_work
        self.store = unit_of_work.store
        self.settings = unit_of_work.store.settings
        self.service = unit_of_work.store.service
        self._inbox = inbox
        self._letters = self.store.collection(COLLECTION)
        self._producer: Any = None
        self.lanes: set[Lane] = set()
        """Lanes with open letters: later events of these are parked behind."""

    def park(self, delivery: Delivery, error: BaseException) -> None:
        """Park a failed delivery: first on the dead-letter topic, then in the store.

        Raises KafkaError or PyMongoError when either could not take it: the caller must not move on.
        """
        existing = self._letters.find_one({"_id": delivery.id}, ["status"])
        if existing is not None and existing["status"] != "done":
            if existing["status"] in OPEN:
                self.lanes.add(delivery.lane)
            return  # parked before, or given up by a person
        reason = reason_of(error, delivery)
        self._publish(delivery, reason, describe(error))
        self._write(delivery, "parked", reason, describe(error))
        _log.error("event parked", service=self.service, id=delivery.id, reason=reason, error=describe(error))

    def park_behind(self, deliveries: Iterable[Delivery]) -> None:
        """Park later events of a blocked lane, to be applied once it is free. Raises PyMongoError."""
        for delivery in deliveries:
            existing = self._letters.find_one({"_id": delivery.id}, ["status"])
            if existing is None or existing["status"] == "done":
                self._write(delivery, "behind", "behind", "waits for an earlier event of its key")

    def _write(self, delivery: Delivery, status: Status, reason: str, error: str) -> None:
        event = delivery.event
        document: Document = {
            "_id": delivery.id,
            "status": status,
            "reason": reason,
            "error": error,
            "tries": delivery.tries,
            "topic": delivery.topic,
            "partition": delivery.partition,
            "offset": delivery.offset,
            "key": delivery.lane[1],
            "type": event.type if event else None,
            "stream": event.stream if event else None,
            "sequence": event.sequence if event else None,
            "position": event.position if event else None,
            "correlation_id": event.correlation_id if event else None,
            "headers": [[name, raw] for name, raw in delivery.headers],
            "value": delivery.value,
            "parked_at": self.unit_of_work.clock.now(),
        }
        try:
            self._letters.replace_one({"_id": delivery.id, "status": "done"}, document, upsert=True)
        except DuplicateKeyError:
            _log.info("another worker parked it first", service=self.service, id=delivery.id)
        self.lanes.add(delivery.lane)

    def _publish(self, delivery: Delivery, reason: str, error: str) -> None:
        topic = self.settings.dead_letter_topic(self.service)
        if self._producer is None:
            topics.ensure(self.settings, self.service, [topic], within=10)
            self._producer = clients.producer(self.settings, self.service, "dead-letters")
        headers = [
            *delivery.headers,
            ("khoi_dead_reason", reason.encode()),
            ("khoi_dead_error", error.encode()),
            ("khoi_dead_tries", str(delivery.tries).encode()),
            ("khoi_dead_topic", f"{delivery.topic}/{delivery.partition}/{delivery.offset}".encode()),
        ]
        try:
            future = self._producer.send(
                topic, value=delivery.value, key=delivery.lane[1].encode(), headers=headers
            )
            future.get(timeout=_ACKNOWLEDGE_SECONDS)
        except BaseException:
            self.close()
            raise

    # -- repair

    def look(self) -> None:
        """Learn which lanes are blocked and apply what was released. Raises the store's errors."""
        found = self._letters.find({"status": {"$in": list(OPEN)}, "topic": {"$in": self._of_topics}}, _BRIEF)
        by_lane: dict[Lane, list[Document]] = {}
        for document in sorted(found, key=_order):
            by_lane.setdefault((document["topic"], document["key"]), []).append(document)
        blocked = {lane for lane, letters in by_lane.items() if not self._walk(letters)}
        self.lanes = blocked
        metrics.DEAD_LETTERS_OPEN.labels(self.store.metric_name).set(
            sum(len(letters) for lane, letters in by_lane.items() if lane in blocked)
        )

    def _walk(self, letters: Sequence[Document]) -> bool:
        """Apply the letters of one lane up to the first that stays parked; return whether none does."""
        for brief in letters:
            if brief["status"] == "parked":
                return False
            document = self._letters.find_one({"_id": brief["_id"]})
            if document is None or document["status"] not in {"retry", "behind"}:
                return False  # somebody else is at it; look again in a second
            if not self._try_again(document):
                return False
        return True

    def _try_again(self, document: Document) -> bool:
        delivery = delivery_of(document)
        delivery.tries = int(document["tries"]) + 1

        def settle(tx: Transaction, outcome: Outcome) -> None:
            if outcome.gaps:
                raise GapError(f"{delivery.id}: its predecessor in {delivery.stream} is missing")
            settled = tx.collection(COLLECTION).update_one(
                {"_id": document["_id"], "status": document["status"]},
                {"$set": {"status": "done", "settled_at": tx.clock.now()}},
                session=tx.session,
            )
            if settled.matched_count != 1:
                raise _TakenError

        try:
            if delivery.error is not None:
                raise delivery.error  # noqa: TRY301 -- the one place that parks again is below
            self._inbox.apply([delivery], topic_ids={}, also=settle)
        except _TakenError:
            return False
        except Exception as error:
            if is_store_trouble(error):
                raise
            self._letters.update_one(
                {"_id": document["_id"], "status": document["status"]},
                {
                    "$set": {
                        "status": "parked",
                        "reason": reason_of(error, delivery),
                        "error": describe(error),
                        "tries": delivery.tries,
                    }
                },
            )
            _log.error("event parked again", service=self.service, id=delivery.id, error=describe(error))
            return False
        _log.info("dead letter applied", service=self.service, id=delivery.id)
        return True

    def close(self) -> None:
        """Close the producer; the next letter opens a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=1)
