"""Two people act on one case at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.integration.reviews.conftest import (
    GRASSROOTS,
    OTHER_CELL,
    Office,
    Person,
    Story,
    day,
    decision,
    proposal,
    totals,
)
from tests.integration.reviews.test_paths import removed

pytestmark = pytest.mark.integration


class TestRaces:
    """One wins, the other is told to read again, nothing is half done."""

    def test_of_two_directions_one_counts(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().propose()
        people = [
            office.person(f"cap-uy-{number}", ("grassroots_committee", GRASSROOTS)) for number in range(2)
        ]
        for each in people:
            each.client = office.another_client()
        path = f"/cases/{story.now['id']}/guidance"
        bodies = [
            {"agrees": True, "on": day(7)},
            {"agrees": False, "reason": "Chưa đủ căn cứ.", "on": day(7)},
        ]

        def post(number: int) -> int:
            return int(people[number].post(path, bodies[number], version=1).status_code)

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(post, range(2))) == [200, 412]
        assert office.outbox(story.now["id"]).count("GuidanceGiven") == 1

    def raced(self, office: Office, story: Story, *tries: tuple[Person, str, dict[str, Any]]) -> list[int]:
        """Take the steps at one moment, all at the version that was read; return their statuses, sorted."""
        for person, _, _ in tries:
            person.client = office.another_client()
        path, version = f"/cases/{story.now['id']}", story.now["version"]

        def post(one: tuple[Person, str, dict[str, Any]]) -> int:
            person, step, body = one
            return int(person.post(f"{path}/{step}", body, version=version).status_code)

        with ThreadPoolExecutor(len(tries)) as pool:
            statuses = sorted(pool.map(post, tries))
        stored = office.runtime.store.collection("cases").find_one({"_id": story.now["id"]})
        assert stored is not None
        assert stored["version"] == version + 1
        return statuses

    def test_of_two_ballots_one_counts(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().propose().guide()
        tries = [(office.secretary, "ballots", totals(in_favour=each)) for each in (10, 5)]
        assert self.raced(office, story, *tries) == [200, 412]
        names = office.outbox(story.now["id"])
        assert names.count("BallotRecorded") == 1
        assert names.count("MemberFlagged") + names.count("CaseClosed") == 1

    def test_a_correction_and_a_step_that_would_rest_on_the_ballot(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().listed()
        counted = {name: value for name, value in totals(in_favour=7).items() if name != "held_on"}
        correction = {**counted, "on": day(16), "reason": "Cộng nhầm."}
        helpers = {"on": day(16), "members": ["m2"]}
        statuses = self.raced(
            office,
            story,
            (office.secretary, "ballot-correction", correction),
            (office.secretary, "helpers", helpers),
        )
        assert statuses == [200, 412]
        names = office.outbox(story.now["id"])
        assert ("ListingWithdrawn" in names) is not ("HelpersAssigned" in names)

    def test_of_two_transfers_one_counts(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().listed()
        within = {"on": day(20), "to_organization_id": OTHER_CELL, "assessment": "Có tiến bộ."}
        outside = {"on": day(20), "to_outside": True, "assessment": "Có tiến bộ."}
        tries = [(office.secretary, "transfer", each) for each in (within, outside)]
        assert self.raced(office, story, *tries) == [200, 412]
        assert office.outbox(story.now["id"]).count("CaseTransferred") == 1

    def test_of_a_recognition_and_a_removal_proposal_one_counts(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().listed().educated()
        recognition = {"on": day(400), "assessment": "Có tiến bộ.", "decision": decision("31-QĐ/ĐU", 400)}
        removal = {"on": day(400), "mode": "name_removal", "ground": "X4"}
        statuses = self.raced(
            office,
            story,
            (office.committee, "recognition", recognition),
            (office.secretary, "removal-proposal", removal),
        )
        assert statuses == [200, 412]
        names = office.outbox(story.now["id"])
        assert ("ProgressRecognized" in names) is not ("RemovalProposed" in names)

    def test_of_two_decisions_on_a_complaint_one_counts(self, office: Office, a_story: Callable[[], Story]):
        story = removed(a_story().listed().educated())
        story.do(office.oneself("m1"), "complaints", on=day(480), text="Đơn khiếu nại.")
        tries = [
            (
                office.standing,
                "complaint-resolution",
                {"on": day(520), "outcome": outcome, "decision": decision("60-QĐ/ĐUK", 520)},
            )
            for outcome in ("upheld", "reversed")
        ]
        assert self.raced(office, story, *tries) == [200, 412]
        assert office.outbox(story.now["id"]).count("ComplaintResolved") == 1

    def test_of_two_proposals_of_one_member_one_counts(self, office: Office):
        people = [office.secretary, office.secretary]
        for each in people:
            each.client = office.another_client()

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda each: each.post("/cases", proposal()).status_code, people))
        assert sorted(answers) == [201, 409]


class TestNothingThere:
    """What does not exist, or cannot be read, is said clearly."""

    def test_an_unknown_case(self, office: Office):
        assert office.secretary.get("/cases/none").status_code == 404
        answer = office.committee.post("/cases/none/guidance", {"agrees": True, "on": day()}, version=1)
        assert answer.status_code == 404

    def test_fields_that_cannot_be_used_are_named(self, office: Office):
        answer = office.secretary.post("/cases", {**proposal(), "on": "01/06/2021", "more": 1})
        assert answer.status_code == 422
        assert {each["pointer"] for each in answer.json["errors"]} == {"/on", "/more"}

    def test_a_cursor_of_somewhere_else(self, office: Office):
        assert office.secretary.get("/cases", after="%%%").status_code == 400

    def test_no_profile_applied_before_the_directive(self, office: Office):
        answer = office.secretary.post("/cases", {**proposal(), "on": "2018-06-01"})
        assert answer.json["errors"][0]["code"] == "no_profile"
