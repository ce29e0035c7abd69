import unicodedata
from datetime import date, datetime

import pytest

from services.members.domain.member import LeavingMode, MemberState
from services.members.roster import KnownOrganization, MemberRow, read_roster
from services.members.roster.cells import ethnicity_and_religion
from services.members.roster.form import MEMBER_COLUMNS
from shared.workbook.limits import WorkbookLimits
from tests.unit.members.workbooks import (
    CELL,
    CELL_NAME,
    FIELDS,
    FIRST_MEMBER_ROW,
    ORGANIZATIONS,
    TODAY,
    a_member,
    a_workbook,
    items_of,
    members_in,
    notes_in,
    organizations_in,
    problems_in,
    the_problem,
)

HEADERS = {column.field: column.header for column in MEMBER_COLUMNS}


def only_member(**changed):
    items = items_of(a_workbook(a_member(**changed)))
    assert problems_in(items) == []
    [member] = members_in(items)
    return member


class TestMember:
    """A row of the form becomes one member under the cell of its section."""

    def test_a_sound_row(self):
        member = only_member(
            name="NGUYỄN VĂN AN\nNguyễn Văn Ân",
            numbers="Thẻ: 097000000001\nLL: 970000 0001\nHH: 30 năm",
            occupation="Kỹ sư",
            transferred_in="05/06/2015 - Đảng bộ phường Đông Hà",
        )
        assert (member.row, member.cell_code) == (FIRST_MEMBER_ROW, CELL)
        assert (member.full_name, member.birth_name, member.gender) == (
            "Nguyễn Văn An",
            "Nguyễn Văn Ân",
            "male",
        )
        assert (member.admitted_on, member.official_on) == (date(2010, 2, 3), date(2011, 2, 3))
        assert (member.card_number, member.dossier_number, member.badge) == (
            "097000000001",
            "9700000001",
            "30 năm",
        )
        assert member.transferred_in.on == date(2015, 6, 5)
        assert member.transferred_in.place == "Đảng bộ phường Đông Hà"
        assert member.state is MemberState.OFFICIAL

    def test_one_date_means_probationary(self):
        assert only_member(admission="03/02/2023").state is MemberState.PROBATIONARY

    def test_a_real_spreadsheet_date_is_a_date(self):
        assert only_member(admission=datetime(2023, 2, 3)).admitted_on == date(2023, 2, 3)  # noqa: DTZ001

    def test_numbers_without_labels_stand_in_the_order_of_the_header(self):
        member = only_member(numbers="097000000001; 9700000001; -")
        assert (member.card_number, member.dossier_number, member.badge) == (
            "097000000001",
            "9700000001",
            None,
        )

    def test_exemption_is_read_from_the_notes(self):
        member = only_member(notes="Miễn công tác và sinh hoạt đảng từ ngày 01/03/2021. Ở xa")
        assert (member.exempt_from, member.notes) == (date(2021, 3, 1), "Ở xa")

    def test_leaving_by_name_removal(self):
        member = only_member(left="05/06/2022 - Xóa tên (QĐ số 12)")
        assert (member.leaving.on, member.leaving.mode) == (date(2022, 6, 5), LeavingMode.NAME_REMOVAL)
        assert member.state is MemberState.LEFT

    def test_who_came_back_after_leaving_is_on_the_roll(self):
        gone = {"transferred_out": "01/01/2015 - Tỉnh khác"}
        assert only_member(**gone).state is MemberState.LEFT
        assert only_member(**gone, transferred_in="01/01/2018 - Tỉnh khác").state is MemberState.OFFICIAL

    def test_footers_blank_and_numbering_rows_are_passed_over(self):
        items = items_of(a_workbook(a_member(), [], [2], ["Cộng: 1 đảng viên"], [None] * 9 + ["T/M CHI BỘ"]))
        assert len(members_in(items)) == 1
        assert problems_in(items) == []
        assert {note.code for note in notes_in(items)} == {"row_skipped", "footer_skipped"}

    def test_a_repeated_header_is_passed_over(self):
        items = items_of(a_workbook(a_member(), list(HEADERS.values()), list(range(1, 15))))
        assert (len(members_in(items)), problems_in(items)) == (1, [])


