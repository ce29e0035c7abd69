"""Thời hạn: the running, met and lapsed clocks of all cases as one list, kept beside the cases.

One document per clock, written in the transaction of the step that started or ended it: who asks what is due
reads an index and no case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from prometheus_client import Gauge
from pymongo import ReplaceOne

from services.reviews.domain.case import Case, Deadline
from services.reviews.domain.procedure import DEADLINE_VI
from services.reviews.domain.profile import Profile
from shared.events.catalogue.members import (
    TRANSFER_CLOCK_VI,
    TransferClock,
    TransferClockTold,
    TransferCompleted,
    TransferDecided,
    TransferIntroduced,
    TransferStarted,
)
from shared.service import Job, Runtime
from shared.store.connection import Document, Store
from shared.store.indexes import Index
from shared.store.pages import Page, page_of
from shared.store.unit_of_work import Transaction

DEADLINES = "deadlines"
COUNTED = 10_000
OVERDUE = Gauge(
    "khoi_deadlines_overdue", "Running deadlines whose day has passed, counted to 10,000", ["service"]
)
ROUND_REPORT = "round_report"
"""Clock of a cell's report in a round (see ``round_cells``)."""
KIND_VI: Mapping[str, str] = {
    **{str(kind): term for kind, term in DEADLINE_VI.items()},
    **TRANSFER_CLOCK_VI,
    ROUND_REPORT: "báo cáo kết quả rà soát",
}
STATUS_VI = {
    "running": "chưa đến hạn",
    "overdue": "quá hạn",
    "met": "đã thực hiện đúng hạn",
    "lapsed": "đã quá hạn khi thực hiện",
    "void": "không còn phải thực hiện",
}
"""How a clock stands on the day asked about: ``overdue`` is a running one whose day has passed."""
TransferStep = TransferDecided | TransferStarted | TransferIntroduced | TransferCompleted
TransferFact = TransferStep | TransferClockTold
INDEXES = (
    Index(DEADLINES, (("case_id", 1),)),
    Index(DEADLINES, (("transfer_id", 1),), only_where={"transfer_id": {"$exists": True}}),
    Index(DEADLINES, (("round_id", 1), ("order", 1)), only_where={"round_id": {"$exists": True}}),
    Index(DEADLINES, (("member_id", 1), ("order", 1))),
    Index(DEADLINES, (("organization_path", 1), ("order", 1))),
    Index(DEADLINES, (("status", 1), ("order", 1))),
)


def store_deadlines(tx: Transaction, case: Case, profile: Profile, changed: Sequence[Deadline]) -> None:
    """Write those of the case's clocks that are among *changed*, in the transaction of the step."""
    assumed = {each.name for each in profile.assumed()}
    documents = [
        {
            "_id": f"{case.id}:{number}",
            "order": f"{deadline.due_on.isoformat()} {case.id}:{number}",
            "case_id": case.id,
            "member_id": case.member_id,
            "organization_path": list(case.unit.organization_path),
            "profile": profile.id,
            "assumed": deadline.setting in assumed,
            "historical": case.historical,
            **msgspec.to_builtins(deadline),
        }
        for number, deadline in enumerate(case.deadlines, start=1)
        if deadline in changed
    ]
    if documents:
        writes = [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in documents]
        tx.collection(DEADLINES).bulk_write(writes, ordered=False, session=tx.session)


def follow_transfers(tx: Transaction, facts: Sequence[TransferFact]) -> None:
    """Start and end the clocks that *facts* of the members service tell of, in their order."""
    for fact in facts:
        if isinstance(fact, TransferClockTold):
            # Nothing happened: where a step told of it, and perhaps ended it, what the step told stands.
            told = _clock(
                fact, fact.kind, due_on=fact.due_on, started_on=fact.started_on, assumed=fact.assumed
            )
            tx.collection(DEADLINES).update_one(
                {"_id": told["_id"]}, {"$setOnInsert": told}, upsert=True, session=tx.session
            )
            continue
        _end_clocks(tx, fact)
        clock = _clock_of(fact)
        if clock is not None:
            tx.collection(DEADLINES).replace_one(
                {"_id": clock["_id"]}, clock, upsert=True, session=tx.session
            )


def _end_clocks(tx: Transaction, fact: TransferStep) -> None:
    collection, on = tx.collection(DEADLINES), fact.on.isoformat()
    running = {"transfer_id": fact.transfer_id, "status": "running"}
    for raw in list(collection.find(running, ["due_on"], session=tx.session)):
        status = "met" if on <= raw["due_on"] else "lapsed"
        collection.update_one(
            {"_id": raw["_id"]}, {"$set": {"status": status, "ended_on": on}}, session=tx.session
        )


