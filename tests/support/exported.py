"""Reading an exported file back to its figures: of each report, of what it is compared with, of each kind below it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import docx
import openpyxl

from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports import json_document, workbook
from services.reporting.exports.columns import columns
from services.reporting.exports.lines import lines
from services.reporting.exports.word import BY_KIND
from tests.support.pdf_text import texts_of

Counted = dict[tuple[int, str], dict[str, int]]
"""Number of the report in the file, and "" for itself, the name of a comparison or the code of a kind → figures."""


def keys_of(reports: Sequence[ScreeningReport]) -> list[str]:
    """The keys of all figures that a file of these reports holds, in the order of the form."""
    return [key for column in columns(reports) for key in (column.key, *(part.key for part in column.parts))]


def counted_in(reports: Sequence[ScreeningReport]) -> Counted:
    """The figures that every file of these reports should hold."""
    keys, found = keys_of(reports), {}
    for number, report in enumerate(reports):
        named = {
            "": report.figures,
            **{each.with_: each.figures for each in report.comparison},
            **{each.level: each.figures for each in report.by_organization_kind},
        }
        for name, figures in named.items():
            flat = figures.flat()
            found[number, name] = {key: flat.get(key, 0) for key in keys}
    return found


def names_of(report: ScreeningReport) -> list[str]:
    """The names under which the counts of one report stand, in the order in which they are printed."""
    kinds = [each.level for each in report.by_organization_kind]
    return ["", *(each.with_ for each in report.comparison), *kinds]


def from_json(content: bytes, _: Sequence[ScreeningReport]) -> Counted:
    return counted_in(json_document.read(content))


def from_csv(content: bytes, reports: Sequence[ScreeningReport]) -> Counted:
    numbers = {report.organization.id: number for number, report in enumerate(reports)}
    found: Counted = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        if row["source"]:
            continue  # of a source, not of the report
        number = numbers[row["organization_id"]]
        found.setdefault((number, row["kind"]), {})[row["figure"]] = int(row["count"])
        for name in ("period_before", "year_before"):
            if row[name]:
                found.setdefault((number, name), {})[row["figure"]] = int(row[name])
    return found


def from_xlsx(content: bytes, reports: Sequence[ScreeningReport]) -> Counted:
    book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    sheets = [sheet for sheet in book if sheet.title != workbook.TABLE_SHEET]
    keys, found = keys_of(reports), {}
    for number, (sheet, report) in enumerate(zip(sheets, reports, strict=True)):
        first = 3 + len(report.published)
        places = [2, *range(first, first + len(names_of(report)) - 1)]
        for name, place in zip(names_of(report), places, strict=True):
            counts = [sheet.cell(row, place).value for row in range(3, 3 + len(keys))]
            assert all(type(count) is int for count in counts)
            found[number, name] = dict(zip(keys, counts, strict=True))
    return found


def from_docx(content: bytes, reports: Sequence[ScreeningReport]) -> Counted:
    tables = docx.Document(io.BytesIO(content)).tables
    whole = [table for table in tables if table.cell(0, 0).text == "Chỉ tiêu"]
    by_kind = [table for table in tables if table.cell(0, 0).text == BY_KIND]
    keys, found = keys_of(reports), {}
    for number, (table, report) in enumerate(zip(whole, reports, strict=True)):
        kinds = len(report.by_organization_kind)
        names = names_of(report)
        places = [(table, place) for place in range(1, 1 + len(names) - kinds)]
        if kinds:
            places += [(by_kind[0], place) for place in range(1, 1 + kinds)]
            del by_kind[0]
        for name, (printed, place) in zip(names, places, strict=True):
            counts = [int(cell.text) for cell in printed.columns[place].cells[1:]]
            found[number, name] = dict(zip(keys, counts, strict=True))
    return found


def from_pdf(content: bytes, reports: Sequence[ScreeningReport]) -> Counted:
    pages, found, page = texts_of(content), {}, 0
    for number, report in enumerate(reports):
        texts = pages[page]
        page += 1
        # A report that is longer than its page goes on; the next one begins with the Party's name.
        while page < len(pages) and not _begins(pages[page]):
            texts = texts + pages[page]
            page += 1
        of_report = _of_pages(texts, report)
        for name, figures in of_report.items():
            found[number, name] = {key: figures.get(key, 0) for key in keys_of(reports)}
    return found


READERS = {"json": from_json, "csv": from_csv, "xlsx": from_xlsx, "docx": from_docx, "pdf": from_pdf}
"""Format → how a file of it is read back."""


def _begins(texts: Sequence[str]) -> bool:
    return any(text == "ĐẢNG CỘNG SẢN VIỆT NAM" for text in texts[:8])


def _of_pages(texts: Sequence[str], report: ScreeningReport) -> dict[str, dict[str, int]]:
    table = [column for column in columns([report]) if column.in_table]
    keys = [key for column in table for key in (column.key, *(part.key for part in column.table_parts))]
    names = names_of(report)
    found: dict[str, dict[str, int]] = {}
    at = texts.index(report.organization.name)
    for name in names:
        _, counts, at = _row(texts, at, len(keys))
        found[name] = dict(zip(keys, counts, strict=True))
    at = texts.index("Kỳ này") + 1
    for line in lines(report, columns([report])):
        label, counts, after = _row(texts, at, len(names))
        if label.endswith(_letters(line.heading)):
            for name, count in zip(names, counts, strict=True):
                assert found[name].setdefault(line.key, count) == count
            at = after
    return found


def _row(texts: Sequence[str], at: int, counts: int) -> tuple[str, list[int], int]:
    """Read the row that begins at a place: its label, broken into lines or not, its counts, and what follows."""
    end = at
    while end < len(texts) and not texts[end].lstrip("-").isdigit():
        end += 1
    found = [int(text) for text in texts[end : end + counts] if text.lstrip("-").isdigit()]
    return _letters("".join(texts[at:end])), found, end + counts


def _letters(text: str) -> str:
    """Without spaces: a line that was broken has lost the one at its end."""
    return "".join(text.split())
