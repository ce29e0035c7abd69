"""Rows of a roster on their way into the records: as the form has them, or matched to a record."""

from __future__ import annotations

from typing import Any

import msgspec

from services.members.roster import MemberRow, OrganizationRow
from services.members.roster.form import MEMBER_SHEET
from shared.imports import rows as kept
from shared.store.connection import Document, Store
from shared.store.pages import Page


class MatchedRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Dòng là một đảng viên đã có hồ sơ: the record it is to change."""

    row: int
    member_id: str
    member: MemberRow


Row = OrganizationRow | MemberRow | MatchedRow
_ROWS = msgspec.msgpack.Decoder(list[Row])


def decoded(encoded: bytes) -> list[Row]:
    """Return the rows of a stored batch."""
    return _ROWS.decode(encoded)


def batch(store: Store, import_id: str, number: int) -> list[Row]:
    """Return the rows of one batch; LookupError when it is gone."""
    return decoded(kept.batch(store, import_id, number))


def sound_page(store: Store, found: Document, *, after: str | None, limit: int) -> Page[dict[str, Any]]:
    """Return one page of the members' rows that an import (its document) takes."""
    sheet = found.get("member_sheet") or MEMBER_SHEET

    def shown(encoded: bytes) -> list[dict[str, Any] | None]:
        return [
            {"sheet": sheet, "row": row.row, "code": "ok", "reason": "", "value": row.full_name}
            if isinstance(row, MemberRow)
            else None
            for row in _ROWS.decode(encoded)
        ]

    return kept.sound_page(store, found, shown, after=after, limit=limit)
