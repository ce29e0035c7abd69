"""Which rows of a file are members that exist already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pymongo.client_session import ClientSession

from services.members.documents import Member
from services.members.imports.directory import Place
from services.members.imports.rows import Finding
from services.members.roster import MemberRow
from services.members.roster.form import MEMBER_COLUMNS, MEMBER_SHEET
from shared.store.connection import Document, Store
from shared.text import fold

_HEADERS = {column.field: column.header for column in MEMBER_COLUMNS}
_FIELDS = ["full_name", "admitted_on", "card_number", "dossier_number", "cell_id", "search_terms"]


def by_number(
    store: Store, rows: Iterable[MemberRow], session: ClientSession | None = None
) -> dict[int, Finding]:
    """Return, by row, the rows whose card or dossier number is on record, of former members too."""
    rows = list(rows)
    numbers = sorted({number for row in rows for number in (row.card_number, row.dossier_number) if number})
    if not numbers:
        return {}
    taken = {
        raw[field]
        for raw in store.collection(Member.kind()).find(
            {"search_terms": {"$in": numbers}}, _FIELDS, session=session
        )
        for field in ("card_number", "dossier_number")
        if raw.get(field)
    }
    found: dict[int, Finding] = {}
    for row in rows:
        if row.card_number in taken:
            found[row.row] = _known(row, "known_card_number", f"Số thẻ {row.card_number} đã có hồ sơ.")
        elif row.dossier_number in taken:
            found[row.row] = _known(
                row, "known_dossier_number", f"Số lý lịch {row.dossier_number} đã có hồ sơ."
            )
    return found


def by_name(store: Store, rows: Sequence[MemberRow], cells: Mapping[str, Place]) -> dict[int, Finding]:
    """Return, by row, the rows that name somebody of the same cell with the same admission date.

    The form has no birth date. Numbers that both have and that differ make them two persons.
    """
    cell_ids = sorted({cells[row.cell_code].id for row in rows})
    on_record: dict[tuple[str, str, str], list[Document]] = {}
    for raw in store.collection(Member.kind()).find({"cell_id": {"$in": cell_ids}}, _FIELDS):
        key = (raw["cell_id"], fold(raw["full_name"]), raw["admitted_on"])
        on_record.setdefault(key, []).append(raw)
    return {
        row.row: Finding(
            kind="duplicate",
            sheet=MEMBER_SHEET,
            row=row.row,
            column=_HEADERS["name"],
            code="known_name",
            reason="Chi bộ đã có đảng viên cùng họ tên và cùng ngày vào Đảng.",
            value=row.full_name,
        )
        for row in rows
        if any(
            _may_be_one(row, raw)
            for raw in on_record.get(
                (cells[row.cell_code].id, fold(row.full_name), row.admitted_on.isoformat()), ()
            )
        )
    }


def _may_be_one(row: MemberRow, raw: Document) -> bool:
    pairs = ((row.card_number, raw.get("card_number")), (row.dossier_number, raw.get("dossier_number")))
    return all(mine is None or theirs is None or mine == theirs for mine, theirs in pairs)


def _known(row: MemberRow, code: str, reason: str) -> Finding:
    return Finding(
        kind="duplicate",
        sheet=MEMBER_SHEET,
        row=row.row,
        column=_HEADERS["numbers"],
        code=code,
        reason=reason,
        value=row.full_name,
    )
