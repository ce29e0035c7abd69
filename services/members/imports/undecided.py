"""Rows that may be somebody who is on record already: kept until a person says who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from services.members.domain.matching import RULE_BY_CODE, Match
from services.members.imports.directory import Scope
from services.members.roster import MemberRow
from shared.clock import SystemClock
from shared.store.connection import Document, Store
from shared.store.pages import Page, page_of
from shared.store.unit_of_work import Transaction

UNDECIDED = "import_undecided"
Decision = Literal["same", "new", "skip"]
_ROW = msgspec.msgpack.Decoder(MemberRow)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Quyết định của một người về một dòng: the same person as a record, a new one, or leave the row out."""

    row: int
    decision: Decision
    member_id: str | None = None
    """The record, for ``same``."""


def keep(
    store: Store,
    import_id: str,
    rows: Sequence[tuple[MemberRow, Match]],
    records: Mapping[str, Document],
    scope: Scope,
) -> None:
    """Store rows with the records they may be; of records outside *scope* only that there is one."""
    if rows:
        store.collection(UNDECIDED).insert_many(
            [
                {
                    "_id": _id(import_id, row.row),
                    "import_id": import_id,
                    "row": row.row,
                    "value": row.full_name,
                    "member": msgspec.msgpack.encode(row),
                    "candidates": [
                        _candidate(records[record_id], rule, scope) for record_id, rule in found.unsure
                    ],
                    "decision": None,
                    "member_id": None,
                    "decided_by": None,
                    "created_at": _database_time(),
                }
                for row, found in rows
            ]
        )


def _candidate(raw: Document, rule: str, scope: Scope) -> dict[str, Any]:
    inside = scope.covers(raw["organization_path"])
    names = ("full_name", "birth_date", "admitted_on", "card_number", "dossier_number", "cell_id", "current")
    return {
        "member_id": raw["_id"] if inside else None,
        "outside_subtree": not inside,
        "rule": rule,
        "reason": RULE_BY_CODE[rule].text_vi,
        **{name: raw.get(name) if inside else None for name in names},
    }


def drop(store: Store, import_id: str, row: int | None = None) -> None:
    """Forget one row of an import, or all."""
    wanted = {"import_id": import_id} if row is None else {"_id": _id(import_id, row)}
    store.collection(UNDECIDED).delete_many(wanted)


def page(store: Store, import_id: str, *, after: str | None, limit: int) -> Page[dict[str, Any]]:
    """Return one page of the rows in their order, decided ones with their decision."""
    found = page_of(
        store.collection(UNDECIDED), {"import_id": import_id}, order_by="row", after=after, limit=limit
    )
    names = ("row", "value", "candidates", "decision", "member_id", "decided_by")
    items = []
    for raw in found.items:
        row = _ROW.decode(raw["member"])
        told = {
            name: getattr(row, name)
            for name in ("cell_code", "birth_date", "admitted_on", "card_number", "dossier_number")
        }
        items.append({**{name: raw[name] for name in names}, **told})
    return Page(items=items, next=found.next)


def find(tx: Transaction, import_id: str, row: int) -> tuple[MemberRow, Document] | None:
    """Return a row with its document, or None."""
    raw = tx.collection(UNDECIDED).find_one({"_id": _id(import_id, row)}, session=tx.session)
    return None if raw is None else (_ROW.decode(raw["member"]), raw)


def decide(tx: Transaction, import_id: str, answer: Answer) -> None:
    """Keep what a person decided."""
    tx.collection(UNDECIDED).update_one(
        {"_id": _id(import_id, answer.row)},
        {
            "$set": {
                "decision": answer.decision,
                "member_id": answer.member_id,
                "decided_by": tx.context.actor.subject,
            }
        },
        session=tx.session,
    )


def decided(tx: Transaction, import_id: str) -> Iterator[tuple[MemberRow, Document]]:
    """Yield the rows that are to be written, with their documents, in their order."""
    found = tx.collection(UNDECIDED).find({"import_id": import_id}, session=tx.session)
    for raw in sorted(found, key=lambda each: int(each["row"])):
        if raw["decision"] in {"same", "new"}:
            yield _ROW.decode(raw["member"]), raw


def _id(import_id: str, row: int) -> str:
    return f"{import_id}:{row:07d}"


def _database_time() -> datetime:
    """Return the instant from which the database counts until it forgets: its own clock's, no test's."""
    return SystemClock().now()
