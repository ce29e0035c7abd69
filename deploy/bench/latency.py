"""From a command's answer to its visibility in the report, against a bare produce, consume and transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Self

from pymongo import MongoClient

from deploy.bench.arena import Arena
from deploy.bench.http_client import Repeated
from deploy.bench.measuring import PERCENT_99, Figure, NotInTimeError, Outcome, Target, percentile, ratios
from deploy.bench.parts import Parts, import_roster, roster_of, running
from deploy.demo.caller import wait_until
from deploy.demo.history import FIRST_PROPOSAL, ROUND_DUE, ROUND_OPENED, Case, Cell, Story
from deploy.demo.people import People
from deploy.process import SERVICES
from shared.bus import clients, topics
from shared.settings import Settings
from shared.store.connection import Document

MEMBERS = 1_500
SAMPLES = 20
"""Commands of one repetition."""
AT_MOST = 4.0
STORY = Story("recognized", "C3")
"""One that needs nothing in the members' records first."""
PATIENCE = 30.0
FEWEST_OFFICIAL = 5
PERIOD = "from=2021-01-01&to=2022-12-31"

METHOD = (
    "All web processes and workers of the one-machine stack run. A secret ballot that reaches its share is recorded "
    "through the reviews API, which puts the member on the list; from that answer the cell's screening report is "
    "asked for again and again until it counts one more listed member (command, outbox, change stream, relay, "
    "topic, consumer, read model, report: the asking is part of the time). Against it, between two such commands, a "
    "record of the same size is produced with the same producer settings, polled by a waiting consumer and its "
    "document inserted in one transaction. Median of 20 of each, ours ÷ bare, in every repetition."
)
LIMIT = (
    "Between commit and topic lie the wake-up by the change stream and a read of the ledger and of the outbox; "
    "between topic and report the consumer's transaction (watermark, read model, counters) and a report that is "
    "counted anew. Every one of them is a round trip to one Python server that all the processes share."
)


def measure(arena: Arena) -> Outcome:
    """Alternate our commands and bare deliveries."""
    arena.say("latency: starting all services, importing a roster")
    settings, bare_settings = arena.deployment(), arena.deployment()
    names = [f"{service}-{kind}" for service in SERVICES for kind in ("web", "worker")]
    count = arena.sized(SAMPLES, least=3)
    ours: list[list[float]] = []
    bare: list[list[float]] = []
    with (
        running(arena, settings, names) as parts,
        _bare_delivery(bare_settings) as delivery,
    ):
        import_roster(parts.addresses, roster_of(arena, MEMBERS))
        with _Office(parts) as office:
            delivery.once()
            office.list_one()
            for turn in range(arena.repeats):
                arena.say(f"latency {turn + 1}/{arena.repeats}")
                pairs = [(office.list_one(), delivery.once()) for _ in range(count)]
                ours.append([pair[0] for pair in pairs])
                bare.append([pair[1] for pair in pairs])
    arena.forget(settings, bare_settings)
    our_medians = [percentile(each, 50) for each in ours]
    bare_medians = [percentile(each, 50) for each in bare]
    every_ours = [sample * 1e3 for each in ours for sample in each]
    every_bare = [sample * 1e3 for each in bare for sample in each]
    return Outcome(
        key="latency",
        title="From command to report",
        method=METHOD,
        figures=(
            Figure(
                name="command → report ÷ bare delivery, p50",
                unit="×",
                samples=ratios(our_medians, bare_medians),
                target=Target(at_most=AT_MOST),
            ),
            Figure(
                name="command → report, p50", unit="ms", samples=tuple(each * 1e3 for each in our_medians)
            ),
            Figure(name="bare delivery, p50", unit="ms", samples=tuple(each * 1e3 for each in bare_medians)),
            Figure(
                name=f"command → report, p99 of all {len(every_ours)}",
                unit="ms",
                samples=(percentile(every_ours, PERCENT_99),),
            ),
            Figure(
                name=f"bare delivery, p99 of all {len(every_bare)}",
                unit="ms",
                samples=(percentile(every_bare, PERCENT_99),),
            ),
        ),
        limit=LIMIT,
    )


