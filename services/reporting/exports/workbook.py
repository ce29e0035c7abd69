"""The reports as a workbook (XLSX): a table of all organisations, then a sheet for each report.

Numbers are numbers and dates are dates. Text from data goes in by ``write_string`` only, so that a name such as
``=HYPERLINK(…)`` stays a name. Totals and the balance are formulas that carry their computed value.
"""

import io
import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from services.reporting.domain.case_facts import VIETNAM_TIME
from services.reporting.domain.published_figures import PublishedBeside, PublishedFigure
from services.reporting.domain.screening_count import ENTRIES, EXITS, Figures
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports import printed
from services.reporting.exports.columns import Column, columns
from services.reporting.exports.lines import beside, lines
from services.reporting.exports.published import published_tables
from services.reporting.exports.tables.workbook import LONGEST_SHEET_NAME, TableWriting, sheet_title
from shared.workbook.writing import TEXT_STAYS_TEXT

TABLE_SHEET = "Tổng hợp"
_HEADER_ROWS = 4  # title, headings, headings of the parts, numbers of the columns
_FACTS = ("TT", "Tổ chức đảng", "Cấp", "Kỳ báo cáo", "Từ ngày", "Đến ngày", "Số liệu biết đến")
_WIDTHS = (5, 38, 22, 30, 12, 12, 14)
_FORBIDDEN_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")


