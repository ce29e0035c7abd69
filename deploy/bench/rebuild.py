"""A rebuild of reporting's read model against a bare poll and insert_many of as many documents."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import resource
import time
from contextlib import closing

import msgspec

from deploy.bench import consumer, invented
from deploy.bench.arena import Arena
from deploy.bench.measuring import Figure, Outcome, ratios, wait_for
from deploy.bench.memory import memory_of
from deploy.bench.parts import running
from deploy.process import definition
from shared.access.actor import Context, system_actor
from shared.bus import rebuilding
from shared.bus.generations import Shape, prepare, register_of, write_register
from shared.clock import SystemClock
from shared.ids import new_id
from shared.settings import Settings
from shared.store.connection import Store
from shared.store.indexes import create_indexes
from shared.store.unit_of_work import UnitOfWork

SERVICE = "reporting"
WARM = 1_000
OF_CASES = 5
"""One event in so many is a step of a case, as in the measurement of the consumer."""
STEPS = 8
CHUNK = 50_000
LOOK_SECONDS = 0.2
SLOWEST = 200
"""Events per second below which something is wrong."""

METHOD = (
    "Reporting's worker, a process of its own, builds a generation of the read model from full topics of members and "
    "reviews, as `khoi rebuild` has it done, while nothing else runs; the other generation is of a version that no "
    "worker here feeds. Against it a process that polls the same topics with the same Kafka settings and writes one "
    "document per event by insert_many, with no transaction and no commit of offsets. Events per second, ours ÷ bare, "
    "behind the first 1,000 on both sides; peak resident memory of either process. One run each."
)


def measure(arena: Arena) -> Outcome:
    """Measure both sides once over the same topics."""
    wanted = arena.sized(arena.rebuild_events, least=10_000)
    settings = arena.deployment()
    arena.say(f"rebuild: {wanted:,} events onto the topics")
    total = _fill(settings, wanted)
    arena.say("rebuild: bare")
    inserted, bare_mb = _bare(settings, total)
    arena.say("rebuild: ours")
    applied, ours_mb = _rebuild(arena, settings, total)
    arena.forget(settings)
    return Outcome(
        key="rebuild",
        title="Rebuild of the read model",
        method=f"{METHOD} {total:,} events.",
        figures=(
            Figure(
                name=f"rebuild of {total:,} events ÷ bare poll and insert_many",
                unit="×",
                samples=ratios((applied,), (inserted,)),
            ),
            Figure(name="rebuild", unit="/s", samples=(applied,)),
            Figure(name="bare", unit="/s", samples=(inserted,)),
            Figure(name="rebuild, the whole", unit="s", samples=(total / applied,)),
            Figure(name="peak memory of the worker that rebuilds", unit="MB", samples=(ours_mb,)),
            Figure(name="peak memory of the bare process", unit="MB", samples=(bare_mb,)),
        ),
    )


def _fill(settings: Settings, wanted: int) -> int:
    """Put about *wanted* invented events onto the topics, a part at a time; return how many there are."""
    roster, procedure = invented.Log(settings, "members"), invented.Log(settings, "reviews")
    invented.organizations(roster)
    cases = wanted // OF_CASES // STEPS
    members = wanted - cases * STEPS - len(roster.events)
    published = 0
    for first in range(0, members, CHUNK):
        invented.members(roster, min(CHUNK, members - first), first=first)
        published += _publish(settings, "members", roster)
    for first in range(0, cases, CHUNK // STEPS):
        invented.cases(procedure, min(CHUNK // STEPS, cases - first), first=first)
        published += _publish(settings, "reviews", procedure)
    return published


def _publish(settings: Settings, service: str, log: invented.Log) -> int:
    count = len(log.events)
    consumer.publish(settings, service, log.events)
    log.events.clear()
    return count


def _bare(settings: Settings, total: int) -> tuple[float, float]:
    """Return events per second and peak memory of the bare side, in a process that has done nothing else."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_bare_process, args=(settings, total, sending))
    process.start()
    sending.close()
    try:
        seconds, peak = receiving.recv()
    finally:
        process.join()
    return (total - WARM) / seconds, peak


def _bare_process(settings: Settings, total: int, sending: multiprocessing.connection.Connection) -> None:
    seconds = consumer.poll_and_insert(settings, total=total, warm=WARM, patience=total / SLOWEST)
    sending.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
    sending.close()


def _rebuild(arena: Arena, settings: Settings, total: int) -> tuple[float, float]:
    """Return events per second and peak memory of a worker that builds a generation."""
    service = definition(SERVICE)
    shape = service.shape
    if shape is None:
        raise RuntimeError(f"{SERVICE} has no read model in generations")
    with closing(Store(settings, SERVICE)) as store:
        create_indexes(store, service.indexes)
        number = _begin(store, shape)
    # Made after the worker is: its prepare step, which runs in this process, closes the service's connection.
    with running(arena, settings, [f"{SERVICE}-worker"]) as parts, closing(Store(settings, SERVICE)) as store:

        def applied() -> int:
            return rebuilding.standing(store, shape, number).applied

        wait_for(lambda: applied() >= WARM, what="the worker to begin", every=LOOK_SECONDS)
        timed_from, started = applied(), time.perf_counter()
        wait_for(
            lambda: applied() >= total,
            what="the worker to build everything",
            within=total / SLOWEST,
            every=LOOK_SECONDS,
        )
        seconds = time.perf_counter() - started
        peak = memory_of(parts.pids[f"{SERVICE}-worker"])["VmHWM"] / 1024
    return (total - timed_from) / seconds, peak


def _begin(store: Store, shape: Shape) -> int:
    """Begin a generation beside one of another version, which stays as it is."""
    prepare(store, shape)
    register = register_of(store, shape.version)
    write_register(store, register.changed(msgspec.structs.replace(register.live, version=shape.version - 1)))
    request = new_id()
    context = Context(
        actor=system_actor("bench"), request_id=request, correlation_id=request, role="operator"
    )
    return rebuilding.begin(UnitOfWork(store, SystemClock()), shape, context=context).number
