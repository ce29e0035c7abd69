"""Reads of reconciliations: one, those of an organisation, their differences, and who is due."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.members.documents import Organization, Reconciliation
from services.members.domain.reconciliation import SOURCE, next_due
from services.members.reconciliation.job import DIFFERENCES
from shared.store.connection import Document, Store
from shared.store.errors import MissingError
from shared.store.indexes import Index
from shared.store.pages import Page, page_of

INDEXES = (
    Index("reconciliations", (("active", 1),)),
    Index("reconciliations", (("organization_id", 1), ("_id", 1))),
    Index(DIFFERENCES, (("reconciliation_id", 1), ("number", 1))),
    Index(DIFFERENCES, (("member_id", 1),)),
)
_SHOWN = (
    "organization_id", "counterpart", "state", "file_name", "sha256", "started_at", "rows", "agreed", "outside",
    "differences", "version",
)  # fmt: skip
_DIFFERENCE = ("number", "kind", "row", "member_id", "name", "cell", "reason", "fields", "candidates")


def reconciliation(store: Store, reconciliation_id: str) -> Document:
    """Return the document; raise MissingError."""
    found = store.collection(Reconciliation.kind()).find_one({"_id": reconciliation_id})
    if found is None:
        raise MissingError(Reconciliation.kind(), reconciliation_id)
    return found


def shown(raw: Document) -> dict[str, Any]:
    """Return a reconciliation as the API shows one."""
    as_of = date.fromisoformat(raw["as_of"])
    return {
        "id": raw["_id"],
        **{name: raw.get(name) for name in _SHOWN},
        "as_of": raw["as_of"],
        "started_by": raw["author"]["subject"],
        "next_due": next_due(as_of).isoformat() if raw["state"] == "done" else None,
        "source": SOURCE,
        "problem": raw.get("problem") or None,
    }


def of_organization(
    store: Store, organization_id: str, *, after: str | None, limit: int
) -> Page[dict[str, Any]]:
    """Return one page of the reconciliations of an organisation, oldest first."""
    page = page_of(
        store.collection(Reconciliation.kind()),
        {"organization_id": organization_id},
        order_by="_id",
        after=after,
        limit=limit,
    )
    return Page(items=[shown(raw) for raw in page.items], next=page.next)


def differences(
    store: Store, reconciliation_id: str, *, kind: str | None, after: str | None, limit: int
) -> Page[dict[str, Any]]:
    """Return one page of differences, in the order in which they were found."""
    match = {"reconciliation_id": reconciliation_id} | ({} if kind is None else {"kind": kind})
    page = page_of(store.collection(DIFFERENCES), match, order_by="number", after=after, limit=limit)
    return Page(items=[{name: raw.get(name) for name in _DIFFERENCE} for raw in page.items], next=page.next)


def due(
    store: Store, *, roots: frozenset[str] | None, as_of: date, after: str | None, limit: int
) -> Page[dict[str, Any]]:
    """Return one page of the organisations whose reconciliation is overdue on *as_of*.

    An organisation that never had one is due three months after it was established. One that was reconciled as
    part of a superior's subtree counts as reconciled with it.
    """
    last: dict[str, str] = {}
    for raw in store.collection(Reconciliation.kind()).find({"state": "done"}, ["organization_id", "as_of"]):
        last[raw["organization_id"]] = max(last.get(raw["organization_id"], ""), raw["as_of"])
    fields = ["name", "path", "in_force", "established_on", "order"]
    overdue: set[str] = set()
    times: dict[str, tuple[str | None, date]] = {}
    for raw in store.collection(Organization.kind()).find({}, fields):
        if not raw["in_force"] or (roots is not None and roots.isdisjoint(raw["path"])):
            continue
        latest = max((last[each] for each in raw["path"] if each in last), default=None)
        due_on = next_due(date.fromisoformat(latest or raw["established_on"]))
        if due_on < as_of:
            overdue.add(raw["_id"])
            times[raw["_id"]] = (latest, due_on)
    page = page_of(
        store.collection(Organization.kind()),
        {"_id": {"$in": sorted(overdue)}},
        order_by="order",
        after=after,
        limit=limit,
    )
    return Page(
        items=[
            {
                "organization_id": raw["_id"],
                "name": raw["name"],
                "organization_path": raw["path"],
                "last_as_of": times[raw["_id"]][0],
                "due_on": times[raw["_id"]][1].isoformat(),
            }
            for raw in page.items
        ],
        next=page.next,
    )
