"""Who is told what."""

import msgspec
import pytest

from services.notifications.domain.recipients import Relation, inboxes, message_id
from services.notifications.domain.who_is_told import TableError, own_table, read_table, recipients
from services.notifications.texts import sample_of
from shared.events.catalogue import reviews

PATH = ["khoi", "cơ-sở-1", "chi-bộ-1"]
WITH_PART = ["khoi", "cơ-sở-1", "bộ-phận-1", "chi-bộ-1"]


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

    def test_working_groups_are_told_at_the_organisations_they_go_with(self):
        assert inboxes(Relation.WORKING_GROUP, path=PATH, member_id="m1", accompanied=["cơ-sở-1"]) == [
            "working_group@cơ-sở-1"
        ]

    @pytest.mark.parametrize(
        ("voted", "next_level"),
        [
            ("cell", "grassroots_committee@bộ-phận-1"),
            ("part_committee", "grassroots_committee@cơ-sở-1"),
            ("grassroots_committee", "standing_committee@khoi"),
            ("standing_committee", "standing_committee@khoi"),
            (None, "grassroots_committee@bộ-phận-1"),
        ],
    )
    def test_the_level_that_acts_next_stands_above_the_one_that_voted(self, voted, next_level):
        assert inboxes(Relation.ACTING_NEXT, path=WITH_PART, member_id="m1", voted=voted) == [next_level]

    def test_all_cells_below_and_the_cell_somebody_comes_to(self):
        assert inboxes(Relation.CELLS, path=["khoi"], member_id=None, cells=["a", "b"]) == [
            "cell_secretary@a",
            "cell_secretary@b",
        ]
        assert inboxes(Relation.RECEIVING_CELL, path=PATH, member_id="m1", receiving="c") == [
            "cell_secretary@c"
        ]
        assert inboxes(Relation.RECEIVING_CELL, path=PATH, member_id="m1") == []

    def test_the_id_of_a_message_gives_nobody_away(self):
        assert "m1" not in message_id("e1", "member:m1")
        assert message_id("e1", "member:m1") == message_id("e1", "member:m1")
        assert message_id("e1", "member:m1") != message_id("e1", "member:m2")


class TestTheTable:
    """The software's own table holds together."""

    def test_the_removed_member_is_told_by_duty_under_article_8(self):
        told = [row for row in own_table()[reviews.MemberRemoved] if row.to is Relation.MEMBER]
        assert told[0].required
        assert "Điều 8" in (told[0].clause or "")

    def test_whoever_is_told_of_a_removal_is_told_of_its_reversal(self):
        removed = {row.to for row in own_table()[reviews.MemberRemoved]}
        assert removed <= {row.to for row in own_table()[reviews.RemovalReversed]}

    def test_a_row_speaks_only_of_the_outcome_it_names(self):
        row = next(row for row in own_table()[reviews.CaseClosed] if row.to is Relation.MEMBER)
        closed = sample_of(reviews.CaseClosed)
        assert recipients(row, msgspec.structs.replace(closed, outcome="dropped")) == []
        assert recipients(row, msgspec.structs.replace(closed, outcome="not_removed"))


class TestADeploymentsOwnTable:
    """It governs the events that stand in it, and what cannot be used is named."""

    def test_an_event_in_it_is_governed_by_it_alone(self):
        text = '[[told]]\nevent = "reviews.RoundClosed"\nto = "superior"\n'
        table = read_table(text, "own.toml", over=own_table())
        assert [row.to for row in table[reviews.RoundClosed]] == [Relation.SUPERIOR]
        assert table[reviews.MemberFlagged] == own_table()[reviews.MemberFlagged]

    def test_nobody_can_be_told_of_an_event(self):
        table = read_table('nobody = ["reviews.RoundClosed"]', "own.toml", over=own_table())
        assert table[reviews.RoundClosed] == []

    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("told = 1", "own.toml"),
            ('[[told]]\nevent = "reviews.NoSuchThing"\nto = "member"', "NoSuchThing"),
            ('[[told]]\nevent = "reviews.RoundClosed"\nto = "everybody"', "everybody"),
            ('[[told]]\nevent = "reviews.RoundClosed"\nto = "superior"\ndue = "someday"', "someday"),
            ('[[told]]\nevent = "reviews.RoundClosed"\nto = "member"', "RoundClosed"),
            ('nobody = ["reviews.MemberRemoved"]', "MemberRemoved"),
            ('[[told]]\nevent = "reviews.MemberRemoved"\nto = "member"', "required"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, text, named):
        with pytest.raises(TableError, match=named):
            read_table(text, "own.toml", over=own_table())
