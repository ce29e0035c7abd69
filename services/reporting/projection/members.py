"""Members — *đảng viên*: where each belongs and in which status. No name, no birth date, no card number."""

from __future__ import annotations

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
        case members.TransferCompleted() if fact.outcome == "left":
            return {"on": fact.on.isoformat(), "ended": "transferred_out"}
        case members.TransferCompleted():
            return {"on": fact.on.isoformat(), "path": list(fact.organization_path)}
        case members.MembershipEnded():
            return {"on": fact.on.isoformat(), "ended": fact.mode}
    raise TypeError(f"{type(fact).__name__} says nothing of a member's standing")


def _standing(on: date, fact: Any, *, temporary: bool = False) -> Entry:
    path = list(fact.organization_path)
    return {"on": on.isoformat(), "path": path, "status": fact.status, "temporary": temporary}


def _derive(_: str, history: list[Entry]) -> Document:
    """Return the standing after all entries: ``standings`` is the list of (on, cell, status) it went through.

    A member of temporary activity, one who left and one who ended stand in no cell.
    """
    path: list[str] = []
    status: str | None = None
    temporary = False
    present = False
    standings: list[list[str | None]] = []
    for entry in history:
        present = "ended" not in entry
        path = entry.get("path", path)
        status = entry.get("status", status)
        temporary = entry.get("temporary", temporary)
        counted = present and not temporary and path and status
        standings.append([entry["on"], *((path[-1], status) if counted else (None, None))])
    return {"path": path, "status": status if present else None, "standings": standings}


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
