"""Reminders (nhắc việc) and escalation, as data: before, on and after the due day in working days, then upward.

A step is taken once, by the deadline, its due day and the step's place: a deadline that moves has its steps anew, one
that is met has none left. After a standstill only the newest step that is due is taken: the earlier ones say nothing
that it does not.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from importlib import resources

import msgspec

from services.notifications.domain.recipients import Relation
from services.notifications.domain.who_is_told import SOURCE, TableError

KINDS = (
    "education_end",
    "follow_up",
    "complaint_filing",
    "complaint_resolving",
    "transfer_start",
    "transfer_present",
    "transfer_stay",
    "round_report",
)
"""The deadlines that events tell of."""
Working = Callable[[date], bool]
"""Says whether offices work on a day."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reminder: how many working days after the due day (before it when negative), and to whom."""

    at: int
    to: tuple[Relation, ...]


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one kind of deadline is called and reminded of."""

    kind: str
    label: str
    """Lời gọi thời hạn, as people read it."""
    to_do: str
    clause: str | None = None
    steps: tuple[Step, ...] = ()


class _Source(msgspec.Struct, frozen=True, kw_only=True):
    deadline: list[Kind] = []


Kinds = Mapping[str, Kind]


def own_kinds() -> Kinds:
    """Return the reminders that come with the software."""
    text = resources.files("services.notifications.domain").joinpath(SOURCE).read_text("utf-8")
    return read_kinds(text, SOURCE)


def read_kinds(text: str, name: str, *, over: Kinds | None = None) -> Kinds:
    """Return the ``[[deadline]]`` entries of *text* (TOML, called *name*), laid over *over*; raise TableError."""
    try:
        source = msgspec.convert(tomllib.loads(text), _Source)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise TableError(f"{name}: {error}") from error
    found: dict[str, Kind] = {}
    for each in source.deadline:
        if each.kind not in KINDS:
            raise TableError(
                f"{name}: deadline: không có loại thời hạn (no such deadline): {each.kind}; có: {', '.join(KINDS)}"
            )
        places = [step.at for step in each.steps]
        if places != sorted(set(places)):
            raise TableError(
                f"{name}: deadline {each.kind}: các bước phải theo thứ tự tăng dần (steps must ascend): {places}"
            )
        found[each.kind] = each
    return {**(over or {}), **found}


def day_of(due_on: date, at: int, working: Working) -> date:
    """Return the day of a step: *at* working days after *due_on*, or before; 0 is the last working day up to it."""
    day = due_on
    if at == 0:
        while not working(day):
            day -= timedelta(days=1)
        return day
    one = timedelta(days=1 if at > 0 else -1)
    left = abs(at)
    while left:
        day += one
        left -= working(day)
    return day


def taken_at_start(steps: Sequence[Step], due_on: date, started_on: date, working: Working) -> int | None:
    """Return the place of the last step whose day is not after *started_on*: who has just begun needs none yet."""
    passed = [step.at for step in steps if day_of(due_on, step.at, working) <= started_on]
    return passed[-1] if passed else None


def next_step(
    steps: Sequence[Step], due_on: date, taken: int | None, working: Working
) -> tuple[Step, date] | None:
    """Return the first step after the one *taken*, with its day; None when there is none left."""
    for step in steps:
        if taken is None or step.at > taken:
            return step, day_of(due_on, step.at, working)
    return None


def due_step(
    steps: Sequence[Step], due_on: date, taken: int | None, *, today: date, working: Working
) -> Step | None:
    """Return the newest step that is due by *today* and not *taken*; None when there is none."""
    due = [
        step
        for step in steps
        if (taken is None or step.at > taken) and day_of(due_on, step.at, working) <= today
    ]
    return due[-1] if due else None
