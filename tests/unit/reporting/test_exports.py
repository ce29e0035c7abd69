import io
import json
import re
from datetime import date, datetime

import msgspec
import openpyxl
import pytest
import typst

from services.reporting.domain.code_lists import CRITERIA, MODES
from services.reporting.domain.screening_report import read_report
from services.reporting.exports import columns, console, formats, json_document, printed, workbook
from tests.unit.reporting.conftest import KHOI, PLANT, TERM_TO_ARTICLE

INJECTIONS = [
    '=HYPERLINK("http://example.invalid";"x")',
    "+1+1",
    "-2",
    "@SUM(A1)",
    "{=1+1}",
    "http://example.invalid/",
    "007",
    '#panic("typst") *bold* $x$ <label> @ref',
    "[bold red]rich[/] :smile:",
    "_x0041_ & <b> ]]>",
]


def sheets_of(content: bytes, *, values: bool = False):
    return openpyxl.load_workbook(io.BytesIO(content), data_only=values)


def headings_of(sheet) -> dict[str, int]:
    """Map the keys of the official table to their columns, by heading and sub-heading."""
    headings, group = {}, ""
    for cell in sheet[2]:
        group = cell.value or group
        headings[(group, sheet.cell(3, cell.column).value)] = cell.column
    return headings


def computed(sheet, formula: str) -> int:
    """Work out a formula of the kinds the workbook writes: SUM over one row or column, and + - with brackets."""

    def value(cell) -> int:
        inner = cell.value
        return computed(sheet, inner) if isinstance(inner, str) and inner.startswith("=") else inner

    def summed(match) -> str:
        return str(sum(value(cell) for row in sheet[match[1]] for cell in row))

    text = re.sub(r"SUM\(([A-Z]+\d+:[A-Z]+\d+)\)", summed, formula.removeprefix("="))
    text = re.sub(r"[A-Z]+\d+", lambda match: str(value(sheet[match[0]])), text)
    total, sign, flip = 0, 1, 1
    for token in re.findall(r"\d+|[-+()]", text):
        if token == "(":
            flip, sign = sign, 1
        elif token == ")":
            flip = 1
        elif token in "+-":
            sign = 1 if token == "+" else -1
        else:
            total += flip * sign * int(token)
    return total


class TestFormats:
    """Every format is had by its name, with media type and a plain file name."""

    @pytest.mark.parametrize("name", formats.FORMATS)
    def test_renders(self, three_reports, name):
        rendered = formats.render(name, three_reports)
        assert rendered.content
        assert rendered.filename == f"bao-cao-sang-loc-20200815-20231012.{formats.FORMATS[name].ending}"

    def test_refuses_an_unknown_format_and_an_empty_export(self, three_reports):
        with pytest.raises(KeyError):
            formats.render("docx?", three_reports)
        with pytest.raises(ValueError):
            formats.render("pdf", [])


class TestJson:
    """The JSON document reads back to equal reports."""

    def test_round_trip(self, three_reports):
        assert json_document.read(formats.render("json", three_reports).content) == three_reports

    def test_shape_of_a_report(self, three_reports):
        report = json.loads(formats.render("json", three_reports).content)["reports"][0]
        assert report["period"]["from"] == "2020-08-15"
        assert report["figures"]["removed_from_list"]["by_mode"] == {"expulsion": 1, "name_removal": 6}
        assert report["published"][0]["unreconciled"] == {"kind": "at_least", "value": 7, "text": "≥ 7"}

    def test_a_fault_is_named_with_its_place(self, three_reports):
        document = msgspec.to_builtins(three_reports[0])
        document["figures"]["opening"] = "0"
        with pytest.raises(msgspec.ValidationError, match=re.escape("$.figures.opening")):
            read_report(document)


