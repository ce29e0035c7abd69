"""Reads of transfers: who is on the way, and what is due, overdue, met and lapsed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.members.commands.clocks import CLOCKS
from services.members.documents import Transfer
from services.members.domain.transfer import STATE_VI, WAY_VI, TransferState
from shared.events.catalogue.members import TRANSFER_CLOCK_VI
from shared.store.connection import Document, Store
from shared.store.errors import MissingError
from shared.store.indexes import Index, RetiredIndex
from shared.store.pages import Page, page_of

INDEXES = (
    Index("transfers", (("member_id", 1),)),
    Index("transfers", (("paths", 1), ("_id", 1))),
    Index(CLOCKS, (("paths", 1), ("order", 1))),
    Index(CLOCKS, (("member_id", 1), ("order", 1))),
    Index(CLOCKS, (("status", 1), ("order", 1))),
)
RETIRED_INDEXES = (RetiredIndex("transfers", (("due_order", 1),), f"clocks are listed from {CLOCKS}"),)
STATUS_VI = {
    "running": "chưa đến hạn",
    "overdue": "quá hạn",
    "met": "đã thực hiện đúng hạn",
    "lapsed": "đã quá hạn khi thực hiện",
}
"""How a clock stands on the day asked about: ``overdue`` is a running one whose day has passed."""


def transfer(store: Store, transfer_id: str) -> Document:
    """Return the document of a transfer; raise MissingError."""
    found = store.collection(Transfer.kind()).find_one({"_id": transfer_id})
    if found is None:
        raise MissingError(Transfer.kind(), transfer_id)
    return found


def transfers(
    store: Store,
    *,
    visible: frozenset[str] | None,
    own: str | None,
    organization: str | None,
    state: str | None,
    member_id: str | None,
    after: str | None,
    limit: int,
) -> Page[Document]:
    """Return one page of transfers on either side of which lies something visible, oldest first."""
    return page_of(
        store.collection(Transfer.kind()),
        _match(visible, own, organization, {"state": state, "member_id": member_id}),
        order_by="_id",
        after=after,
        limit=limit,
    )


def clocks(
    store: Store,
    *,
    visible: frozenset[str] | None,
    own: str | None,
    organization: str | None,
    kind: str | None,
    status: str | None,
    due_before: date | None,
    as_of: date,
    after: str | None,
    limit: int,
) -> Page[Document]:
    """Return one page of the clocks of transfers, the earliest due first; *status* is one of ``STATUS_VI``."""
    match = _match(visible, own, organization, {"kind": kind})
    bounds: list[Document] = []
    if status in {"met", "lapsed"}:
        bounds.append({"status": status})
    elif status is not None:
        today = as_of.isoformat()
        bounds.append({"status": "running", "order": {"$lt" if status == "overdue" else "$gte": today}})
    if due_before is not None:
        bounds.append({"order": {"$lt": due_before.isoformat()}})
    return page_of(
        store.collection(CLOCKS),
        {"$and": [match, *bounds]} if bounds else match,
        order_by="order",
        after=after,
        limit=limit,
    )


def _match(
    visible: frozenset[str] | None, own: str | None, organization: str | None, equal: Document
) -> Document:
    narrowed: list[Document] = [{name: value} for name, value in equal.items() if value is not None]
    if visible is not None:
        seen: list[Document] = [{"paths": {"$in": sorted(visible)}}]
        if own is not None:
            seen.append({"member_id": own})
        narrowed.append({"$or": seen})
    if organization is not None:
        narrowed.append({"paths": organization})
    return {"$and": narrowed} if narrowed else {}


def state_of(raw: Document) -> dict[str, Any]:
    """Return a transfer as the API shows one."""
    return {
        "id": raw["_id"],
        "member_id": raw["member_id"],
        "way": {"code": raw["way"], "label": WAY_VI[raw["way"]]},
        "state": {"code": raw["state"], "label": STATE_VI[TransferState(raw["state"])]},
        "temporary": raw["temporary"],
        "temporary_until": raw.get("temporary_until"),
        "from_cell_id": raw.get("from_cell_id"),
        "to_cell_id": raw.get("to_cell_id"),
        "place": raw.get("place"),
        "decided_on": raw["decided_on"],
        "decision": raw.get("decision") or None,
        "letter": raw.get("letter") or None,
        "clock": raw.get("clock"),
        "due_on": raw.get("due_on"),
        "late": list(raw.get("late", [])),
        "steps": list(raw.get("steps", [])),
        "version": raw["version"],
    }


def clock_of(raw: Document, *, as_of: date) -> dict[str, Any]:
    """Return a clock of a transfer as it stands on *as_of*, in the shape of the deadlines of cases."""
    due_on = date.fromisoformat(raw["due_on"])
    running = raw["status"] == "running"
    status = "overdue" if running and due_on < as_of else raw["status"]
    return {
        "id": raw["_id"],
        "kind": raw["kind"],
        "label": TRANSFER_CLOCK_VI[raw["kind"]],
        "transfer_id": raw["transfer_id"],
        "member_id": raw["member_id"],
        "organization_path": raw["organization_path"],
        "started_on": raw["started_on"],
        "due_on": raw["due_on"],
        "days_left": (due_on - as_of) // timedelta(days=1) if running else None,
        "ended_on": raw["ended_on"],
        "status": {"code": status, "label": STATUS_VI[status]},
        "source": raw["source"],
        "assumed": raw["assumed"],
    }
