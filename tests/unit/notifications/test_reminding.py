"""Which reminder is due."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.recipients import Relation
from services.notifications.domain.reminding import (
    KINDS,
    Step,
    day_of,
    due_step,
    next_step,
    own_kinds,
    read_kinds,
    taken_at_start,
)
from services.notifications.domain.who_is_told import TableError
from shared.workdays import is_working_day, working_days_between

STEPS = tuple(Step(at=at, to=(Relation.CELL_SECRETARY,)) for at in (-5, 0, 1, 3))
FRIDAY = date(2026, 1, 16)
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


class TestTheDayOfAStep:
    """Steps are counted in working days from the due day."""

    @pytest.mark.parametrize(
        ("at", "day"),
        [
            (-5, date(2026, 1, 9)),
            (0, FRIDAY),
            (1, date(2026, 1, 19)),
            (3, date(2026, 1, 21)),
        ],
    )
    def test_over_a_weekend(self, at, day):
        assert day_of(FRIDAY, at, is_working_day) == day

    def test_on_a_day_off_the_day_is_the_last_working_day_before(self):
        assert day_of(date(2026, 1, 18), 0, is_working_day) == FRIDAY

    @given(days, st.integers(-30, 30))
    def test_it_is_a_working_day_at_that_distance(self, due_on, at):
        day = day_of(due_on, at, is_working_day)
        assert is_working_day(day)
        if at > 0:
            assert working_days_between(due_on, day) == at
        if at < 0:
            assert working_days_between(day, due_on) == -at - 1 + is_working_day(due_on)


class TestTheStepThatIsDue:
    """Each is taken once, in order; after a standstill only the newest."""

    @pytest.mark.parametrize(
        ("taken", "today", "at"),
        [
            (None, date(2026, 1, 8), None),
            (None, date(2026, 1, 9), -5),
            (-5, date(2026, 1, 9), None),
            (-5, FRIDAY, 0),
            (-5, date(2026, 2, 9), 3),
            (3, date(2026, 2, 9), None),
        ],
    )
    def test_by_day(self, taken, today, at):
        found = due_step(STEPS, FRIDAY, taken, today=today, working=is_working_day)
        assert (None if found is None else found.at) == at

    def test_who_has_just_begun_needs_no_reminder_of_the_days_before(self):
        assert taken_at_start(STEPS, FRIDAY, date(2026, 1, 12), is_working_day) == -5
        assert taken_at_start(STEPS, FRIDAY, date(2026, 1, 8), is_working_day) is None

    @given(days, st.integers(0, 60), st.lists(st.integers(0, 80), min_size=1, max_size=12))
    def test_whenever_the_worker_comes_no_step_is_taken_twice_and_the_last_is_taken(
        self, due_on, before, visits
    ):
        taken = taken_at_start(STEPS, due_on, due_on - timedelta(days=before), is_working_day)
        seen = []
        for offset in [*sorted(visits), 200]:
            today = due_on - timedelta(days=before) + timedelta(days=offset)
            step = due_step(STEPS, due_on, taken, today=today, working=is_working_day)
            coming = next_step(STEPS, due_on, taken, is_working_day)
            assert (step is not None) == (coming is not None and coming[1] <= today)
            if step is not None:
                seen.append(step.at)
                taken = step.at
        assert seen == sorted(set(seen))
        assert taken == STEPS[-1].at


DESCENDING = """
[[deadline]]
kind = "follow_up"
label = "x"
to_do = "x"
steps = [{ at = 3, to = [] }, { at = 1, to = [] }]
"""


class TestTheTable:
    """Every kind of deadline has its reminders, and a deployment may have others."""

    def test_every_kind_is_there(self):
        assert set(own_kinds()) == set(KINDS)

    def test_what_is_overdue_goes_upward(self):
        steps = own_kinds()["education_end"].steps
        assert Relation.CELL_SECRETARY in steps[0].to
        assert Relation.STANDING_COMMITTEE in steps[-1].to

    def test_a_kind_in_a_deployments_table_is_governed_by_it_alone(self):
        text = '[[deadline]]\nkind = "follow_up"\nlabel = "theo dõi"\nto_do = "Ghi nhận."\n'
        found = read_kinds(text, "own.toml", over=own_kinds())
        assert found["follow_up"].steps == ()
        assert found["education_end"] == own_kinds()["education_end"]

    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ('[[deadline]]\nkind = "someday"\nlabel = "x"\nto_do = "x"', "someday"),
            (DESCENDING, "follow_up"),
            ('[[deadline]]\nkind = "follow_up"', "label"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, text, named):
        with pytest.raises(TableError, match=named):
            read_kinds(text, "own.toml", over=own_kinds())
