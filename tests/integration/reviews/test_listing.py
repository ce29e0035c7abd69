"""From proposal to the list, through the API."""

from collections.abc import Callable

import pytest

from tests.integration.reviews.conftest import (
    CELL,
    GRASSROOTS_CELL,
    OTHER_CELL,
    SMALL_CELL,
    Office,
    Story,
    day,
    proposal,
    totals,
)

pytestmark = pytest.mark.integration


class TestListing:
    """A case reaches the list by proposal, direction from above and a secret ballot."""

    def test_the_member_is_listed_when_the_share_is_reached(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().propose()
        assert story.state == "awaiting_guidance"
        story.guide().ballot(in_favour=8)
        assert story.state == "listed"
        assert story.now["education_due_on"] == "2022-06-15"
        assert office.outbox(story.now["id"]) == [
            "CandidateProposed",
            "GuidanceGiven",
            "BallotRecorded",
            "MemberFlagged",
        ]
        assert office.deadlines(story.now["id"]) == [("education_end", "running")]
        assert office.audited(story.now["id"]) == ["case.propose", "case.guide", "case.ballot"]
        assert [each["type"].split(".")[-2] for each in story.now["events"]] == [
            "BallotRecorded",
            "MemberFlagged",
        ]

    def test_one_vote_short_of_two_thirds_does_not_list(self, a_story: Callable[[], Story]):
        story = a_story().propose().guide().ballot(in_favour=7)
        assert story.state == "not_listed"
        assert story.now["outcome"] == "not_listed"

    def test_the_roll_names_who_does_not_count_and_why(self, office: Office):
        roll = office.secretary.get("/roll", organization=CELL, on=day(14)).json
        assert (roll["base"], roll["needed"]) == (12, 8)
        assert {each["member_id"]: each["reason"] for each in roll["excluded"]} == {
            "mien": "exempt",
            "du-bi": "probationary",
            "tam-thoi": "temporary",
        }

    def test_a_base_that_is_not_the_rolls_is_refused(self, a_story: Callable[[], Story]):
        story = a_story().propose().guide()
        answer = story.tried(story.office.secretary, "ballots", **totals(base=13, in_favour=13))
        assert answer.status_code == 422
        assert answer.json["errors"][0]["code"] == "roll_mismatch"

    def test_totals_that_contradict_themselves_are_refused(self, a_story: Callable[[], Story]):
        story = a_story().propose().guide()
        answer = story.tried(story.office.secretary, "ballots", **{**totals(), "returned": 13})
        assert answer.status_code == 422
        assert {each["code"] for each in answer.json["errors"]} == {"ballot_returned_over_issued"}
        assert "02-HD/BTCTW" in answer.json["citation"]["text"]

    def test_a_cell_right_under_the_khoi_is_directed_by_the_standing_committee(
        self, office: Office, a_story: Callable[[], Story]
    ):
        secretary = office.person("bt-co-so", ("cell_secretary", GRASSROOTS_CELL))
        story = a_story().propose("co-so-1", by=secretary).guide(by=office.standing)
        assert story.state == "guided"

    def test_a_day_to_come_is_refused(self, office: Office):
        answer = office.secretary.post("/cases", {**proposal(), "on": "2026-11-21"})
        assert answer.status_code == 422
        assert answer.json["errors"][0] == {
            "pointer": "/on",
            "code": "in_future",
            "detail": "Ngày 21/11/2026 chưa đến (hôm nay là 20/11/2026).",
        }

    def test_a_member_whom_the_roster_does_not_know_is_refused_clearly(self, office: Office):
        answer = office.secretary.post("/cases", proposal("nobody"))
        assert (answer.status_code, answer.json["code"]) == (409, "not_yet_known")

    def test_a_member_has_one_open_case(self, office: Office, a_story: Callable[[], Story]):
        a_story().propose()
        assert office.secretary.post("/cases", proposal()).status_code == 409


class TestCorrection:
    """A wrongly recorded ballot is recorded anew; both versions can be read by who sees totals."""

    def corrected(self, in_favour: int) -> dict[str, object]:
        counted = {name: value for name, value in totals(in_favour=in_favour).items() if name != "held_on"}
        return {**counted, "on": day(16), "reason": "Cộng nhầm hai tờ phiếu."}

    def test_a_result_that_turns_withdraws_the_listing(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        story.do(office.secretary, "ballot-correction", **self.corrected(7))
        assert story.state == "not_listed"
        assert [each["totals"]["in_favour"] for each in story.now["ballots"]] == [10, 7]
        assert office.outbox(story.now["id"])[-3:] == ["BallotRecorded", "ListingWithdrawn", "CaseClosed"]
        assert office.deadlines(story.now["id"]) == [("education_end", "met")]
        assert office.secretary.post("/cases", proposal()).status_code == 201

    def test_a_member_with_another_open_case_is_not_listed_by_a_correction(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().propose().guide().ballot(in_favour=7)
        a_story().propose()
        answer = story.tried(office.secretary, "ballot-correction", **self.corrected(9))
        assert answer.status_code == 409
        assert office.outbox(story.now["id"])[-1] == "CaseClosed"

    def test_a_correction_after_later_steps_is_refused(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed().educated()
        answer = story.tried(office.secretary, "ballot-correction", **self.corrected(7) | {"on": day(400)})
        assert (answer.status_code, answer.json["code"]) == (422, "ballot_rested_on")


class TestWhoMay:
    """Only the people of the right organisation act, and never in their own case."""

    def test_an_actor_of_another_organisation_is_refused(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().propose()
        stranger = office.person("la", ("cell_secretary", OTHER_CELL), ("grassroots_committee", "ds-2"))
        assert stranger.get(f"/cases/{story.now['id']}").status_code == 403
        assert story.tried(stranger, "guidance", agrees=True, on=day(7)).status_code == 403
        assert stranger.post("/cases", proposal("m4")).status_code == 403

    def test_a_committee_that_is_not_directly_above_gives_no_direction(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().propose()
        assert story.tried(office.standing, "guidance", agrees=True, on=day(7)).status_code == 403

    def test_the_member_concerned_acts_in_no_role(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().propose().guide()
        oneself = office.person("tu-minh", ("cell_secretary", CELL), member_id="m1")
        answer = story.tried(oneself, "ballots", **totals())
        assert (answer.status_code, answer.json["type"]) == (403, "urn:khoi:problem:conflict-of-interest")
        assert oneself.post("/cases", proposal()).status_code == 403

    def test_totals_are_not_for_the_member(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        seen = (
            office.person("m1", ("cell_secretary", CELL), member_id="m1")
            .get(f"/cases/{story.now['id']}")
            .json
        )
        assert seen["ballots"][0]["reached"] is True
        assert seen["ballots"][0]["totals"]["shown"] is False
        assert seen["ballots"][0]["roll"] is None
        assert story.now["ballots"][0]["totals"]["in_favour"] == 10

    def test_totals_of_a_small_cell_stay_with_who_recorded_them(
        self, office: Office, a_story: Callable[[], Story]
    ):
        secretary = office.person("bt-nho", ("cell_secretary", SMALL_CELL))
        story = a_story().propose("nho-1", by=secretary).guide().ballot(in_favour=3, base=3, by=secretary)
        seen = office.committee.get(f"/cases/{story.now['id']}").json
        assert seen["ballots"][0]["totals"]["shown"] is False
        assert "quá nhỏ" in seen["ballots"][0]["totals"]["why"]

    def test_lists_show_ones_own_subtree_and_no_totals(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        row = office.committee.get("/cases", state="listed").json["items"][0]
        assert row["id"] == story.now["id"]
        assert "ballots" not in row
        stranger = office.person("la", ("grassroots_committee", "ds-2"))
        assert stranger.get("/cases").json["items"] == []

    def test_the_member_sees_their_own_cases_and_the_read_is_logged(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().propose()
        oneself = office.oneself("m1")
        assert [each["id"] for each in oneself.get("/members/m1/cases").json["items"]] == [story.now["id"]]
        assert oneself.get("/members/m2/cases").status_code == 403
        assert oneself.get(f"/cases/{story.now['id']}/timeline").json["items"][0]["command"] == "propose"
        assert office.audited(story.now["id"])[-1] == "case.read_timeline"


class TestConditions:
    """Changes name the version they were read at, and a repeated POST has one effect."""

    def test_a_stale_version_is_refused(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().propose()
        stale = story.now["version"]
        story.guide()
        answer = office.secretary.post(f"/cases/{story.now['id']}/ballots", totals(), version=stale)
        assert answer.status_code == 412

    def test_a_missing_version_is_asked_for(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().propose()
        answer = office.committee.post(f"/cases/{story.now['id']}/guidance", {"agrees": True, "on": day(7)})
        assert answer.status_code == 428

    def test_the_same_key_twice_has_one_effect(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().propose()
        path, body = f"/cases/{story.now['id']}/guidance", {"agrees": True, "on": day(7)}
        first = office.committee.post(path, body, version=1, key="once")
        again = office.committee.post(path, body, version=1, key="once")
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.data == again.data
        assert again.headers["Idempotency-Replayed"] == "true"
        assert office.outbox(story.now["id"]) == ["CandidateProposed", "GuidanceGiven"]
