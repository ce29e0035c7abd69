"""Deadlines (thời hạn), as events tell of them: what runs until when, and which reminder comes next on which day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.notifications.domain.reminding import next_step, taken_at_start
from services.notifications.table import kinds
from shared.events.catalogue import reviews
from shared.events.catalogue.members import (
    OrganizationChanged,
    OrganizationDissolved,
    OrganizationEstablished,
    TransferClockTold,
    TransferCompleted,
    TransferDecided,
    TransferIntroduced,
    TransferStarted,
)
from shared.events.registry import Fact
from shared.store.connection import Document
from shared.store.indexes import Index
from shared.store.unit_of_work import Transaction

DEADLINES = "deadlines"
TREE = "organizations"
TransferStep = TransferDecided | TransferStarted | TransferIntroduced | TransferCompleted
Transfer = TransferStep | TransferClockTold
Organization = OrganizationEstablished | OrganizationChanged
Round = reviews.RoundOpened | reviews.CellReviewReported | reviews.RoundClosed
INDEXES = (
    Index(DEADLINES, (("status", 1), ("next_on", 1))),
    Index(DEADLINES, (("case_id", 1),)),
    Index(DEADLINES, (("member_id", 1),)),
    Index(DEADLINES, (("path", 1), ("due_on", 1))),
)


def follow(tx: Transaction, fact: Fact) -> None:
    """Start, move and end the deadlines that *fact* tells of; remember the tree they are looked up in."""
    clocks: Sequence[reviews.Clock] = getattr(fact, "clocks", ())
    for clock in clocks:
        _clock(tx, fact, clock)
    match fact:
        case reviews.CaseTransferred(continues=True, to_path=[*path]):
            _all_of_case(tx, fact.case_id, {"path": path})
        case reviews.CaseClosed():
            _all_of_case(tx, fact.case_id, _ENDED)
        case TransferDecided() | TransferStarted() | TransferIntroduced() | TransferCompleted():
            _transfer(tx, fact)
        case TransferClockTold():
            _told(tx, fact)
        case reviews.RoundOpened() | reviews.CellReviewReported() | reviews.RoundClosed():
            _round(tx, fact)
        case OrganizationEstablished() | OrganizationChanged() | OrganizationDissolved():
            _organization(tx, fact)
        case _:
            pass


_ENDED: Document = {"status": "ended", "next_on": None}


def _clock(tx: Transaction, fact: Any, clock: reviews.Clock) -> None:
    identifier = f"case:{fact.case_id}:{clock.kind}"
    if clock.status == "running":
        about = {"case_id": fact.case_id, "member_id": fact.member_id, "path": fact.organization_path}
        start(tx, identifier, clock.kind, due_on=clock.due_on, started_on=fact.on, about=about)
    else:
        tx.collection(DEADLINES).update_one({"_id": identifier}, {"$set": _ENDED}, session=tx.session)


def start(
    tx: Transaction, identifier: str, kind: str, *, due_on: date, started_on: date, about: Document
) -> None:
    """Let a deadline run until *due_on*, with all its reminders before it; one that ran so far ends with it."""
    tx.collection(DEADLINES).update_one(
        {"_id": identifier},
        {
            "$set": {
                **about,
                "kind": kind,
                "due_on": due_on.isoformat(),
                "status": "running",
                **_first(kind, due_on, started_on),
            }
        },
        upsert=True,
        session=tx.session,
    )


def _first(kind: str, due_on: date, started_on: date) -> Document:
    from shared.workdays import is_working_day  # noqa: PLC0415 -- the calendar is loaded with the first deadline

    known = kinds().get(kind)
    steps = known.steps if known is not None else ()
    taken = taken_at_start(steps, due_on, started_on, is_working_day)
    return {"taken": taken, "next_on": after(kind, due_on, taken)}


def after(kind: str, due_on: date, taken: int | None) -> str | None:
    """Return the day of the step after the one *taken*, as it is kept; None when there is none left."""
    from shared.workdays import is_working_day  # noqa: PLC0415 -- the calendar is loaded with the first deadline

    known = kinds().get(kind)
    found = next_step(known.steps if known is not None else (), due_on, taken, is_working_day)
    return None if found is None else found[1].isoformat()


def _all_of_case(tx: Transaction, case_id: str, changes: Document) -> None:
    tx.collection(DEADLINES).update_many({"case_id": case_id}, {"$set": changes}, session=tx.session)


def _transfer(tx: Transaction, fact: TransferStep) -> None:
    identifier = f"transfer:{fact.transfer_id}"
    match fact:
        case TransferCompleted():
            kind, due_on = "transfer_stay", fact.until
        case TransferIntroduced():
            kind, due_on = "transfer_present", fact.due_on
        case _:
            kind, due_on = "transfer_start", fact.due_on
    if due_on is None:
        tx.collection(DEADLINES).update_one({"_id": identifier}, {"$set": _ENDED}, session=tx.session)
        return
    about = {"case_id": None, "member_id": fact.member_id, "path": fact.organization_path}
    start(tx, identifier, kind, due_on=due_on, started_on=fact.on, about=about)


def _told(tx: Transaction, fact: TransferClockTold) -> None:
    """Start a clock that no step told of; of one that is known, its reminders go on where they were."""
    identifier = f"transfer:{fact.transfer_id}"
    known = tx.collection(DEADLINES).find_one({"_id": identifier}, session=tx.session)
    if known is None or known["kind"] != fact.kind:
        about = {"case_id": None, "member_id": fact.member_id, "path": fact.organization_path}
        start(tx, identifier, fact.kind, due_on=fact.due_on, started_on=fact.on, about=about)


def _round(tx: Transaction, fact: Round) -> None:
    # A cell's report and the round itself are streams of their own: either may come first.
    identifier = f"round:{fact.round_id}"
    collection = tx.collection(DEADLINES)
    if isinstance(fact, reviews.CellReviewReported):
        change: Document = {"$addToSet": {"reported": fact.organization_path[-1]}}
    elif isinstance(fact, reviews.RoundClosed):
        change = {"$set": _ENDED}
    else:
        about = {
            "case_id": None,
            "member_id": None,
            "path": fact.organization_path,
            "kind": "round_report",
            "due_on": fact.due_on.isoformat(),
        }
        collection.update_one(
            {"_id": identifier}, {"$setOnInsert": {"reported": []}}, upsert=True, session=tx.session
        )
        running = {**about, "status": "running", **_first("round_report", fact.due_on, fact.on)}
        collection.update_one(
            {"_id": identifier, "status": {"$ne": "ended"}}, {"$set": running}, session=tx.session
        )
        return
    collection.update_one({"_id": identifier}, change, upsert=True, session=tx.session)


def _organization(tx: Transaction, fact: Organization | OrganizationDissolved) -> None:
    if isinstance(fact, OrganizationDissolved):
        state: Document = {"dissolved": True}
    else:
        state = {"parent_id": fact.parent_id, "is_cell": fact.is_cell}
    tx.collection(TREE).update_one(
        {"_id": fact.organization_id}, {"$set": state}, upsert=True, session=tx.session
    )


class Tree:
    """The organisations as they stand now, some hundreds at most."""

    def __init__(self, tx: Transaction) -> None:
        """Read them as the transaction sees them."""
        self._known = {raw["_id"]: raw for raw in tx.collection(TREE).find({}, session=tx.session)}

    def path(self, recorded: Sequence[str]) -> list[str]:
        """Return where the organisation at the end of *recorded* stands now, or *recorded* while that is unknown."""
        found: list[str] = []
        each: str | None = recorded[-1] if recorded else None
        while each is not None and each in self._known and each not in found:
            found.append(each)
            each = self._known[each].get("parent_id")
        return list(reversed(found)) if each is None and found else list(recorded)

    def cells_below(self, organization_id: str) -> list[list[str]]:
        """Return the paths of the cells at and below an organisation that were not dissolved."""
        cells = [name for name, raw in self._known.items() if raw.get("is_cell") and not raw.get("dissolved")]
        paths = [self.path([name]) for name in sorted(cells)]
        return [path for path in paths if organization_id in path]