class _Office:
    """The people who put members on the list, and the report in which that shows."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._people = People(parts.addresses, root="*")
        self._token = parts.token("organizing_board")
        board = self._people.board
        organizations = board.every("/api/members/organizations")
        self._people.root = next(each["id"] for each in organizations if each["parent_id"] is None)
        for source, service in (("members", "reviews"), ("members", "reporting")):
            self._wait_applied(service, source)
        cells = [each for each in organizations if each["is_cell"]]
        self._candidates = self._choose(cells)
        self._round = self._people.standing.post(
            "/api/reviews/rounds",
            {
                "name": "Đợt rà soát để đo",
                "organization_id": self._people.root,
                "on": ROUND_OPENED.isoformat(),
                "due_on": ROUND_DUE.isoformat(),
                "document": {
                    "number": "12-KH/ĐUK",
                    "issued_on": ROUND_OPENED.isoformat(),
                    "issuer": "Ban Thường vụ Đảng ủy Khối",
                },
            },
        )["id"]
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._people.__exit__(None, None, None)

    def list_one(self) -> float:
        """Put one more member on the list; return the seconds from the answer to the report."""
        cell = next(self._candidates)
        case = Case(self._people, cell, STORY, self._number % 20)
        self._number += 1
        case.start = FIRST_PROPOSAL + timedelta(days=self._number % 20)
        case.propose(self._round)
        case.guide()
        address = f"/api/reporting/screening-report?organization={cell.path[-1]}&{PERIOD}"
        with Repeated(self._parts.plan.ports.web["reporting"], address, token=self._token) as report:
            before = _listed(report.json())
            case.ballot()
            answered = time.perf_counter()
            while _listed(report.json()) <= before:
                if time.perf_counter() - answered > PATIENCE:
                    raise NotInTimeError(f"the report did not count the member within {PATIENCE:.0f} s")
            return time.perf_counter() - answered

    def _choose(self, cells: list[Mapping[str, Any]]) -> Iterator[Cell]:
        """Yield a cell with a member of it who is free, going round the cells."""
        rosters = []
        for each in cells:
            members = self._people.board.every("/api/members/members", organization=each["id"])
            official = [
                one["id"]
                for one in members
                if one["status"] == "official"
                and not one["exempt_from"]
                and one["since"] < ROUND_OPENED.isoformat()
            ]
            if len(official) >= FEWEST_OFFICIAL:
                rosters.append((each["organization_path"], official))
        for place in range(max(len(official) for _, official in rosters)):
            for path, official in rosters:
                if place < len(official):
                    yield Cell(
                        path=path,
                        official=[official[place], *official[:place], *official[place + 1 :]],
                        probationary=(),
                    )

    def _wait_applied(self, service: str, source: str) -> None:
        board = self._people.board
        produced = board.get(f"/api/{source}/progress")["produced"]
        wait_until(
            lambda: (
                board.get(f"/api/{service}/progress")["applied"].get(source, {}).get("events", 0) >= produced
            ),
            within=120,
            what=f"{service} to apply the events of {source}",
        )


def _listed(report: Mapping[str, Any]) -> int:
    return int(report["figures"]["listed"]["total"])


class _Delivery:
    """One record at a time from a producer over a consumer into a transaction."""

    def __init__(self, settings: Settings, producer: Any) -> None:
        self._topic = settings.topic("bare")
        self._producer = producer
        self.inserted = threading.Event()
        self._number = 0

    def once(self) -> float:
        """Return the seconds from the sending to the committed transaction."""
        self.inserted.clear()
        self._number += 1
        started = time.perf_counter()
        self._producer.send(self._topic, value=b"x" * 600, key=str(self._number).encode())
        if not self.inserted.wait(PATIENCE):
            raise NotInTimeError(f"a bare record did not arrive within {PATIENCE:.0f} s")
        return time.perf_counter() - started


@contextmanager
def _bare_delivery(settings: Settings) -> Iterator[_Delivery]:
    topics.ensure(settings, "bare", [settings.topic("bare")])
    producer = clients.producer(settings, "bare", "bare")
    consumer = clients.consumer(settings, "bare", group=f"{settings.khoi_id}.bare")
    client: MongoClient[Document] = MongoClient(settings.mongodb_url)
    delivery = _Delivery(settings, producer)
    stopping = threading.Event()
    failures: list[BaseException] = []

    def consume() -> None:
        collection = client[settings.database("bare")]["documents"]
        try:
            consumer.subscribe([settings.topic("bare")])
            while not stopping.is_set():
                for records in consumer.poll(timeout_ms=300).values():
                    for record in records:
                        with client.start_session() as session, session.start_transaction():
                            collection.insert_one({"value": record.value}, session=session)
                        delivery.inserted.set()
        except BaseException as error:
            failures.append(error)
            raise

    thread = threading.Thread(target=consume, name="bare consumer")
    thread.start()
    try:
        yield delivery
    finally:
        stopping.set()
        thread.join(PATIENCE)
        consumer.close()
        producer.close()
        client.close()
    if failures:
        raise failures[0]
