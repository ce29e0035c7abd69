"""The time of a report must follow the cases, not the members: 60,000 against 6,000 with the same cases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from deploy.bench import invented
from deploy.bench.arena import Arena
from deploy.bench.http_client import Repeated
from deploy.bench.measuring import Figure, Outcome, Target, percentile, ratios
from deploy.bench.memory import memory_of, processes_below
from deploy.bench.parts import running
from services.reporting.projection.batch import FOLDS
from shared.events.envelope import Event
from shared.settings import Settings
from shared.store.connection import Document, Store
from shared.store.indexes import create_indexes

SERVICE = "reporting"
LARGE = 60_000
SMALL = 6_000
CASES = 200
TIMES = 20
WARM = 3
FILL = 2_000
AT_MOST = 1.3
MANY_CASES = 2_000
FEW_CASES = 200
GROWTH_AT_MOST = 10

METHOD = (
    "GET of the screening report of the whole Khối over a year, from reporting's web process, over two read models "
    "folded from invented events: one of 60,000 members, one of 6,000, each with the same 200 cases of eight steps "
    "and the same tree. One request after the other, the two alternately; seconds, large ÷ small."
)
SIZE_METHOD = (
    "The same report over a read model of 60,000 members and 2,000 cases, and over one of a tenth of both with the "
    "same tree; 20 requests one after the other in every repetition, of which the 95th percentile counts. The target "
    "is to grow no more than the cases do: every one of them is read and counted."
)
SIZE_LIMIT = "Some read or count of the report grows faster than the cases."
LIMIT = "Some read of the report goes through documents that grow with the number of members."


def measure(arena: Arena) -> Outcome:
    """Measure both read models alternately."""
    sizes = (arena.sized(LARGE, least=600), arena.sized(SMALL, least=60))
    cases = arena.sized(CASES, least=5)
    deployments = [arena.deployment() for _ in sizes]
    times: tuple[list[float], list[float]] = ([], [])
    with ExitStack() as stack:
        clients = []
        for settings, size in zip(deployments, sizes, strict=True):
            arena.say(f"reports: a read model of {size:,} members")
            _fold(settings, members=size, cases=cases)
            parts = stack.enter_context(running(arena, settings, ["reporting-web"]))
            client = stack.enter_context(
                Repeated(
                    parts.plan.ports.web[SERVICE],
                    f"/api/reporting/screening-report?organization={invented.ROOT}&from=2021-01-01&to=2021-12-31",
                    token=parts.token("organizing_board"),
                )
            )
            figures = client.json()["figures"]
            client.seconds(WARM)
            clients.append((client, figures))
        if clients[0][1] != clients[1][1]:
            raise RuntimeError("the two read models must give the same figures")
        for turn in range(arena.repeats):
            arena.say(f"reports {turn + 1}/{arena.repeats}")
            for (client, _), found in zip(clients, times, strict=True):
                found.append(client.seconds(TIMES))
    arena.forget(*deployments)
    large, small = times
    return Outcome(
        key="reports",
        title="Report",
        method=METHOD,
        figures=(
            Figure(
                name=f"report at {sizes[0]:,} members ÷ at {sizes[1]:,}",
                unit="×",
                samples=ratios(large, small),
                target=Target(at_most=AT_MOST),
            ),
            Figure(
                name=f"report at {sizes[0]:,} members", unit="ms", samples=tuple(each * 1e3 for each in large)
            ),
            Figure(
                name=f"report at {sizes[1]:,} members", unit="ms", samples=tuple(each * 1e3 for each in small)
            ),
        ),
        limit=LIMIT,
    )


def measure_size(arena: Arena) -> Outcome:
    """Measure a whole Khối and one of a tenth, members and cases alike."""
    sizes = [
        (arena.sized(LARGE, least=600), arena.sized(MANY_CASES, least=50)),
        (arena.sized(SMALL, least=60), arena.sized(FEW_CASES, least=5)),
    ]
    slow: list[list[float]] = []
    peaks = []
    for members, cases in sizes:
        arena.say(f"report size: {members:,} members, {cases:,} cases")
        settings = arena.deployment()
        _fold(settings, members=members, cases=cases)
        with _client(arena, settings) as (client, pid):
            client.seconds(WARM)
            turns = [[client.seconds(1) for _ in range(TIMES)] for _ in range(arena.repeats)]
            peaks.append(memory_of(pid)["VmHWM"] / 1024)
        slow.append([percentile(turn, 95) * 1e3 for turn in turns])
        arena.forget(settings)
    names = [f"{members:,} members, {cases:,} cases" for members, cases in sizes]
    return Outcome(
        key="report size",
        title="Report of ten times the size",
        method=SIZE_METHOD,
        figures=(
            Figure(
                name=f"report over {names[0]} ÷ over a tenth, p95",
                unit="×",
                samples=ratios(*slow),
                target=Target(at_most=GROWTH_AT_MOST),
            ),
            *(
                Figure(name=f"report over {name}, p95", unit="ms", samples=tuple(found))
                for name, found in zip(names, slow, strict=True)
            ),
            *(
                Figure(name=f"peak memory of the web process, {name}", unit="MB", samples=(peak,))
                for name, peak in zip(names, peaks, strict=True)
            ),
        ),
        limit=SIZE_LIMIT,
    )


@contextmanager
def _client(arena: Arena, settings: Settings) -> Iterator[tuple[Repeated, int]]:
    """Run the web process over a read model; yield who asks for its report, and the process that answers."""
    with running(arena, settings, ["reporting-web"]) as parts:
        master = parts.pids["reporting-web"]
        with Repeated(
            parts.plan.ports.web[SERVICE],
            f"/api/reporting/screening-report?organization={invented.ROOT}&from=2021-01-01&to=2021-12-31",
            token=parts.token("organizing_board"),
        ) as client:
            client.body()
            worker = max(processes_below(master), key=lambda each: each.rss_kb)
            yield client, worker.pid


def _fold(settings: Settings, *, members: int, cases: int) -> None:
    """Make reporting's read model of invented events, by its own folds, without the way over Kafka."""
    roster, procedure = invented.Log(settings, "members"), invented.Log(settings, "reviews")
    invented.organizations(roster)
    invented.members(roster, members)
    invented.cases(procedure, cases)
    store = Store(settings, SERVICE)
    try:
        create_indexes(store, ())
        folded: dict[str, dict[str, Document]] = {}
        for event in _all(roster, procedure):
            fact = event.fact()
            fold = FOLDS.get(type(fact))
            if fold is not None:
                documents = folded.setdefault(fold.collection, {})
                key = fold.key(fact)
                documents[key] = fold.apply(documents.get(key), event, fact)
        for name, documents in folded.items():
            every = list(documents.values())
            for first in range(0, len(every), FILL):
                store.collection(name).insert_many(every[first : first + FILL])
    finally:
        store.close()


def _all(*logs: invented.Log) -> Iterator[Event]:
    for log in logs:
        yield from log.events
