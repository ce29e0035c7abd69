import datetime as dt
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reviews.domain import RosterEntry, Share, Totals, build_roll
from services.reviews.domain.ballot import (
    FLAG_BALLOT,
    BaseRule,
    may_show_totals,
    reached,
    totals_problems,
    votes_needed,
)
from tests.unit.reviews.words import MEMBER, a_cell_with, roll_of

TWO_THIRDS = Share(numerator=2, denominator=3)
MORE_THAN_HALF = Share(numerator=1, denominator=2, more_than=True)
SHARES = st.sampled_from(
    [TWO_THIRDS, MORE_THAN_HALF, Share(numerator=3, denominator=5), Share(numerator=1, denominator=1)]
)
CITED = "Mục II, Bước 1, Hướng dẫn 02-HD/BTCTW ngày 12/04/2021 (Ban Tổ chức Trung ương)"


class TestShare:
    """A share is reached by integers alone: at least 2/3, or more than 1/2."""

    @pytest.mark.parametrize(
        ("votes", "base", "expected"),
        [(9, 13, True), (8, 13, False), (10, 15, True), (9, 15, False), (2, 3, True)],
    )
    def test_two_thirds_of_the_base_lists(self, votes, base, expected):
        assert str(FLAG_BALLOT) == CITED
        assert reached(votes=votes, base=base, share=TWO_THIRDS) is expected

    @pytest.mark.parametrize(("votes", "expected"), [(7, False), (8, True)])
    def test_more_than_half_is_strict(self, votes, expected):
        assert reached(votes=votes, base=14, share=MORE_THAN_HALF) is expected

    def test_no_base_reaches_nothing(self):
        assert not reached(votes=0, base=0, share=TWO_THIRDS)

    @given(votes=st.integers(0, 10**6), base=st.integers(1, 10**6), share=SHARES)
    def test_it_agrees_with_fractions(self, votes, base, share):
        part, whole = Fraction(votes, base), Fraction(share.numerator, share.denominator)
        assert reached(votes=votes, base=base, share=share) is (
            part > whole if share.more_than else part >= whole
        )

    @given(base=st.integers(1, 10**6), share=SHARES)
    def test_the_votes_needed_are_the_fewest(self, base, share):
        fewest = votes_needed(base=base, share=share)
        assert reached(votes=fewest, base=base, share=share)
        assert not reached(votes=fewest - 1, base=base, share=share)

    @pytest.mark.parametrize("broken", [(0, 3, False), (4, 3, False), (3, 3, True), (1, 0, False)])
    def test_what_cannot_be_reached_is_no_share(self, broken):
        numerator, denominator, more_than = broken
        with pytest.raises(ValueError):
            Share(numerator=numerator, denominator=denominator, more_than=more_than)


