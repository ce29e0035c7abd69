"""Every export read back: the same figures in all of them."""

import csv
import io
from datetime import date

import docx
import msgspec
import openpyxl
import pytest

from services.reporting.domain.comparison import period_before, year_before
from services.reporting.domain.period import Period
from services.reporting.domain.screening_report import Compared
from services.reporting.exports import columns, formats, json_document, workbook
from services.reporting.exports.comma_separated import HEADINGS
from tests.support.pdf_text import texts_of
from tests.unit.reporting.conftest import KHOI, OFFICE, PLANT


@pytest.fixture
def reports(a_report_on):
    """Three reports of one quarter-like range, the Khối's compared with two others."""
    khoi = a_report_on(KHOI, "Đảng bộ Khối mẫu")
    plant, office = a_report_on(PLANT, "=Nhà máy"), a_report_on(OFFICE, "Đảng bộ Cơ quan mẫu")
    beside = (
        Compared(with_="period_before", period=period_before(Period.quarter(2023, 1)), figures=plant.figures),
        Compared(with_="year_before", period=year_before(Period.quarter(2023, 1)), figures=office.figures),
    )
    return [msgspec.structs.replace(khoi, comparison=beside), plant, office]


def known(reports):
    """The figures of each report under every key of the form."""
    keys = [
        key
        for column in columns.columns(reports)
        for key in (column.key, *(part.key for part in column.parts))
    ]
    return [{key: report.figures.flat().get(key, 0) for key in keys} for report in reports]


class TestSameFigures:
    """JSON, CSV, XLSX, DOCX and PDF say the same, figure by figure."""

    def test_json(self, reports):
        assert json_document.read(formats.render("json", reports).content) == reports

    def test_csv(self, reports):
        content = formats.render("csv", reports).content
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert tuple(rows[0]) == HEADINGS
        for report, figures in zip(reports, known(reports), strict=True):
            own = [row for row in rows if row["organization_id"] == report.organization.id]
            assert {row["figure"]: int(row["count"]) for row in own} == figures
            assert {date.fromisoformat(row["from"]) for row in own} == {report.period.starts_on}
        before, last_year = (each.figures.flat() for each in reports[0].comparison)
        for row in rows[: len(known(reports)[0])]:
            assert int(row["period_before"]) == before.get(row["figure"], 0)
            assert int(row["year_before"]) == last_year.get(row["figure"], 0)
        assert next(row["published"] for row in rows if row["figure"] == "listed") == ">20"

    def test_csv_text_is_never_a_formula(self, reports):
        rows = list(csv.reader(io.StringIO(formats.render("csv", reports).content.decode("utf-8-sig"))))
        assert "'=Nhà máy" in {row[1] for row in rows}
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]

    def test_xlsx(self, reports):
        book = openpyxl.load_workbook(io.BytesIO(formats.render("xlsx", reports).content), data_only=True)
        sheets = [sheet for sheet in book if sheet.title != workbook.TABLE_SHEET]
        for sheet, figures in zip(sheets, known(reports), strict=True):
            counts = [sheet.cell(row, 2).value for row in range(3, 3 + len(figures))]
            assert counts == list(figures.values())
        before = reports[0].comparison[0].figures.flat()
        compared = [sheets[0].cell(row, 4).value for row in range(3, 3 + len(known(reports)[0]))]
        assert compared == [before.get(key, 0) for key in known(reports)[0]]

    def test_docx(self, reports):
        document = docx.Document(io.BytesIO(formats.render("docx", reports).content))
        tables = [table for table in document.tables if table.cell(0, 0).text == "Chỉ tiêu"]
        for table, figures in zip(tables, known(reports), strict=True):
            assert [int(cell.text) for cell in table.columns[1].cells[1:]] == list(figures.values())
        assert [cell.text for cell in tables[0].rows[0].cells][2:4] == [
            "Kỳ trước: Quý IV/2022",
            "Cùng kỳ năm trước: Quý I/2022",
        ]
        assert "=NHÀ MÁY" in "".join(table.cell(0, 0).text for table in document.tables)

    def test_pdf(self, reports):
        pages = texts_of(formats.render("pdf", reports).content)
        for texts, report in zip(pages, reports, strict=True):
            flat = report.figures.flat()
            table = [column for column in columns.columns([report]) if column.in_table]
            keys = [key for column in table for key in (column.key, *(p.key for p in column.table_parts))]
            label = texts.index(report.organization.name)
            assert texts[label + 1 : label + 1 + len(keys)] == [str(flat.get(key, 0)) for key in keys]