class TestHeader:
    """Columns are found by their names, in any order, case or spelling of marks; others are reported."""

    def test_case_marks_and_blanks_do_not_matter(self):
        headers = [unicodedata.normalize("NFD", f"  {text.upper()}\n") for text in HEADERS.values()]
        assert len(members_in(items_of(a_workbook(a_member(), headers=headers)))) == 1

    def test_columns_may_stand_in_another_order(self):
        headers = list(reversed(HEADERS.values()))
        items = items_of(a_workbook(list(reversed(a_member())), headers=headers))
        assert [member.full_name for member in members_in(items)] == ["Nguyễn Văn An"]

    def test_an_unknown_column_refuses_the_file_and_is_named(self):
        problem = the_problem(a_workbook(a_member(), headers=[*HEADERS.values(), "Số điện thoại"]))
        assert (problem.code, problem.scope, problem.column) == ("unknown_column", "file", "Số điện thoại")
        assert (problem.sheet, problem.row) == ("Đảng viên", 3)

    def test_a_missing_column_refuses_the_file_and_is_named(self):
        items = items_of(a_workbook(a_member()[:-1], headers=list(HEADERS.values())[:-1]))
        [problem] = problems_in(items)
        assert (problem.code, problem.scope, problem.column) == ("missing_column", "file", "Ghi chú")
        assert members_in(items) == []

    def test_a_repeated_column_refuses_the_file(self):
        problem = the_problem(a_workbook(a_member(), headers=[*HEADERS.values(), "Ghi chú"]))
        assert (problem.code, problem.scope) == ("repeated_column", "file")

    def test_no_header_at_all(self):
        problem = the_problem(a_workbook(a_member(), headers=["Họ và tên"]))
        assert (problem.code, problem.scope) == ("header_missing", "file")

    def test_data_beside_the_form_is_refused(self):
        assert the_problem(a_workbook([*a_member(), "0912345678"])).code == "outside_form"


