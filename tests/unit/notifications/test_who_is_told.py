"""Who is told what."""

import pytest

from services.notifications.domain.recipients import Relation, inboxes
from services.notifications.domain.who_is_told import WHO_IS_TOLD
from shared.events.catalogue import reviews

PATH = ["khoi", "cơ-sở-1", "chi-bộ-1"]


class TestInboxes:
    """A relation to the case leads to the inbox of a person or of an office."""

    def test_the_member_has_an_own_inbox(self):
        assert inboxes(Relation.MEMBER, path=PATH, member_id="m1") == ["member:m1"]

    def test_the_secretary_of_the_cell_is_told_by_office(self):
        assert inboxes(Relation.CELL_SECRETARY, path=PATH, member_id="m1") == ["cell_secretary@chi-bộ-1"]

    def test_the_committee_directly_above_a_cell_is_the_grassroots_committee(self):
        assert inboxes(Relation.SUPERIOR, path=PATH, member_id="m1") == ["grassroots_committee@cơ-sở-1"]

    def test_above_a_cell_that_stands_under_the_root_it_is_the_standing_committee(self):
        assert inboxes(Relation.SUPERIOR, path=["khoi", "chi-bộ-cơ-sở"], member_id="m1") == [
            "standing_committee@khoi"
        ]

    def test_helpers_are_told_one_by_one(self):
        assert inboxes(Relation.HELPERS, path=PATH, member_id="m1", helpers=["h1", "h2"]) == [
            "member:h1",
            "member:h2",
        ]


class TestTheTable:
    """Texts say what happened and what to do, and give nobody's vote or name away."""

    @pytest.mark.parametrize("notice", [notice for rows in WHO_IS_TOLD.values() for notice in rows])
    def test_no_text_has_a_placeholder_that_could_carry_a_name_or_a_tally(self, notice):
        assert "{" not in notice.title + (notice.to_do or "")

    def test_the_removed_member_is_told_of_the_right_to_complain(self):
        told = [row for row in WHO_IS_TOLD[reviews.MemberRemoved] if row.to is Relation.MEMBER]
        assert "khiếu nại" in (told[0].to_do or "")
        assert "Điều 8" in (told[0].clause or "")

    def test_every_due_date_is_a_field_of_its_event(self):
        for fact, rows in WHO_IS_TOLD.items():
            for row in rows:
                assert row.due_field is None or row.due_field in fact.__struct_fields__

    def test_whoever_is_told_of_a_removal_is_told_of_its_reversal(self):
        removed = {row.to for row in WHO_IS_TOLD[reviews.MemberRemoved]}
        assert removed <= {row.to for row in WHO_IS_TOLD[reviews.RemovalReversed]}
