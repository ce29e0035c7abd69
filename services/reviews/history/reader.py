"""Reading a workbook of past cases: a stream of rows, problems and notes, with memory bounded by the limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, BinaryIO, TypeVar

import msgspec

from services.reviews.domain.case import Past, PastOutcome, PastVote
from services.reviews.domain.citation import Problem
from services.reviews.domain.criteria import CRITERIA
from services.reviews.domain.grounds import GROUNDS, Mode, Status
from services.reviews.domain.history import PAST_OUTCOME_VI, past_problems
from services.reviews.history.form import COLUMNS, COUNTS, DATES, HEADERS, MODE_WORDS, SHEET, TEXTS
from shared.identifiers import InvalidIdentifierError, card_number
from shared.names import InvalidNameError, person_name
from shared.workbook.archive import check_archive
from shared.workbook.cells import CellError, cell_date, cell_text, is_decomposed
from shared.workbook.headers import header_key
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import RowNote, RowProblem, WorkbookError
from shared.workbook.sheet import (
    Cell,
    Header,
    SheetRow,
    cell_fault,
    excerpt,
    find_header,
    open_workbook,
    rows_of,
)

T = TypeVar("T")
_STANDING: Mapping[str, Status] = {"chinhthuc": "official", "dubi": "probationary"}
_OUTCOMES: Mapping[str, PastOutcome] = {header_key(text): code for code, text in PAST_OUTCOME_VI.items()}
_MODES: Mapping[str, Mode] = {header_key(text): mode for text, mode in MODE_WORDS.items()}
_CODES = {
    "criterion": {each.code.upper(): each.code for each in CRITERIA},
    "ground": {each.code.upper(): each.code for each in GROUNDS},
}
_COLUMN_OF_VOTE = {"listing_vote": "listing_for", "cell_vote": "cell_for", "committee_vote": "committee_for"}
_LONGEST_TEXT = 500
_MOST_VOTERS = 10_000


class PastRow(msgspec.Struct, frozen=True, kw_only=True):
    """Một dòng: one past case as the workbook has it; who it is about is settled later."""

    row: int
    full_name: str
    birth_date: date | None
    card_number: str | None
    standing: Status | None
    organization_id: str
    past: Past


Item = PastRow | RowProblem | RowNote


class HistoryReading:
    """Lượt đọc: iterate once to get the items; ``rows_read`` of ``rows_expected`` is the progress."""

    def __init__(
        self,
        source: BinaryIO,
        *,
        import_id: str,
        organization: Callable[[str], str],
        today: date,
        limits: WorkbookLimits | None = None,
    ) -> None:
        """Read *source*; *organization* returns the id of the one that a text names, or raises CellError."""
        self._source = source
        self._import_id = import_id
        self._organization = organization
        self._today = today
        self._limits = limits or WorkbookLimits()
        self._told: set[str] = set()
        self.rows_read = 0
        self.rows_expected: int | None = None

    def __iter__(self) -> Iterator[Item]:
        """Yield rows, problems and notes in their order; a row with a problem is never yielded as a row.

        Raises WorkbookError for what concerns the file as a whole, before or while reading it.
        """
        check_archive(self._source, self._limits)
        workbook = open_workbook(self._source)
        try:
            yield from self._items(workbook)
        finally:
            workbook.close()

    def _items(self, workbook: Any) -> Iterator[Item]:
        sheets = {header_key(sheet.title): sheet for sheet in workbook.worksheets}
        if len(workbook.sheetnames) > self._limits.sheets:
            count, most = len(workbook.sheetnames), self._limits.sheets
            raise WorkbookError("too_many_sheets", f"Tệp có {count} trang, vượt giới hạn {most}.")
        sheet = sheets.get(header_key(SHEET))
        if sheet is None:
            raise WorkbookError(
                "sheet_missing", f"Tệp không có trang “{SHEET}”; hãy dùng tệp mẫu tải từ hệ thống."
            )
        self.rows_expected = min(sheet.max_row or 0, self._limits.rows) or None
        rows = self._counted(sheet)
        header, problems = find_header(rows, COLUMNS, sheet=SHEET, limits=self._limits)
        yield from problems
        if header is not None:
            for number, cells in rows:
                yield from self._row(header, number, cells)

    def _counted(self, sheet: Any) -> Iterator[tuple[int, SheetRow]]:
        for row in rows_of(sheet, self._limits):
            self.rows_read += 1
            yield row

    def _row(self, header: Header, number: int, cells: SheetRow) -> Iterator[Item]:
        by_field: dict[str, Cell] = {}
        faults: list[RowProblem] = []
        for place, cell in cells.items():
            column = header.match.positions.get(place)
            if column is None:
                detail = f"Có dữ liệu ngoài biểu mẫu ở cột thứ {place}; hãy xóa đi."
                faults.append(_problem(number, None, "outside_form", detail, cell.value))
                continue
            by_field[column.field] = cell
            fault = cell_fault(cell, self._limits)
            if fault is not None:
                faults.append(_problem(number, column.field, *fault, cell.value))
        if faults:
            yield from faults
            return
        by_field.pop("ordinal", None)
        if not by_field:
            return
        decomposed = next((field for field, cell in by_field.items() if is_decomposed(cell.value)), None)
        if decomposed is not None and "nfd_normalised" not in self._told:
            self._told.add("nfd_normalised")
            detail = "Chữ viết ở dạng Unicode tổ hợp (NFD) được chuyển sang dựng sẵn (NFC)."
            yield RowNote(
                sheet=SHEET,
                row=number,
                column=HEADERS[decomposed],
                code="nfd_normalised",
                detail_vi=detail,
            )
        yield from self._case(number, by_field)

    def _case(self, number: int, by_field: dict[str, Cell]) -> Iterator[Item]:
        fields = _Fields(number, by_field)
        name = fields.take("name", _name)
        card = fields.take("card", lambda value: card_number(value).digits)
        standing = fields.take("standing", _standing)
        organization = fields.take("organization", lambda value: self._organization(cell_text(value) or ""))
        outcome = fields.take("outcome", _outcome)
        mode = fields.take("mode", _mode)
        codes = {field: fields.take(field, _coded(field)) for field in _CODES}
        days = {field: fields.take(field, cell_date) for field in DATES}
        texts = {field: fields.take(field, _short_text) for field in TEXTS}
        counts = {field: fields.take(field, _count) for field in COUNTS}
        for field in ("name", "organization", "outcome"):
            if field not in by_field:
                detail = f"Thiếu “{HEADERS[field]}”."
                fields.problems.append(_problem(number, field, f"{field}_missing", detail, ""))
        if "birth_date" not in by_field and "card" not in by_field:
            detail = "Cần số thẻ đảng viên hoặc ngày sinh để biết đây là ai."
            fields.problems.append(_problem(number, "card", "person_unclear", detail, ""))
        if fields.problems or name is None or organization is None or outcome is None:
            yield from fields.problems
            return
        birth_date = days.pop("birth_date")
        facts: dict[str, Any] = {**codes, **days, **texts}
        past = Past(
            import_id=self._import_id,
            row=number,
            outcome=outcome,
            mode=mode,
            listing_vote=_vote(counts, "listing"),
            cell_vote=_vote(counts, "cell"),
            committee_vote=_vote(counts, "committee"),
            **facts,
        )
        # Only khai trừ of a probationary member hangs on the standing; the preview asks once more when it knows.
        found = past_problems(past, status=standing or "official", today=self._today)
        if found:
            yield from (rule_problem(number, each) for each in found)
            return
        yield PastRow(
            row=number,
            full_name=name,
            birth_date=birth_date,
            card_number=card,
            standing=standing,
            organization_id=organization,
            past=past,
        )


class _Fields:
    """Reads the fields of one row, collecting every problem instead of stopping at the first."""

    def __init__(self, number: int, by_field: Mapping[str, Cell]) -> None:
        self._number = number
        self._by_field = by_field
        self.problems: list[RowProblem] = []

    def take(self, field: str, reader: Callable[[Any], T]) -> T | None:
        cell = self._by_field.get(field)
        if cell is None:
            return None
        try:
            return reader(cell.value)
        except (CellError, InvalidNameError, InvalidIdentifierError) as fault:
            self.problems.append(_problem(self._number, field, fault.code, fault.detail_vi, cell.value))
            return None


def rule_problem(row: int, found: Problem) -> RowProblem:
    """Return what the rules say of a row, at the column that it is about."""
    field = found.pointer.removeprefix("/")
    return _problem(row, _COLUMN_OF_VOTE.get(field, field), found.code, found.detail_vi, "")


def _problem(row: int, field: str | None, code: str, detail_vi: str, value: object) -> RowProblem:
    return RowProblem(
        sheet=SHEET,
        row=row,
        column=HEADERS.get(field) if field else None,
        code=code,
        detail_vi=detail_vi,
        value_excerpt=f"{value:%d/%m/%Y}" if isinstance(value, datetime) else excerpt(value),
    )


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise CellError("cell_not_text", "Ô phải là văn bản.")
    return person_name(value)


def _standing(value: object) -> Status:
    found = _STANDING.get(header_key(cell_text(value) or ""))
    if found is None:
        raise CellError("standing_unknown", "Ghi “chính thức” hoặc “dự bị”.")
    return found


def _outcome(value: object) -> PastOutcome:
    found = _OUTCOMES.get(header_key(cell_text(value) or ""))
    if found is None:
        raise CellError("outcome_unknown", "Ghi một trong: " + "; ".join(PAST_OUTCOME_VI.values()) + ".")
    return found


def _mode(value: object) -> Mode:
    found = _MODES.get(header_key(cell_text(value) or ""))
    if found is None:
        raise CellError("mode_unknown", "Ghi một trong: " + "; ".join(MODE_WORDS) + ".")
    return found


def _coded(field: str) -> Callable[[object], str]:
    known = _CODES[field]

    def read(value: object) -> str:
        found = known.get((cell_text(value) or "").upper())
        if found is None:
            raise CellError(f"{field}_unknown", "Ghi một trong các mã: " + ", ".join(known.values()) + ".")
        return found

    return read


def _short_text(value: object) -> str | None:
    text = cell_text(value)
    if text is not None and len(text) > _LONGEST_TEXT:
        raise CellError("text_too_long", f"Nội dung dài quá {_LONGEST_TEXT} ký tự.")
    return text


def _count(value: object) -> int:
    text = cell_text(value) or ""
    if not (text.isascii() and text.isdigit()) or int(text) > _MOST_VOTERS:
        raise CellError("count_wrong", "Ghi một số nguyên, hoặc để trống nếu không rõ.")
    return int(text)


def _vote(counts: Mapping[str, int | None], which: str) -> PastVote | None:
    base, votes_for = counts[f"{which}_base"], counts[f"{which}_for"]
    return None if base is None and votes_for is None else PastVote(base=base, votes_for=votes_for)
