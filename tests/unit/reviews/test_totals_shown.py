"""Totals are for those who must see them, and never where they tell a person's vote."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reviews import domain
from services.reviews.answers import Viewer, case_answer
from services.reviews.documents import CaseRecord
from services.reviews.domain.ballot import tells_votes
from tests.unit.reviews import words

PROFILE = words.PROFILE


def shown(role, votes_for, against, *, base=None, level="cell"):
    totals = words.votes(votes_for, against)
    viewer = Viewer(role=role, own=role == "member")
    withheld = viewer.withheld(totals=totals, base=base or votes_for + against, profile=PROFILE, level=level)
    return withheld is None


class TestWhoSeesTotals:
    """The level that recorded a vote sees its totals, the committees above where no vote is told."""

    @pytest.mark.parametrize(
        ("role", "level", "sees"),
        [
            ("cell_secretary", "cell", True),
            ("grassroots_committee", "cell", True),
            ("standing_committee", "cell", True),
            ("organizing_board", "cell", False),
            ("working_group", "cell", False),
            ("member", "cell", False),
            ("cell_secretary", "grassroots_committee", False),
            ("cell_secretary", "standing_committee", False),
            ("grassroots_committee", "delegated_grassroots_committee", True),
            ("grassroots_committee", "standing_committee", False),
            ("standing_committee", "standing_committee", True),
            ("standing_committee", "grassroots_committee", True),
        ],
    )
    def test_by_role_and_level(self, role, level, sees):
        assert shown(role, 8, 4, level=level) is sees

    @pytest.mark.parametrize(("votes_for", "against"), [(12, 0), (0, 12), (11, 1), (1, 11)])
    def test_a_one_sided_result_stays_with_its_recorders(self, votes_for, against):
        assert not shown("grassroots_committee", votes_for, against)
        assert shown("cell_secretary", votes_for, against)

    def test_a_small_group_is_told_by_the_same_words_as_a_one_sided_result(self):
        committee = Viewer(role="grassroots_committee", own=False)
        small = committee.withheld(totals=words.votes(2, 2), base=4, profile=PROFILE)
        one_sided = committee.withheld(totals=words.votes(9), base=9, profile=PROFILE)
        assert small == one_sided
        assert small

    @given(votes_for=st.integers(0, 40), against=st.integers(0, 40), hidden=st.integers(0, 3))
    def test_what_is_shown_leaves_more_than_the_hidden_minority_on_each_side(
        self, votes_for, against, hidden
    ):
        if not tells_votes(words.votes(votes_for, against), hidden_minority=hidden):
            assert min(votes_for, against) > hidden


class TestReplacedVotes:
    """Of a corrected vote every version is readable, its count and its reason by the same rule as the last one's."""

    @pytest.mark.parametrize(("role", "sees"), [("cell_secretary", True), ("organizing_board", False)])
    def test_an_earlier_version_shows_no_more_than_the_last(self, role, sees):
        case = words.told_and_heard(words.removal_proposed(), words.START)
        case = words.vote(case, words.START, "cell", 7, 2).case
        case = domain.correct_removal_vote(
            case,
            PROFILE,
            actor=words.SECRETARY,
            on=words.START,
            level="cell",
            form="secret",
            totals=words.votes(5, 4),
            minutes="BB kiểm lại",
            reason="Đếm nhầm hai phiếu",
            roll=words.roll_of(words.START),
        ).case
        record = CaseRecord(
            id=case.id,
            version=1,
            member_id=case.member_id,
            profile=case.profile_id,
            state=str(case.state),
            open=True,
            cell_id=case.unit.cell_id,
            organization_path=list(case.unit.organization_path),
            opened_on=case.opened_on,
            case=msgspec.to_builtins(case),
        )
        told = case_answer(record, Viewer(role=role, own=False))["removal"]
        (stands,), (replaced,) = told["votes"], told["replaced_votes"]
        assert (stands["version"], replaced["version"]) == (2, 1)
        assert (stands["reached"], replaced["reached"]) == (False, True)
        assert stands["totals"]["shown"] is replaced["totals"]["shown"] is sees
        assert (stands["reason"] is not None) is sees
        assert ("votes_for" in str(told)) is False
