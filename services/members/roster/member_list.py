"""The list ``DS_DANGVIEN.xlsx`` of the level above: one sheet, one member a row, the cell named in the row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from services.members.domain.member import check_member
from services.members.domain.optional_fields import citizen_id
from services.members.roster.form import LIST_COLUMNS, MEMBER_COLUMNS
from services.members.roster.member_sheet import FieldReader, card_digits
from services.members.roster.rows import MemberRow
from shared.identifiers import InvalidIdentifierError, organization_code
from shared.names import person_name
from shared.text import fold, nfc
from shared.workbook.cells import CellError, cell_date, cell_text, is_decomposed
from shared.workbook.headers import match_headers
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import RowNote, RowProblem
from shared.workbook.sheet import Cell, Header, SheetRow, cell_fault, excerpt, rows_of

_HEADERS = {column.field: column.header for column in LIST_COLUMNS}
_LOOKED_AT = 40
"""Rows within which headings are looked for, as many as the reader itself allows."""
_FEWEST_HEADERS = 4
_CODE_IN_TEXT = re.compile(r"(?<!\d)(?:\d{2}(?:\.\d{3}){4}|\d{14})(?!\d)")
_COLUMN_OF_FACT = {"admitted_on": "admitted", "official_on": "official", "birth_date": "birth_date"}
_NOT_READ = {
    "citizen_id": ("citizen_id_not_kept", "Số CCCD không được đọc và không được lưu."),
    "residence_cell": ("residence_cell_not_kept", "Chi bộ nơi cư trú không được lưu."),
}
_GONE = re.compile(r"\b(?:khai tru|xoa ten|ra khoi dang|xin ra|tu tran|da mat|chuyen di|da chuyen)\b")


def is_member_list(sheet: Any, limits: WorkbookLimits) -> bool:
    """Say whether the headings of *sheet* are those of this list rather than of Mẫu 7-HSĐV."""
    for number, cells in rows_of(sheet, limits):
        if number > _LOOKED_AT:
            return False
        texts = [
            cells[column].value if column in cells and isinstance(cells[column].value, str) else None
            for column in range(1, limits.columns + 1)
        ]
        here = len(match_headers(texts, LIST_COLUMNS).positions)
        form = len(match_headers(texts, MEMBER_COLUMNS).positions)
        if max(here, form) >= _FEWEST_HEADERS:
            return here > form
    return False


class MemberListReader:
    """Reads the rows below the header one by one, remembering the card numbers seen."""

    def __init__(
        self,
        *,
        sheet: str,
        header: Header,
        cells_by_code: Mapping[str, str],
        today: date,
        limits: WorkbookLimits,
        kept: frozenset[str] = frozenset(),
    ) -> None:
        """Take the *cells_by_code* (code → name) members may belong to."""
        self._sheet = sheet
        self._fields = {column: place.field for column, place in header.match.positions.items()}
        self._names = dict(cells_by_code)
        self._codes: dict[str, list[str]] = {}
        for code, name in cells_by_code.items():
            self._codes.setdefault(fold(name), []).append(code)
        self._today = today
        self._limits = limits
        self._kept = kept
        self._first_with: dict[str, int] = {}
        self._told: set[str] = set()

    def items(self, number: int, cells: SheetRow) -> Iterator[MemberRow | RowProblem | RowNote]:
        """Yield what one row of the sheet holds: at most one member, or problems, and new notes."""
        by_field: dict[str, Cell] = {}
        faults: list[RowProblem] = []
        for column, cell in cells.items():
            field = self._fields.get(column)
            if field is None:
                detail = f"Có dữ liệu ngoài biểu mẫu ở cột thứ {column}."
                faults.append(self._problem(number, None, "outside_form", detail, cell.value))
            elif field in _NOT_READ and field not in self._kept:
                yield from self._note(number, field, *_NOT_READ[field])
            else:
                by_field[field] = cell
                fault = cell_fault(cell, self._limits)
                if fault is not None:
                    faults.append(self._problem(number, field, *fault, cell.value))
        if faults:
            yield from faults
        elif set(by_field) == {"ordinal"}:
            yield from self._note(number, "ordinal", "row_skipped", "Dòng chỉ có số thứ tự: được bỏ qua.")
        elif by_field:
            yield from self._member(number, by_field)

    def _member(self, number: int, by_field: dict[str, Cell]) -> Iterator[MemberRow | RowProblem | RowNote]:
        fields = FieldReader(self._problem, number, by_field)
        name = fields.take("name", _name)
        card = fields.take("card", card_digits)
        born = fields.take("birth_date", cell_date)
        admitted = fields.take("admitted", cell_date)
        official = fields.take("official", cell_date)
        cell_code = fields.take("cell", self._cell_code)
        said_official = fields.take("state", _says_official)
        problems = fields.problems
        optional = self._optional(number, by_field, problems)
        for field, code, detail in (
            ("name", "name_missing", "Thiếu họ và tên."),
            ("admitted", "admission_date_missing", "Thiếu ngày kết nạp."),
            ("cell", "cell_missing", "Thiếu chi bộ đang sinh hoạt."),
        ):
            if field not in by_field:
                problems.append(self._problem(number, field, code, detail, ""))
        if said_official is False and official is not None:
            detail = "Trạng thái ghi dự bị mà lại có ngày chính thức."
            problems.append(self._problem(number, "state", "state_contradicts", detail, ""))
        if card is not None:
            first = self._first_with.setdefault(card, number)
            if first != number:
                detail = (
                    f"Số thẻ đảng viên {card} được ghi cho hai đảng viên, ở dòng {first} và dòng {number}."
                )
                problems.append(
                    self._problem(number, "card", "duplicate_card_number", detail, card, other=first)
                )
        if name and admitted and cell_code and not problems:
            row = MemberRow(
                row=number,
                cell_code=cell_code,
                full_name=name,
                birth_date=born,
                admitted_on=admitted,
                official_on=official,
                # Only official members carry a card (Chỉ thị 51-CT/TW: only their cards were exchanged).
                said_official=said_official if said_official is not None or card is None else True,
                card_number=card,
                optional=optional,
            )
            for violation in check_member(row.facts, today=self._today):
                field = _COLUMN_OF_FACT[violation.field]
                value = getattr(row, violation.field)
                shown = f"{value:%d/%m/%Y}" if value else ""
                problems.append(self._problem(number, field, violation.code, violation.detail_vi, shown))
            if not problems:
                if any(is_decomposed(cell.value) for cell in by_field.values()):
                    detail = "Chữ viết ở dạng Unicode tổ hợp (NFD) được chuyển sang dựng sẵn (NFC)."
                    yield from self._note(number, "name", "nfd_normalised", detail)
                yield row
        yield from problems

    def _optional(
        self, number: int, by_field: Mapping[str, Cell], problems: list[RowProblem]
    ) -> dict[str, str]:
        """Return the sensitive fields of a row; what is wrong is told without what the cell says."""
        if "citizen_id" not in by_field:
            return {}
        try:
            return {"citizen_id": citizen_id(by_field["citizen_id"].value)}
        except InvalidIdentifierError as fault:
            problems.append(self._problem(number, "citizen_id", fault.code, fault.detail_vi, ""))
            return {}

    def _cell_code(self, value: object) -> str:
        """Return the code of the cell that *value* names by code, or by a name no other cell has."""
        text = cell_text(value) or ""
        code = _CODE_IN_TEXT.search(text)
        if code is not None:
            found = organization_code(code.group()).text
            name = self._names.get(found)
            if name is None:
                raise CellError("unknown_cell", "Không có chi bộ với mã này.")
            rest = text.replace(code.group(), "").strip(" —–-:;,()")
            if rest and fold(name) not in fold(rest):
                raise CellError("cell_name_differs", f"Mã {found} là của “{name}”, khác với tên ghi ở ô.")
            return found
        codes = self._codes.get(fold(text), [])
        if not codes:
            raise CellError("unknown_cell", "Không có chi bộ với tên này.")
        if len(codes) > 1:
            raise CellError(
                "cell_ambiguous", f"Có {len(codes)} chi bộ cùng tên này; hãy ghi cả mã tổ chức trước tên."
            )
        return codes[0]

    def _note(self, number: int, field: str, code: str, detail_vi: str) -> Iterator[RowNote]:
        if code not in self._told:
            self._told.add(code)
            yield RowNote(
                sheet=self._sheet, row=number, column=_HEADERS[field], code=code, detail_vi=detail_vi
            )

    def _problem(  # noqa: PLR0917 -- place, reason, value: the order of RowProblem itself
        self, row: int, field: str | None, code: str, detail_vi: str, value: object, other: int | None = None
    ) -> RowProblem:
        return RowProblem(
            sheet=self._sheet,
            row=row,
            column=_HEADERS[field] if field else None,
            code=code,
            detail_vi=detail_vi,
            value_excerpt=f"{value:%d/%m/%Y}" if isinstance(value, datetime) else excerpt(value),
            other_row=other,
        )


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise CellError("cell_not_text", "Ô phải là văn bản.")
    return person_name(value)


def _says_official(value: object) -> bool | None:
    """Return whether the state says official (True) or probationary (False); None when it says neither.

    Raises CellError for who is gone: the list has no date of leaving, without which nothing is recorded.
    """
    words = fold(nfc(str(value)))
    if _GONE.search(words):
        raise CellError(
            "leaving_date_missing",
            "Trạng thái cho biết đã ra khỏi danh sách, nhưng biểu mẫu này không có ngày; hãy ghi bằng thao tác riêng.",
        )
    if "du bi" in words:
        return False
    if "chinh thuc" in words:
        return True
    if "dang sinh hoat" in words or "dang hoat dong" in words:
        return None
    raise CellError("state_unknown", "Trạng thái phải ghi “Chính thức”, “Dự bị” hoặc “Đang sinh hoạt”.")
