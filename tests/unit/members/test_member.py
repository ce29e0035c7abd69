from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.member import (
    Leaving,
    LeavingMode,
    MemberFacts,
    MemberState,
    check_leaving_mode,
    check_member,
    full_years,
    may_change_state,
)

TODAY = date(2023, 10, 12)


def codes(**facts):
    return [violation.code for violation in check_member(MemberFacts(**facts), today=TODAY)]


class TestState:
    """The state follows from the dates; nobody becomes probationary again but by restoration."""

    def test_states_from_facts(self):
        admitted, official = date(2020, 1, 1), date(2021, 1, 1)
        leaving = Leaving(on=date(2022, 1, 1), mode=LeavingMode.DEATH)
        assert MemberFacts(admitted_on=None).state is MemberState.REGISTERED
        assert MemberFacts(admitted_on=admitted).state is MemberState.PROBATIONARY
        assert MemberFacts(admitted_on=admitted, official_on=official).state is MemberState.OFFICIAL
        assert MemberFacts(admitted_on=admitted, leaving=leaving).state is MemberState.LEFT

    def test_changes(self):
        assert may_change_state(before=MemberState.PROBATIONARY, after=MemberState.OFFICIAL)
        assert may_change_state(before=MemberState.LEFT, after=MemberState.OFFICIAL)
        assert not may_change_state(before=MemberState.OFFICIAL, after=MemberState.PROBATIONARY)


class TestRules:
    """Dates that contradict each other are named, each with its field."""

    def test_a_sound_member_breaks_nothing(self):
        assert (
            codes(admitted_on=date(2010, 2, 3), official_on=date(2011, 2, 3), birth_date=date(1985, 5, 1))
            == []
        )

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            ({"admitted_on": date(2011, 1, 2), "official_on": date(2011, 1, 1)}, "official_before_admission"),
            ({"admitted_on": None, "official_on": date(2011, 1, 1)}, "admission_date_missing"),
            ({"admitted_on": date(2023, 10, 13)}, "date_in_future"),
            ({"admitted_on": date(1899, 1, 1)}, "date_too_old"),
            ({"admitted_on": date(2010, 5, 1), "birth_date": date(1992, 5, 2)}, "admitted_under_age"),
            ({"admitted_on": date(2010, 5, 1), "exempt_from": date(2009, 5, 2)}, "exempt_before_admission"),
            ({"admitted_on": date(2010, 5, 1), "exempt_until": date(2020, 5, 2)}, "exempt_period"),
        ],
    )
    def test_contradictions(self, facts, code):
        assert codes(**facts) == [code]

    def test_nobody_leaves_before_being_admitted(self):
        leaving = Leaving(on=date(2009, 1, 1), mode=LeavingMode.NAME_REMOVAL)
        assert codes(admitted_on=date(2010, 1, 1), leaving=leaving) == ["leaving_before_admission"]


class TestProbationaryMember:
    """A probationary member is reprimanded or warned, or removed by xóa tên; never expelled."""

    def test_expulsion_is_refused(self):
        leaving = Leaving(on=date(2023, 5, 1), mode=LeavingMode.EXPULSION)
        assert codes(admitted_on=date(2023, 1, 1), leaving=leaving) == ["probationary_expelled"]

    @given(st.sampled_from(LeavingMode), st.booleans())
    def test_only_expulsion_and_only_then(self, mode, probationary):
        refused = bool(check_leaving_mode(probationary=probationary, mode=mode))
        assert refused == (probationary and mode is LeavingMode.EXPULSION)


class TestFullYears:
    """Years are counted on the day, also for those born on 29 February."""

    def test_the_day_counts(self):
        assert full_years(since=date(1990, 10, 12), on=TODAY) == 33
        assert full_years(since=date(1990, 10, 13), on=TODAY) == 32
        assert full_years(since=date(2004, 2, 29), on=date(2022, 2, 28)) == 17
