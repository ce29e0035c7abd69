"""A whole stack with a small Khối on it, made through the APIs, and its people as any client would be them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import requests

from deploy.demo.caller import Addresses, Person
from deploy.demo.history import BAD_YEARS, Case, Cell, Story, classify_year
from deploy.demo.people import People
from deploy.process import SERVICES
from deploy.stack.stack import Stack
from shared.access.actor import Role
from shared.bus import outbox, progress
from shared.store.connection import Store
from tests.support.servers import eventually

Json = Mapping[str, Any]

COMMITTEES = 3
CELLS_PER_COMMITTEE = 3
STANDING_ALONE = 2
OFFICIAL = 8
"""Official members of a cell: the last two help, each of the others may have one case."""
TERM_FROM, TERM_TO = date(2020, 10, 1), date(2023, 10, 12)
APPLIED_WITHIN = 60.0


@dataclass
class Khoi:
    """A running stack and the small Khối registered on it."""

    stack: Stack
    addresses: Addresses
    root: Json = field(default_factory=dict)
    committees: list[Json] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    """Cells below a committee first, then the two that stand directly under the Khối."""
    round_id: str = ""
    people: People = field(init=False)
    stores: dict[str, Store] = field(init=False)
    _used: dict[tuple[str, bool], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.people = People(self.addresses, root="*")
        # mongoengine keeps one connection per service and process: whoever comes last reads its own stack's.
        self.stores = {service: Store(self.stack.settings, service) for service in SERVICES}

    def close(self) -> None:
        """Close the clients; an outside server gets its databases back empty."""
        self.people.__exit__(None, None, None)
        for store in self.stores.values():
            if "mongo" not in self.stack.names:
                store.client.drop_database(store.database.name)
            store.close()

    def person(self, role: Role, organization: str = "*", *, member_id: str | None = None) -> Person:
        """Somebody with a client of their own; the caller closes it."""
        return Person(self.addresses, role=role, organization=organization, member_id=member_id)

    def token(self, role: Role, organization: str | None = "*", *, member_id: str | None = None) -> str:
        """A bearer token of somebody in one role, or of a member without office (organization None)."""
        grants = [{"role": role, "organization": organization}] if organization else []
        return self.stack.token(f"{role}@{organization or member_id}", member_id=member_id, grants=grants)

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        headers: Json | None = None,
        body: Any = None,
    ) -> requests.Response:
        """One bare request, as whoever the token says, without asking what comes back."""
        bearer = {} if token is None else {"Authorization": f"Bearer {token}"}
        return requests.request(
            method, self.addresses.of(path), headers={**bearer, **(headers or {})}, json=body, timeout=30
        )

    def next_member(self, cell: Cell, *, probationary: bool = False) -> Cell:
        """The same cell with a member in front who has had no case yet."""
        kind = (cell.path[-1], probationary)
        turn = self._used.get(kind, 0)
        if turn >= (len(cell.probationary) if probationary else len(cell.official) - 2):
            raise LookupError(f"every member of {cell.path[-1]} has had a case")
        self._used[kind] = turn + 1
        if probationary:
            return Cell(path=cell.path, official=cell.official, probationary=cell.probationary[turn:])
        return Cell(path=cell.path, official=cell.official[turn:], probationary=cell.probationary)

    def case(self, cell: Cell, story: Story, *, people: People | None = None, number: int = 0) -> Case:
        """A case of the next member of the cell, not yet proposed."""
        place = self.next_member(cell, probationary=story.probationary)
        return Case(people or self.people, place, story, number)

    def tell(self, cell: Cell, story: Story, *, people: People | None = None, number: int = 0) -> Json:
        """One case from the proposal to its end; returns it as it stands then."""
        case = self.case(cell, story, people=people, number=number)
        case.propose(self.round_id)
        case.guide()
        case.ballot()
        case.educate()
        ends = {"recognized": case.recognize, "transferred": case.transfer, "removed": case.remove}
        found: Json = ends[story.outcome]()
        return found

    def report(self, organization: str, **query: object) -> Json:
        """The screening report of the term, as the standing committee gets it."""
        found: Json = self.people.standing.get(
            "/api/reporting/screening-report",
            organization=organization,
            **{"from": TERM_FROM, "to": TERM_TO, **query},
        )
        return found

    def settle(self, *, within: float = APPLIED_WITHIN) -> None:
        """Wait until every service has applied every event of the others, also those that follow from events."""
        eventually(self._nobody_is_behind, within=within, every=0.1)

    def _nobody_is_behind(self) -> bool:
        # What was applied is read before what was produced: applying may itself produce.
        reached = {service: progress.applied(self.stores[service]) for service in CONSUMES}
        behind = {}
        for service, sources in CONSUMES.items():
            for source in sources:
                applied = reached[service].get(self.stack.settings.event_source(source))
                count, head = applied.events if applied else 0, outbox.head(self.stores[source])
                if count != head:
                    behind[f"{service} ← {source}"] = (count, head)
        assert not behind, f"applied of produced: {behind}"
        return True


CONSUMES: Mapping[str, Sequence[str]] = {
    "members": ("reviews",),
    "reviews": ("members", "notifications"),
    "notifications": ("members", "reviews"),
    "reporting": ("members", "reviews"),
}
"""Who listens to whom, as the architecture says."""


@contextmanager
def small_khoi(folder: Path | None = None) -> Iterator[Khoi]:
    """Start a stack of its own (its data and logs are kept when a folder is named) and register a small Khối."""
    with ExitStack() as closing:
        # On servers shared with others everything of this stack carries its own prefix.
        # Its stories lie years back: the worker would remind of every deadline in them at a moment of its own.
        quiet = {**os.environ, "KHOI_QUIET_HOURS": "00:00-23:59"}
        stack = closing.enter_context(Stack(folder, khoi_id=f"t{secrets.token_hex(4)}", environment=quiet))
        addresses = Addresses(
            {**{name: stack.url(name) for name in SERVICES}, "issuer": stack.plan.issuer_url}
        )
        khoi = Khoi(stack, addresses)
        closing.callback(khoi.close)
        register_small_khoi(khoi)
        yield khoi


def register_small_khoi(khoi: Khoi) -> None:
    """Three committees, eleven cells with their members, an open round; every service knows of them."""
    board = khoi.people.board

    def establish(name: str, level: str, parent: Json | None = None) -> Json:
        found: Json = board.post(
            "/api/members/organizations",
            {
                "name": name,
                "level": level,
                "on": "2010-01-04",
                "is_cell": level.startswith("chi_bo"),
                "parent_id": parent["id"] if parent else None,
            },
        )
        return found

    khoi.root = establish("Đảng bộ Khối tỉnh Thử Nghiệm", "dang_bo_khoi")
    khoi.committees = [
        establish(f"Đảng bộ cơ sở {number}", "dang_bo_co_so", khoi.root) for number in range(COMMITTEES)
    ]
    cells = [
        establish(f"Chi bộ {number + 1}", "chi_bo_truc_thuoc", committee)
        for number in range(CELLS_PER_COMMITTEE)
        for committee in khoi.committees
    ]
    cells += [
        establish(f"Chi bộ cơ sở {number + 1}", "chi_bo_co_so", khoi.root) for number in range(STANDING_ALONE)
    ]
    with ThreadPoolExecutor(2) as pool:
        khoi.cells = list(pool.map(lambda numbered: _fill(board, *numbered), enumerate(cells)))
    khoi.people.__exit__(None, None, None)
    khoi.people = People(khoi.addresses, root=khoi.root["id"])
    khoi.round_id = khoi.people.standing.post(
        "/api/reviews/rounds",
        {
            "name": "Đợt rà soát thử",
            "organization_id": khoi.root["id"],
            "on": "2021-05-10",
            "due_on": "2021-06-30",
            "document": {"number": "12-KH/ĐUK", "issued_on": "2021-05-10", "issuer": "Ban Thường vụ"},
        },
    )["id"]
    khoi.settle()


def _fill(board: Person, number: int, cell: Json) -> Cell:
    """Put official members and one probationary member onto the roster of a cell."""
    members = []
    for place in range(OFFICIAL + 1):
        probationary = place == OFFICIAL
        members.append(
            board.post(
                "/api/members/members",
                {
                    "full_name": f"Nguyễn Văn {'ABCDEFGHIKLM'[place]}",
                    "gender": "male",
                    "admitted_on": "2020-11-02" if probationary else "2009-03-02",
                    "official_on": None if probationary else "2010-03-02",
                    "cell_id": cell["id"],
                    "since": "2020-11-02" if probationary else "2010-02-01",
                    "card_number": None if probationary else f"097{number:05}{place:04}",
                },
            )["id"]
        )
    found = Cell(path=cell["organization_path"], official=members[:OFFICIAL], probationary=members[OFFICIAL:])
    for year in BAD_YEARS:  # any of them may be proposed for two bad years
        classify_year(board, found, year, found.official)
    return found
