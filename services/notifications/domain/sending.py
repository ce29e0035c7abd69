"""When to send (khi nào gửi): back-off, giving up, quiet hours, the rate for one recipient. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta, tzinfo

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
PATIENCE = timedelta(days=3)
"""How long a delivery is tried before it has failed; a channel that is away altogether does not count."""
LEAST_TRIES = 8
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")

QuietHours = tuple[time, time]
"""From when until when nobody is disturbed; may run over midnight."""


def read_hours(text: str) -> QuietHours | None:
    """Return the quiet hours written as ``21:00-06:30``, None for none; raise ValueError."""
    if not text:
        return None
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r}: viết như 21:00-06:30 (write them as 21:00-06:30)")
    first, second, third, fourth = map(int, found.groups())
    return time(first, second), time(third, fourth)


def not_before(instant: datetime, quiet: QuietHours | None, zone: tzinfo) -> datetime:
    """Return *instant*, or the end of the quiet hours (in *zone*) that it falls into."""
    if quiet is None or quiet[0] == quiet[1]:
        return instant
    begin, end = quiet
    local = instant.astimezone(zone)
    clock = local.time()
    over_midnight = begin > end
    within = (clock >= begin or clock < end) if over_midnight else begin <= clock < end
    if not within:
        return instant
    day = local.date() + timedelta(days=1) if over_midnight and clock >= begin else local.date()
    return datetime.combine(day, end, zone).astimezone(instant.tzinfo)


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after that many tries: doubled each time, an hour at most."""
    doublings = min(max(0, attempts - 1), 20)
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << doublings))


def has_failed(*, attempts: int, created_at: datetime, now: datetime) -> bool:
    """Say whether it has been tried often and long enough to give up."""
    return attempts >= LEAST_TRIES and now - created_at >= PATIENCE


def room_at(sent: Sequence[datetime], *, per_hour: int, now: datetime) -> datetime:
    """Return when one more may be sent to somebody who was *sent* that many: now, or when the hour is over."""
    recent = sorted(each for each in sent if each > now - timedelta(hours=1))
    if len(recent) < per_hour:
        return now
    return recent[-per_hour] + timedelta(hours=1)
