"""A copy of what the reviews service holds about one person."""

from collections.abc import Callable

import pytest

from tests.integration.reviews.conftest import CELL, OTHER_CELL, Office, Story

pytestmark = pytest.mark.integration


class TestCopy:
    """A person's cases as they themselves may read them: the copy undoes no secret ballot."""

    def test_the_cases_come_without_the_totals_of_the_ballot(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().listed("m1")
        copy = office.oneself("m1").get("/held/m1", reason="tự xem")
        assert copy.status_code == 200, copy.json
        (case,) = copy.json["records"]["Vụ việc"]
        assert case["id"] == story.now["id"]
        (ballot,) = case["ballots"]
        assert ballot["totals"]["shown"] is False
        assert "votes_for" not in str(ballot)
        assert ballot["reached"] is True
        assert [each["kind"] for each in copy.json["records"]["Thời hạn"]] == ["education_end"]

    def test_the_board_gets_no_more_of_it_than_the_person(self, office: Office, a_story: Callable[[], Story]):
        a_story().listed("m1")
        board = office.person("ban-to-chuc", ("organizing_board", "khoi"))
        of_the_board = board.get("/held/m1", reason="theo đơn").json["records"]
        assert of_the_board == office.oneself("m1").get("/held/m1", reason="tự xem").json["records"]

    @pytest.mark.parametrize(
        "role", ["cell_secretary", "grassroots_committee", "standing_committee", "working_group", "auditor"]
    )
    def test_no_other_office_gets_one(self, office: Office, role):
        assert office.person("ai-do", (role, CELL)).get("/held/m1", reason="tò mò").status_code == 403

    def test_a_board_below_another_organisation_gets_none(self, office: Office):
        board = office.person("ban-to-chuc", ("organizing_board", OTHER_CELL))
        assert board.get("/held/m1", reason="tò mò").status_code == 403