class TestBadCells:
    """Each bad cell refuses its row with sheet, row, column, reason and the beginning of its value."""

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("admission", "02/2010", "date_month_only"),
            ("admission", "tháng 2/2010", "date_wrong"),
            ("admission", "2010", "date_year_only"),
            ("admission", "31/02/2010", "date_wrong"),
            ("admission", "2010-02-03", "date_wrong"),
            ("admission", "03/02/10", "date_wrong"),
            ("admission", 40212, "date_not_text"),
            ("admission", "03/02/2010; 03/02/2009", "official_before_admission"),
            ("admission", "03/02/2010; 03/02/2011; 03/02/2012", "date_wrong"),
            ("admission", "03/02/2024", "date_in_future"),
            ("admission", None, "admission_date_missing"),
            ("name", "Nguyễn Văn 2", "name_letters"),
            ("gender", "Kinh", "gender_unknown"),
            ("numbers", 1.23456789012e11 + 0.5, "number_scientific"),
            ("numbers", "1.23457E+11", "number_scientific"),
            ("numbers", 97000000001, "card_number_length"),
            ("numbers", "Thẻ: 123", "card_number_length"),
            ("numbers", "LL: 123", "dossier_number_length"),
            ("numbers", "a; b; c; d", "numbers_unclear"),
            ("numbers", "Thẻ: 097000000001; 9700000001", "numbers_unclear"),
            ("transferred_out", "Tỉnh khác", "date_wrong"),
            ("transferred_in", "06/2015", "date_month_only"),
            ("died", "hôm qua", "date_wrong"),
            ("left", "05/06/2022", "leaving_form_unknown"),
            ("left", "05/06/2022 - khai trừ, xóa tên", "leaving_form_unknown"),
            ("notes", "Miễn sinh hoạt đảng", "exempt_date_missing"),
            ("occupation", "x" * 2001, "text_too_long"),
            ("occupation", True, "cell_not_text"),
            ("native_place", "=HYPERLINK(1)", "formula"),
            ("numbers", "=A1", "formula"),
        ],
    )
    def test_is_refused_with_its_place(self, field, value, code):
        content = a_workbook(a_member(), a_member(ordinal=2, **{"numbers": None, field: value}))
        items = items_of(content)
        [problem] = problems_in(items)
        assert (problem.code, problem.column, problem.sheet) == (code, HEADERS[field], "Đảng viên")
        assert problem.refused_rows == (FIRST_MEMBER_ROW + 1,)
        assert problem.detail_vi
        assert len(problem.value_excerpt) <= 40
        assert [member.row for member in members_in(items)] == [FIRST_MEMBER_ROW]

    def test_every_bad_cell_of_a_row_is_told(self):
        items = items_of(a_workbook(a_member(gender="?", admission="2010", numbers="x")))
        assert {problem.code for problem in problems_in(items)} == {
            "gender_unknown",
            "date_year_only",
            "number_not_digits",
        }

    def test_a_number_shown_in_scientific_notation_is_refused_whatever_its_value(self):
        def shown_scientific(workbook):
            workbook["Đảng viên"].cell(
                FIRST_MEMBER_ROW, FIELDS.index("numbers") + 1
            ).number_format = "0.00E+00"

        problem = the_problem(a_workbook(a_member(numbers=123456789012), edit=shown_scientific))
        assert problem.code == "number_scientific"

    @pytest.mark.filterwarnings("ignore:Cell G6 is marked as a date")
    def test_a_date_beyond_the_calendar_is_refused(self):
        def far_away(workbook):
            cell = workbook["Đảng viên"].cell(FIRST_MEMBER_ROW, FIELDS.index("admission") + 1, 1e9)
            cell.number_format = "dd/mm/yyyy"

        assert the_problem(a_workbook(a_member(), edit=far_away)).code == "cell_error"

    def test_a_nameless_member_is_refused(self):
        assert the_problem(a_workbook(a_member(name=None))).code == "name_missing"


class TestRulesBetweenCells:
    """Facts that contradict each other refuse the row."""

    def test_a_probationary_member_with_an_expulsion(self):
        problem = the_problem(a_workbook(a_member(admission="03/02/2023", left="05/06/2023 - Khai trừ")))
        assert (problem.code, problem.column) == ("probationary_expelled", HEADERS["left"])
        assert problem.value_excerpt.startswith("05/06/2023")

    def test_nobody_both_dies_and_is_removed(self):
        row = a_member(died="01/01/2020", left="05/06/2021 - Xóa tên")
        assert the_problem(a_workbook(row)).code == "several_exits"

    def test_two_members_with_one_card_number_name_both_rows(self):
        rows = [a_member(), a_member(name="Trần Thị Bình", gender="Nữ")]
        problem = the_problem(a_workbook(*rows))
        assert problem.code == "duplicate_card_number"
        assert problem.refused_rows == (FIRST_MEMBER_ROW, FIRST_MEMBER_ROW + 1)
        assert f"dòng {FIRST_MEMBER_ROW} và dòng {FIRST_MEMBER_ROW + 1}" in problem.detail_vi

    def test_two_members_with_one_dossier_number(self):
        rows = [a_member(numbers="LL: 9700000001"), a_member(numbers="LL: 970000 0001")]
        assert the_problem(a_workbook(*rows)).code == "duplicate_dossier_number"


