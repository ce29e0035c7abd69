"""Periods a report is compared with (*so với kỳ trước, so với cùng kỳ năm trước*)."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.reporting.domain.period import Period, PeriodKind, Term

_LEAP_DAY = (2, 29)
_FIRST_YEAR = 1


def period_before(period: Period, *, terms: Sequence[Term] = ()) -> Period | None:
    """Return the period of the same kind that ends where this one begins — *kỳ trước*; None if there is none.

    Before a range: the range of as many days. Before a term cut at a day: the term before, cut as many years
    earlier, so that equal parts of two terms stand beside each other; None where *terms* does not hold it.
    """
    if period.kind is PeriodKind.TERM:
        return _term_before(period, terms)
    days = (period.ends_on - period.starts_on).days + 1
    if period.starts_on.toordinal() <= days:
        return None
    day_before = period.starts_on - timedelta(days=1)
    if period.kind is PeriodKind.RANGE:
        return Period.range(period.starts_on - timedelta(days=days), day_before)
    return _calendar(period.kind, day_before)


def year_before(period: Period) -> Period | None:
    """Return the same period a year earlier — *cùng kỳ năm trước*; None for years (it is the one before) and terms."""
    if period.kind in {PeriodKind.YEAR, PeriodKind.TERM} or period.starts_on.year <= _FIRST_YEAR:
        return None
    start = _years_earlier(period.starts_on, 1)
    if period.kind is PeriodKind.RANGE:
        return Period.range(start, _years_earlier(period.ends_on, 1))
    return _calendar(period.kind, start)


def _calendar(kind: PeriodKind, day: date) -> Period:
    """Return the month, quarter, half-year or year that a day lies in."""
    if kind is PeriodKind.MONTH:
        return Period.month(day.year, day.month)
    if kind is PeriodKind.QUARTER:
        return Period.quarter(day.year, (day.month + 2) // 3)
    if kind is PeriodKind.HALF_YEAR:
        return Period.half_year(day.year, (day.month + 5) // 6)
    return Period.year(day.year)


def _term_before(period: Period, terms: Sequence[Term]) -> Period | None:
    earlier = sorted(
        (term for term in terms if term.ends_on < period.starts_on), key=lambda term: term.ends_on
    )
    if not earlier:
        return None
    before = earlier[-1]
    if any(term.starts_on == period.starts_on and term.ends_on == period.ends_on for term in terms):
        return Period.term(before)
    until = _years_earlier(period.ends_on, period.starts_on.year - before.starts_on.year)
    return Period.term(before, until=min(max(until, before.starts_on), before.ends_on))


def _years_earlier(day: date, years: int) -> date:
    leap = (day.month, day.day) == _LEAP_DAY
    return day.replace(year=day.year - years, day=28 if leap else day.day)
