"""The member's own view of their case, through the API."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.reviews.conftest import CELL, GRASSROOTS, Office, Story, day, decision
from tests.integration.reviews.test_paths import AT, removed

pytestmark = pytest.mark.integration


def commands(own: Any) -> set[str]:
    return {each["command"] for each in own.json["items"][0]["can"]}


class TestOwnView:
    """The member finds their cases with what they can do now and until when, and nobody else's."""

    def test_from_the_notice_to_the_plan(self, office: Office, a_story: Callable[[], Story]):
        story, oneself = a_story().listed(), office.oneself("m1")
        story.do(office.secretary, "notices", on=day(15), channel="thư", receipt="pending", about="listing")
        found = oneself.get("/me")
        assert commands(found) == {"acknowledge_notice", "record_statement", "record_plan"}
        assert found.json["items"][0]["can"][0]["number"] == 1
        story.now["version"] = found.json["items"][0]["version"]
        story.do(oneself, "notice-acknowledgements", on=day(16), number=1)
        story.do(oneself, "plans", on=day(17), text="Kế hoạch phấn đấu của tôi.")
        assert story.now["plans"] == [{"on": day(17), "text": "Kế hoạch phấn đấu của tôi."}]
        assert commands(oneself.get("/me")) == {"record_statement", "record_plan"}
        assert office.audited(story.now["id"])[-1] == "case.read_own"

    def test_others_are_not_in_it(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        story.do(
            office.secretary, "helper-conflicts", on=day(15), member_id="m4", reason="Có quan hệ gia đình."
        )
        assert "reason" in story.now["helper_conflicts"][0]
        seen = office.oneself("m1").get(f"/cases/{story.now['id']}").json
        assert seen["helper_conflicts"] == [{"on": day(15), "member_id": "m4"}]
        assert seen["ballots"][0]["minutes"] is None
        assert seen["ballots"][0]["roll"] is None
        assert office.oneself("m2").get("/me").json["items"] == []
        assert office.oneself("m2").get(f"/cases/{story.now['id']}").status_code == 403
        assert office.secretary.get("/me").status_code == 403

    def test_in_their_own_case_an_officer_is_the_member(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        officer = office.person(
            "m1", ("cell_secretary", CELL), ("grassroots_committee", GRASSROOTS), member_id="m1"
        )
        story.do(officer, "plans", on=day(16), text="Kế hoạch.")
        entry = office.secretary.get(f"/cases/{story.now['id']}/timeline").json["items"][-1]
        assert (entry["command"], entry["role"]) == ("record_plan", "member")

    def test_the_decision_and_the_time_to_complain(self, office: Office, a_story: Callable[[], Story]):
        story = removed(a_story().listed().educated())
        own = office.oneself("m1").get("/me").json["items"][0]
        assert own["decision"]["document"]["number"] == "47-QĐ/ĐUK"
        complaint = next(each for each in own["can"] if each["command"] == "lodge_complaint")
        due = next(each["due_on"] for each in own["deadlines"] if each["kind"] == "complaint_filing")
        assert (complaint["until"], complaint["late"]) == (due, True)
        answer = story.tried(office.oneself("m1"), "complaints", on=day(AT + 70), text="Khiếu nại.")
        assert answer.status_code == 200
        assert commands(office.oneself("m1").get("/me")) == {"record_statement"}


NOT_ONES_OWN = [
    ("opinions", {"organization": "Công đoàn", "minutes": "BB", "on": day()}),
    ("send-up", {"on": day()}),
    ("notices", {"on": day(15), "channel": "thư", "receipt": "pending"}),
    ("helpers", {"on": day(15), "members": ["m2"]}),
    ("helper-conflicts", {"on": day(15), "member_id": "m2", "reason": "Lý do"}),
    ("follow-ups", {"on": day(15), "minutes": "BB"}),
    ("assessments", {"on": day(15), "progressed": True, "minutes": "BB"}),
    ("extension", {"on": day(15), "until": "2022-09-15", "reason": "Lý do"}),
    ("recognition", {"on": day(15), "assessment": "Tốt", "decision": decision("1", 15)}),
    ("transfer", {"on": day(15), "to_outside": True, "assessment": "Tốt"}),
    ("exit", {"on": day(15), "kind": "resignation", "note": "Đơn"}),
    ("removal-proposal", {"on": day(15), "mode": "resignation"}),
    ("self-criticism-requests", {"on": day(15), "channel": "thư", "outcome": "refused"}),
    ("hearings", {"on": day(15), "outcome": "heard", "minutes": "BB"}),
    ("close", {"on": day(15)}),
]


class TestConflictOfInterest:
    """Whoever is the subject of a case acts in it in no office they hold."""

    def test_no_step_of_an_office_is_open_to_them(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        officer = office.person(
            "m1",
            ("cell_secretary", CELL),
            ("grassroots_committee", GRASSROOTS),
            ("standing_committee", "khoi"),
            ("organizing_board", "khoi"),
            member_id="m1",
        )
        for step, body in NOT_ONES_OWN:
            answer = story.tried(officer, step, **body)
            assert (answer.status_code, answer.json["type"]) == (
                403,
                "urn:khoi:problem:conflict-of-interest",
            ), step