class TestNotes:
    """What is done to the data without refusing it is told once."""

    def test_ethnicity_and_religion_are_not_kept(self):
        rows = [a_member(gender="Nữ; Tày; Không", numbers=None), a_member(gender="Nam; Kinh", numbers=None)]
        items = items_of(a_workbook(*rows))
        [note] = notes_in(items)
        assert (note.code, note.row, note.column) == (
            "ethnicity_religion_not_kept",
            FIRST_MEMBER_ROW,
            HEADERS["gender"],
        )
        assert [member.gender for member in members_in(items)] == ["female", "male"]
        assert "Tày" not in str(items)

    def test_the_cause_of_death_is_not_kept(self):
        items = items_of(a_workbook(a_member(died="05/06/2022 - ung thư")))
        assert [note.code for note in notes_in(items)] == ["death_cause_not_kept"]
        assert members_in(items)[0].died_on == date(2022, 6, 5)
        assert "ung thư" not in str(items)

    def test_nfd_text_is_normalised_and_told(self):
        name = unicodedata.normalize("NFD", "Đặng Thị Thủy")
        items = items_of(a_workbook(a_member(name=name)))
        assert [note.code for note in notes_in(items)] == ["nfd_normalised"]
        assert members_in(items)[0].full_name == unicodedata.normalize("NFC", name)


class TestSections:
    """Members stand under the section row of a cell that is known and named rightly."""

    @pytest.mark.parametrize(
        ("section", "code"),
        [
            ("97.100.001.000.009 — Chi bộ Lạ", "unknown_cell"),
            ("97.100.001.000.000 — Đảng bộ Công ty Chè", "not_a_cell"),
            (f"{CELL} — Chi bộ Kế toán", "section_name_differs"),
            (CELL_NAME, "section_without_code"),
            ("00.100.001.000.001", "organization_code_province"),
        ],
    )
    def test_a_wrong_section_refuses_itself_and_its_members(self, section, code):
        items = items_of(a_workbook(a_member(), section=section))
        assert [problem.code for problem in problems_in(items)] == [code, "unknown_cell"]
        assert members_in(items) == []

    def test_members_without_a_section_are_refused(self):
        assert the_problem(a_workbook(a_member(), section=None)).code == "no_section"

    def test_cells_that_exist_already_need_no_sheet_of_organisations(self):
        known = {CELL: KnownOrganization(name=CELL_NAME, level="chi_bo_truc_thuoc")}
        content = a_workbook(a_member(), edit=lambda workbook: workbook.remove(workbook["Tổ chức"]))
        assert len(members_in(items_of(content, known=known))) == 1

    def test_code_without_dots_and_name_in_capitals(self):
        section = f"{CELL.replace('.', '')} {CELL_NAME.upper()}"
        assert len(members_in(items_of(a_workbook(a_member(), section=section)))) == 1


