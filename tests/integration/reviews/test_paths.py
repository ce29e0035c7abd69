"""The ways off the list and out of the Party, through the API."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from shared.events.catalogue.members import TransferCompleted
from tests.integration.reviews.conftest import CELL, OTHER_CELL, PATHS, Office, Story, day, decision, totals

pytestmark = pytest.mark.integration
AT = 400
"""Days after the start when the education period is over."""


def vote(level: str, *, base: int, held: int, in_favour: int | None = None) -> dict[str, Any]:
    given = totals(in_favour=base if in_favour is None else in_favour, base=base, held=held)
    return {**given, "level": level, "method": "secret"}


def decided(after: int) -> dict[str, Any]:
    return {
        "on": day(after),
        "effective_on": day(after),
        "decision": decision("47-QĐ/ĐUK", after),
        "signer_office": "Bí thư Đảng ủy Khối",
        "complaint_rights_informed": True,
    }


def told_and_heard(story: Story) -> None:
    secretary = story.office.secretary
    story.do(
        secretary, "notices", on=day(AT + 2), channel="trao tay", receipt="acknowledged", about="removal"
    )
    story.do(secretary, "self-criticism-requests", on=day(AT + 3), channel="văn bản", outcome="unanswered")
    story.do(secretary, "hearings", on=day(AT + 10), outcome="heard", minutes="Đã trình bày.")


def removed(story: Story) -> Story:
    """Take the story of a listed member to a delivered decision."""
    office = story.office
    story.do(office.secretary, "removal-proposal", mode="name_removal", ground="X4", on=day(AT))
    told_and_heard(story)
    story.do(office.secretary, "removal-votes", **vote("cell", base=12, held=AT + 12))
    story.do(office.committee, "removal-votes", **vote("grassroots_committee", base=9, held=AT + 25))
    story.do(office.standing, "removal-votes", **vote("standing_committee", base=11, held=AT + 50))
    story.do(office.standing, "removal-decision", **decided(AT + 60))
    story.do(office.secretary, "delivery", on=day(AT + 65), receipt="acknowledged")
    return story


class TestNotVerified:
    """What nobody has verified is named wherever it takes effect."""

    def test_in_the_roll_the_ballot_the_clocks_and_the_refusals(
        self, office: Office, a_story: Callable[[], Story]
    ):
        roll = office.secretary.get("/roll", organization=CELL, on=day(14)).json
        assert {"flag_base", "transit_counted"} <= {each["setting"] for each in roll["assumed"]}
        story = a_story().listed()
        (ballot,) = story.now["ballots"]
        assert {"flag_base", "totals_hidden_minority"} <= {each["setting"] for each in ballot["assumed"]}
        assert [(each["kind"], each["assumed"]) for each in story.now["deadlines"]] == [
            ("education_end", True)
        ]
        assert all("chưa kiểm chứng" in each["certainty"] for each in story.now["assumed"])
        (own,) = office.oneself("m1").get("/me").json["items"]
        assert {"education_months"} <= {each["setting"] for each in own["assumed"]}

    def test_in_the_timeline(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        story.do(office.secretary, "helpers", on=day(16), members=["m2"])
        steps = office.secretary.get(f"/cases/{story.now['id']}/timeline").json["items"]
        assert [each["certainty"] for each in steps[-2:]] == ["đã kiểm chứng", "chưa kiểm chứng"]

    def test_in_a_refusal(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed().educated()
        until = "2023-02-15"  # eight months: the profile assumes six at most
        refused = story.tried(office.secretary, "extension", on=day(370), until=until, reason="Cần thêm.")
        assert "(chưa kiểm chứng)" in refused.json["detail"]
        assert refused.json["citation"]["certainty"] == "assumed"


class TestOffTheList:
    """Progress is a committee's decision; a transfer carries its assessment."""

    def test_progress_is_recognised(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed().educated()
        story.do(
            office.committee,
            "recognition",
            on=day(AT),
            decision=decision("31-QĐ/ĐU", AT),
            assessment="Có tiến bộ.",
        )
        assert (story.state, story.now["outcome"]) == ("progress_recognized", "recognized")
        assert office.outbox(story.now["id"])[-2:] == ["ProgressRecognized", "CaseClosed"]
        assert "running" not in {status for _, status in office.deadlines(story.now["id"])}
        assert "follow_up_months" in {each["setting"] for each in story.now["assumed"]}
        raw = office.runtime.store.collection("outbox").find_one({"type": {"$regex": "ProgressRecognized"}})
        assert '"decided_by":"ds-1"' in raw["data"]

    def test_a_member_who_leaves_the_khoi_is_transferred(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed().educated()
        story.do(office.secretary, "transfer", on=day(AT), to_outside=True, assessment="Có tiến bộ một phần.")
        assert story.state == "transferred"

    def test_within_the_khoi_the_case_follows_the_member(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed().educated()
        story.do(
            office.secretary, "transfer", on=day(AT), to_organization_id=OTHER_CELL, assessment="Có tiến bộ."
        )
        assert (story.state, story.now["cell_id"]) == ("listed", OTHER_CELL)
        assert office.secretary.get(f"/cases/{story.now['id']}").status_code == 403
        receiving = office.person("bt-2", ("cell_secretary", OTHER_CELL))
        assert receiving.get(f"/cases/{story.now['id']}").status_code == 200

    def test_the_case_comes_back_with_a_member_whom_the_other_cell_does_not_take_in(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().listed().educated()
        case_id, due_on = story.now["id"], story.now["education_due_on"]
        story.do(
            office.secretary, "transfer", on=day(AT), to_organization_id=OTHER_CELL, assessment="Có tiến bộ."
        )
        receiving = office.person("bt-2", ("cell_secretary", OTHER_CELL))
        story.do(receiving, "helpers", on=day(AT + 2), members=["khac-1"])
        returned = TransferCompleted(
            member_id="m1",
            transfer_id="t1",
            organization_path=PATHS[CELL],
            outcome="returned",
            on=date.fromisoformat(day(AT + 5)),
        )
        office.arrive(returned)
        office.arrive(returned)
        assert receiving.get(f"/cases/{case_id}").status_code == 403
        case = office.secretary.get(f"/cases/{case_id}").json
        assert (case["state"]["code"], case["cell_id"], case["helpers"]) == ("listed", CELL, [])
        assert (case["education_due_on"], len(case["follow_ups"])) == (due_on, 4)
        timeline = office.secretary.get(f"/cases/{case_id}/timeline").json["items"]
        assert [(each["command"], each["role"]) for each in timeline[-2:]] == [
            ("assign_helpers", "cell_secretary"),
            ("return_case", None),
        ]
        assert office.outbox(case_id).count("CaseTransferred") == 2
        clocks = office.runtime.store.collection("deadlines").find({"case_id": case_id, "status": "running"})
        assert [(each["kind"], each["organization_path"]) for each in clocks] == [
            ("education_end", PATHS[CELL])
        ]

    def test_the_period_is_extended_by_whole_months(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed().educated()
        odd = story.tried(office.secretary, "extension", on=day(370), until="2022-07-01", reason="Cần thêm.")
        assert odd.json["errors"][0]["code"] == "not_whole_months"
        story.do(office.secretary, "extension", on=day(370), until="2022-09-15", reason="Cần thêm.")
        assert story.now["education_due_on"] == "2022-09-15"
        assert office.outbox(story.now["id"])[-1] == "EducationExtended"

    def test_death_ends_the_case(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        story.do(office.committee, "exit", on=day(40), kind="death", document=decision("01-BC/CB", 40))
        assert (story.state, story.now["exit_reason"]) == ("other_exit", "death")

    def test_the_member_adds_their_own_words(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        story.do(office.oneself("m1"), "statements", on=day(20), text="Tôi sẽ phấn đấu.")
        assert story.now["statements"] == [{"on": day(20), "text": "Tôi sẽ phấn đấu."}]
        assert story.tried(office.oneself("m2"), "statements", on=day(21), text="Không.").status_code == 403


class TestRemoval:
    """Nobody is removed without notice, being heard, the votes, and the right to complain."""

    def test_the_whole_ladder_leads_to_removal(self, office: Office, a_story: Callable[[], Story]):
        story = removed(a_story().listed().educated())
        assert (story.state, story.now["outcome"]) == ("removed", "removed")
        assert "MemberRemoved" in office.outbox(story.now["id"])
        assert ("complaint_filing", "running") in office.deadlines(story.now["id"])
        fact = office.runtime.store.collection("outbox").find_one({"type": {"$regex": "MemberRemoved"}})
        assert "in_favour" not in fact["data"]
        assert "votes_for" not in fact["data"]

    def test_a_vote_before_the_member_was_told_is_refused_with_its_rule(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().listed().educated()
        story.do(office.secretary, "removal-proposal", mode="name_removal", ground="X4", on=day(AT))
        missing = {each["code"] for each in story.now["evidence"]["missing_for_removal"]}
        assert {"notice_missing", "not_heard", "votes_missing"} <= missing
        answer = story.tried(office.secretary, "removal-votes", **vote("cell", base=12, held=AT + 1))
        assert answer.status_code == 422
        assert answer.json["type"] == "urn:khoi:problem:rule-refused"
        assert "notice_missing" in {each["code"] for each in answer.json["errors"]}
        assert "24-QĐ/TW" in answer.json["citation"]["text"]

    def test_a_level_does_not_record_anothers_vote(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed().educated()
        story.do(office.secretary, "removal-proposal", mode="name_removal", ground="X4", on=day(AT))
        told_and_heard(story)
        for level in ("grassroots_committee", "standing_committee"):
            answer = story.tried(office.secretary, "removal-votes", **vote(level, base=9, held=AT + 12))
            assert answer.status_code == 403

    def test_three_failed_votes_refer_the_case_up(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed().educated()
        story.do(office.secretary, "removal-proposal", mode="name_removal", ground="X4", on=day(AT))
        told_and_heard(story)
        for attempt in range(3):
            story.do(
                office.secretary,
                "removal-votes",
                **vote("cell", base=12, held=AT + 12 + attempt, in_favour=7),
            )
        assert story.state == "referred"

    def test_a_deliberate_refusal_at_the_hearing_counts_as_heard(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().listed().educated()
        story.do(office.secretary, "removal-proposal", mode="name_removal", ground="X4", on=day(AT))
        story.do(office.secretary, "hearings", on=day(AT + 4), outcome="refused", minutes="Từ chối viết.")
        missing = {each["code"] for each in story.now["evidence"]["missing_for_removal"]}
        assert "not_heard" not in missing
        assert story.now["removal"]["requests"][0]["outcome"] == "refused"

    def test_a_probationary_member_is_never_expelled(self, office: Office):
        answer = office.secretary.post(
            "/removals",
            {
                "member_id": "du-bi",
                "mode": "expulsion",
                "on": day(),
                "document": decision("09-QĐ/UBKT", -5),
            },
        )
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "probationary_expulsion"

    def test_a_probationary_member_found_unfit_late_is_proposed_and_recorded_as_late(self, office: Office):
        body = {
            "member_id": "du-bi",
            "mode": "name_removal",
            "ground": "P1",
            "on": day(),
            "evidence": [{"kind": "probation_review", "reference": "Nghị quyết chi bộ", "on": day(-3)}],
        }
        answer = office.secretary.post("/removals", body)
        assert answer.status_code == 201, answer.json
        assert answer.json["removal"]["review_due_on"] == "2019-02-20"
        timeline = office.secretary.get(f"/cases/{answer.json['id']}/timeline").json["items"]
        assert "quá thời hạn" in timeline[0]["note"]

    def test_a_member_never_listed_is_removed_on_a_direct_ground(self, office: Office):
        answer = office.secretary.post(
            "/removals",
            {
                "member_id": "m5",
                "mode": "name_removal",
                "ground": "X1",
                "on": day(),
                "evidence": [
                    {
                        "kind": "absence_count",
                        "reference": "Sổ sinh hoạt",
                        "on": day(-3),
                        "count": 4,
                        "year": 2021,
                    }
                ],
            },
        )
        assert answer.status_code == 201, answer.json
        assert answer.json["removal"]["direct"] is True
        assert [each["evidence"] for each in answer.json["removal"]["unrecorded"]] == [0]
        assert "counts_required" in {each["setting"] for each in answer.json["assumed"]}
        assert answer.headers["Location"] == f"/api/reviews/cases/{answer.json['id']}"

    def test_an_expulsion_is_recorded_by_a_level_above_with_its_document(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().listed()
        story.do(
            office.committee,
            "removal-proposal",
            mode="expulsion",
            on=day(60),
            document=decision("09-QĐ/UBKT", 55),
        )
        assert story.state == "awaiting_decision"


class TestComplaints:
    """The person complains within the time; a reversal restores membership."""

    def test_a_reversal_restores(self, office: Office, a_story: Callable[[], Story]):
        story = removed(a_story().listed().educated())
        story.do(office.oneself("m1"), "complaints", on=day(AT + 80), text="Đơn khiếu nại.")
        assert story.state == "complaint_pending"
        story.do(
            office.standing,
            "complaint-resolution",
            on=day(AT + 120),
            outcome="reversed",
            decision=decision("60-QĐ/ĐUK", AT + 120),
        )
        assert (story.state, story.now["outcome"]) == ("restored", "restored")
        assert office.outbox(story.now["id"])[-3:] == ["ComplaintResolved", "RemovalReversed", "CaseClosed"]

    def test_a_late_complaint_is_recorded_and_not_examined(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = removed(a_story().listed().educated())
        story.do(office.oneself("m1"), "complaints", on=day(AT + 200), text="Đơn khiếu nại.")
        assert story.state == "removed"
        assert story.now["complaints"][0]["late"] is True

    def test_after_the_time_for_complaints_the_case_is_closed(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = removed(a_story().listed().educated())
        early = story.tried(office.standing, "close", on=day(AT + 70))
        assert early.status_code == 422
        story.do(office.standing, "close", on=day(AT + 200))
        assert (story.state, story.now["outcome"]) == ("closed", "removed")


class TestProfiles:
    """Every value of the procedure is shown with its source and certainty."""

    def test_a_profile_names_sources(self, office: Office):
        listed = office.secretary.get("/profiles").json["items"]
        found = office.secretary.get(f"/profiles/{listed[1]['id']}").json
        share = next(each for each in found["settings"] if each["setting"] == "flag_share")
        assert share["value"]["numerator"] == 2
        assert "02-HD/BTCTW" in share["citation"]["text"]
        assert office.secretary.get("/profiles/none").status_code == 404


def test_the_office_reads_the_roll_of_a_removal(office: Office):
    roll = office.secretary.get("/roll", organization=CELL, on=day(AT), purpose="removal").json
    assert roll["base"] == 12
