"""Who is told what (ai được báo việc gì), as data: event → relation to the case, clause, date, duty.

``who_is_told.toml`` beside this file comes with the software. A deployment may have its own: an event that stands in
it is governed by it alone; the others stay. What the law or the procedure requires the member to be told cannot be
taken out. The texts are templates (``services/notifications/channels``); they name no member and carry no tally.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import msgspec

from services.notifications.domain.recipients import Relation, inboxes
from shared.events import catalogue
from shared.events.registry import Fact, all_types

SOURCE = "who_is_told.toml"
PRODUCERS = ("members", "reviews")
"""The services whose events somebody is told of."""
assert catalogue  # noqa: S101 -- importing it registers every type


class TableError(ValueError):
    """A table cannot be used; the message says where and how to mend it."""


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row: by which relation somebody is told of an event."""

    event: str
    """``reviews.MemberFlagged``."""
    to: Relation
    clause: str | None = None
    """Document and clause by which it is done or told."""
    due: str | None = None
    """Field of the event with the day by which something is to be done."""
    when: Mapping[str, str | bool] = {}
    """Fields of the event with the value they must have."""
    required: bool = False
    """Bắt buộc: cannot be switched off, and its delivery is evidence in the case."""

    def applies(self, fact: Fact) -> bool:
        """Say whether the row speaks of *fact*."""
        return all(getattr(fact, name) == value for name, value in self.when.items())


class _Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    told: list[Told] = []
    nobody: list[str] = []
    """Events of which this deployment tells nobody."""
    deadline: list[Any] = []
    """Reminders; read by ``services.notifications.domain.reminding``."""


Table = Mapping[type[Fact], Sequence[Told]]
"""Event type → rows, in their order: for one inbox the first row counts."""


def types() -> dict[str, type[Fact]]:
    """Return the event types that a table may speak of, by ``producer.Name``."""
    return {
        f"{each.producer}.{each.name}": each.data
        for each in all_types().values()
        if each.producer in PRODUCERS
    }


def own_table() -> Table:
    """Return the table that comes with the software."""
    text = resources.files("services.notifications.domain").joinpath(SOURCE).read_text("utf-8")
    return read_table(text, SOURCE)


def read_table(text: str, name: str, *, over: Table | None = None) -> Table:
    """Return the table written in *text* (TOML, called *name*), laid over the table *over*; raise TableError."""
    try:
        source = msgspec.convert(tomllib.loads(text), _Source)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise TableError(f"{name}: {error}") from error
    known = types()
    found: dict[type[Fact], list[Told]] = {}
    for number, row in enumerate(source.told, start=1):
        data = known.get(row.event)
        if data is None:
            raise TableError(f"{name}: told[{number}]: không có sự kiện (no such event): {row.event}")
        _check_fields(row, data, f"{name}: told[{number}] ({row.event})")
        found.setdefault(data, []).append(row)
    for event in source.nobody:
        if event not in known:
            raise TableError(f"{name}: nobody: không có sự kiện (no such event): {event}")
        if known[event] in found:
            raise TableError(f"{name}: {event}: vừa có trong told vừa có trong nobody (in both lists)")
        found[known[event]] = []
    whole: dict[type[Fact], Sequence[Told]] = {**(over or {}), **found}
    if over is not None:
        _keep_required(over, whole, name)
    return whole


def _check_fields(row: Told, data: type[Fact], where: str) -> None:
    fields = set(data.__struct_fields__)
    for name in [*row.when, *([row.due] if row.due else [])]:
        if name not in fields:
            raise TableError(
                f"{where}: sự kiện không có trường {name} (the event has no such field);"
                f" có: {', '.join(sorted(fields))}"
            )
    if row.to is Relation.RECEIVING_CELL and "to_path" not in fields:
        raise TableError(f"{where}: sự kiện không có nơi đến (the event has no receiving cell)")
    if row.to in {Relation.MEMBER, Relation.HELPERS} and "member_id" not in fields:
        raise TableError(f"{where}: sự kiện không về một đảng viên (the event is about no member)")


def _keep_required(before: Table, after: Table, name: str) -> None:
    for data, rows in before.items():
        for row in rows:
            kept = any(each.required and each.to is row.to and each.when == row.when for each in after[data])
            if row.required and not kept:
                raise TableError(
                    f"{name}: {row.event}: phải báo cho {row.to} (required = true), theo {row.clause}"
                    f" (this notice is required and cannot be taken out)"
                )


def recipients(
    row: Told,
    fact: Fact,
    *,
    helpers: Sequence[str] = (),
    accompanied: Sequence[str] = (),
    cells: Sequence[str] = (),
) -> Sequence[str]:
    """Return the inboxes that *row* leads to for *fact*."""
    if not row.applies(fact):
        return []
    path: list[str] = list(getattr(fact, "organization_path", []))
    level: Any = getattr(fact, "level", None)
    receiving: list[str] | None = getattr(fact, "to_path", None)
    return inboxes(
        row.to,
        path=path,
        member_id=getattr(fact, "member_id", None),
        helpers=helpers,
        voted=level if isinstance(level, str) else None,
        accompanied=accompanied,
        cells=cells,
        receiving=receiving[-1] if receiving else None,
    )
