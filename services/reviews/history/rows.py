"""Rows of past cases on their way into the records: who they are about and where is settled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import msgspec
from pymongo.client_session import ClientSession

from services.reviews.documents import CaseRecord
from services.reviews.domain.case import Past
from services.reviews.domain.grounds import Status
from services.reviews.domain.history import began_on, overlap
from services.reviews.domain.procedure import State
from services.reviews.history.form import SHEET
from services.reviews.history.people import READ_AT_ONCE
from shared.imports import rows as kept
from shared.store.connection import Document, Store
from shared.store.pages import Page

Span = tuple[date, date | None]
"""First and last day of a case; None while it has not ended."""


class SettledRow(msgspec.Struct, frozen=True, kw_only=True):
    """Dòng đã rõ: one past case, ready to be written."""

    row: int
    full_name: str
    member_id: str
    status: Status
    path: tuple[str, ...]
    past: Past

    @property
    def span(self) -> Span:
        """First and last day of the case."""
        start = began_on(self.past)
        if start is None:
            raise RuntimeError(f"row {self.row} has no day")
        return start, self.past.ended_on

    @property
    def case_id(self) -> str:
        """The id that its case gets, the same however often the row is executed."""
        return str(uuid5(UUID(self.past.import_id), f"case {self.row}"))


_ROWS = msgspec.msgpack.Decoder(list[SettledRow])


def batch(store: Store, import_id: str, number: int) -> list[SettledRow]:
    """Return the rows of one batch; LookupError when it is gone."""
    return _ROWS.decode(kept.batch(store, import_id, number))


def sound_page(store: Store, found: Document, *, after: str | None, limit: int) -> Page[dict[str, Any]]:
    """Return one page of the rows that an import (its document) takes."""

    def shown(encoded: bytes) -> list[dict[str, Any] | None]:
        return [
            {"sheet": SHEET, "row": row.row, "code": "ok", "reason": "", "value": row.full_name}
            for row in _ROWS.decode(encoded)
        ]

    return kept.sound_page(store, found, shown, after=after, limit=limit)


def spans(
    store: Store, member_ids: Iterable[str], session: ClientSession | None = None, *, but: str | None = None
) -> dict[str, list[Span]]:
    """Return first and last day of every case there is about those members; *but* is the id of one to leave out.

    A case that was withdrawn never was.
    """
    wanted = sorted(set(member_ids))
    found: dict[str, list[Span]] = {}
    for start in range(0, len(wanted), READ_AT_ONCE):
        cases = store.collection(CaseRecord.kind()).find(
            {
                "member_id": {"$in": wanted[start : start + READ_AT_ONCE]},
                "state": {"$ne": str(State.WITHDRAWN)},
                **({} if but is None else {"_id": {"$ne": but}}),
            },
            ["member_id", "opened_on", "case.closed_on"],
            session=session,
        )
        for raw in cases:
            closed_on = raw["case"]["closed_on"]
            span = (
                date.fromisoformat(raw["opened_on"]),
                None if closed_on is None else date.fromisoformat(closed_on),
            )
            found.setdefault(raw["member_id"], []).append(span)
    return found


def clashes(row: SettledRow, others: Iterable[Span]) -> bool:
    """Say whether *row* is a case that is there already, or cannot have been beside one that is."""
    return any(overlap(row.span, other) for other in others)
