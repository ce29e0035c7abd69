"""When something is sent."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.sending import (
    LEAST_TRIES,
    LONGEST_WAIT,
    PATIENCE,
    has_failed,
    not_before,
    read_hours,
    room_at,
    wait_after,
)
from services.notifications.service import SERVICE
from shared.clock import VIETNAM
from shared.settings import Settings, SettingsError

NIGHT = read_hours("21:00-06:30")


def at(hour: int, minute: int = 0, day: int = 15) -> datetime:
    return datetime(2026, 1, day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)


class TestQuietHours:
    """Nobody is disturbed within them; what is due then waits for their end."""

    @pytest.mark.parametrize(
        ("instant", "sent"),
        [
            (at(20, 59), at(20, 59)),
            (at(21), at(6, 30, day=16)),
            (at(23, 30), at(6, 30, day=16)),
            (at(2), at(6, 30)),
            (at(6, 30), at(6, 30)),
        ],
    )
    def test_over_midnight(self, instant, sent):
        assert not_before(instant, NIGHT, VIETNAM) == sent

    def test_within_a_day(self):
        assert not_before(at(12), read_hours("11:30-13:30"), VIETNAM) == at(13, 30)

    def test_none_are_none(self):
        assert not_before(at(2), read_hours(""), VIETNAM) == at(2)

    @pytest.mark.parametrize("text", ["21-6", "21:00", "25:00-06:00", "21:00–06:30"])
    def test_others_are_refused(self, text):
        with pytest.raises(ValueError, match="21:00-06:30"):
            read_hours(text)

    @given(st.integers(0, 60 * 24 * 365))
    def test_what_is_put_off_is_not_put_off_again(self, minutes):
        instant = at(0) + timedelta(minutes=minutes)
        later = not_before(instant, NIGHT, VIETNAM)
        assert not_before(later, NIGHT, VIETNAM) == later
        assert timedelta() <= later - instant < timedelta(hours=9, minutes=30, seconds=1)


class TestBackOff:
    """Each wait is twice the one before, up to an hour."""

    def test_the_waits(self):
        assert [wait_after(n).seconds // 60 for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]

    @given(st.integers(0, 10**6))
    def test_it_stays_within_its_bounds(self, attempts):
        assert timedelta(minutes=1) <= wait_after(attempts) <= LONGEST_WAIT

    def test_it_is_given_up_after_many_tries_over_days(self):
        start = at(8)
        assert not has_failed(attempts=100, created_at=start, now=start + PATIENCE / 2)
        assert not has_failed(attempts=LEAST_TRIES - 1, created_at=start, now=start + 3 * PATIENCE)
        assert has_failed(attempts=LEAST_TRIES, created_at=start, now=start + PATIENCE)


class TestRate:
    """Nobody gets more within an hour than the deployment allows."""

    def test_there_is_room_until_the_hour_is_full(self):
        sent = [at(8, minute) for minute in (0, 10, 20)]
        assert room_at(sent, per_hour=4, now=at(8, 30)) == at(8, 30)
        assert room_at(sent, per_hour=3, now=at(8, 30)) == at(9)
        assert room_at(sent, per_hour=2, now=at(8, 30)) == at(9, 10)
        assert room_at(sent, per_hour=3, now=at(9, 1)) == at(9, 1)


class TestSettings:
    """What cannot work is refused at the start."""

    @pytest.mark.parametrize(
        ("settings", "named"),
        [
            ({"quiet_hours": "night"}, "KHOI_QUIET_HOURS"),
            ({"smtp_host": "mail"}, "KHOI_SMTP_SENDER"),
            (
                {"smtp_host": "m", "smtp_sender": "a@b.vn", "smtp_username": "u", "smtp_security": "none"},
                "KHOI_SMTP_SECURITY",
            ),
        ],
    )
    def test_refusals(self, settings, named):
        with pytest.raises(SettingsError, match=named):
            SERVICE.configure(Settings(**settings))
