"""Reads of transfers: who is on the way, and which clocks run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.members.documents import Transfer
from services.members.domain.transfer import STATE_VI, WAY_VI, TransferState, rule_on
from shared.store.connection import Document, Store
from shared.store.errors import MissingError
from shared.store.indexes import Index
from shared.store.pages import Page, page_of

INDEXES = (
    Index("transfers", (("member_id", 1),)),
    Index("transfers", (("paths", 1), ("_id", 1))),
    Index("transfers", (("due_order", 1),), only_where={"due_order": {"$exists": True}}),
)
CLOCK_VI = {
    "transfer_start": "thời hạn làm thủ tục chuyển sinh hoạt đảng",
    "transfer_present": "thời hạn nộp giấy giới thiệu chuyển sinh hoạt đảng",
}


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
    """Return one page of transfers whose clock runs, the earliest due first."""
    match = _match(visible, own, organization, {"clock": kind})
    bounds: list[Document] = [{"due_order": {"$gt": ""}}]
    if status is not None:
        today = as_of.isoformat()
        bounds.append({"due_order": {"$lt": today} if status == "overdue" else {"$gte": today}})
    if due_before is not None:
        bounds.append({"due_order": {"$lt": due_before.isoformat()}})
    return page_of(
        store.collection(Transfer.kind()),
        {"$and": [match, *bounds]},
        order_by="due_order",
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
        "letter": raw.get("letter") or None,
        "clock": raw.get("clock"),
        "due_on": raw.get("due_on"),
        "late": list(raw.get("late", [])),
        "steps": list(raw.get("steps", [])),
        "version": raw["version"],
    }


def clock_of(raw: Document, *, as_of: date) -> dict[str, Any]:
    """Return the running clock of a transfer, in the shape of the deadlines of cases."""
    due_on = date.fromisoformat(raw["due_on"])
    rule = rule_on(date.fromisoformat(raw["decided_on"]))
    start = raw["clock"] == "transfer_start"
    overdue = due_on < as_of
    return {
        "id": raw["_id"],
        "kind": raw["clock"],
        "label": CLOCK_VI[raw["clock"]],
        "transfer_id": raw["_id"],
        "member_id": raw["member_id"],
        "organization_path": raw["from_path"],
        "started_on": raw["decided_on"] if start else raw["last_on"],
        "due_on": raw["due_on"],
        "days_left": (due_on - as_of) // timedelta(days=1),
        "status": {
            "code": "overdue" if overdue else "running",
            "label": "quá hạn" if overdue else "chưa đến hạn",
        },
        "source": rule.start_source if start else rule.present_source,
    }
