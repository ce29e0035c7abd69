"""Tables as a workbook (XLSX): a sheet for each table, headings frozen, sums as formulas that carry their value.

Text goes in by ``write_string`` only, so that a name such as ``=HYPERLINK(…)`` stays a name.
"""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from services.reporting.exports import printed
from services.reporting.exports.tables.document import Table, Tables, Value, positions
from shared.workbook.writing import TEXT_STAYS_TEXT

_HEADER_ROWS = 4  # title, whose and of which days, what it stands on, headings
LONGEST_SHEET_NAME = 31
"""Excel takes no more."""


def render(document: Tables) -> bytes:
    """Return the workbook."""
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        book.set_properties({"title": document.title})
        writing = TableWriting(book)
        about = (f"{document.organization}: {document.subject}", document.about)
        for table in document.tables:
            writing.table(table, about=about, notes=document.notes)
    return output.getvalue()


def sheet_title(table: Table) -> str:
    """Return the name of the sheet of a table."""
    return table.title[:LONGEST_SHEET_NAME].strip()


class TableWriting:
    """Writing of tables into one workbook, a sheet for each, with its cell formats."""

    def __init__(self, book: Any) -> None:
        """Write into *book*."""
        self.book = book
        font = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
        cell = {**font, "border": 1}
        self.title = book.add_format({**font, "bold": True, "font_size": 14})
        self.note = book.add_format(font)
        self.heading = book.add_format(
            {**cell, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#E7ECF4"}
        )
        self.text = book.add_format({**cell, "text_wrap": True})
        self.number = book.add_format({**cell, "num_format": "#,##0"})
        self.day = book.add_format({**cell, "num_format": "dd/mm/yyyy", "align": "center"})

    def table(self, table: Table, *, about: Sequence[str], notes: Sequence[str]) -> None:
        """Write one table: at most two lines of *about* above it, the notes below."""
        sheet = self.book.add_worksheet(sheet_title(table))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADER_ROWS - 1)
        sheet.freeze_panes(_HEADER_ROWS, 1)
        sheet.set_column(0, table.labels - 1, 34)
        sheet.set_column(table.labels, len(table.headings) - 1, 14)
        for row, line in enumerate((table.title, *about)):
            self._string(sheet, row, 0, line, self.note if row else self.title)
        for position, heading in enumerate(table.headings):
            self._string(sheet, _HEADER_ROWS - 1, position, heading.text, self.heading)
        for row, values in enumerate(table.rows, start=_HEADER_ROWS):
            for position, value in enumerate(values):
                self._value(sheet, row, position, value)
            self._sums(sheet, table, row, values)
        end = _HEADER_ROWS + len(table.rows) + 1
        for row, line in enumerate(notes, start=end):
            self._string(sheet, row, 0, line, self.note)

    def _sums(self, sheet: Any, table: Table, row: int, values: tuple[Value, ...]) -> None:
        for position, heading in enumerate(table.headings):
            if heading.sums and values[position] is not None:
                cells = [xl_rowcol_to_cell(row, at) for at in positions(table, heading.sums)]
                sheet.write_formula(row, position, f"={'+'.join(cells)}", self.number, values[position])

    def _value(self, sheet: Any, row: int, position: int, value: Value) -> None:
        if isinstance(value, date):
            sheet.write_datetime(row, position, value, self.day)
        elif isinstance(value, int):
            sheet.write_number(row, position, value, self.number)
        else:
            self._string(sheet, row, position, value or "", self.text)

    def _string(self, sheet: Any, row: int, position: int, value: str, style: Any) -> None:
        if not value:
            sheet.write_blank(row, position, None, style)
        elif sheet.write_string(row, position, printed.text(value), style) != 0:
            raise ValueError(f"không ghi được chữ vào ô ({row}, {position}): quá dài cho bảng tính")
