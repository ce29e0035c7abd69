"""Several denominators, yearly series and parts of years: read as printed, beside the records, in every export."""

import csv
import io
from datetime import date

import docx
import msgspec
import openpyxl
import pytest

from services.reporting import published
from services.reporting.documents import read_stored, stored
from services.reporting.domain.bound import Bound
from services.reporting.domain.period import named_period
from services.reporting.domain.published_figures import (
    PublishedBeside,
    PublishedFiguresRefused,
    read_published_figures,
)
from services.reporting.domain.published_share import percent_span, read_percent
from services.reporting.exports import formats
from services.reporting.exports.published import GAP
from tests.support.pdf_text import texts_of
from tests.unit.reporting.conftest import KHOI


@pytest.fixture
def a_series() -> dict:
    """Two years and four months: 12 listed and 7 removed in all, of which the parts account for 11 and 7."""
    document = msgspec.json.decode(published.document(published.ARTICLE_OF_2023_10_12))
    document["figures"] = {"listed": "trên 12", "removed_from_list": 7, "continuing": 0}
    document["series"] = [
        {"period": {"label": "Năm 2021"}, "figures": {"listed": 5, "removed_from_list": 2, "continuing": 3}},
        {"period": {"label": "Năm 2022"}, "figures": {"listed": 6, "removed_from_list": 4}},
        {
            "period": {"label": "4 tháng đầu năm 2023"},
            "figures": {"listed": "ít nhất 1", "removed_from_list": 1},
        },
    ]
    document["shares"] = [
        {
            "label": "Đưa ra khỏi Đảng",
            "figure": "removed_from_list",
            "percent": "53,8",
            "of": "đảng viên trong danh sách",
            "denominator": "trên 12",
        },
        {"label": "Đưa ra khỏi Đảng", "figure": "removed_from_list", "percent": "0,14%", "of": "đảng viên"},
        {"label": "Dự bị", "percent": 70, "of": "đảng viên bị đưa ra khỏi Đảng", "denominator": 10},
    ]
    return document


@pytest.fixture
def beside(a_series) -> PublishedBeside:
    return PublishedBeside.of(read_published_figures(a_series))


class TestSeries:
    """Each part keeps its own days and what it leaves open; the whole is compared with their sum."""

    def test_days_follow_from_the_name_of_the_period(self, beside):
        days = [(part.period.starts_on, part.period.ends_on, part.part_of_year) for part in beside.series]
        assert days == [
            (date(2021, 1, 1), date(2021, 12, 31), False),
            (date(2022, 1, 1), date(2022, 12, 31), False),
            (date(2023, 1, 1), date(2023, 4, 30), True),
        ]

    def test_what_the_whole_leaves_open_of_its_parts(self, beside):
        # >12 less (5 + 6 + at least 1) has no bound; a state such as continuing makes no sum.
        assert {key: figure.text for key, figure in beside.series_unreconciled.items()} == {
            "listed": "không rõ",
            "removed_from_list": "0",
        }
        assert [part.unreconciled.text for part in beside.series] == ["0", "2", "≥ 0"]

    def test_a_series_without_the_whole(self, a_series):
        del a_series["figures"]
        assert str(read_published_figures(a_series).unreconciled) == "không rõ"

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"series": [{"period": {"label": "Năm 2021"}, "figures": {"x": 1}}]}, "/series/0/figures/x"),
            (
                {"series": [{"period": {"label": "Năm 2021"}, "figures": {"listed": 1}}] * 2},
                "/series/1/period/label",
            ),
            ({"shares": [{"label": "Dự bị", "percent": 70}]}, "/shares/0/of"),
            ({"shares": [{"label": "Dự bị", "percent": "nhiều", "of": "x"}]}, "/shares/0/percent"),
            (
                {"shares": [{"label": "Dự bị", "percent": 1, "of": "x", "figure": "score"}]},
                "/shares/0/figure",
            ),
        ],
    )
    def test_every_fault_has_its_place(self, a_series, change, pointer):
        with pytest.raises(PublishedFiguresRefused) as refusal:
            read_published_figures({**a_series, **change})
        assert [problem.pointer for problem in refusal.value.problems] == [pointer]

    def test_kept_and_read_again(self, a_series):
        figures = read_published_figures(a_series)
        assert read_stored(stored(figures)) == figures

    @pytest.mark.parametrize(
        ("label", "days"),
        [
            ("6 tháng cuối năm 2022", (date(2022, 7, 1), date(2022, 12, 31))),
            ("Quý III/2023", (date(2023, 7, 1), date(2023, 9, 30))),
            ("Tháng 2 năm 2024", (date(2024, 2, 1), date(2024, 2, 29))),
            ("Từ đầu nhiệm kỳ đến nay", None),
            ("13 tháng đầu năm 2022", None),
        ],
    )
    def test_names_of_periods(self, label, days):
        named = named_period(label)
        assert (None if named is None else (named.starts_on, named.ends_on)) == days


