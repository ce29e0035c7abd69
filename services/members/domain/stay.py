"""Nơi sinh hoạt đảng theo thời gian: in which cell a member belonged, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """Thời gian sinh hoạt tại một chi bộ: from ``since`` up to, but not including, ``until``."""

    cell_id: str
    since: date
    until: date | None = None

    def holds(self, on: date) -> bool:
        """Say whether the member belonged to the cell on *on*."""
        return self.since <= on and (self.until is None or on < self.until)


class Absence(msgspec.Struct, frozen=True, kw_only=True):
    """Thời gian không là đảng viên: from an ending ``since`` to its reversal ``until``, if there was one."""

    since: date
    until: date | None = None


def moved(past: Iterable[Stay], present: Stay, on: date) -> list[Stay]:
    """Return the past stays once the *present* one ends on *on*; one that never lasted a day leaves no trace."""
    if on <= present.since:
        return list(past)
    return [*past, msgspec.structs.replace(present, until=on)]


def stays(places: Iterable[Stay], absences: Iterable[Absence]) -> list[Stay]:
    """Return the stays, oldest first, less the days on which the person was no member.

    Who was restored did not belong to a cell in between: a ballot of those days did not count them either.
    """
    found = sorted(places, key=lambda each: each.since)
    for absence in absences:
        found = [part for each in found for part in _without(each, absence)]
    return found


def stay_on(history: Iterable[Stay], on: date) -> Stay | None:
    """Return where the member belonged on *on*, or None."""
    return next((each for each in history if each.holds(on)), None)


def _without(stay: Stay, absence: Absence) -> list[Stay]:
    if absence.until is not None and absence.until <= absence.since:
        return [stay]  # taken back as of the day it was of
    parts: list[Stay] = []
    if stay.since < absence.since:
        until = absence.since if stay.until is None else min(stay.until, absence.since)
        parts.append(msgspec.structs.replace(stay, until=until))
    if absence.until is not None and (stay.until is None or stay.until > absence.until):
        parts.append(msgspec.structs.replace(stay, since=max(stay.since, absence.until)))
    return parts
