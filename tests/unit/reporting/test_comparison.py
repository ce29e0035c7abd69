from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.comparison import period_before, year_before
from services.reporting.domain.period import Period
from services.reporting.domain.terms import TERMS

DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))


class TestPeriodBefore:
    """The period before is of the same kind and ends where this one begins."""

    @pytest.mark.parametrize(
        ("period", "before"),
        [
            (Period.month(2023, 1), Period.month(2022, 12)),
            (Period.quarter(2023, 3), Period.quarter(2023, 2)),
            (Period.quarter(2023, 1), Period.quarter(2022, 4)),
            (Period.half_year(2023, 2), Period.half_year(2023, 1)),
            (Period.half_year(2023, 1), Period.half_year(2022, 2)),
            (Period.year(2023), Period.year(2022)),
            (Period.term(TERMS[1]), Period.term(TERMS[0])),
        ],
        ids=lambda period: period.label,
    )
    def test_of_the_calendar_and_of_terms(self, period, before):
        assert period_before(period, terms=TERMS) == before

    @given(DAYS, st.integers(0, 800))
    def test_of_a_range_has_as_many_days_and_leaves_no_gap(self, start, days):
        period = Period.range(start, start + timedelta(days=days))
        before = period_before(period)
        assert before.ends_on == start - timedelta(days=1)
        assert before.ends_on - before.starts_on == timedelta(days=days)

    def test_of_a_part_of_a_term_is_the_same_part_of_the_term_before(self):
        part = Period.term(TERMS[1], until=date(2023, 10, 12))
        assert period_before(part, terms=TERMS).ends_on == date(2018, 10, 12)

    def test_the_first_term_has_none(self):
        assert period_before(Period.term(TERMS[0]), terms=TERMS) is None


class TestYearBefore:
    """The same period a year earlier; for a year that is the one before already."""

    @pytest.mark.parametrize(
        ("period", "before"),
        [
            (Period.month(2024, 2), Period.month(2023, 2)),
            (Period.quarter(2023, 4), Period.quarter(2022, 4)),
            (Period.half_year(2023, 2), Period.half_year(2022, 2)),
            (
                Period.range(date(2024, 2, 29), date(2024, 3, 31)),
                Period.range(date(2023, 2, 28), date(2023, 3, 31)),
            ),
        ],
        ids=lambda period: period.label,
    )
    def test_a_year_earlier(self, period, before):
        assert year_before(period) == before

    @pytest.mark.parametrize("period", [Period.year(2023), Period.term(TERMS[0])], ids=lambda p: p.label)
    def test_years_and_terms_have_none(self, period):
        assert year_before(period) is None