class TestShares:
    """A share names its denominator, and is held against the source's own figures where these allow it."""

    def test_of_several_denominators(self, beside):
        told = [(share.of, share.percent, share.by_own_figures, share.agrees) for share in beside.shares]
        assert told == [
            ("đảng viên trong danh sách", "53,8%", "≤ 53,85%", True),
            ("đảng viên", "0,14%", None, None),
            ("đảng viên bị đưa ra khỏi Đảng", "70%", None, None),
        ]

    @pytest.mark.parametrize(
        ("figure", "denominator", "text", "percent", "holds"),
        [
            ("7", "20", "35,00%", "35", True),
            ("7", "20", "35,00%", "35.6", False),
            ("1", "3", "33,33%", "33.3", True),
            ("7", "trên 20", "≤ 33,33%", "35", False),
            ("trên 20", "100", "≥ 21,00%", "20", False),
            ("dưới 5", "trên 100", "≤ 3,96%", "3.96", True),
        ],
    )
    def test_by_own_figures(self, figure, denominator, text, percent, holds):
        span = percent_span(Bound.parse(figure), Bound.parse(denominator))
        assert (str(span), span.holds(percent)) == (text, holds)

    @pytest.mark.parametrize("printed", ["", "x", "-1", "1,2,3", True, None, 0.5])
    def test_what_is_no_percentage(self, printed):
        with pytest.raises(ValueError):
            read_percent(printed)


class TestExported:
    """Series, gaps and shares stand in every format beside what the records say of the same days."""

    @pytest.fixture
    def reports(self, a_report_on, beside):
        series = tuple(
            msgspec.structs.replace(part, counted=dict.fromkeys((*part.figures, "unreconciled"), 3))
            for part in beside.series
        )
        report = a_report_on(KHOI, "Đảng bộ Khối mẫu")
        return [msgspec.structs.replace(report, published=(msgspec.structs.replace(beside, series=series),))]

    def test_csv(self, reports):
        content = formats.render("csv", reports).content.decode("utf-8-sig")
        rows = [row for row in csv.DictReader(io.StringIO(content, newline="")) if row["source"]]
        four_months = [row for row in rows if row["from"] == "2023-01-01"]
        assert [(row["period"], row["count"], row["published"]) for row in four_months] == [
            ("4 tháng đầu năm 2023 (không đủ năm)", "3", "≥ 1"),
            ("4 tháng đầu năm 2023 (không đủ năm)", "3", "1"),
            ("4 tháng đầu năm 2023 (không đủ năm)", "3", "≥ 0"),
        ]
        assert [row["published"] for row in rows if row["figure"] == "share"] == ["53,8%", "0,14%", "70%"]
        assert [row["published"] for row in rows if row["period"] == GAP] == ["không rõ", "0"]

    def test_xlsx(self, reports):
        book = openpyxl.load_workbook(io.BytesIO(formats.render("xlsx", reports).content))
        sheet = book["Số liệu công bố theo kỳ của ngu"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
        of_2022 = [row[5:] for row in rows if row[2] == "Năm 2022"]
        assert of_2022 == [
            ["Mới đưa vào danh sách", 6, 3],
            ["Đưa ra khỏi Đảng", 4, 3],
            ["Chưa đối chiếu được", 2, 3],
        ]
        assert "Tỷ lệ đã công bố" in book.sheetnames

    def test_docx_and_pdf(self, reports):
        tables = docx.Document(io.BytesIO(formats.render("docx", reports).content)).tables
        assert ["53,8%", "≤ 53,85%", "có"] in [
            [cell.text for cell in row.cells][5:] for table in tables for row in table.rows
        ]
        printed = [text for page in texts_of(formats.render("pdf", reports).content) for text in page]
        assert {"53,8%", "0,14%", "Năm 2022"} <= set(printed)
        assert any("53,85%" in text for text in printed)
