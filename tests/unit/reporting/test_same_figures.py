"""Every export read back: the same figures in all of them."""

import csv
import io

import docx
import msgspec
import openpyxl
import pytest

from services.reporting.domain.comparison import period_before, year_before
from services.reporting.domain.period import Period
from services.reporting.domain.screening_count import OtherExits
from services.reporting.domain.screening_report import Compared, KindFigures
from services.reporting.exports import columns, formats, json_document
from services.reporting.exports.comma_separated import HEADINGS
from tests.support.exported import READERS, counted_in
from tests.unit.reporting.conftest import KHOI, OFFICE, PLANT


@pytest.fixture
def reports(a_report_on):
    """Three reports of one quarter-like range; the Khối's is compared with two others and split by kind."""
    khoi = a_report_on(KHOI, "Đảng bộ Khối mẫu")
    plant, office = a_report_on(PLANT, "=Nhà máy"), a_report_on(OFFICE, "Đảng bộ Cơ quan mẫu")
    other = msgspec.structs.replace(
        plant.figures, other_exits=OtherExits(total=2, by_reason={"death": 2}), unreconciled=-2
    )
    beside = (
        Compared(with_="period_before", period=period_before(Period.quarter(2023, 1)), figures=other),
        Compared(with_="year_before", period=year_before(Period.quarter(2023, 1)), figures=office.figures),
    )
    kinds = tuple(
        KindFigures(level=level, level_name=name, organizations=count, figures=figures)
        for level, name, count, figures in (
            ("chi_bo_co_so", "Chi bộ cơ sở", 12, plant.figures),
            ("dang_bo_co_so", "+Đảng bộ cơ sở", 3, office.figures),
        )
    )
    return [msgspec.structs.replace(khoi, comparison=beside, by_organization_kind=kinds), plant, office]


class TestSameFigures:
    """JSON, CSV, XLSX, DOCX and PDF say the same, figure by figure: counts, other periods, kinds."""

    @pytest.mark.parametrize("format_", READERS)
    def test_read_back(self, reports, format_):
        content = formats.render(format_, reports).content
        assert READERS[format_](content, reports) == counted_in(reports)

    def test_json_is_the_report_itself(self, reports):
        assert json_document.read(formats.render("json", reports).content) == reports

    def test_a_figure_that_only_another_period_has_is_in_all(self, reports):
        keys = [part.key for column in columns.columns(reports) for part in column.parts]
        assert "other_exits.by_reason.death" in keys

    def test_csv_names_its_columns(self, reports):
        content = formats.render("csv", reports).content
        assert content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        assert tuple(rows[0]) == HEADINGS
        assert {row["from"] for row in rows} == {"2020-08-15"}
        assert next(row["published"] for row in rows if row["figure"] == "listed") == ">20"
        assert {row["organizations_of_kind"] for row in rows if row["kind"] == "chi_bo_co_so"} == {"12"}

    def test_csv_text_is_never_a_formula(self, reports):
        rows = list(csv.reader(io.StringIO(formats.render("csv", reports).content.decode("utf-8-sig"))))
        assert "'=Nhà máy" in {row[1] for row in rows}
        assert not [
            cell
            for row in rows
            for cell in row
            if cell.startswith(("=", "+", "@", "-")) and not cell[1:].isdigit()
        ]

    def test_headings_name_periods_and_kinds(self, reports):
        book = openpyxl.load_workbook(io.BytesIO(formats.render("xlsx", reports).content))
        assert [cell.value for cell in book.worksheets[1][2]][3:] == [
            "Kỳ trước: Quý IV/2022",
            "Cùng kỳ năm trước: Quý I/2022",
            "Theo loại hình: Chi bộ cơ sở (12 tổ chức)",
            "Theo loại hình: +Đảng bộ cơ sở (3 tổ chức)",
        ]
        document = docx.Document(io.BytesIO(formats.render("docx", reports).content))
        tables = [table for table in document.tables if table.cell(0, 0).text == "Chỉ tiêu"]
        assert [cell.text for cell in tables[0].rows[0].cells][2:4] == [
            "Kỳ trước: Quý IV/2022",
            "Cùng kỳ năm trước: Quý I/2022",
        ]
        assert "=NHÀ MÁY" in "".join(table.cell(0, 0).text for table in document.tables)

    def test_the_text_holds_what_stands_beside(self, reports):
        text = formats.render("text", reports).content.decode()
        assert "Cùng kỳ năm" in text
        assert "Chi bộ cơ sở" in text
