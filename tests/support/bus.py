"""A producing and a consuming service small enough to see through, for every test of the bus."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from mongoengine import StringField

from shared.access.actor import Context, system_actor
from shared.bus import topics
from shared.bus.generations import Shape
from shared.bus.worker import Worker
from shared.clock import SystemClock
from shared.events.catalogue.reviews import CaseClosed, EducationExtended
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.ids import new_id
from shared.settings import Settings
from shared.store.aggregate import Aggregate
from shared.store.connection import Store
from shared.store.indexes import Index, create_indexes
from shared.store.unit_of_work import Transaction, UnitOfWork
from tests.support.servers import eventually

# kafka-python 3.0.12 drops the socket of every attempt to connect that is refused, without closing it.
REFUSED_CONNECTIONS = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

PRODUCER = "reviews"
CONSUMER = "reporting"
LADDER = (0.05, 0.1, 0.1)


def settings_of(deployment: str, mongodb_url: str, kafka_bootstrap: str) -> Settings:
    """Settings of a test deployment: short session, short ladder."""
    return Settings(
        khoi_id=deployment,
        mongodb_url=mongodb_url,
        kafka_bootstrap_servers=kafka_bootstrap,
        session_timeout_ms=6_000,
        topic_partitions=3,
        retry_ladder_seconds=LADDER,
    )


def shape_of(version: int) -> Shape:
    """The read model of the consuming service as a version of it makes it."""
    return Shape(
        version=version,
        sources=(PRODUCER,),
        projections=("steps",),
        indexes=(Index("steps", (("case", 1),)),),
    )


SHAPE = shape_of(1)


class Case(Aggregate):
    """The producing service's aggregate: a case of one member."""

    member_id = StringField(required=True)
    meta = {"collection": "cases", "db_alias": PRODUCER, "strict": False}  # noqa: RUF012 -- mongoengine's own form


def context(correlation: str | None = None) -> Context:
    request = new_id()
    return Context(
        actor=system_actor("test"), request_id=request, correlation_id=correlation or request, role="operator"
    )


class Cases:
    """The producing service: every call is one command and emits events."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings, PRODUCER)
        self.unit_of_work = UnitOfWork(self.store, SystemClock())
        create_indexes(self.store, ())

    def step(self, case_id: str, *, member: str = "", times: int = 1) -> int:
        """One command on the case, emitting that many facts; returns the sequence of the last."""

        def work(tx: Transaction) -> int:
            case = tx.find(Case, case_id)
            known = case is not None
            case = case or Case(id=case_id, member_id=member or case_id)
            facts = [
                EducationExtended(
                    case_id=case_id,
                    member_id=str(case.member_id),
                    organization_path=["khoi", "co-so", "chi-bo"],
                    on=date(2021, 6, 1),
                    until=date(2022, 6, 1),
                )
                for _ in range(times)
            ]
            tx.emit(case, *facts)
            if known:
                tx.save(case)
            else:
                tx.insert(case)
            tx.record("case.step", case_id)
            return int(case.sequence)

        return self.unit_of_work.run(context(), work)

    def emit(self, case_id: str, fact: Fact) -> None:
        """One command on an existing case with a fact of the caller's choice."""

        def work(tx: Transaction) -> None:
            case = tx.load(Case, case_id)
            tx.emit(case, fact)
            tx.save(case)

        self.unit_of_work.run(context(), work)

    def worker(self) -> Worker:
        return Worker(self.store, self.unit_of_work, self.settings, handlers={}, topics=(), lease_seconds=2)

    def close(self) -> None:
        self.store.close()


class Steps:
    """The consuming service: counts the steps of each case, in the order in which they come."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings, CONSUMER)
        self.unit_of_work = UnitOfWork(self.store, SystemClock())
        self.poisoned: Callable[[Event], bool] = lambda _: False
        create_indexes(self.store, ())

    def apply(self, tx: Transaction, event: Event, fact: EducationExtended) -> None:
        """Write down one step; raise on what the test calls poisoned."""
        if self.poisoned(event):
            raise ValueError(f"poisoned: {event.subject} {event.sequence}")
        tx.collection("steps").insert_one(
            {
                "_id": f"{event.subject}/{event.sequence}",
                "case": fact.case_id,
                "sequence": event.sequence,
                "position": event.position,
            },
            session=tx.session,
        )

    def apply_many(self, tx: Transaction, events: Sequence[tuple[Event, Fact]]) -> None:
        """Write down many steps at once; raise when one is poisoned."""
        for event, _ in events:
            if self.poisoned(event):
                raise ValueError(f"poisoned: {event.subject} {event.sequence}")
        tx.collection("steps").insert_many(
            [
                {
                    "_id": f"{event.subject}/{event.sequence}",
                    "case": event.subject,
                    "sequence": event.sequence,
                    "position": event.position,
                }
                for event, _ in events
            ],
            session=tx.session,
        )

    def worker(
        self, *, batches: bool = False, sources: Sequence[str] = (PRODUCER,), shape: Shape | None = None
    ) -> Worker:
        """A worker that applies one by one, in batches, or in batches to the generations of a read model."""
        batches = batches or shape is not None
        return Worker(
            self.store,
            self.unit_of_work,
            self.settings,
            handlers={} if batches else {EducationExtended: self.apply, CaseClosed: self.apply},
            batch_handler=self.apply_many if batches else None,
            topics=sources,
            shape=shape,
            lease_seconds=2,
        )

    def seen(self) -> dict[str, list[int]]:
        """The sequences of each case in the order of the outbox."""
        found: dict[str, list[int]] = {}
        for step in self.store.collection("steps").find().sort("position", 1):
            found.setdefault(step["case"], []).append(step["sequence"])
        return found

    def close(self) -> None:
        self.store.close()


@contextmanager
def running(worker: Worker) -> Iterator[Worker]:
    """Run the worker in a thread; stopping must succeed within its own limit."""
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(worker.run()), name="worker under test")
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(15)
        assert not thread.is_alive()
    assert codes == [0]


def agree(cases: Cases, steps: Steps, *, within: float = 30.0) -> None:
    """Wait until outbox, inbox and effects say the same: every event of the log applied exactly once."""

    def same() -> bool:
        log: dict[str, list[int]] = {}
        for document in cases.store.collection("outbox").find().sort("_id", 1):
            log.setdefault(document["subject"], []).append(document["sequence"])
        assert steps.seen() == log
        marks = {
            document["_id"].split("#")[1]: document["sequence"]
            for document in steps.store.collection("inbox").find()
        }
        assert marks == {case: sequences[-1] for case, sequences in log.items()}
        counted = sum(document["applied"] for document in steps.store.collection("consumed").find())
        assert counted == sum(map(len, log.values()))
        return True

    eventually(same, within=within, every=0.2)


def make_topics(settings: Settings) -> None:
    """The prepare step of both services."""
    for service in (PRODUCER, CONSUMER):
        topics.ensure(settings, service)


def letters(steps: Steps, status: str) -> list[dict[str, Any]]:
    return list(steps.store.collection("dead_letters").find({"status": status}))
