"""Transfers — *chuyển sinh hoạt đảng*: who is on the way, from where to where, and until when."""

from __future__ import annotations

from typing import Any

import msgspec

from services.reporting.projection.fold import Document, Entry, Fold, Folds, instant
from shared.events.catalogue import members
from shared.events.envelope import Event

COLLECTION = "transfers"


def _entry(event: Event, fact: Any) -> Entry:
    told = msgspec.to_builtins(fact)
    del told["transfer_id"]
    return {"event": event.name, "recorded_at": instant(event), **told}


def _derive(_: str, history: list[Entry]) -> Document:
    """Return how far the transfer is; its second half may be told under another record, and arrive first."""
    named = {entry["event"]: entry for entry in history}
    started, introduced = named.get("TransferStarted"), named.get("TransferIntroduced")
    completed, told = named.get("TransferCompleted"), named.get("TransferClockTold")
    clocks = [each["due_on"] for each in (introduced, started, told) if each is not None and each["due_on"]]
    paths = [entry["organization_path"] for entry in history]
    paths += [started["to_path"]] if started is not None and started["to_path"] else []
    return {
        "member_id": history[0]["member_id"],
        "from_path": started["organization_path"] if started is not None else None,
        "started_on": started["on"] if started is not None else None,
        "due_on": clocks[0] if clocks else None,
        "completed_on": completed["on"] if completed is not None else None,
        "under": sorted({organization for path in paths for organization in path}),
    }


TRANSFERS = Fold(COLLECTION, lambda fact: str(fact.transfer_id), _entry, _derive)
FOLDS: Folds = dict.fromkeys(
    (
        members.TransferStarted,
        members.TransferIntroduced,
        members.TransferCompleted,
        members.TransferClockTold,
    ),
    TRANSFERS,
)
