"""Reading a workbook of past cases: what a row says, and with place and reason what it cannot say."""

from datetime import date, datetime
from io import BytesIO
from unicodedata import normalize

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reviews.domain.case import PastVote
from services.reviews.history.form import COLUMNS, EXPLAINED, HEADERS, SHEET
from services.reviews.history.template import template
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import WorkbookError
from tests.unit.reviews.pasts import (
    FIRST_ROW,
    a_removal,
    a_row,
    a_workbook,
    items_of,
    notes_in,
    problems_in,
    rows_in,
)


class TestRows:
    """A sound row is one past case."""

    def test_what_is_known(self):
        (row,) = rows_in(items_of(a_workbook(a_removal(card="1234 5678"))))
        assert (row.row, row.full_name, row.card_number) == (FIRST_ROW, "Lê Thị Hoa", "12345678")
        assert (row.past.mode, row.past.ground, row.past.criterion) == ("name_removal", "X4", "L1")
        assert row.past.cell_vote == PastVote(base=12, votes_for=10)
        assert row.past.listed_on == date(2019, 6, 1)

    def test_what_is_not_known_is_none(self):
        (row,) = rows_in(items_of(a_workbook(a_row(criterion=None, standing=None))))
        known = {"import_id", "row", "outcome", "listed_on", "ended_on"}
        unknown = [name for name in row.past.__struct_fields__ if name not in known]
        assert [getattr(row.past, name) for name in unknown] == [None] * len(unknown)
        assert row.standing is None

    def test_real_spreadsheet_dates(self):
        (row,) = rows_in(items_of(a_workbook(a_row(listed_on=datetime(2019, 6, 1)))))  # noqa: DTZ001 -- a cell has no zone
        assert row.past.listed_on == date(2019, 6, 1)

    def test_decomposed_text_is_composed_and_said(self):
        items = items_of(a_workbook(a_row(name=normalize("NFD", "Lê Thị Hòa"))))
        assert rows_in(items)[0].full_name == "Lê Thị Hòa"
        assert [note.code for note in notes_in(items)] == ["nfd_normalised"]

    def test_blank_and_numbered_rows_are_passed_over(self):
        numbered = a_row(**dict.fromkeys((c.field for c in COLUMNS if c.field != "ordinal"), None))
        assert items_of(a_workbook([None], numbered)) == []


class TestProblems:
    """A row that cannot be taken is told with row, column, reason and how to mend it."""

    @pytest.mark.parametrize(
        ("changed", "field", "code"),
        [
            ({"name": None}, "name", "name_missing"),
            ({"birth_date": None}, "card", "person_unclear"),
            ({"card": 12}, "card", "card_number_length"),
            ({"organization": "Chi bộ lạ"}, "organization", "unknown_organization"),
            ({"criterion": "C9"}, "criterion", "criterion_unknown"),
            ({"outcome": "xong"}, "outcome", "outcome_unknown"),
            ({"listed_on": "6/2019"}, "listed_on", "date_month_only"),
            ({"listed_on": "2019"}, "listed_on", "date_year_only"),
            ({"ended_on": "31/02/2020"}, "ended_on", "date_wrong"),
            ({"standing": "khác"}, "standing", "standing_unknown"),
            ({"listing_base": "mười"}, "listing_base", "count_wrong"),
            ({"listing_base": 5, "listing_for": 6}, "listing_for", "more_votes_than_voters"),
            ({"listed_on": "=TODAY()"}, "listed_on", "formula"),
            ({"ended_on": "01/06/2018"}, "ended_on", "date_order"),
            ({"source": "x" * 501}, "source", "text_too_long"),
        ],
    )
    def test_one_cell(self, changed, field, code):
        items = items_of(a_workbook(a_row(**changed)))
        (problem,) = problems_in(items)
        assert (problem.row, problem.column, problem.code) == (FIRST_ROW, HEADERS[field], code)
        assert problem.detail_vi
        assert rows_in(items) == []

    def test_every_fault_of_a_row_is_told_at_once(self):
        items = items_of(a_workbook(a_row(outcome="xong", listed_on="2019", criterion="C9")))
        assert {each.code for each in problems_in(items)} == {
            "outcome_unknown",
            "date_year_only",
            "criterion_unknown",
        }

    def test_a_sound_row_beside_a_wrong_one_is_taken(self):
        items = items_of(a_workbook(a_row(outcome="xong"), a_row()))
        assert [row.row for row in rows_in(items)] == [FIRST_ROW + 1]


class TestFile:
    """A file that is not the form is refused as a whole."""

    def test_another_sheet(self):
        with pytest.raises(WorkbookError) as refused:
            items_of(a_workbook(a_row(), sheet="Đảng viên"))
        assert refused.value.code == "sheet_missing"

    def test_an_unknown_column(self):
        headers = [*HEADERS.values()]
        headers[3] = "Cột lạ"
        (problem,) = problems_in(items_of(a_workbook(a_row(), headers=headers)))
        assert (problem.code, problem.scope) == ("unknown_column", "file")

    def test_too_many_rows(self):
        with pytest.raises(WorkbookError) as refused:
            items_of(a_workbook(*[a_row()] * 9), limits=WorkbookLimits(rows=8))
        assert refused.value.code == "too_many_rows"

    def test_no_workbook(self):
        with pytest.raises(WorkbookError) as refused:
            items_of(BytesIO(b"khong phai"))
        assert refused.value.code == "not_a_workbook"


class TestTemplate:
    """The form that is handed out is the one that is read."""

    def test_it_is_read_as_it_is(self):
        assert items_of(BytesIO(template())) == []

    def test_a_filled_one_is_read(self):
        workbook = openpyxl.load_workbook(BytesIO(template()))
        for place, value in enumerate(a_removal(), start=1):
            workbook[SHEET].cell(FIRST_ROW, place, value)
        content = BytesIO()
        workbook.save(content)
        assert len(rows_in(items_of(content))) == 1

    def test_every_column_is_explained(self):
        assert set(EXPLAINED) | {"ordinal"} == set(HEADERS)


class TestProperties:
    """Whatever stands in the cells."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from([column.field for column in COLUMNS]),
                st.none()
                | st.integers(-5, 10**12)
                | st.dates(date(1900, 1, 2)).map(lambda day: datetime(day.year, day.month, day.day))  # noqa: DTZ001 -- a cell has no zone
                | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
                max_size=6,
            ),
            max_size=4,
        )
    )
    def test_a_row_is_taken_or_refused_and_never_both(self, changes):
        items = items_of(a_workbook(*(a_row(**changed) for changed in changes)))
        taken = {row.row for row in rows_in(items)}
        refused = {problem.row for problem in problems_in(items)}
        assert not taken & refused
        assert all(problem.detail_vi for problem in problems_in(items))
