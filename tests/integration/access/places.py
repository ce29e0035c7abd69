"""A small Khối in each of the four services, with one member and one case to ask about.

In each there is an organisation that holds the member's cell and one that does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.notifications.handlers import HANDLERS
from shared.access.actor import Actor, system_actor
from shared.events.catalogue.members import Document, WorkingGroupEstablished
from shared.events.catalogue.reviews import MemberFlagged
from shared.web.app import runtime_of
from tests.integration.members.rosters import person, workbook
from tests.integration.reporting.history import OFFICE, PLANT, History, Reporting
from tests.integration.reviews.conftest import CELL, GRASSROOTS, KHOI, OTHER_GRASSROOTS, PATHS, Office, Story
from tests.integration.reviews.pasts import upload_history
from tests.support.people import Front, KnownPeople, context_of, holding
from tests.support.services import an_event
from tests.unit.reviews.pasts import a_row, a_workbook

NAME = "Lê Thị Thử"
STALE = "v999"
"""A version that no record has: whoever is let in gets 412 for it, and nothing is changed."""


@dataclass(frozen=True, kw_only=True)
class Khoi:
    """One service with what there is to ask about in it."""

    client: FlaskClient
    people: KnownPeople
    inside: str
    """An organisation above the cell of the member."""
    outside: str
    cell: Sequence[str]
    """The path of the cell."""
    member_id: str
    another_member: str
    names: Mapping[str, str] = field(default_factory=dict)
    """Values of the parameters in addresses."""

    def ask(
        self,
        actor: Actor | None,
        method: str,
        path: str,
        *,
        query: Any = None,
        body: Any = None,
        file: Any = None,
        form: Any = None,
    ) -> TestResponse:
        """Send one request as *actor*, or without a token."""
        headers = {"If-Match": f'"{STALE}"', "Idempotency-Key": uuid.uuid4().hex}
        if actor is not None:
            self.people.people[actor.subject] = actor
            headers["Authorization"] = f"Bearer {actor.subject}"
        options: dict[str, Any] = {} if body is None else {"json": body}
        if file is not None:
            options = {"data": {**(form or {}), "file": (BytesIO(file), "danh-sach.xlsx")}}
        return self.client.open(path, method=method, query_string=query or {}, headers=headers, **options)

    @property
    def secrets(self) -> Sequence[str]:
        """What nobody may read who is not let in."""
        return [NAME, self.member_id, *([self.names["case_id"]] if "case_id" in self.names else [])]


def members(front: Front) -> Khoi:
    board = front.as_(holding("organizing_board", "*"))

    def made(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = board.post(f"/api/members/{path}", body)
        assert answer.status_code == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    for id_, parent, level in (
        ("khoi", None, "khoi"),
        ("co-so", "khoi", "grassroots"),
        ("co-so-2", "khoi", "grassroots"),
        ("chi-bo", "co-so", "cell"),
        ("chi-bo-2", "co-so-2", "cell"),
    ):
        body = {"id": id_, "name": id_, "level": level, "parent_id": parent, "on": "2020-01-01"}
        made("organizations", {**body, "is_cell": level == "cell"})
    record = {"admitted_on": "2015-02-03", "official_on": "2016-02-03", "since": "2020-01-01"}
    here = made("members", {"full_name": NAME, "cell_id": "chi-bo", **record})["id"]
    there = made("members", {"full_name": "Trần Văn Mẫu", "cell_id": "chi-bo-2", **record})["id"]
    answer = board.post(
        f"/api/members/members/{here}/transfers",
        {"place": "Đảng bộ phường", "decided_on": "2022-03-01", "on": "2022-03-04"},
        version=1,
    )
    assert answer.status_code == 201, answer.json
    group = made(
        "working-groups",
        {
            "name": "Đoàn công tác số 1",
            "organization_ids": ["chi-bo"],
            "member_ids": [there],
            "on": "2021-01-01",
            "decision": {"number": "1-QĐ/ĐUK", "issued_on": "2021-01-01", "issuer": "Đảng ủy Khối"},
        },
    )
    everywhere = {"name": "Đoàn công tác số 2", "organization_ids": ["khoi"], "member_ids": [there]}
    decision = {"number": "2-QĐ/ĐUK", "issued_on": "2021-01-01", "issuer": "Đảng ủy Khối"}
    made("working-groups", {**everywhere, "on": "2021-01-01", "decision": decision})
    imported = board.post(
        "/api/members/imports", data={"file": (BytesIO(workbook([person(1)])), "danh-sach.xlsx")}
    )
    assert imported.status_code == 201, imported.json
    compared = board.post(
        "/api/members/reconciliations",
        data={
            "file": (BytesIO(workbook([person(1)])), "danh-sach.xlsx"),
            "organization": "chi-bo",
            "counterpart": "above",
        },
    )
    assert compared.status_code == 201, compared.json
    return Khoi(
        client=front.app.test_client(),
        people=front.runtime.verifier,  # type: ignore[arg-type]  # the stand-in of the tests
        inside="co-so",
        outside="co-so-2",
        cell=["khoi", "co-so", "chi-bo"],
        member_id=here,
        another_member=there,
        names={
            "member_id": here,
            "organization_id": "chi-bo",
            "transfer_id": answer.json["id"],
            "import_id": imported.json["id"],
            "group_id": group["id"],
            "reconciliation_id": compared.json["id"],
            "source": "reviews",
            "subject": here,
        },
    )


def reviews(office: Office) -> Khoi:
    case = Story(office).listed("m1").now["id"]
    opened = office.standing.post(
        "/rounds", {"name": "Đợt", "organization_id": KHOI, "on": "2021-05-10", "due_on": "2021-06-30"}
    )
    assert opened.status_code == 201, opened.json
    reported = office.secretary.post(
        f"/rounds/{opened.json['id']}/reports",
        {"organization_id": CELL, "on": "2021-06-01", "reviewed": 12, "proposed": 0},
    )
    assert reported.status_code == 201, reported.json
    imported = upload_history(office, a_workbook(a_row()))
    assert imported.status_code == 201, imported.json
    # The second goes with the whole Khối, so that the table alone decides what a token of the role is worth.
    office.arrive(
        *(
            WorkingGroupEstablished(
                group_id=group_id,
                name="Đoàn công tác",
                organization_ids=[organization],
                member_ids=[member_id],
                leader_id=None,
                on=date(2021, 1, 4),
                decision=Document(number="1-QĐ/ĐUK", issued_on=date(2021, 1, 4), issuer="Đảng ủy Khối"),
            )
            for group_id, organization, member_id in (("doan-1", GRASSROOTS, "m1"), ("doan-2", KHOI, "m12"))
        )
    )
    people = KnownPeople()
    runtime_of(office.client.application).verifier = people  # type: ignore[assignment]
    return Khoi(
        client=office.another_client(),
        people=people,
        inside=GRASSROOTS,
        outside=OTHER_GRASSROOTS,
        cell=PATHS[CELL],
        member_id="m1",
        another_member="khac-1",
        names={
            "case_id": case,
            "member_id": "m1",
            "round_id": opened.json["id"],
            "organization_id": CELL,
            "group_id": "doan-1",
            "import_id": imported.json["id"],
            "profile_id": "2021-hd02-qd24",
            "other_id": "2019-ct28-qd29",
            "source": "members",
            "subject": "m1",
        },
    )


def notifications(front: Front) -> Khoi:
    fact = MemberFlagged(
        case_id="c1",
        member_id="m1",
        organization_path=["khoi", "co-so", "chi-bo"],
        on=date(2024, 3, 1),
        criterion="C3",
        probationary=False,
        education_due_on=date(2025, 3, 1),
        profile="p",
    )
    event = an_event(fact, subject="c1", sequence=1)
    front.runtime.unit_of_work.run(
        context_of(system_actor("notifications")), lambda tx: HANDLERS[MemberFlagged](tx, event, fact)
    )
    message = front.runtime.store.collection("messages").find_one({"inbox": "member:m1"})
    assert message is not None
    return Khoi(
        client=front.app.test_client(),
        people=front.runtime.verifier,  # type: ignore[arg-type]  # the stand-in of the tests
        inside="co-so",
        outside="co-so-2",
        cell=["khoi", "co-so", "chi-bo"],
        member_id="m1",
        another_member="m2",
        names={"member_id": "m1", "message_id": message["_id"], "source": "reviews", "subject": "c1"},
    )


def reporting(reading: Reporting) -> Khoi:
    history = History()
    history.khoi()
    history.member("member-of-the-case", f"{PLANT}/1")
    history.listed("the-case", f"{PLANT}/1", date(2022, 2, 1))
    reading.reads(history.events)
    frozen = reading.front.as_(holding("organizing_board", "*")).post(
        "/api/reporting/frozen-reports", {"organization": f"{PLANT}/1", "period": "2022"}
    )
    assert frozen.status_code == 201, frozen.json
    return Khoi(
        client=reading.front.app.test_client(),
        people=reading.front.runtime.verifier,  # type: ignore[arg-type]  # the stand-in of the tests
        inside=PLANT,
        outside=OFFICE,
        cell=["khoi", PLANT, f"{PLANT}/1"],
        member_id="member-of-the-case",
        another_member="member-of-nobody",
        names={
            "report_id": frozen.json["id"],
            "case_id": "the-case",
            "member_id": "member-of-the-case",
            "source": "members",
            "subject": "member-of-the-case",
        },
    )
