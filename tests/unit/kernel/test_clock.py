"""The clock and the days of people."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from shared.clock import FixedClock, SystemClock, on_screen


class TestSystemClock:
    """Instants are aware UTC in whole milliseconds, so that Mongo gives back what was stored."""

    def test_now_is_utc_in_whole_milliseconds(self) -> None:
        now = SystemClock().now()
        assert now.tzinfo is UTC
        assert now.microsecond % 1_000 == 0


class TestFixedClock:
    """A test's clock stands where it is put, and its day is Vietnam's."""

    def test_the_day_begins_seven_hours_before_utc(self) -> None:
        clock = FixedClock(datetime(2021, 12, 31, 16, 59, tzinfo=UTC))
        assert clock.today() == date(2021, 12, 31)
        clock.move_to(clock.now() + timedelta(minutes=1))
        assert clock.today() == date(2022, 1, 1)

    def test_any_zone_becomes_utc(self) -> None:
        clock = FixedClock(datetime(2022, 1, 1, 7, tzinfo=timezone(timedelta(hours=7))))
        assert clock.now() == datetime(2022, 1, 1, tzinfo=UTC)
        assert clock.now().tzinfo is UTC

    def test_a_naive_instant_is_refused(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            FixedClock(datetime(2022, 1, 1))  # noqa: DTZ001 -- the naive one is what is refused


class TestOnScreen:
    """People read dd/mm/yyyy."""

    def test_two_digits_each(self) -> None:
        assert on_screen(date(2022, 3, 4)) == "04/03/2022"
