"""Where a member belonged on a day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.stay import Absence, Stay, moved, stay_on, stays

START = date(2020, 1, 1)


def a_day(number):
    return START + timedelta(days=number)


class TestStays:
    """On any day a member belongs to one cell at most, and to none while they were out."""

    def test_out_until_the_removal_was_reversed(self):
        present = Stay(cell_id="a", since=a_day(0))
        history = stays([present], [Absence(since=a_day(5), until=a_day(9))])
        assert [stay_on(history, a_day(day)) is not None for day in (4, 5, 8, 9)] == [
            True,
            False,
            False,
            True,
        ]

    def test_a_stay_that_lasted_no_day_leaves_no_trace(self):
        assert moved([], Stay(cell_id="a", since=a_day(3)), a_day(3)) == []

    @given(
        st.lists(st.tuples(st.integers(1, 20), st.sampled_from("abc")), max_size=8),
        st.none() | st.tuples(st.integers(0, 60), st.integers(1, 30)),
        st.integers(0, 120),
    )
    def test_one_cell_on_each_day(self, moves, out, asked):
        past, present, expected = [], Stay(cell_id="first", since=START), "first"
        day = 0
        for later, cell in moves:
            day += later
            past, present = moved(past, present, a_day(day)), Stay(cell_id=cell, since=a_day(day))
            if day <= asked:
                expected = cell
        absences = []
        if out is not None:
            absences.append(Absence(since=a_day(out[0]), until=a_day(out[0] + out[1])))
            if out[0] <= asked < out[0] + out[1]:
                expected = None
        history = stays([*past, present], absences)
        assert sum(each.holds(a_day(asked)) for each in history) == (expected is not None)
        found = stay_on(history, a_day(asked))
        assert (found.cell_id if found else None) == expected
