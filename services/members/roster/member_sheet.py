"""The sheet “Đảng viên”: members under the section row of their cell (chi bộ), as paper registers stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from services.members.domain.member import Leaving, check_member
from services.members.roster import cells as read
from services.members.roster.form import MEMBER_COLUMNS
from services.members.roster.rows import DatedPlace, MemberRow
from shared.identifiers import InvalidIdentifierError, card_number, organization_code
from shared.names import InvalidNameError
from shared.text import fold, nfc
from shared.workbook.cells import CellError, cell_text, is_decomposed
from shared.workbook.headers import header_key
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import RowNote, RowProblem
from shared.workbook.sheet import Cell, Header, SheetRow, cell_fault, excerpt

_HEADERS = {column.field: column.header for column in MEMBER_COLUMNS}
_HEADER_KEYS = {
    column.field: {header_key(text) for text in (column.header, *column.also)} for column in MEMBER_COLUMNS
}
_CODE_IN_TEXT = re.compile(r"(?<!\d)(?:\d{2}(?:\.\d{3}){4}|\d{14})(?!\d)")
_COLUMN_NUMBER = re.compile(r"\(?\d{1,2}\)?")
_FOOTERS = ("cong", "tong", "ngay", "t/m", "tm.", "nguoi lap", "bi thu", "noi nhan", "(ky")
_COLUMN_OF_FACT = {
    "admitted_on": "admission",
    "official_on": "admission",
    "exempt_from": "notes",
    "exempt_until": "notes",
}
_EXITS = {"transferred_out": "chuyển đi", "died_on": "từ trần", "left": "ra khỏi Đảng"}

T = TypeVar("T")


class MemberSheetReader:
    """Reads the rows below the header one by one, remembering the cell they stand under and the numbers seen."""

    def __init__(
        self,
        *,
        sheet: str,
        header: Header,
        cells_by_code: Mapping[str, str],
        organizations: frozenset[str],
        today: date,
        limits: WorkbookLimits,
        kept: frozenset[str] = frozenset(),
    ) -> None:
        """Take the *cells_by_code* (code → name) members may stand under, and all *organizations* known."""
        self._sheet = sheet
        self._fields = {column: place.field for column, place in header.match.positions.items()}
        self._cells_by_code = cells_by_code
        self._organizations = organizations
        self._today = today
        self._limits = limits
        self._kept = kept
        self._cell_code: str | None = None
        self._section_seen = False
        self._first_with: dict[tuple[str, str], int] = {}
        self._told: set[str] = set()

    def items(self, number: int, cells: SheetRow) -> Iterator[MemberRow | RowProblem | RowNote]:
        """Yield what one row of the sheet holds: at most one member, or problems, and new notes."""
        if not cells or self._repeats_header(cells):
            return
        by_field: dict[str, Cell] = {}
        faults: list[RowProblem] = []
        for column, cell in cells.items():
            field = self._fields.get(column)
            if field is None:
                detail = f"Có dữ liệu ngoài biểu mẫu ở cột thứ {column}."
                faults.append(self._problem(number, None, "outside_form", detail, cell.value))
                continue
            by_field[field] = cell
            fault = cell_fault(cell, self._limits)
            if fault is not None:
                faults.append(self._problem(number, field, *fault, cell.value))
        if faults:
            yield from faults
            return
        if "name" not in by_field:
            yield from self._without_name(number, by_field)
            return
        yield from self._member(number, by_field)

    def _repeats_header(self, cells: SheetRow) -> bool:
        """Say whether the row repeats the header (after a page break) or numbers the columns."""
        if len(cells) < len(self._fields) - 1:
            return False
        texts = [(self._fields.get(column, ""), str(cell.value)) for column, cell in cells.items()]
        return all(_COLUMN_NUMBER.fullmatch(text.strip()) for _, text in texts) or all(
            header_key(text) in _HEADER_KEYS.get(field, ()) for field, text in texts
        )

    def _without_name(self, number: int, by_field: dict[str, Cell]) -> Iterator[RowProblem | RowNote]:
        texts = [nfc(str(cell.value)) for cell in by_field.values()]
        only_ordinal = set(by_field) == {"ordinal"}
        code = _CODE_IN_TEXT.search(texts[0]) if len(texts) == 1 else None
        if code is not None:
            yield from self._section(number, code, texts[0])
        elif only_ordinal and texts[0].isdecimal():
            yield from self._note(number, "ordinal", "row_skipped", "Dòng chỉ có số thứ tự: được bỏ qua.")
        elif all(fold(text).startswith(_FOOTERS) for text in texts):
            yield from self._note(number, None, "footer_skipped", "Dòng tổng cộng hoặc chữ ký: được bỏ qua.")
        elif only_ordinal:
            self._section_seen, self._cell_code = True, None
            detail = "Dòng tên chi bộ phải có mã tổ chức dạng MM.MMM.MMM.MMM.MMM."
            yield self._problem(number, "ordinal", "section_without_code", detail, texts[0])
        else:
            yield self._problem(number, "name", "name_missing", "Thiếu họ và tên.", texts[0])

    def _section(self, number: int, code: re.Match[str], text: str) -> Iterator[RowProblem]:
        self._section_seen, self._cell_code = True, None
        try:
            cell_code = organization_code(code.group()).text
        except InvalidIdentifierError as fault:
            yield self._problem(number, "ordinal", fault.code, fault.detail_vi, text)
            return
        name = self._cells_by_code.get(cell_code)
        if name is None:
            if cell_code in self._organizations:
                yield self._problem(
                    number, "ordinal", "not_a_cell", "Tổ chức này không phải là chi bộ.", text
                )
            else:
                yield self._problem(number, "ordinal", "unknown_cell", "Không có chi bộ với mã này.", text)
            return
        if fold(name) not in fold(text):
            # A wrong code would put a whole cell's members elsewhere: the name is there to catch it.
            detail = f"Mã {cell_code} là của “{name}”, khác với tên ghi ở dòng này."
            yield self._problem(number, "ordinal", "section_name_differs", detail, text)
            return
        self._cell_code = cell_code

    def _member(self, number: int, by_field: dict[str, Cell]) -> Iterator[MemberRow | RowProblem | RowNote]:
        fields = FieldReader(self._problem, number, by_field)
        used, born = fields.take("name", read.names) or ("", None)
        gender, more_than_gender = fields.take("gender", read.gender) or (None, False)
        admitted, official = fields.take("admission", read.admission_dates) or (None, None)
        if "admission" not in by_field:
            fields.problems.append(
                self._problem(number, "admission", "admission_date_missing", "Thiếu ngày vào Đảng.", "")
            )
        numbers = fields.take("numbers", _numbers) or read.Numbers()
        died, cause_given = fields.take("died", read.death) or (None, False)
        notes, exempt_from = fields.take("notes", read.notes) or (None, None)
        out: DatedPlace | None = fields.take("transferred_out", read.dated_place)
        came: DatedPlace | None = fields.take("transferred_in", read.dated_place)
        left: Leaving | None = fields.take("left", read.leaving)
        said = read.ethnicity_and_religion(by_field["gender"].value) if more_than_gender else {}
        optional = {name: text for name, text in said.items() if name in self._kept}
        texts = {
            field: fields.take(field, cell_text)
            for field in ("native_place", "education", "occupation", "service")
        }
        problems = fields.problems
        problems.extend(self._cell_problem(number))
        problems.extend(self._duplicates(number, numbers))
        if admitted is not None and self._cell_code is not None and not problems:
            row = MemberRow(
                row=number,
                cell_code=self._cell_code,
                full_name=used,
                birth_name=born,
                gender=gender,
                native_place=texts["native_place"],
                education=texts["education"],
                occupation=texts["occupation"],
                admitted_on=admitted,
                official_on=official,
                card_number=numbers.card_number,
                dossier_number=numbers.dossier_number,
                badge=numbers.badge,
                service=texts["service"],
                transferred_out=out,
                transferred_in=came,
                died_on=died,
                left=left,
                optional=optional,
                exempt_from=exempt_from,
                notes=notes,
            )
            problems.extend(self._broken_rules(row))
            if not problems:
                yield from self._notes(number, by_field, gender=len(optional) < len(said), cause=cause_given)
                yield row
        yield from problems

    def _cell_problem(self, number: int) -> Iterator[RowProblem]:
        if self._cell_code is None:
            detail = (
                "Dòng chi bộ phía trên không dùng được, nên không biết đảng viên thuộc chi bộ nào."
                if self._section_seen
                else "Phía trên đảng viên này không có dòng chi bộ."
            )
            yield self._problem(
                number, None, "unknown_cell" if self._section_seen else "no_section", detail, ""
            )

    def _duplicates(self, number: int, numbers: read.Numbers) -> Iterator[RowProblem]:
        for kind, label, value in (
            ("card", "Số thẻ đảng viên", numbers.card_number),
            ("dossier", "Số lý lịch", numbers.dossier_number),
        ):
            if value is None:
                continue
            first = self._first_with.setdefault((kind, value), number)
            if first != number:
                detail = f"{label} {value} được ghi cho hai đảng viên, ở dòng {first} và dòng {number}."
                yield self._problem(number, "numbers", f"duplicate_{kind}_number", detail, value, other=first)

    def _broken_rules(self, row: MemberRow) -> Iterator[RowProblem]:
        exits = [name for field, name in _EXITS.items() if getattr(row, field) is not None]
        came, gone = row.transferred_in, row.transferred_out
        if gone is not None and came is not None and came.on > gone.on:
            exits.remove(_EXITS["transferred_out"])
        if len(exits) > 1:
            detail = f"Một đảng viên không thể vừa {' vừa '.join(exits)}."
            yield self._problem(row.row, "left", "several_exits", detail, "")
        for violation in check_member(row.facts, today=self._today):
            field = _COLUMN_OF_FACT.get(violation.field) or _exit_column(row)
            yield self._problem(row.row, field, violation.code, violation.detail_vi, _shown(row, field))

    def _notes(
        self, number: int, by_field: dict[str, Cell], *, gender: bool, cause: bool
    ) -> Iterator[RowNote]:
        if gender:
            detail = "Dân tộc, tôn giáo là dữ liệu cá nhân nhạy cảm và không được lưu; chỉ lấy giới tính."
            yield from self._note(number, "gender", "ethnicity_religion_not_kept", detail)
        if cause:
            detail = "Lý do chết không được lưu; chỉ lấy ngày."
            yield from self._note(number, "died", "death_cause_not_kept", detail)
        decomposed = next((field for field, cell in by_field.items() if is_decomposed(cell.value)), None)
        if decomposed is not None:
            detail = "Chữ viết ở dạng Unicode tổ hợp (NFD) được chuyển sang dựng sẵn (NFC)."
            yield from self._note(number, decomposed, "nfd_normalised", detail)

    def _note(self, number: int, field: str | None, code: str, detail_vi: str) -> Iterator[RowNote]:
        if code not in self._told:
            self._told.add(code)
            column = _HEADERS[field] if field else None
            yield RowNote(sheet=self._sheet, row=number, column=column, code=code, detail_vi=detail_vi)

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


class FieldReader:
    """Reads the fields of one row, collecting every problem instead of stopping at the first."""

    def __init__(self, problem: Callable[..., RowProblem], number: int, by_field: dict[str, Cell]) -> None:
        """Read *by_field*, telling what is wrong through *problem*."""
        self._problem = problem
        self._number = number
        self._by_field = by_field
        self.problems: list[RowProblem] = []

    def take(self, field: str, reader: Callable[[Any], T]) -> T | None:
        """Return what *reader* makes of a field; None if it is blank or cannot be read."""
        cell = self._by_field.get(field)
        if cell is None:
            return None
        try:
            return reader(cell if reader in {_numbers, card_digits} else cell.value)
        except (CellError, InvalidNameError, InvalidIdentifierError) as fault:
            self.problems.append(self._problem(self._number, field, fault.code, fault.detail_vi, cell.value))
            return None


def _numbers(cell: Cell) -> read.Numbers:
    _refuse_scientific(cell)
    return read.numbers(cell.value)


def card_digits(cell: Cell) -> str:
    """Return the card number of a column that holds nothing else."""
    _refuse_scientific(cell)
    return card_number(cell.value).digits


def _refuse_scientific(cell: Cell) -> None:
    if isinstance(cell.value, int) and "E" in cell.number_format.upper().replace("GENERAL", ""):
        # What the clerk sees and checks is 1,23E+11: the value behind it was never read by anyone.
        card_number(float(cell.value))


def _exit_column(row: MemberRow) -> str:
    if row.left is not None:
        return "left"
    return "died" if row.died_on is not None else "transferred_out"


def _shown(row: MemberRow, field: str) -> str:
    if field == "admission":
        return "; ".join(f"{day:%d/%m/%Y}" for day in (row.admitted_on, row.official_on) if day is not None)
    if field == "notes":
        return f"{row.exempt_from:%d/%m/%Y}" if row.exempt_from else ""
    leaving = row.leaving
    return f"{leaving.on:%d/%m/%Y} {leaving.detail or ''}".strip() if leaving else ""
