"""Trend (*xu hướng theo quý*): the quarters that stand beside each other."""

from datetime import date, timedelta

from services.reporting.domain.period import Period


def quarters_until(day: date, *, count: int) -> tuple[Period, ...]:
    """Return *count* quarters in their order, the last of them the one that *day* lies in.

    Fewer where the calendar begins.
    """
    found: list[Period] = []
    while len(found) < count:
        quarter = Period.quarter(day.year, (day.month + 2) // 3)
        found.append(quarter)
        if quarter.starts_on == date.min:
            break
        day = quarter.starts_on - timedelta(days=1)
    return tuple(reversed(found))
