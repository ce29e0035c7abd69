"""Reporting's consumer against a bare poll and insert_many of as many documents."""

from __future__ import annotations

import time

import orjson

from deploy.bench import invented
from deploy.bench.arena import Arena, at_work, counted
from deploy.bench.measuring import Figure, NotInTimeError, Outcome, Target, ratios, timed, wait_for
from deploy.process import definition
from shared.bus import clients, metrics, topics
from shared.bus.worker import Worker
from shared.clock import SystemClock
from shared.events.envelope import Event
from shared.settings import Settings
from shared.store.connection import Document, Store
from shared.store.indexes import create_indexes
from shared.store.unit_of_work import UnitOfWork

SERVICE = "reporting"
MEMBERS = 8_000
CASES = 250
WARM = 1_000
"""Events applied before the clock starts: joining the group is not what is measured."""
POLL = 500
"""Records of one poll on both sides: what the consumer takes into one transaction."""
AT_LEAST = 0.5
PATIENCE = 120.0

METHOD = (
    "Reporting's worker reads full topics of members and reviews (a roster, and cases of eight steps each) and "
    "applies them as it does in service: decoded into their types, watermark of every stream, read model and "
    "counters in one transaction per batch, offsets committed. Against it a consumer with the same Kafka "
    "settings that polls the same topics and writes one document per event by insert_many, with no transaction "
    "and no commit of offsets. Events per second, ours ÷ bare, behind the first 1,000 on both sides."
)
LIMIT = (
    "Processor time, measured for 10,400 events: the server 3.5 s against 1.1 s bare, for a new stream costs two "
    "inserts (watermark and record) where the bare side makes one, a step of a case replaces its document, and a "
    "commit writes every change a second time into the server's log; the consumer 2.4 s against 0.7 s bare, for "
    "envelopes, typed facts, folds and marks. "
    "Both follow one another, since the next batch is polled when the one before is committed: polling ahead "
    "would hide about a sixth. Without watermarks an event could be applied twice; that price is the point of the "
    "inbox."
)


def measure(arena: Arena) -> Outcome:
    """Measure both sides alternately, each over the same topics with a group of its own."""
    members, cases = arena.sized(MEMBERS, least=1_200), arena.sized(CASES, least=10)
    warm = min(WARM, members // 2)
    applied, inserted, written = [], [], 0
    for turn in range(arena.repeats):
        arena.say(f"consumer {turn + 1}/{arena.repeats}")
        settings = arena.deployment()
        total = _fill(settings, members=members, cases=cases)
        inserted.append((total - warm) / poll_and_insert(settings, total=total, warm=warm))
        seconds, written = _consume(settings, total=total, warm=warm)
        applied.append((total - warm) / seconds)
        arena.forget(settings)
    return Outcome(
        key="consumer",
        title="Consumer",
        method=f"{METHOD} {total:,} events; ours leave {written:,} documents, the bare side {total:,}.",
        figures=(
            Figure(
                name="consumer ÷ bare poll and insert_many",
                unit="×",
                samples=ratios(applied, inserted),
                target=Target(at_least=AT_LEAST),
            ),
            Figure(name="consumer", unit="/s", samples=tuple(applied)),
            Figure(name="bare", unit="/s", samples=tuple(inserted)),
        ),
        limit=LIMIT,
    )


def _fill(settings: Settings, *, members: int, cases: int) -> int:
    """Put the invented events onto the topics; return how many there are."""
    roster, procedure = invented.Log(settings, "members"), invented.Log(settings, "reviews")
    invented.organizations(roster)
    invented.members(roster, members)
    invented.cases(procedure, cases)
    for service, log in (("members", roster), ("reviews", procedure)):
        publish(settings, service, log.events)
    return len(roster.events) + len(procedure.events)


def publish(settings: Settings, service: str, events: list[Event]) -> None:
    """Put *events* onto the topic of *service*, created where missing."""
    topics.ensure(settings, service)
    producer = clients.producer(settings, service, "fill")
    try:
        for key, value, headers in invented.records(events):
            producer.send(settings.topic(service), value=value, key=key, headers=headers)
        producer.flush()
    finally:
        producer.close()


def poll_and_insert(settings: Settings, *, total: int, warm: int, patience: float = PATIENCE) -> float:
    """Poll the topics and insert a document per event; return the seconds behind the first *warm* of *total*."""
    store = Store(settings, "bare")
    consumer = clients.consumer(settings, "bare", group=f"{settings.khoi_id}.bare", max_poll_records=POLL)
    try:
        collection = store.collection("documents")
        consumer.subscribe([settings.topic("members"), settings.topic("reviews")])
        done, started, deadline = 0, 0.0, time.monotonic() + patience
        while done < total:
            polled = consumer.poll(timeout_ms=300, max_records=POLL)
            documents: list[Document] = [
                {"_id": f"{record.topic}/{record.partition}/{record.offset}", **orjson.loads(record.value)}
                for records in polled.values()
                for record in records
            ]
            if documents:
                collection.insert_many(documents)
            done += len(documents)
            if not started and done >= warm:
                started, timed_from = time.perf_counter(), done
            if time.monotonic() >= deadline:
                raise NotInTimeError(f"{done} of {total} records polled in {patience:.0f} s")
        seconds = time.perf_counter() - started
        return seconds * (total - warm) / (total - timed_from)
    finally:
        consumer.close()
        store.close()


def _consume(settings: Settings, *, total: int, warm: int) -> tuple[float, int]:
    """Return the seconds behind the first *warm* events, and the documents written for all."""
    service = definition(SERVICE)
    store = Store(settings, SERVICE)
    try:
        create_indexes(store, service.indexes)
        topics.ensure(settings, SERVICE)
        worker = Worker(
            store,
            UnitOfWork(store, SystemClock()),
            settings,
            handlers=service.handlers,
            batch_handler=service.batch_handler,
            topics=service.consumes,
        )
        before = counted(metrics.APPLIED, SERVICE)

        def applied() -> int:
            return counted(metrics.APPLIED, SERVICE) - before

        with at_work(worker):
            wait_for(lambda: applied() >= warm, what="the consumer to join and begin")
            timed_from = applied()
            with timed() as watch:
                wait_for(lambda: applied() >= total, what="the consumer to apply everything")
        written = sum(
            store.collection(name).estimated_document_count()
            for name in (*service.projections, "inbox", "consumed")
        )
    finally:
        store.close()
    return watch.seconds * (total - warm) / (total - timed_from), written
