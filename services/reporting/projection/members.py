"""Members — *đảng viên*: where each belongs and in which status. No name, no birth date, no card number."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from services.reporting.projection.fold import Document, Entry, Fold, Folds
from shared.events.catalogue import members
from shared.events.envelope import Event

COLLECTION = "members"


def _entry(_: Event, fact: Any) -> Entry:
    match fact:
        case members.MemberRegistered():
            # On the roll since before the import: the roll of an earlier day counts the member as well.
            return _standing(min(fact.on, fact.organization_since), fact, temporary=fact.temporary)
        case members.MemberChanged():
            return _standing(fact.on, fact, temporary=fact.temporary)
        case members.MembershipRestored():
            return _standing(fact.on, fact)
        case members.TransferCompleted():
            return _arrival(fact)
        case members.MembershipEnded():
            return {"on": fact.on.isoformat(), "ended": fact.mode}
    raise TypeError(f"{type(fact).__name__} says nothing of a member's standing")


def _arrival(fact: members.TransferCompleted) -> Entry:
    if fact.outcome == "left":
        return {"on": fact.on.isoformat(), "ended": "transferred_out"}
    if fact.temporary:
        return {"on": fact.on.isoformat()}  # a guest counts at home
    return {"on": fact.on.isoformat(), "path": list(fact.organization_path)}


def _standing(on: date, fact: Any, *, temporary: bool = False) -> Entry:
    standing: Entry = {"on": on.isoformat(), "path": list(fact.organization_path), "status": fact.status}
    return {**standing, "temporary": True} if temporary else standing


def standing_on(history: Iterable[Entry], day: date) -> Document:
    """Return where a member belonged at the end of a day, and in which status, as is known today."""
    return _derive("", [entry for entry in history if entry["on"] <= day.isoformat()])


def _derive(_: str, history: list[Entry]) -> Document:
    """Return where the member belongs now, and in which status: None once membership here has ended."""
    standing: Entry = {}
    for entry in history:
        standing = standing | entry if "ended" not in entry else {**standing, "status": None}
    return {"cell": standing["path"][-1] if "path" in standing else None, "status": standing.get("status")}


MEMBERS = Fold(COLLECTION, lambda fact: str(fact.member_id), _entry, _derive)
FOLDS: Folds = dict.fromkeys(
    (
        members.MemberRegistered,
        members.MemberChanged,
        members.TransferCompleted,
        members.MembershipEnded,
        members.MembershipRestored,
    ),
    MEMBERS,
)
