from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.trend import quarters_until


class TestQuarters:
    """Quarters follow one another without a gap and end with the one of the day."""

    def test_over_the_turn_of_a_year(self):
        found = quarters_until(date(2022, 5, 17), count=3)
        assert [quarter.label for quarter in found] == ["Quý IV/2021", "Quý I/2022", "Quý II/2022"]

    @given(st.dates(), st.integers(1, 40))
    def test_without_a_gap(self, day, count):
        found = quarters_until(day, count=count)
        assert day in found[-1]
        assert len(found) == count or found[0].starts_on == date.min
        for earlier, later in pairwise(found):
            assert (later.starts_on - earlier.ends_on).days == 1