def render(reports: Sequence[ScreeningReport]) -> bytes:
    """Return the workbook."""
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        book.set_properties({"title": printed.TITLE})
        writing = _Writing(book)
        shown = columns(reports)
        writing.table(reports, shown)
        published = published_tables(reports)
        taken = {TABLE_SHEET.casefold(), *(sheet_title(table).casefold() for table in published)}
        for report in reports:
            writing.report(report, shown, _sheet_name(report.organization.name, taken))
        tables = TableWriting(book)
        for table in published:
            tables.table(table, about=(printed.TITLE,), notes=())
    return output.getvalue()


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a free sheet name of at most 31 characters, as Excel wants them; adds it to those taken."""
    base = _FORBIDDEN_IN_SHEET_NAME.sub(" ", printed.text(name)).strip("' ") or "Báo cáo"
    number, candidate = 1, base[:LONGEST_SHEET_NAME].strip("' ")
    # "History" is reserved by Excel; a number makes it free like any name that is taken.
    while candidate.casefold() in taken | {"history"}:
        number += 1
        ending = f" ({number})"
        candidate = base[: LONGEST_SHEET_NAME - len(ending)].strip("' ") + ending
    taken.add(candidate.casefold())
    return candidate


class _Writing:
    """Writing of one workbook with its cell formats."""

    def __init__(self, book: Any) -> None:
        self.book = book
        font = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
        cell = {**font, "border": 1}
        self.title = book.add_format({**font, "bold": True, "font_size": 14})
        self.heading = book.add_format(
            {**cell, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#E7ECF4"}
        )
        self.text = book.add_format({**cell, "text_wrap": True})
        self.part = book.add_format({**cell, "text_wrap": True, "indent": 1})
        self.note = book.add_format({**font, "text_wrap": True, "valign": "top"})
        self.number = book.add_format({**cell, "num_format": "#,##0"})
        self.day = book.add_format({**cell, "num_format": "dd/mm/yyyy", "align": "center"})
        self.instant = book.add_format({**cell, "num_format": "hh:mm dd/mm/yyyy", "align": "center"})
        self.stated = book.add_format({**cell, "italic": True, "align": "right", "num_format": "#,##0"})
        self.stated_text = book.add_format({**cell, "italic": True, "text_wrap": True})

    def table(self, reports: Sequence[ScreeningReport], shown: Sequence[Column]) -> None:
        """Write the table of all organisations: a row for each report, under it what was published."""
        sheet = self.book.add_worksheet(TABLE_SHEET)
        sheet.set_landscape()
        sheet.set_paper(8)  # A3
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1, _HEADER_ROWS - 1)
        sheet.freeze_panes(_HEADER_ROWS, 2)
        self._string(sheet, 0, 0, printed.TITLE, self.title)
        for position, (heading, width) in enumerate(zip(_FACTS, _WIDTHS, strict=True)):
            sheet.set_column(position, position, width)
            sheet.merge_range(1, position, 2, position, "", self.heading)
            self._string(sheet, 1, position, heading, self.heading)
        at = self._headings(sheet, [column for column in shown if column.in_table])
        for position in range(len(_FACTS) + len(at)):
            sheet.write_number(3, position, position + 1, self.heading)
        row = _HEADER_ROWS
        for number, report in enumerate(reports, start=1):
            self._facts(sheet, row, report, number)
            self._counted(sheet, row, report, shown, at)
            row += 1
            for published in report.published:
                self._published(sheet, row, published, at)
                row += 1
        self._string(sheet, row + 1, 1, printed.IDENTITY, self.note)

    def _headings(self, sheet: Any, shown: Sequence[Column]) -> dict[str, int]:
        """Write the two rows of headings and return the position of each figure's column."""
        at: dict[str, int] = {}
        position = len(_FACTS)
        for column in shown:
            parts = column.sheet_parts
            at[column.key] = position
            if parts:
                sheet.merge_range(1, position, 1, position + len(parts), "", self.heading)
                self._string(sheet, 2, position, "Tổng số", self.heading)
            else:
                sheet.merge_range(1, position, 2, position, "", self.heading)
            self._string(sheet, 1, position, column.heading, self.heading)
            for offset, part in enumerate(parts, start=1):
                at[part.key] = position + offset
                self._string(sheet, 2, position + offset, part.heading, self.heading)
            position += 1 + len(parts)
        sheet.set_column(len(_FACTS), position - 1, 11)
        sheet.set_row(1, 60)
        sheet.set_row(2, 32)
        return at

    def _facts(self, sheet: Any, row: int, report: ScreeningReport, number: int) -> None:
        sheet.write_number(row, 0, number, self.number)
        self._string(sheet, row, 1, report.organization.name, self.text)
        self._string(sheet, row, 2, report.organization.level_name, self.text)
        self._string(sheet, row, 3, report.period.label, self.text)
        self._date(sheet, row, 4, report.period.starts_on)
        self._date(sheet, row, 5, report.period.ends_on)
        self._date(sheet, row, 6, report.as_of)

    def _counted(
        self,
        sheet: Any,
        row: int,
        report: ScreeningReport,
        shown: Sequence[Column],
        at: dict[str, int],
    ) -> None:
        """Write the counted figures; a total with adding parts beside it is the formula of their sum."""
        flat = report.figures.flat()
        cells = {key: f"{xl_col_to_name(position)}{row + 1}" for key, position in at.items()}
        for key, position in at.items():
            sheet.write_number(row, position, flat.get(key, 0), self.number)
        for column in shown:
            adding = [cells[part.key] for part in column.sheet_parts if part.adds and part.key in cells]
            if column.in_table and adding:
                formula = f"=SUM({adding[0]}:{adding[-1]})"
                sheet.write_formula(row, at[column.key], formula, self.number, flat[column.key])
        sheet.write_formula(row, at["unreconciled"], _balance(cells), self.number, flat["unreconciled"])

    def _published(self, sheet: Any, row: int, published: PublishedBeside, at: dict[str, int]) -> None:
        self._string(sheet, row, 0, "", self.stated_text)
        self._string(sheet, row, 1, f"Công bố: {printed.source(published)}", self.stated_text)
        self._string(sheet, row, 2, published.organization_name, self.stated_text)
        self._string(sheet, row, 3, published.period.label, self.stated_text)
        self._date(sheet, row, 4, published.period.starts_on)
        self._date(sheet, row, 5, published.period.ends_on)
        self._date(sheet, row, 6, published.source.published_on)
        for key, position in at.items():
            stated = published.unreconciled if key == "unreconciled" else published.figures.get(key)
            self._bound(sheet, row, position, stated)

    def report(self, report: ScreeningReport, shown: Sequence[Column], name: str) -> None:
        """Write the sheet of one report: every figure and part in a row, the sources beside, notes below."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(1)
        sheet.freeze_panes(2, 1)
        sheet.set_column(0, 0, 62)
        sheet.set_column(1, 1 + len(report.published), 22)
        self._string(sheet, 0, 0, f"{report.organization.name}: {printed.period(report)}", self.title)
        self._string(sheet, 1, 0, "Chỉ tiêu", self.heading)
        self._string(sheet, 1, 1, "Số liệu", self.heading)
        for position, published in enumerate(report.published, start=2):
            self._string(sheet, 1, position, f"Công bố: {printed.source(published)}", self.heading)
        self._column(sheet, 1, report.figures, shown)
        for position, each in enumerate(beside(report), start=2 + len(report.published)):
            sheet.set_column(position, position, 22)
            self._string(sheet, 1, position, each.heading, self.heading)
            self._column(sheet, position, each.figures, shown)
        found = lines(report, shown)
        for row, line in enumerate(found, start=2):
            self._string(sheet, row, 0, line.heading, self.part if line.part else self.text)
            for position, published in enumerate(report.published, start=2):
                stated = (
                    published.unreconciled if line.key == "unreconciled" else published.figures.get(line.key)
                )
                self._bound(sheet, row, position, stated)
        self._about(sheet, len(found) + 3, report)

    def _column(self, sheet: Any, position: int, figures: Figures, shown: Sequence[Column]) -> None:
        """Write one column of counts: totals with adding parts and the balance are formulas with their value."""
        flat, name, row, cells = figures.flat(), xl_col_to_name(position), 2, {}
        for column in shown:
            cells[column.key] = f"{name}{row + 1}"
            count = flat[column.key]
            adding = sum(part.adds for part in column.parts)
            if column.key == "unreconciled":
                sheet.write_formula(row, position, _balance(cells), self.number, count)
            elif adding:
                formula = f"=SUM({name}{row + 2}:{name}{row + 1 + adding})"
                sheet.write_formula(row, position, formula, self.number, count)
            else:
                sheet.write_number(row, position, count, self.number)
            for offset, part in enumerate(column.parts, start=1):
                sheet.write_number(row + offset, position, flat.get(part.key, 0), self.number)
            row += 1 + len(column.parts)

    def _about(self, sheet: Any, row: int, report: ScreeningReport) -> None:
        """Write what the figures stand on, and the notes."""
        days = (
            ("Từ ngày", report.period.starts_on),
            ("Đến ngày", report.period.ends_on),
            ("Số liệu biết đến hết ngày", report.as_of),
        )
        for heading, day in days:
            self._string(sheet, row, 0, heading, self.text)
            self._date(sheet, row, 1, day)
            row += 1
        self._string(sheet, row, 0, "Lập lúc (giờ Việt Nam)", self.text)
        # Spreadsheets know no time zone: the wall clock of Vietnam is written, and the label says so.
        moment = report.generated_at.astimezone(VIETNAM_TIME).replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(row, 1, moment, self.instant)
        for source, applied in sorted(report.applied.items()):
            row += 1
            self._string(sheet, row, 0, f"Sự kiện đã áp dụng: {source}", self.text)
            sheet.write_number(row, 1, applied.events, self.number)
        for note in (printed.IDENTITY, *printed.notes(report)):
            row += 1
            self._string(sheet, row, 0, note, self.note)

    def _bound(self, sheet: Any, row: int, position: int, stated: PublishedFigure | None) -> None:
        """Write a published figure: a number where it is exact, its text where it is a bound, else nothing."""
        if stated is not None and stated.kind == "exact" and stated.value is not None:
            sheet.write_number(row, position, stated.value, self.stated)
        else:
            self._string(sheet, row, position, stated.text if stated else "", self.stated)

    def _string(self, sheet: Any, row: int, position: int, value: str, style: Any) -> None:
        if not value:
            sheet.write_blank(row, position, None, style)
        elif sheet.write_string(row, position, printed.text(value), style) != 0:
            raise ValueError(f"không ghi được chữ vào ô ({row}, {position}): quá dài cho bảng tính")

    def _date(self, sheet: Any, row: int, position: int, value: date | None) -> None:
        if value is None:
            sheet.write_blank(row, position, None, self.day)
        else:
            sheet.write_datetime(row, position, value, self.day)


def _balance(cells: dict[str, str]) -> str:
    """Return the formula of the balance identity over the cells of one report."""
    entries = "+".join(cells[key] for key in ENTRIES)
    exits = "+".join(cells[key] for key in EXITS)
    return f"=({entries})-({exits})"
