"""The relay against a bare idempotent producer: the same records to topics of the same shape."""

from __future__ import annotations

from deploy.bench import invented
from deploy.bench.arena import Arena, at_work, counted
from deploy.bench.measuring import Figure, Outcome, Target, ratios, timed, wait_for
from shared.bus import clients, metrics, topics
from shared.bus.worker import Worker
from shared.clock import SystemClock
from shared.events.envelope import Event
from shared.settings import Settings
from shared.store.connection import Store
from shared.store.indexes import create_indexes
from shared.store.unit_of_work import LEDGER, UnitOfWork

SERVICE = "members"
EVENTS = 20_000
WARM = 2_000
"""Events that go first, untimed: connections are made, the producer has its id, the code is warm."""
FILL = 1_000
AT_LEAST = 0.7

METHOD = (
    "A worker's relay (lease, change stream, cursor, acknowledgements of every batch, topic identity) empties an "
    "outbox filled before, against a kafka-python producer with the same settings (idempotent, acks=all, "
    "linger 5 ms) that sends the same keys, values and headers from memory and flushes once. Events per second, "
    "relay ÷ bare, after a warm-up on both sides."
)
LIMIT = (
    "The relay reads and decodes each event from the store in the process that also runs the producer's thread, "
    "and waits for the acknowledgements of one batch before it moves the cursor and sends the next."
)


def measure(arena: Arena) -> Outcome:
    """Measure both sides alternately."""
    count, warm = arena.sized(EVENTS, least=200), arena.sized(WARM, least=100)
    relayed, produced = [], []
    for turn in range(arena.repeats):
        arena.say(f"relay {turn + 1}/{arena.repeats}")
        ours, bare = arena.deployment(), arena.deployment()
        log = invented.Log(ours, SERVICE)
        invented.members(log, warm + count)
        produced.append(count / _produce(bare, log.events, warm))
        relayed.append(count / _relay(ours, log.events, warm))
        arena.forget(ours, bare)
    return Outcome(
        key="relay",
        title="Relay",
        method=f"{METHOD} {count:,} events.",
        figures=(
            Figure(
                name="relay ÷ bare producer",
                unit="×",
                samples=ratios(relayed, produced),
                target=Target(at_least=AT_LEAST),
            ),
            Figure(name="relay", unit="/s", samples=tuple(relayed)),
            Figure(name="bare producer", unit="/s", samples=tuple(produced)),
        ),
        limit=LIMIT,
    )


def _produce(settings: Settings, events: list[Event], warm: int) -> float:
    """Return the seconds of a bare producer for all events behind the *warm* first."""
    records = invented.records(events)
    topics.ensure(settings, SERVICE)
    topic = settings.topic(SERVICE)
    producer = clients.producer(settings, SERVICE, "bare")
    try:
        for key, value, headers in records[:warm]:
            producer.send(topic, value=value, key=key, headers=headers)
        producer.flush()
        with timed() as watch:
            for key, value, headers in records[warm:]:
                producer.send(topic, value=value, key=key, headers=headers)
            producer.flush()
    finally:
        producer.close()
    return watch.seconds


def _relay(settings: Settings, events: list[Event], warm: int) -> float:
    """Return the seconds of the relay for all events behind the *warm* first."""
    store = Store(settings, SERVICE)
    try:
        create_indexes(store, ())
        topics.ensure(settings, SERVICE)
        for first in range(0, len(events), FILL):
            store.collection("outbox").insert_many(
                [event.to_document() for event in events[first : first + FILL]]
            )
        worker = Worker(store, UnitOfWork(store, SystemClock()), settings, handlers={}, topics=())
        before = counted(metrics.RELAY_PUBLISHED, SERVICE)

        def published() -> int:
            return counted(metrics.RELAY_PUBLISHED, SERVICE) - before

        # The ledger's position is the end of the log as the relay sees it: moving it commits what lies there.
        def commit_up_to(position: int) -> None:
            store.collection(LEDGER).update_one({"_id": "head"}, {"$set": {"position": position}})

        commit_up_to(warm)
        with at_work(worker):
            wait_for(lambda: published() >= warm, what="the relay to publish the warm-up")
            with timed() as watch:
                commit_up_to(len(events))
                wait_for(lambda: published() >= len(events), what="the relay to empty the outbox")
    finally:
        store.close()
    return watch.seconds