class TestOrganizations:
    """The sheet of organisations comes out parents first; what does not fit the tree is refused."""

    def test_parents_first_whatever_the_order_of_rows(self):
        rows = organizations_in(items_of(a_workbook(a_member(), organizations=ORGANIZATIONS[::-1])))
        assert [row.code for row in rows] == [organization[0] for organization in ORGANIZATIONS]
        assert rows[2].established_on == date(2010, 1, 1)
        assert rows[1].parent_code == "97.100.000.000.000"

    @pytest.mark.parametrize(
        ("organization", "code"),
        [
            (
                ["97.100.002", "Chi bộ B", "Chi bộ cơ sở", "97.100.000.000.000", "01/01/2010"],
                "organization_code_length",
            ),
            (
                ["97.100.002.000.000", None, "Chi bộ cơ sở", "97.100.000.000.000", "01/01/2010"],
                "value_missing",
            ),
            (["97.100.002.000.000", "Hội B", "Hội", "97.100.000.000.000", "01/01/2010"], "unknown_level"),
            (
                ["97.100.002.000.000", "Chi bộ B", "Chi bộ cơ sở", "97.999.000.000.000", "01/01/2010"],
                "unknown_parent",
            ),
            (["97.100.002.000.000", "Chi bộ B", "Chi bộ cơ sở", CELL, "01/01/2010"], "level_not_allowed"),
            (
                ["97.100.002.000.000", "Chi bộ B", "Chi bộ cơ sở", "97.100.000.000.000", "2010"],
                "date_year_only",
            ),
            (
                ["97.100.002.000.000", "Chi bộ B", "Chi bộ cơ sở", "97.100.000.000.000", "01/01/2030"],
                "date_in_future",
            ),
            (
                ["97.100.002.000.000", "Chi bộ B", "Chi bộ cơ sở", "97.100.000.000.000", "01/01/2000"],
                "established_before_parent",
            ),
            (
                [
                    "97.100.002.000.000",
                    "đảng bộ công ty chè",
                    "Chi bộ cơ sở",
                    "97.100.000.000.000",
                    "01/01/2010",
                ],
                "name_in_force",
            ),
            (["97.100.002.000.000", "=A1", "Chi bộ cơ sở", "97.100.000.000.000", "01/01/2010"], "formula"),
        ],
    )
    def test_bad_rows(self, organization, code):
        problem = the_problem(a_workbook(a_member(), organizations=[*ORGANIZATIONS, organization]))
        assert (problem.code, problem.sheet, problem.row) == (code, "Tổ chức", 5)

    def test_one_code_twice_refuses_both(self):
        twin = ["97.100.001.000.001", "Chi bộ Khác", "Chi bộ trực thuộc", "97.100.001.000.000", "01/01/2010"]
        items = items_of(a_workbook(organizations=[*ORGANIZATIONS, twin], section=None))
        [problem] = problems_in(items)
        assert (problem.code, problem.refused_rows) == ("duplicate_code", (4, 5))
        assert CELL not in [row.code for row in organizations_in(items)]

    def test_a_circle(self):
        circle = [
            ["97.100.001.000.000", "A", "Đảng bộ cơ sở", "97.100.002.000.000", "01/01/2010"],
            ["97.100.002.000.000", "B", "Đảng bộ cơ sở", "97.100.001.000.000", "01/01/2010"],
        ]
        items = items_of(a_workbook(organizations=circle, section=None))
        assert [problem.code for problem in problems_in(items)] == ["cycle", "cycle"]


class TestProgress:
    """A long reading tells how far it is."""

    def test_rows_read_of_rows_expected(self):
        reading = read_roster(a_workbook(*[a_member(numbers=None)] * 50), today=TODAY)
        seen = [(reading.rows_read, reading.rows_expected) for _ in reading]
        assert seen[0][0] < seen[-1][0] == reading.rows_read == reading.rows_expected == 59

    def test_nothing_is_opened_before_it_is_iterated(self, tmp_path):
        reading = read_roster(tmp_path / "absent.xlsx", today=TODAY, limits=WorkbookLimits())
        with pytest.raises(FileNotFoundError):
            next(iter(reading))


class TestSensitiveColumns:
    """Column 3 holds ethnicity and religion beside the gender; read only as far as the deployment keeps them."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("Nam; Kinh; Không", {"ethnicity": "Kinh", "religion": "Không"}),
            ("Nữ; Tày", {"ethnicity": "Tày"}),
            ("Nam; Tôn giáo: Phật giáo; Dân tộc: Dao", {"ethnicity": "Dao", "religion": "Phật giáo"}),
            ("Nam", {}),
        ],
    )
    def test_what_it_says(self, text, said):
        assert ethnicity_and_religion(text) == said

    def test_only_what_is_kept(self):
        content = a_workbook(a_member(gender="Nam; Kinh; Không"))
        (row,) = [
            each
            for each in read_roster(content, today=TODAY, kept=frozenset({"ethnicity"}))
            if isinstance(each, MemberRow)
        ]
        assert row.optional == {"ethnicity": "Kinh"}
