"""Chi bộ trong đợt rà soát: who had to report when, kept as clocks beside those of cases (hạn báo cáo của chi bộ).

One document per round and cell, written in the transaction that opens the round, takes a report, closes the round or
learns of a change in the tree while it is open. Each holds where the cell stood from which day, so that who was
overdue on a day is one read of an index, whatever became of the cell since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pymongo import ReplaceOne

from services.reviews.deadlines import DEADLINES, ROUND_REPORT
from services.reviews.documents import Round, RoundReport
from services.reviews.domain import rounds as domain
from services.reviews.domain.profile import RoundCells, Setting
from services.reviews.domain.rounds import FOR_EVER, Stay
from services.reviews.profiles import profile_named
from services.reviews.roster import TREE, Organization, path_on
from shared.store.connection import Document, Store
from shared.store.pages import Page, page_of
from shared.store.unit_of_work import Transaction

Tree = Mapping[str, Organization]


def days_of(current: Round) -> domain.Round:
    """Return the days of a round as the domain knows them."""
    return domain.Round(on=current.on, due_on=current.due_on, closed_on=current.closed_on)


def rule_of(current: Round) -> Setting[RoundCells]:
    """Return what cells founded or dissolved meanwhile owe the round, by the profile it was opened under."""
    return profile_named(current.profile).settings.round_cells


def owing(tree: Tree, cell_id: str, current: Round) -> list[Stay]:
    """Return the stays in which the cell owes the round its report."""
    where = stays(tree, cell_id, within=str(current.organization_id), since=current.on)
    ended = tree[cell_id].dissolved_on
    # It ended with the cell where it stood there until that day.
    dissolved = ended is not None and bool(where) and where[-1]["until"] == ended.isoformat()
    return domain.owing(where, days_of(current), rule_of(current).value, dissolved=dissolved)


def stays(tree: Tree, cell_id: str, *, within: str, since: date) -> list[Stay]:
    """Return where the cell stood within organisation *within* from *since* on, as paths with first and last day.

    ``until`` is the first day that no longer counts. Days on which it was no cell or elsewhere are left out.
    """
    above, todo = set[str](), [cell_id]
    while todo:
        known = tree.get(organization_id := todo.pop())
        if known is not None and organization_id not in above:
            above.add(organization_id)
            todo += [each.parent_id for each in known.versions if each.parent_id is not None]
    days = {each.on for one in above for each in tree[one].versions}
    days |= {ended for one in above if (ended := tree[one].dissolved_on) is not None}
    found: list[Stay] = []
    for day in sorted({since, *(day for day in days if day > since)}):
        path = path_on(tree, cell_id, day)
        version = tree[cell_id].on(day)
        there = path if version is not None and version.is_cell and within in path else []
        if found and found[-1]["until"] == FOR_EVER:
            if there == found[-1]["path"]:
                continue
            found[-1]["until"] = day.isoformat()
        if there:
            found.append({"since": day.isoformat(), "until": FOR_EVER, "path": there})
    return found


def tree_of(tx: Transaction) -> dict[str, Organization]:
    """Return the tree as this transaction sees it."""
    return {
        raw["_id"]: Organization.from_document(raw)
        for raw in tx.collection(TREE).find({}, session=tx.session)
    }


def begin(tx: Transaction, current: Round) -> None:
    """Start the clocks of a round that was just opened."""
    clocks = _clocks(tree_of(tx), current, {})
    if clocks:
        tx.collection(DEADLINES).insert_many(clocks, session=tx.session)


def catch_up(tx: Transaction, tree: Tree, current: Round) -> int:
    """Give a round that has no clocks those it would have had from its first day; return 1 if it lacked them."""
    collection = tx.collection(DEADLINES)
    if collection.find_one({"round_id": current.id}, ["_id"], session=tx.session) is not None:
        return 0
    found = tx.collection(RoundReport.kind()).find({"round_id": current.id}, session=tx.session)
    reports = {raw["cell_id"]: raw for raw in found}
    ended = FOR_EVER if current.closed_on is None else current.closed_on.isoformat()
    clocks = []
    for clock in _clocks(tree, current, {}):
        report = reports.get(clock["cell_id"])
        if report is not None:
            status = "lapsed" if report["late"] else "met"
            clock |= {"status": status, "ended_on": report["on"], "reported_on": report["on"]}
        elif clock["started_on"] > ended:
            continue
        elif current.closed_on is not None and (clock["ended_on"] or FOR_EVER) > ended:
            clock |= {"status": "lapsed", "ended_on": ended}
        clocks.append(clock)
    if clocks:
        collection.insert_many(clocks, session=tx.session)
    return int(bool(clocks))


def answered(tx: Transaction, current: Round, cell_id: str, on: date) -> None:
    """Stop the clock of a cell that reported on *on*; a cell founded after the due day has none."""
    tx.collection(DEADLINES).update_one(
        {"_id": _number(str(current.id), cell_id)},
        {
            "$set": {
                "status": "met" if on <= current.due_on else "lapsed",
                "ended_on": on.isoformat(),
                "reported_on": on.isoformat(),
            }
        },
        session=tx.session,
    )


def lapse(tx: Transaction, current: Round, on: date) -> None:
    """Let every clock that still runs lapse: the round ended on *on* without a report."""
    tx.collection(DEADLINES).update_many(
        {"round_id": current.id, "status": "running"},
        {"$set": {"status": "lapsed", "ended_on": on.isoformat()}},
        session=tx.session,
    )


def follow_tree(tx: Transaction, tree: Tree) -> None:
    """Let the clocks of open rounds follow the tree: cells founded, dissolved, merged or placed elsewhere."""
    collection = tx.collection(DEADLINES)
    for raw in list(tx.collection(Round.kind()).find({"state": "open"}, session=tx.session)):
        current: Round = Round.from_document(raw)
        before = {each["_id"]: each for each in collection.find({"round_id": current.id}, session=tx.session)}
        writes = [
            ReplaceOne({"_id": each["_id"]}, each, upsert=True)
            for each in _clocks(tree, current, before)
            if before.get(each["_id"]) != each
        ]
        if writes:
            collection.bulk_write(writes, ordered=False, session=tx.session)


def _clocks(tree: Tree, current: Round, before: Mapping[str, Document]) -> list[Document]:
    found = []
    for cell_id, organization in tree.items():
        if not any(each.is_cell for each in organization.versions):
            continue
        known = before.get(_number(str(current.id), cell_id))
        where = owing(tree, cell_id, current)
        if where:
            found.append(_clock(current, cell_id, where, known))
        elif known is not None and known["reported_on"] is None:
            # What was told first turned out otherwise: the cell was not there in time.
            found.append({**known, "stays": [], "status": "void", "ended_on": known["started_on"]})
    return found


def _clock(current: Round, cell_id: str, where: list[Stay], known: Document | None) -> Document:
    rule = rule_of(current)
    meanwhile = where[0]["since"] > current.on.isoformat()
    number = _number(str(current.id), cell_id)
    last = where[-1]
    gone = last["until"] != FOR_EVER
    clock: Document = {
        "_id": number,
        "order": f"{current.due_on.isoformat()} {number}",
        "case_id": None,
        "round_id": current.id,
        "cell_id": cell_id,
        "member_id": None,
        "organization_path": last["path"],
        "profile": current.profile,
        # Its day was set by people; that a cell which came later owes it at all may be assumed.
        "assumed": meanwhile and rule.certainty != "verified",
        "kind": ROUND_REPORT,
        "started_on": where[0]["since"],
        "due_on": current.due_on.isoformat(),
        "setting": "round_cells" if meanwhile else "round.due_on",
        "status": "void" if gone else "running",
        "ended_on": last["until"] if gone else None,
        "reported_on": None,
        "stays": where,
    }
    if known is not None and known["reported_on"] is not None:
        clock |= {name: known[name] for name in ("status", "ended_on", "reported_on")}
    return clock


def _number(round_id: str, cell_id: str) -> str:
    return f"round:{round_id}:{cell_id}"


def overdue(
    store: Store,
    *,
    round_id: str,
    under: Iterable[str] | None,
    day: date,
    after: str | None,
    limit: int,
) -> Page[Document]:
    """Return one page of the clocks of cells that were overdue on *day* and stood under one of *under* (None: any)."""
    iso = day.isoformat()
    there: dict[str, Any] = {"since": {"$lte": iso}, "until": {"$gt": iso}}
    if under is not None:
        there["path"] = {"$in": sorted(under)}
    match = {
        "round_id": round_id,
        "due_on": {"$lt": iso},
        "stays": {"$elemMatch": there},
        "$or": [{"reported_on": None}, {"reported_on": {"$gt": iso}}],
    }
    return page_of(store.collection(DEADLINES), match, order_by="order", after=after, limit=limit)
