"""When a roster is next to be held against the list of the level above or below."""

from __future__ import annotations

import calendar
from datetime import date

MONTHS_BETWEEN = 3
"""Hướng dẫn 12-HD/BTCTW (2022), Mẫu 7-HSĐV: the register is reconciled every three months (3 tháng một lần)."""
SOURCE = "Hướng dẫn 12-HD/BTCTW (2022), Mẫu 7-HSĐV"


def next_due(last: date) -> date:
    """Return the day by which the next reconciliation (đối chiếu) after one as of *last* is due.

    Three calendar months later, on the same day of the month or on its last one.
    """
    months = last.year * 12 + last.month - 1 + MONTHS_BETWEEN
    year, month = divmod(months, 12)
    return date(year, month + 1, min(last.day, calendar.monthrange(year, month + 1)[1]))
