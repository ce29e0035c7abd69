"""Rows of one sheet, as plain cells: streaming, with the row bound, and every parser fault translated."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Protocol
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import msgspec

from shared.workbook.headers import Column, HeaderMatch, match_headers
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import RowProblem, WorkbookError

_HEADER_WITHIN = 40
_FEWEST_HEADERS = 4
_EXCERPT = 40

PARSER_FAULTS = (
    BadZipFile,
    zlib.error,
    ParseError,
    EOFError,
    OSError,
    LookupError,
    ValueError,  # defusedxml's refusals are ValueErrors as well
    TypeError,
    AttributeError,
    ArithmeticError,
)
"""What openpyxl lets through when a file is damaged: it has no exception of its own for that."""


def open_workbook(stream: BinaryIO) -> Any:
    """Open the workbook for streaming: formulas stay formulas, links to other files are not followed."""
    import openpyxl  # noqa: PLC0415 -- 17 MB that no process but one that reads a workbook needs

    if not openpyxl.DEFUSEDXML:
        raise ImportError(
            "openpyxl must read through defusedxml: install it and leave OPENPYXL_DEFUSEDXML unset"
        )
    try:
        return openpyxl.load_workbook(stream, read_only=True, data_only=False, keep_links=False)
    except PARSER_FAULTS as fault:
        raise broken_workbook() from fault


class Cell(msgspec.Struct, frozen=True):
    """Ô: a value that is not blank, with openpyxl's letter for its kind and its number format."""

    value: Any
    kind: str
    number_format: str


class StreamedSheet(Protocol):
    """Trang tính: the part of openpyxl's read-only worksheet that is used here."""

    title: str

    def reset_dimensions(self) -> None:
        """Forget the declared size."""

    def iter_rows(self, *, max_col: int) -> Iterator[Sequence[Any]]:
        """Yield rows of cells, *max_col* wide."""


SheetRow = dict[int, Cell]
"""Cells that are not blank, by column number from 1."""


def broken_workbook() -> WorkbookError:
    """Return the error for a workbook whose inside is damaged."""
    return WorkbookError("broken_workbook", "Tệp XLSX bị hỏng: nội dung bên trong không đọc được.")


def rows_of(sheet: StreamedSheet, limits: WorkbookLimits) -> Iterator[tuple[int, SheetRow]]:
    """Yield row numbers (from 1) with their cells; WorkbookError for too many rows or a damaged sheet."""
    # The declared dimension may lie, and openpyxl would cut the rows off at it.
    sheet.reset_dimensions()
    rows = iter(sheet.iter_rows(max_col=limits.columns))
    number = 0
    while True:
        try:
            row = next(rows, None)
        except PARSER_FAULTS as fault:
            raise broken_workbook() from fault
        if row is None:
            return
        number += 1
        if number > limits.rows:
            raise WorkbookError(
                "too_many_rows",
                f"Trang “{sheet.title}” có hơn {limits.rows} dòng; hãy chia tệp hoặc xóa các dòng trống ở cuối.",
            )
        yield number, _cells(row)


def _cells(row: Sequence[Any]) -> SheetRow:
    cells: SheetRow = {}
    for column, cell in enumerate(row, start=1):
        value = cell.value
        # A formula is kept even without text: it is refused by its kind, never evaluated.
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        number_format = cell.number_format if isinstance(value, int | float) else ""
        cells[column] = Cell(value, cell.data_type, number_format)
    return cells


def excerpt(value: object) -> str:
    """Return at most 40 characters of a cell, for a person to find it."""
    text = str(value).replace("\n", " ")
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Dòng tiêu đề: where it stands and which columns it names."""

    row: int
    match: HeaderMatch


def find_header(
    rows: Iterator[tuple[int, SheetRow]], columns: Sequence[Column], *, sheet: str, limits: WorkbookLimits
) -> tuple[Header | None, list[RowProblem]]:
    """Consume *rows* up to the header row; return it with what is wrong about it.

    The header is None, with a problem, where none stands in the first rows or a column is missing.
    """
    for number, cells in rows:
        if number > _HEADER_WITHIN:
            break
        texts = [
            cells[column].value if column in cells and isinstance(cells[column].value, str) else None
            for column in range(1, limits.columns + 1)
        ]
        match = match_headers(texts, columns)
        if len(match.positions) >= _FEWEST_HEADERS:
            problems = _header_problems(match, sheet=sheet, row=number)
            return (None if match.missing else Header(row=number, match=match)), problems
    return None, [
        RowProblem(
            sheet=sheet,
            row=1,
            column=None,
            code="header_missing",
            detail_vi=f"Không thấy dòng tiêu đề của biểu mẫu trong {_HEADER_WITHIN} dòng đầu.",
            scope="file",
        )
    ]


def _header_problems(match: HeaderMatch, *, sheet: str, row: int) -> list[RowProblem]:
    problems = [
        RowProblem(
            sheet=sheet,
            row=row,
            column=excerpt(text),
            code=code,
            detail_vi=detail,
            value_excerpt=excerpt(text),
            scope="file",
        )
        for code, detail, places in (
            ("unknown_column", "Cột không có trong biểu mẫu.", match.unknown),
            ("repeated_column", "Cột xuất hiện hai lần.", match.repeated),
        )
        for _, text in places
    ]
    problems.extend(
        RowProblem(
            sheet=sheet,
            row=row,
            column=column.header,
            code="missing_column",
            detail_vi=f"Thiếu cột “{column.header}” của biểu mẫu.",
            scope="file",
        )
        for column in match.missing
    )
    return problems


def cell_fault(cell: Cell, limits: WorkbookLimits) -> tuple[str, str] | None:
    """Return code and reason if a cell must not be read at all: formula, error value, overlong text."""
    if cell.kind == "f":
        return "formula", "Ô có công thức; hãy dán giá trị (Paste Values) rồi nhập lại."
    if cell.kind == "e":
        return "cell_error", "Ô chứa giá trị lỗi của bảng tính."
    if isinstance(cell.value, str) and len(cell.value) > limits.cell_characters:
        return "text_too_long", f"Nội dung ô dài quá {limits.cell_characters} ký tự."
    return None
