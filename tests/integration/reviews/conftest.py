"""A reviews service over a real Mongo-wire server, with a small Khối on its local roster."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.reviews.handlers import apply_members_events
from services.reviews.service import SERVICE
from shared.access.actor import Actor, Context, Grant, Role, system_actor
from shared.clock import FixedClock
from shared.events.catalogue.members import MemberRegistered, OrganizationEstablished
from shared.events.envelope import Event
from shared.events.registry import Fact, type_of
from shared.ids import new_id
from shared.service import Runtime
from shared.settings import Settings
from shared.store.indexes import create_indexes
from shared.web.app import runtime_of
from tests.support.applications import application_of
from tests.support.services import put_away

TODAY = datetime(2026, 11, 20, 3, tzinfo=UTC)
KHOI, GRASSROOTS, OTHER_GRASSROOTS = "khoi", "ds-1", "ds-2"
CELL, OTHER_CELL, GRASSROOTS_CELL, SMALL_CELL = "cb-1", "cb-2", "cb-co-so", "cb-nho"
PATHS = {
    KHOI: [KHOI],
    GRASSROOTS: [KHOI, GRASSROOTS],
    OTHER_GRASSROOTS: [KHOI, OTHER_GRASSROOTS],
    CELL: [KHOI, GRASSROOTS, CELL],
    SMALL_CELL: [KHOI, GRASSROOTS, SMALL_CELL],
    OTHER_CELL: [KHOI, OTHER_GRASSROOTS, OTHER_CELL],
    GRASSROOTS_CELL: [KHOI, GRASSROOTS_CELL],
}
CELLS = {CELL, OTHER_CELL, GRASSROOTS_CELL, SMALL_CELL}
SINCE = date(2018, 1, 2)


def organization(organization_id: str, *, path: list[str] | None = None) -> OrganizationEstablished:
    path = path or PATHS[organization_id]
    return OrganizationEstablished(
        organization_id=organization_id,
        name=f"Tổ chức {organization_id}",
        code=None,
        level="chi_bo" if organization_id in CELLS else "dang_bo",
        is_cell=organization_id in CELLS,
        parent_id=path[-2] if len(path) > 1 else None,
        organization_path=path,
        on=SINCE,
    )


def member(
    member_id: str,
    cell: str = CELL,
    *,
    official: bool = True,
    exempt_from: date | None = None,
    temporary: bool = False,
) -> MemberRegistered:
    return MemberRegistered(
        member_id=member_id,
        full_name="Không dùng ở đây",
        gender=None,
        birth_date=None,
        card_number=None,
        dossier_number=None,
        admitted_on=SINCE,
        official_on=SINCE if official else None,
        status="official" if official else "probationary",
        exempt_from=exempt_from,
        exempt_until=None,
        temporary=temporary,
        organization_path=PATHS[cell],
        on=SINCE,
        organization_since=SINCE,
    )


class Tokens:
    """Stands in for the verifier: the token is the actor as JSON."""

    def actor(self, token: str) -> Actor:
        told = json.loads(token)
        return Actor(
            subject=told["subject"],
            member_id=told["member_id"],
            grants=tuple(Grant(role, organization) for role, organization in told["grants"]),
        )


@dataclass
class Person:
    """Somebody who uses the API with a token."""

    client: FlaskClient
    subject: str
    grants: list[tuple[Role, str]] = field(default_factory=list)
    member_id: str | None = None
    _keys: Iterator[int] = field(default_factory=itertools.count)

    def headers(self, version: int | None = None, key: str | None = None) -> dict[str, str]:
        told = {"subject": self.subject, "member_id": self.member_id, "grants": self.grants}
        found = {
            "Authorization": f"Bearer {json.dumps(told)}",
            "Idempotency-Key": key or f"{self.subject}-{new_id()}",
        }
        if version is not None:
            found["If-Match"] = f'"v{version}"'
        return found

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/reviews{path}", query_string=query, headers=self.headers())

    def post(self, path: str, body: Any, *, version: int | None = None, key: str | None = None) -> Any:
        return self.client.post(f"/api/reviews{path}", json=body, headers=self.headers(version, key))


@dataclass
class Office:
    """The people of the small Khối, its runtime, and events arriving from members."""

    client: FlaskClient
    runtime: Runtime
    _positions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def person(self, subject: str, *grants: tuple[Role, str], member_id: str | None = None) -> Person:
        return Person(self.client, subject, list(grants), member_id)

    def another_client(self) -> FlaskClient:
        """Return one more client of the same application, for another thread."""
        return self.client.application.test_client()

    @property
    def secretary(self) -> Person:
        return self.person("bi-thu", ("cell_secretary", CELL))

    @property
    def committee(self) -> Person:
        return self.person("cap-uy", ("grassroots_committee", GRASSROOTS))

    @property
    def standing(self) -> Person:
        return self.person("thuong-vu", ("standing_committee", KHOI))

    def oneself(self, member_id: str) -> Person:
        return self.person(f"chinh-{member_id}", member_id=member_id)

    def arrive(self, *facts: Fact) -> None:
        """Let events of the members topic arrive in one batch."""
        events = [(self._event(fact), fact) for fact in facts]
        context = Context(actor=system_actor("reviews"), request_id="test", correlation_id="test")
        self.runtime.unit_of_work.run(context, lambda tx: apply_members_events(tx, events))

    def _event(self, fact: Fact) -> Event:
        position = next(self._positions)
        subject = next(
            str(getattr(fact, each))
            for each in ("member_id", "organization_id", "group_id")
            if getattr(fact, each, None)
        )
        return Event(
            id=new_id(),
            type=type_of(fact).full_name,
            source="/khoi/test/members",
            subject=subject,
            time=TODAY,
            partition_key=subject,
            sequence=1,
            position=position,
            correlation_id="test",
            data=b"{}",
        )

    def outbox(self, case_id: str) -> list[str]:
        """Return the bare names of the events of a case in order."""
        found = self.runtime.store.collection("outbox").find({"subject": case_id})
        return [raw["type"].split(".")[-2] for raw in sorted(found, key=lambda raw: raw["sequence"])]

    def audited(self, case_id: str) -> list[str]:
        found = self.runtime.store.collection("audit").find({"subject": case_id})
        return [raw["action"] for raw in sorted(found, key=lambda raw: raw["_id"])]

    def deadlines(self, case_id: str) -> list[tuple[str, str]]:
        found = self.runtime.store.collection("deadlines").find({"case_id": case_id})
        return [(raw["kind"], raw["status"]) for raw in sorted(found, key=lambda raw: raw["_id"])]


@pytest.fixture
def office(mongodb_url: str, deployment: str) -> Iterator[Office]:
    """A Khối with two grassroots organisations; the cell cb-1 has 12 official members who count, and others."""
    settings = Settings(khoi_id=deployment, mongodb_url=mongodb_url)
    with application_of(SERVICE, settings, FixedClock(TODAY)) as app:
        runtime = runtime_of(app)
        runtime.verifier = Tokens()  # type: ignore[assignment]
        create_indexes(runtime.store, SERVICE.indexes)
        found = Office(app.test_client(), runtime)
        found.arrive(*(organization(each) for each in PATHS))
        found.arrive(
            *(member(f"m{number}") for number in range(1, 13)),
            member("mien", exempt_from=date(2020, 1, 1)),
            member("du-bi", official=False),
            member("tam-thoi", temporary=True),
            *(member(f"khac-{number}", OTHER_CELL) for number in range(1, 6)),
            *(member(f"nho-{number}", SMALL_CELL) for number in range(1, 4)),
            *(member(f"co-so-{number}", GRASSROOTS_CELL) for number in range(1, 7)),
        )
        yield found
        put_away(runtime)


START = date(2021, 6, 1)


def day(after: int = 0) -> str:
    """Return the ISO date so many days after the start of the story."""
    return (START + timedelta(days=after)).isoformat()


def decision(number: str, after: int) -> dict[str, str]:
    return {"number": number, "issued_on": day(after), "issuer": "Ban Thường vụ Đảng ủy Khối"}


@dataclass
class Story:
    """One case told through the API; each step must succeed and hands on the version."""

    office: Office
    now: dict[str, Any] = field(default_factory=dict)

    def do(self, person: Person, step: str, **body: Any) -> dict[str, Any]:
        answer = person.post(f"/cases/{self.now['id']}/{step}", body, version=self.now["version"])
        assert answer.status_code == 200, answer.json
        self.now = answer.json
        return self.now

    def tried(self, person: Person, step: str, **body: Any) -> Any:
        return person.post(f"/cases/{self.now['id']}/{step}", body, version=self.now["version"])

    @property
    def state(self) -> str:
        return str(self.now["state"]["code"])

    def propose(self, member_id: str = "m1", *, by: Person | None = None) -> "Story":
        answer = (by or self.office.secretary).post("/cases", proposal(member_id))
        assert answer.status_code == 201, answer.json
        self.now = answer.json
        return self

    def guide(self, by: Person | None = None) -> "Story":
        self.do(by or self.office.committee, "guidance", agrees=True, on=day(7))
        return self

    def ballot(self, *, in_favour: int = 10, base: int = 12, by: Person | None = None) -> "Story":
        self.do(by or self.office.secretary, "ballots", **totals(in_favour=in_favour, base=base))
        return self

    def listed(self, member_id: str = "m1") -> "Story":
        return self.propose(member_id).guide().ballot()

    def educated(self) -> "Story":
        """Told, helped and followed up four times; day 380 is after the period."""
        self.do(
            self.office.secretary,
            "notices",
            on=day(15),
            channel="trao tay",
            receipt="acknowledged",
            about="listing",
        )
        self.do(self.office.secretary, "helpers", on=day(16), members=["m2", "m3"])
        for quarter in range(1, 5):
            self.do(self.office.secretary, "follow-ups", on=day(16 + 90 * quarter), minutes="Có giúp đỡ.")
        return self


def proposal(member_id: str = "m1") -> dict[str, Any]:
    return {
        "member_id": member_id,
        "criterion": "C3",
        "on": day(),
        "evidence": [{"kind": "committee_conclusion", "document": decision("03-KL/ĐU", -20)}],
        "opinions": [{"organization": "Công đoàn", "minutes": "Biên bản.", "on": day(-3)}],
    }


def totals(*, in_favour: int = 10, base: int = 12, held: int = 14) -> dict[str, Any]:
    return {
        "held_on": day(held),
        "issued": base,
        "returned": base,
        "valid": base,
        "in_favour": in_favour,
        "against": base - in_favour,
        "roll_confirmed": base,
        "minutes": "Biên bản kiểm phiếu.",
    }


@pytest.fixture
def a_story(office: Office) -> Callable[[], Story]:
    """Begin a new story in the office."""
    return lambda: Story(office)