class TestRoll:
    """The base is the official members of the cell on the day, minus the exempt; everybody else has a reason."""

    def test_base_is_official_minus_exempt(self):
        roll = roll_of(dt.date(2022, 1, 1), a_cell_with(official=15, exempt=2, probationary=1, temporary=3))
        assert roll.base == 15
        assert sorted(each.reason for each in roll.excluded) == [
            "exempt",
            "exempt",
            "probationary",
            "temporary",
            "temporary",
            "temporary",
        ]

    def test_days_are_counted_as_of_the_ballot(self):
        day = dt.date(2022, 6, 1)
        since = dt.date(2020, 1, 1)
        later = dt.timedelta(days=1)
        roster = [
            RosterEntry(member_id="a", official_on=day, in_cell_from=since),
            RosterEntry(member_id="b", official_on=day + later, in_cell_from=since),
            RosterEntry(member_id="c", official_on=since, in_cell_from=day + later),
            RosterEntry(member_id="d", official_on=since, in_cell_from=since, in_cell_until=day),
            RosterEntry(
                member_id="e", official_on=since, in_cell_from=since, exempt_from=since, exempt_until=day
            ),
            RosterEntry(member_id="f", official_on=since, in_cell_from=since, exempt_from=day),
        ]
        roll = roll_of(day, roster)
        assert roll.counted == ("a", "e")
        assert {each.member_id: each.reason for each in roll.excluded} == {
            "b": "probationary",
            "c": "not_yet",
            "d": "no_longer",
            "f": "exempt",
        }

    @pytest.mark.parametrize(
        ("counted", "votes", "base", "voters"),
        [(True, True, 9, 9), (True, False, 9, 8), (False, False, 8, 8)],
    )
    def test_the_member_concerned_counts_as_the_profile_says(self, counted, votes, base, voters):
        rule = BaseRule(exempt_counted=False, subject_counted=counted, subject_votes=votes)
        roll = roll_of(dt.date(2022, 1, 1), a_cell_with(official=9), rule)
        assert (roll.base, roll.voters) == (base, voters)

    @pytest.mark.parametrize(("counted", "base"), [(True, 9), (False, 8)])
    def test_who_is_on_the_way_counts_as_the_profile_says(self, counted, base):
        first, *others = a_cell_with(official=9)
        roll = build_roll(
            [msgspec.structs.replace(first, in_transit=True), *others],
            as_of=dt.date(2022, 1, 1),
            subject_id=MEMBER,
            rule=BaseRule(exempt_counted=False, subject_counted=True, subject_votes=True),
            transit_counted=counted,
        )
        assert roll.base == base

    def test_a_probationary_subject_is_outside_the_base(self):
        roll = roll_of(dt.date(2022, 1, 1), a_cell_with(official=9, subject="probationary"))
        assert MEMBER not in roll.counted
        assert (roll.base, roll.voters) == (9, 9)

    def test_a_member_twice_is_an_error(self):
        with pytest.raises(ValueError):
            roll_of(dt.date(2022, 1, 1), a_cell_with(official=2) * 2)

    def test_nobody_outside_the_base_votes(self):
        with pytest.raises(ValueError):
            BaseRule(exempt_counted=False, subject_counted=False, subject_votes=True)

    @given(
        official=st.integers(1, 40),
        exempt=st.integers(0, 9),
        probationary=st.integers(0, 9),
        temporary=st.integers(0, 9),
    )
    def test_everybody_is_counted_or_excluded_once(self, official, exempt, probationary, temporary):
        roster = a_cell_with(official, exempt, probationary, temporary)
        roll = build_roll(
            roster,
            as_of=dt.date(2022, 1, 1),
            subject_id=MEMBER,
            rule=BaseRule(exempt_counted=False, subject_counted=True, subject_votes=True),
        )
        ids = [*roll.counted, *(each.member_id for each in roll.excluded)]
        assert sorted(ids) == sorted(entry.member_id for entry in roster)
        assert roll.base == official


class TestTotals:
    """Totals that contradict themselves are refused, each contradiction naming its field."""

    @pytest.mark.parametrize(
        ("totals", "pointers"),
        [
            ((11, 10, 10, 10, 0), {"/totals/issued": "ballot_issued_over_roll"}),
            ((9, 10, 10, 10, 0), {"/totals/returned": "ballot_returned_over_issued"}),
            ((9, 8, 9, 9, 0), {"/totals/valid": "ballot_valid_over_returned"}),
            ((9, 9, 9, 5, 3), {"/totals/valid": "ballot_sum"}),
            ((9, 9, 0, 1, -1), {"/totals/against": "ballot_negative"}),
        ],
    )
    def test_each_contradiction_has_its_place(self, totals, pointers):
        issued, returned, valid, votes_for, against = totals
        found = totals_problems(
            Totals(issued=issued, returned=returned, valid=valid, votes_for=votes_for, against=against),
            voters=10,
            citation=FLAG_BALLOT,
        )
        assert {each.pointer: each.code for each in found} == pointers
        assert all(str(each.citation) == CITED for each in found)

    @given(counts=st.tuples(*[st.integers(-2, 12)] * 5), voters=st.integers(0, 12))
    def test_only_sound_totals_pass(self, counts, voters):
        issued, returned, valid, votes_for, against = counts
        totals = Totals(issued=issued, returned=returned, valid=valid, votes_for=votes_for, against=against)
        sound = (
            0 <= valid <= returned <= issued <= voters
            and votes_for >= 0
            and against >= 0
            and votes_for + against == valid
        )
        assert (not totals_problems(totals, voters=voters, citation=FLAG_BALLOT)) is sound

    def test_only_totals_can_be_stored(self):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({**dict.fromkeys(Totals.__struct_fields__, 1), "voters": ["m-1"]}, Totals)

    def test_totals_of_the_smallest_cells_are_not_shown(self):
        assert not may_show_totals(base=4, minimum=5)
        assert may_show_totals(base=5, minimum=5)
