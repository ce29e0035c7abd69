"""Two people act on one case at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.reviews.conftest import GRASSROOTS, Office, Story, day, proposal

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
