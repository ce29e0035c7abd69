"""Working days (ngày làm việc): the Vietnamese calendar of a maintained library plus decreed swaps as data."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from importlib import resources

import holidays
import msgspec

_SATURDAY = 5


class DecreedDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days that a decision of the Government moved: worked weekends and extra days off."""

    worked: list[date] = []
    off: list[date] = []


@lru_cache(maxsize=1)
def _decreed() -> DecreedDays:
    text = resources.files("shared").joinpath("workdays.json").read_bytes()
    return msgspec.json.decode(text, type=DecreedDays)


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("VN", years=year).keys())


def is_working_day(day: date) -> bool:
    """Say whether offices work on *day*: Monday to Friday, no public holiday, decreed swaps first."""
    decreed = _decreed()
    if day in decreed.worked:
        return True
    if day in decreed.off:
        return False
    return day.weekday() < _SATURDAY and day not in _holidays(day.year)


def add_working_days(start: date, count: int) -> date:
    """Return the *count*-th working day after *start*; *start* itself is never counted.

    Raises ValueError for a negative count: the procedure knows no deadline that runs backwards.
    """
    if count < 0:
        raise ValueError(f"count must not be negative, got {count}")
    day = start
    while count:
        day += timedelta(days=1)
        if is_working_day(day):
            count -= 1
    return day


def working_days_between(start: date, end: date) -> int:
    """Return how many working days lie after *start* up to and including *end* (0 when end <= start)."""
    day, count = start, 0
    while day < end:
        day += timedelta(days=1)
        count += is_working_day(day)
    return count
