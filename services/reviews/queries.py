"""Reads for the API, as plain Mongo documents with just what is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.reviews.documents import CaseRecord, Round, RoundReport
from services.reviews.roster import RosterReader
from shared.store.connection import Document, Store
from shared.store.errors import MissingError
from shared.store.pages import Page, page_of

_ROW = [
    "version",
    "state",
    "open",
    "member_id",
    "cell_id",
    "organization_path",
    "round_id",
    "criterion",
    "opened_on",
    "historical",
]


def case_place(store: Store, case_id: str) -> tuple[list[str], str]:
    """Return the organisation path and the member of a case: what access is decided by."""
    raw = store.collection(CaseRecord.kind()).find_one({"_id": case_id}, ["organization_path", "member_id"])
    if raw is None:
        raise MissingError(CaseRecord.kind(), case_id)
    return list(raw["organization_path"]), str(raw["member_id"])


def cases(
    store: Store,
    *,
    visible: Iterable[str] | None,
    organization: str | None,
    state: str | None,
    round_id: str | None,
    after: str | None,
    limit: int,
) -> Page[Document]:
    """Return one page of cases, oldest first; *visible* None means every organisation."""
    narrowed: list[Document] = []
    if organization is not None:
        narrowed.append({"organization_path": organization})
    if visible is not None:
        narrowed.append({"organization_path": {"$in": sorted(visible)}})
    if state is not None:
        narrowed.append({"state": state})
    if round_id is not None:
        narrowed.append({"round_id": round_id})
    match = {"$and": narrowed} if narrowed else {}
    return page_of(
        store.collection(CaseRecord.kind()), match, order_by="_id", after=after, limit=limit, projection=_ROW
    )


def cases_of_member(store: Store, member_id: str) -> list[Document]:
    """Return every case about a member, oldest first."""
    found = store.collection(CaseRecord.kind()).find({"member_id": member_id}, _ROW)
    return sorted(found, key=lambda raw: str(raw["_id"]))


def round_of(store: Store, round_id: str) -> Round:
    """Return a round; raise MissingError."""
    raw = store.collection(Round.kind()).find_one({"_id": round_id})
    if raw is None:
        raise MissingError(Round.kind(), round_id)
    found: Round = Round.from_document(raw)
    return found


def rounds(store: Store) -> list[Round]:
    """Return every round, newest first: a deployment has a handful."""
    return sorted(
        (Round.from_document(raw) for raw in store.collection(Round.kind()).find({})),
        key=lambda each: (each.on, each.id),
        reverse=True,
    )


def reach_of(store: Store, visible: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the visible organisations, and all that stand above them at present."""
    roots = set(visible)
    above: set[str] = set()
    for raw in store.collection("tree").find({"_id": {"$in": sorted(roots)}}, ["path"]):
        above.update(raw["path"])
    return roots, above


def round_cells(
    store: Store, current: Round, *, visible: set[str] | None, today: Any
) -> list[dict[str, Any]]:
    """Return the cells of a round with what they reported, those under *visible* only; None means all."""
    reports = {
        raw["cell_id"]: raw
        for raw in store.collection(RoundReport.kind()).find({"round_id": current.id})
        if visible is None or visible.intersection(raw["organization_path"])
    }
    as_of = current.closed_on or today
    cells = RosterReader(store).cells_below(current.organization_id, as_of)
    answer = []
    for cell in cells:
        if visible is not None and not visible.intersection(cell["path"]):
            continue
        report = reports.get(cell["id"])
        answer.append(
            {
                "organization_id": cell["id"],
                "name": cell["name"],
                "organization_path": cell["path"],
                "reported": report is not None,
                "overdue": report is None and as_of > current.due_on,
                "on": None if report is None else report["on"],
                "reviewed": None if report is None else report["reviewed"],
                "proposed": None if report is None else report["proposed"],
                "late": None if report is None else report["late"],
            }
        )
    return answer