def _clock_of(fact: TransferStep) -> Document | None:
    kind: TransferClock
    assumed, started_on = False, fact.on
    match fact:
        case TransferCompleted():
            kind, due_on = "transfer_stay", fact.until
        case TransferIntroduced():
            kind, due_on, assumed = "transfer_present", fact.due_on, fact.assumed
        case _:
            kind, due_on, assumed = "transfer_start", fact.due_on, fact.assumed
    if due_on is None:
        return None
    if isinstance(fact, TransferStarted) and fact.decided_on is not None:
        started_on = fact.decided_on
    return _clock(fact, kind, due_on=due_on, started_on=started_on, assumed=assumed)


def _clock(
    fact: TransferFact, kind: TransferClock, *, due_on: date, started_on: date, assumed: bool
) -> Document:
    number = f"transfer:{fact.transfer_id}:{kind}"
    return {
        "_id": number,
        "order": f"{due_on.isoformat()} {number}",
        "case_id": None,
        "transfer_id": fact.transfer_id,
        "member_id": fact.member_id,
        "organization_path": list(fact.organization_path),
        "profile": None,
        "assumed": assumed,
        "kind": kind,
        "started_on": started_on.isoformat(),
        "due_on": due_on.isoformat(),
        "setting": None,
        "status": "running",
        "ended_on": None,
    }


def listed(
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
    """Return one page of clocks, the earliest due first.

    Seen are those in the subtrees *visible* (None: all) and those about the member *own*. *status* is one of
    ``STATUS_VI`` as of the day *as_of*; *due_before* is the first day that no longer counts.
    """
    narrowed: list[Document] = []
    if visible is not None:
        seen: list[Document] = [{"organization_path": {"$in": sorted(visible)}}] if visible else []
        if own is not None:
            seen.append({"member_id": own})
        if not seen:
            return Page(items=[], next=None)
        narrowed.append(seen[0] if len(seen) == 1 else {"$or": seen})
    if organization is not None:
        narrowed.append({"organization_path": organization})
    if kind is not None:
        narrowed.append({"kind": kind})
    if status in {"met", "lapsed", "void"}:
        narrowed.append({"status": status})
    elif status is not None:
        today = as_of.isoformat()
        due = {"$lt": today} if status == "overdue" else {"$gte": today}
        narrowed.append({"status": "running", "order": due})
    if due_before is not None:
        narrowed.append({"order": {"$lt": due_before.isoformat()}})
    match = {"$and": narrowed} if narrowed else {}
    return page_of(store.collection(DEADLINES), match, order_by="order", after=after, limit=limit)


def measure(runtime: Runtime) -> None:
    """Tell Prometheus how many clocks are overdue: one range of an index, counted to a limit."""
    overdue = {"status": "running", "order": {"$lt": runtime.clock.today().isoformat()}}
    count = runtime.store.collection(DEADLINES).count_documents(overdue, limit=COUNTED)
    OVERDUE.labels(runtime.definition.name).set(count)


MEASURE = Job(name="deadlines", every_seconds=60, run=measure)
"""What the worker tells of the deadlines."""


def answer(document: Document, *, as_of: date) -> dict[str, Any]:
    """Return what the API says of one clock, as it stands on *as_of*."""
    status = document["status"]
    due_on = date.fromisoformat(document["due_on"])
    if status == "running" and due_on < as_of:
        status = "overdue"
    label = STATUS_VI[status]
    if document["kind"] == ROUND_REPORT and status == "lapsed" and document["reported_on"] is None:
        label = "chưa báo cáo khi đợt kết thúc"
    left = (due_on - as_of) // timedelta(days=1)
    return {
        "id": document["_id"],
        "kind": document["kind"],
        "label": KIND_VI[document["kind"]],
        "case_id": document["case_id"],
        "transfer_id": document.get("transfer_id"),
        "round_id": document.get("round_id"),
        "member_id": document["member_id"],
        "organization_path": document["organization_path"],
        "started_on": document["started_on"],
        "due_on": document["due_on"],
        "days_left": left if document["status"] == "running" else None,
        "ended_on": document["ended_on"],
        "status": {"code": status, "label": label},
        "setting": document["setting"],
        "assumed": document["assumed"],
        "historical": document.get("historical", False),
    }
