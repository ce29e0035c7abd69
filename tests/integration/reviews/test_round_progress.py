"""How a round goes on and ends: sums by organisation, who is overdue on a day, corrections, the closing record."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from docx import Document as Docx

from shared.access.actor import Context, system_actor
from shared.events.catalogue.members import (
    Document,
    OrganizationChanged,
    OrganizationDissolved,
    OrganizationEstablished,
    WorkingGroupChanged,
    WorkingGroupEstablished,
)
from shared.programs import finish_upgrade
from tests.integration.reviews.conftest import (
    CELL,
    CELLS,
    GRASSROOTS,
    GRASSROOTS_CELL,
    KHOI,
    OTHER_CELL,
    OTHER_GRASSROOTS,
    SMALL_CELL,
    Office,
    Person,
    day,
)

pytestmark = pytest.mark.integration
AFTER_DUE = day(31)


def reported(office: Office, round_id: str, cell: str, *, after: int, reviewed: int, proposed: int) -> Any:
    body = {"organization_id": cell, "on": day(after), "reviewed": reviewed, "proposed": proposed}
    answer = office.person(f"bt-{cell}", ("cell_secretary", cell)).post(f"/rounds/{round_id}/reports", body)
    assert answer.status_code == 201, answer.json
    return answer.json


@pytest.fixture
def a_round(office: Office) -> str:
    """A round of the Khối, due on the 30th day: one cell reported in time and proposed nobody, one was late."""
    answer = office.standing.post(
        "/rounds", {"name": "Đợt 1", "organization_id": KHOI, "on": day(), "due_on": day(30)}
    )
    assert answer.status_code == 201, answer.json
    round_id = str(answer.json["id"])
    reported(office, round_id, CELL, after=10, reviewed=14, proposed=0)
    reported(office, round_id, OTHER_CELL, after=35, reviewed=5, proposed=1)
    return round_id


def closed(office: Office, round_id: str) -> dict[str, Any]:
    answer = office.standing.post(f"/rounds/{round_id}/close", {"on": day(40)}, version=1)
    assert answer.status_code == 200, answer.json
    found: dict[str, Any] = answer.json
    return found


def overdue(person: Person, round_id: str, **query: Any) -> list[str]:
    answer = person.get(f"/rounds/{round_id}/overdue", **query)
    assert answer.status_code == 200, answer.json
    return [each["organization_id"] for each in answer.json["items"]]


class TestSummary:
    """For any organisation of the tree, on any day, sorted and page by page."""

    def test_by_organisation(self, office: Office, a_round: str):
        found = office.standing.get(f"/rounds/{a_round}/summary", sort="-reviewed").json
        assert found["total"] == {
            "cells": 4,
            "reported": 2,
            "nobody": 1,
            "late": 1,
            "not_reported": 2,
            "overdue": 2,
            "corrected": 0,
            "reviewed": 19,
            "proposed": 1,
        }
        assert [(each["organization_id"], each["reviewed"]) for each in found["items"]] == [
            (GRASSROOTS, 14),
            (OTHER_GRASSROOTS, 5),
            (GRASSROOTS_CELL, 0),
        ]

    def test_as_of_a_day(self, office: Office, a_round: str):
        found = office.standing.get(f"/rounds/{a_round}/summary", as_of=day(30)).json["total"]
        assert (found["reported"], found["not_reported"], found["overdue"]) == (1, 3, 0)

    def test_of_one_organisation(self, office: Office, a_round: str):
        found = office.standing.get(f"/rounds/{a_round}/summary", organization=GRASSROOTS).json
        assert {each["organization_id"] for each in found["items"]} == {CELL, SMALL_CELL}
        assert found["total"]["cells"] == 2

    def test_page_by_page(self, office: Office, a_round: str):
        first = office.standing.get(f"/rounds/{a_round}/summary", limit=2).json
        second = office.standing.get(f"/rounds/{a_round}/summary", limit=2, after=first["next"]).json
        assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]
        assert office.standing.get(f"/rounds/{a_round}/summary", after="x").status_code == 400

    def test_each_sees_their_own(self, office: Office, a_round: str):
        found = office.committee.get(f"/rounds/{a_round}/summary").json
        assert [each["organization_id"] for each in found["items"]] == [GRASSROOTS]
        assert found["total"]["cells"] == 2
        asked = office.committee.get(f"/rounds/{a_round}/summary", organization=OTHER_GRASSROOTS)
        assert asked.status_code == 403


class TestOverdue:
    """Who was overdue on a day, by the tree of that day."""

    def test_as_of_a_day(self, office: Office, a_round: str):
        assert overdue(office.standing, a_round, as_of=day(30)) == []
        assert set(overdue(office.standing, a_round, as_of=AFTER_DUE)) == CELLS - {CELL}
        assert set(overdue(office.standing, a_round, as_of=day(35))) == {GRASSROOTS_CELL, SMALL_CELL}
        assert overdue(office.committee, a_round) == [SMALL_CELL]

    def test_page_by_page(self, office: Office, a_round: str):
        first = office.standing.get(f"/rounds/{a_round}/overdue", limit=1).json
        second = office.standing.get(f"/rounds/{a_round}/overdue", limit=1, after=first["next"]).json
        assert {each["organization_id"] for each in (*first["items"], *second["items"])} == {
            GRASSROOTS_CELL,
            SMALL_CELL,
        }
        assert second["next"] is None

    def test_cells_founded_moved_and_dissolved_while_the_round_runs(self, office: Office, a_round: str):
        about: dict[str, Any] = {"code": None, "level": "chi_bo", "is_cell": True}
        office.arrive(
            OrganizationEstablished(
                organization_id="cb-moi",
                name="Chi bộ mới",
                parent_id=GRASSROOTS,
                organization_path=[KHOI, GRASSROOTS, "cb-moi"],
                on=date.fromisoformat(day(20)),
                **about,
            ),
            OrganizationEstablished(
                organization_id="cb-sau-han",
                name="Chi bộ sau hạn",
                parent_id=GRASSROOTS,
                organization_path=[KHOI, GRASSROOTS, "cb-sau-han"],
                on=date.fromisoformat(day(32)),
                **about,
            ),
            OrganizationDissolved(
                organization_id=SMALL_CELL,
                organization_path=[KHOI, GRASSROOTS, SMALL_CELL],
                on=date.fromisoformat(day(33)),
                successor_id=None,
            ),
            OrganizationChanged(
                organization_id=GRASSROOTS_CELL,
                name="Chi bộ cơ sở",
                parent_id=OTHER_GRASSROOTS,
                organization_path=[KHOI, OTHER_GRASSROOTS, GRASSROOTS_CELL],
                on=date.fromisoformat(day(36)),
                change="moved",
                **about,
            ),
        )
        assert set(overdue(office.standing, a_round, as_of=day(32), organization=GRASSROOTS)) == {
            "cb-moi",
            SMALL_CELL,
        }
        assert overdue(office.standing, a_round, as_of=day(33), organization=GRASSROOTS) == ["cb-moi"]
        assert overdue(office.standing, a_round, as_of=day(35), organization=OTHER_GRASSROOTS) == []
        assert overdue(office.standing, a_round, organization=OTHER_GRASSROOTS) == [GRASSROOTS_CELL]
        total = office.standing.get(f"/rounds/{a_round}/summary").json["total"]
        assert (total["cells"], total["overdue"]) == (4, 2)
        listed = office.standing.get("/deadlines", kind="round_report", status="void").json["items"]
        assert [each["organization_path"][-1] for each in listed] == [SMALL_CELL]
        closed(office, a_round)
        items = office.standing.get(f"/rounds/{a_round}/not-reported").json["items"]
        assert {each["organization_id"] for each in items} == {"cb-moi", GRASSROOTS_CELL}


class TestDeadlines:
    """The reports of a round stand among all deadlines."""

    def test_due_met_late_and_lapsed(self, office: Office, a_round: str):
        def standing(**query: Any) -> dict[str, str]:
            items = office.standing.get("/deadlines", kind="round_report", **query).json["items"]
            return {each["organization_path"][-1]: each["status"]["code"] for each in items}

        due = {CELL: "met", OTHER_CELL: "lapsed", SMALL_CELL: "running", GRASSROOTS_CELL: "running"}
        assert standing(as_of=day(30)) == due
        assert standing(status="overdue") == {SMALL_CELL: "overdue", GRASSROOTS_CELL: "overdue"}
        assert standing(organization=GRASSROOTS, status="overdue") == {SMALL_CELL: "overdue"}
        closed(office, a_round)
        assert standing(status="overdue") == {}
        items = office.standing.get("/deadlines", kind="round_report", status="lapsed").json["items"]
        labels = {each["organization_path"][-1]: each["status"]["label"] for each in items}
        assert labels[SMALL_CELL] == "chưa báo cáo khi đợt kết thúc"
        assert labels[OTHER_CELL] == "đã quá hạn khi thực hiện"


class TestOfEarlierVersions:
    """A round that was opened before reports had clocks is due like the rest after ``khoi upgrade``."""

    @pytest.mark.parametrize("closed_first", [False, True])
    def test_its_clocks_are_those_of_today(self, office: Office, a_round: str, *, closed_first: bool):
        if closed_first:
            closed(office, a_round)
        collection = office.runtime.store.collection("deadlines")
        clocks = sorted(collection.find({"round_id": a_round}), key=lambda each: each["_id"])
        assert {each["status"] for each in clocks} >= (
            {"met", "lapsed"} if closed_first else {"met", "running"}
        )
        collection.delete_many({"round_id": a_round})
        context = Context(actor=system_actor("test"), request_id="request", correlation_id="correlation")
        done = finish_upgrade(office.runtime, context=context)
        assert done.changed["reviews.round-clocks.2026-11"] == 1
        again = sorted(collection.find({"round_id": a_round}), key=lambda each: each["_id"])
        assert again == clocks


class TestCorrections:
    """A report is corrected as a new version, with its reason; the record of a closed round stays."""

    BODY: dict[str, Any] = {"on": day(20), "reviewed": 13, "proposed": 1, "reason": "Đếm nhầm."}  # noqa: RUF012 -- read only

    def test_a_new_version(self, office: Office, a_round: str):
        place = f"/rounds/{a_round}/reports/{CELL}"
        answer = office.secretary.post(f"{place}/corrections", self.BODY, version=1)
        assert answer.status_code == 200, answer.json
        assert [each["type"].split(".")[-2] for each in answer.json["events"]] == ["CellReviewReported"]
        found = office.secretary.get(place).json
        assert [(each["number"], each["reviewed"], each["reason"]) for each in found["versions"]] == [
            (1, 14, None),
            (2, 13, "Đếm nhầm."),
        ]
        assert found["versions"][1]["recorded_by"] == "bi-thu"
        assert (found["on"], found["late"], found["after_close"]) == (day(10), False, False)
        total = office.standing.get(f"/rounds/{a_round}/summary", organization=GRASSROOTS).json["total"]
        assert (total["reviewed"], total["corrected"]) == (13, 1)

    def test_what_is_refused(self, office: Office, a_round: str):
        place = f"/rounds/{a_round}/reports/{CELL}/corrections"
        same = {**self.BODY, "reviewed": 14, "proposed": 0}
        assert office.secretary.post(place, same, version=1).json["errors"][0]["code"] == "nothing_changed"
        early = {**self.BODY, "on": day(9)}
        assert office.secretary.post(place, early, version=1).json["errors"][0]["code"] == "before_report"
        assert office.secretary.post(place, self.BODY, version=7).status_code == 412
        assert office.committee.post(place, self.BODY, version=1).status_code == 403
        other = f"/rounds/{a_round}/reports/{SMALL_CELL}/corrections"
        assert office.standing.post(other, self.BODY, version=1).status_code == 403
        assert (
            office.person("x", ("cell_secretary", "*")).post(other, self.BODY, version=1).status_code == 404
        )

    def test_after_the_end(self, office: Office, a_round: str):
        closed(office, a_round)
        before = office.standing.get(f"/rounds/{a_round}/closing-record").json
        body = {**self.BODY, "on": day(45)}
        answer = office.secretary.post(f"/rounds/{a_round}/reports/{CELL}/corrections", body, version=1)
        assert answer.json["after_close"] is True
        after = office.standing.get(f"/rounds/{a_round}/closing-record").json
        assert [(each["organization_id"], each["reviewed"]) for each in after.pop("corrected_after")] == [
            (CELL, 13)
        ]
        assert before.pop("corrected_after") == []
        assert after == before


class TestClosingRecord:
    """Who did not report, once and for all; also as a paper."""

    def test_the_record(self, office: Office, a_round: str):
        assert office.standing.get(f"/rounds/{a_round}/closing-record").status_code == 409
        closed(office, a_round)
        found = office.standing.get(f"/rounds/{a_round}/closing-record").json
        assert {each["organization_id"] for each in found["not_reported"]} == {SMALL_CELL, GRASSROOTS_CELL}
        assert (found["counts"]["cells"], found["counts"]["late"]) == (4, 1)
        assert office.committee.get(f"/rounds/{a_round}/closing-record").status_code == 403

    def test_the_paper(self, office: Office, a_round: str):
        body = {"place": "Sơn Vân", "office": "Phó Bí thư", "recipients": ["Lưu"]}
        assert office.standing.post(f"/rounds/{a_round}/papers", body).status_code == 409
        closed(office, a_round)
        made = office.standing.post(f"/rounds/{a_round}/papers", body)
        assert made.status_code == 201, made.json
        place = f"/rounds/{a_round}/papers/{made.json['id']}"
        said = "\n".join(each.text for each in Docx(BytesIO(office.standing.get(place).data)).paragraphs)
        assert f"Tổ chức {SMALL_CELL}, Tổ chức {GRASSROOTS}, Tổ chức {KHOI}." in said
        listed = office.standing.get(f"/rounds/{a_round}/closing-record").json["papers"]
        assert [each["sha256"] for each in listed] == [made.json["sha256"]]
        assert office.audited(made.json["id"]) == ["round.make_paper", "round.read_paper"]


class TestWorkingGroups:
    """A working group follows its organisations from a day to a day, and sees those only."""

    @pytest.fixture
    def group(self, office: Office) -> dict[str, Any]:
        about: dict[str, Any] = {
            "group_id": "doan-1",
            "name": "Đoàn công tác số 1",
            "member_ids": ["co-so-1"],
            "leader_id": None,
            "decision": Document(number="1-QĐ/ĐUK", issued_on=date(2021, 1, 4), issuer="Đảng ủy Khối"),
        }
        first = WorkingGroupEstablished(**about, organization_ids=[CELL], on=date.fromisoformat(day()))
        second = WorkingGroupChanged(
            **about,
            organization_ids=[OTHER_GRASSROOTS],
            on=date.fromisoformat(day(20)),
            change="changed",
        )
        office.arrive(first, second, first)
        return about

    def cells(self, person: Person, round_id: str, **query: Any) -> list[tuple[str, str]]:
        answer = person.get(f"/working-groups/doan-1/rounds/{round_id}", **query)
        assert answer.status_code == 200, answer.json
        return [(each["organization_id"], each["standing"]["code"]) for each in answer.json["items"]]

    def test_its_member_sees_the_cells_of_the_day(self, office: Office, a_round: str, group: dict[str, Any]):
        visitor = office.oneself("co-so-1")
        assert self.cells(visitor, a_round, as_of=day(19)) == [(CELL, "reported")]
        assert self.cells(visitor, a_round, as_of=day(32)) == [(OTHER_CELL, "overdue")]
        assert self.cells(visitor, a_round) == [(OTHER_CELL, "late")]
        assert self.cells(visitor, a_round, standing="overdue") == []
        listed = visitor.get("/working-groups").json["items"]
        assert [each["organization_ids"] for each in listed] == [[OTHER_GRASSROOTS]]
        rounds = visitor.get("/working-groups/doan-1/rounds").json["items"]
        assert [each["id"] for each in rounds] == [a_round]

    def test_nobody_else_does(self, office: Office, a_round: str, group: dict[str, Any]):
        place = f"/working-groups/doan-1/rounds/{a_round}"
        assert office.oneself("m1").get(place).status_code == 403
        assert office.oneself("m1").get("/working-groups").json["items"] == []
        assert office.secretary.get(place).status_code == 403
        assert self.cells(office.standing, a_round) == [(OTHER_CELL, "late")]
        assert office.oneself("co-so-1").get("/working-groups/doan-2/rounds").status_code == 404

    def test_whoever_left_it_sees_nothing_more(self, office: Office, a_round: str, group: dict[str, Any]):
        office.arrive(
            WorkingGroupChanged(
                **group, organization_ids=[OTHER_GRASSROOTS], on=date.fromisoformat(day(50)), change="ended"
            )
        )
        place = f"/working-groups/doan-1/rounds/{a_round}"
        assert office.oneself("co-so-1").get(place, as_of=day(32)).status_code == 403
        assert self.cells(office.standing, a_round) == []