class TestWorkbook:
    """The workbook carries the same figures as numbers, dates and formulas; text stays text."""

    def test_table_reads_back_equal(self, three_reports):
        content = formats.render("xlsx", three_reports).content
        sheet = sheets_of(content, values=True)[workbook.TABLE_SHEET]
        at = headings_of(sheet)
        rows = [5, 7, 8]  # the published figures stand under the Khối
        for row, report in zip(rows, three_reports, strict=True):
            flat = report.figures.flat()
            assert sheet.cell(row, 2).value == report.organization.name
            for column in columns.columns(three_reports):
                if column.in_table:
                    first = at[(column.heading, "Tổng số" if column.sheet_parts else None)]
                    assert sheet.cell(row, first).value == flat[column.key]
                    for part in column.sheet_parts:
                        assert sheet.cell(row, at[(column.heading, part.heading)]).value == flat.get(
                            part.key, 0
                        )

    def test_reasons_of_removal_are_columns(self, three_reports):
        sheet = sheets_of(formats.render("xlsx", three_reports).content)[workbook.TABLE_SHEET]
        reason = "Lý do X4: Giảm sút ý chí phấn đấu, sau 12 tháng giáo dục không tiến bộ"
        assert ("Đưa ra khỏi Đảng", reason) in headings_of(sheet)

    def test_published_figures_keep_their_bounds(self, three_reports):
        sheet = sheets_of(formats.render("xlsx", three_reports).content)[workbook.TABLE_SHEET]
        at = headings_of(sheet)
        assert sheet.cell(6, at[("Mới đưa vào danh sách", "Tổng số")]).value == ">20"
        assert sheet.cell(6, at[("Công nhận tiến bộ", None)]).value == 5
        assert sheet.cell(6, at[("Chưa đối chiếu được", None)]).value == "≥ 7"

    def test_dates_are_dates(self, three_reports):
        book = sheets_of(formats.render("xlsx", three_reports).content)
        cell = book[workbook.TABLE_SHEET]["E5"]
        assert (cell.value, cell.number_format) == (datetime(2020, 8, 15), "dd/mm/yyyy")  # noqa: DTZ001 - a date cell
        instants = [c.value for row in book.worksheets[1] for c in row if c.number_format.startswith("hh")]
        assert instants == [datetime(2026, 2, 2, 3, 4, 5)]  # noqa: DTZ001 - wall clock of Vietnam

    def test_formulas_carry_the_value_they_compute(self, three_reports):
        content = formats.render("xlsx", three_reports).content
        formulas, values = sheets_of(content), sheets_of(content, values=True)
        seen = 0
        for sheet in formulas:
            for cell in (cell for row in sheet for cell in row if cell.data_type == "f"):
                assert computed(sheet, cell.value) == values[sheet.title][cell.coordinate].value
                seen += 1
        assert seen >= 3 * (3 + 4)

    def test_header_is_frozen(self, three_reports):
        book = sheets_of(formats.render("xlsx", three_reports).content)
        assert [sheet.freeze_panes for sheet in book] == ["C5", "B3", "B3", "B3"]

    @pytest.mark.parametrize("name", INJECTIONS)
    def test_text_is_never_a_formula_nor_a_link(self, a_report_on, name):
        sheet = sheets_of(workbook.render([a_report_on(KHOI, name, name)]))[workbook.TABLE_SHEET]
        for place in ("B5", "C5"):
            assert (sheet[place].value, sheet[place].data_type, sheet[place].hyperlink) == (name, "s", None)

    def test_sheet_names_are_legal_and_distinct(self, a_report_on):
        names = ["Tổng hợp", "[x]:*?/\\", "'", "History", "Đảng bộ " * 9, "đảng bộ " * 9, "\x1b\x00"]
        book = sheets_of(workbook.render([a_report_on(PLANT, name) for name in names]))
        titles = [title.casefold() for title in book.sheetnames]
        assert len(set(titles)) == 8
        assert all(len(title) <= 31 for title in titles)

    def test_codes_of_later_rule_profiles_get_their_column(self, a_report_on):
        report = a_report_on(PLANT, "Đảng bộ")
        listed = msgspec.structs.replace(report.figures.listed, total=8, by_criterion={"C1": 7, "C9": 1})
        figures = msgspec.structs.replace(report.figures, listed=listed)
        report = msgspec.structs.replace(report, figures=figures)
        sheet = sheets_of(workbook.render([report]), values=True)[workbook.TABLE_SHEET]
        assert sheet.cell(5, headings_of(sheet)[("Mới đưa vào danh sách", "C9")]).value == 1


class TestText:
    """The terminal shows the same figures, side by side, and obeys no text from data."""

    def test_shows_all_figures_and_the_published_ones(self, three_reports):
        text = console.text_table(three_reports, width=120)
        shown: dict[str, list[str]] = {}
        for line in text.splitlines():
            heading, *cells = (cell.strip() for cell in line.strip("│").split("│"))
            if len(cells) == 4:
                shown.setdefault(heading, cells)
        assert shown["Mới đưa vào danh sách"] == ["14", ">20", "7", "7"]
        assert shown["Chưa đối chiếu được"] == ["0", "≥ 7", "0", "0"]
        assert shown["Khai trừ"][0] == "1"
        assert "12/10/2023" in text

    @pytest.mark.parametrize("width", [40, 80, 100, 200])
    def test_cuts_nothing_off(self, three_reports, width):
        text = console.text_table(three_reports, width=width)
        assert max(map(len, text.splitlines())) <= width
        assert text.count("╭") == text.count("╮") >= 1

    def test_markup_and_control_characters_are_text(self, a_report_on):
        text = console.text_table([a_report_on(PLANT, "[bold]A[/bold] \x1b[2J\x07")], width=120)
        assert "[bold]A[/bold]" in text
        assert "\x1b" not in text
        assert "\x07" not in text


class TestPdf:
    """The PDF has a page for each report, the columns of the form, and obeys no text from data."""

    def test_a_page_for_each_report(self, three_reports):
        content = formats.render("pdf", three_reports).content
        assert content.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page\b", content)) == 3

    def test_same_report_same_bytes(self, three_reports):
        assert formats.render("pdf", three_reports).content == formats.render("pdf", three_reports).content

    @pytest.mark.parametrize("name", [*INJECTIONS, "\x00\x1b", "Đảng bộ " * 60])
    def test_text_is_never_markup(self, a_report_on, name):
        content = formats.render("pdf", [a_report_on(KHOI, name, name)]).content
        assert content.startswith(b"%PDF-")

    def test_the_fonts_it_names_are_in_the_wheel(self):
        assert "New Computer Modern" in typst.Fonts(include_system_fonts=False).families()


class TestPrinted:
    """Values are printed for Vietnamese readers."""

    def test_known_codes_are_always_columns(self, a_report_on):
        shown = columns.columns([a_report_on("elsewhere", "Chi bộ trống")])
        headings = {part.heading for column in shown for part in column.table_parts}
        assert {*CRITERIA, *MODES.values()} <= headings

    def test_instants_are_shown_in_vietnamese_time(self, three_reports):
        assert printed.instant(three_reports[0].generated_at) == "03:04 02/02/2026"
        assert printed.day(date(2023, 10, 12)) == "12/10/2023"

    def test_text_is_one_nfc_line_without_controls(self):
        assert printed.text(" Đa\u0309ng\n bộ\x1b \u202e") == "Đảng bộ\ufffd \ufffd"

    def test_assumptions_are_marked_as_such(self, three_reports):
        notes = printed.notes(three_reports[0])
        assert sum(note.startswith("Chưa kiểm chứng: ") for note in notes) == len(
            three_reports[0].assumptions
        )
        assert TERM_TO_ARTICLE.label in printed.period(three_reports[0])
