"""The one clock. Instants are aware UTC; dates are plain dates in Vietnam's own day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


class Clock(Protocol):
    """What the time is; everything that needs the time is handed one of these."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...

    def today(self) -> date:
        """Return the present date in Vietnam."""
        ...


class SystemClock:
    """The machine's clock, cut to milliseconds because Mongo keeps no more."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC, in whole milliseconds."""
        instant = datetime.now(UTC)
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    def today(self) -> date:
        """Return the present date in Vietnam."""
        return datetime.now(VIETNAM).date()


class FixedClock:
    """A clock that a test sets; it stands still until it is moved."""

    def __init__(self, instant: datetime) -> None:
        """Stand at *instant*, which must be aware."""
        if instant.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self._instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock stands at."""
        return self._instant

    def today(self) -> date:
        """Return the Vietnamese date of the instant the clock stands at."""
        return self._instant.astimezone(VIETNAM).date()

    def move_to(self, instant: datetime) -> None:
        """Set the clock to *instant* (aware)."""
        self._instant = instant.astimezone(UTC)


def on_screen(day: date) -> str:
    """Return *day* as people read it: dd/mm/yyyy."""
    return day.strftime("%d/%m/%Y")
