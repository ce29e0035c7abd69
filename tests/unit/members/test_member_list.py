import io
import unicodedata
from datetime import date

import openpyxl
import pytest

from services.members.roster import KnownOrganization
from services.members.roster.form import LIST_COLUMNS
from tests.unit.members.workbooks import items_of, members_in, notes_in, problems_in

KNOWN = {
    "97.100.001.000.001": KnownOrganization(name="Chi bộ Văn phòng", level="chi_bo_truc_thuoc"),
    "97.100.001.000.002": KnownOrganization(name="Chi bộ Xưởng", level="chi_bo_truc_thuoc"),
    "97.100.002.000.001": KnownOrganization(name="Chi bộ Xưởng", level="chi_bo_truc_thuoc"),
}
NINE = [column.field for column in LIST_COLUMNS if column.field != "official"]


def a_person(**changed):
    row = {
        "ordinal": 1,
        "name": "TRẦN THỊ ĐÀO",
        "card": "097000000001",
        "citizen_id": "097000000001",
        "birth_date": "07/04/1980",
        "admitted": "03/02/2010",
        "cell": "Chi bộ Văn phòng",
        "residence_cell": "Chi bộ Tổ dân phố 3",
        "state": "Đang sinh hoạt",
    }
    return {**row, **changed}


def a_list(*people, fields=NINE, title="Sheet1"):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    sheet.append(["DANH SÁCH ĐẢNG VIÊN"])
    headers = {column.field: column.header for column in LIST_COLUMNS}
    sheet.append([headers[field] for field in fields])
    for person in people:
        sheet.append([person.get(field) for field in fields])
    content = io.BytesIO()
    workbook.save(content)
    content.seek(0)
    return content


def read(*people, **options):
    return items_of(a_list(*people, **options), known=KNOWN)


class TestReading:
    """DS_DANGVIEN.xlsx is known by its headings and read row by row."""

    @pytest.mark.parametrize("title", ["Sheet1", "Đảng viên"])
    def test_a_sound_row(self, title):
        [row] = members_in(read(a_person(), title=title))
        assert (row.row, row.full_name, row.cell_code) == (3, "Trần Thị Đào", "97.100.001.000.001")
        assert (row.birth_date, row.admitted_on) == (date(1980, 4, 7), date(2010, 2, 3))
        assert (row.card_number, row.official_on, row.said_official) == ("097000000001", None, True)

    def test_capitals_become_a_name_in_nfc(self):
        [row] = members_in(read(a_person(name=unicodedata.normalize("NFD", "NGUYỄN ĐỨC ƯỚC"))))
        assert row.full_name == unicodedata.normalize("NFC", "Nguyễn Đức Ước")

    def test_citizen_id_and_residence_are_not_kept_and_it_is_said(self):
        items = read(a_person(citizen_id="không đọc"))
        assert {note.code for note in notes_in(items)} == {"citizen_id_not_kept", "residence_cell_not_kept"}
        assert "không đọc" not in repr(items)

    def test_the_official_date_may_be_added(self):
        [row] = members_in(read(a_person(official="03/02/2011"), fields=[*NINE, "official"]))
        assert row.official_on == date(2011, 2, 3)

    def test_a_probationary_member_without_a_card(self):
        [row] = members_in(read(a_person(card=None, state="Đảng viên dự bị")))
        assert row.said_official is False

    def test_a_cell_by_its_code(self):
        [row] = members_in(read(a_person(cell="97.100.002.000.001 — Chi bộ Xưởng")))
        assert row.cell_code == "97.100.002.000.001"


class TestBadRows:
    """What cannot be read for certain is refused with its row, column and reason."""

    @pytest.mark.parametrize(
        ("changed", "column", "code"),
        [
            ({"name": None}, "Họ và tên", "name_missing"),
            ({"name": "Trần 2"}, "Họ và tên", "name_letters"),
            ({"card": "12345"}, "Số thẻ Đảng viên", "card_number_length"),
            ({"card": 9.7e10 + 0.5}, "Số thẻ Đảng viên", "number_scientific"),
            ({"birth_date": "1980"}, "Ngày sinh", "date_year_only"),
            ({"birth_date": "07/04/2000"}, "Ngày sinh", "admitted_under_age"),
            ({"admitted": None}, "Ngày kết nạp", "admission_date_missing"),
            ({"cell": None}, "Chi bộ đang sinh hoạt", "cell_missing"),
            ({"cell": "Chi bộ Xưởng"}, "Chi bộ đang sinh hoạt", "cell_ambiguous"),
            ({"cell": "Chi bộ Lạ"}, "Chi bộ đang sinh hoạt", "unknown_cell"),
            ({"cell": "97.100.002.000.001 Chi bộ Khác"}, "Chi bộ đang sinh hoạt", "cell_name_differs"),
            ({"state": "Đã chuyển đi"}, "Trạng thái", "leaving_date_missing"),
            ({"state": "Lạ"}, "Trạng thái", "state_unknown"),
            ({"name": "=1+1"}, "Họ và tên", "formula"),
        ],
    )
    def test_place_and_reason(self, changed, column, code):
        items = read(a_person(**changed))
        assert members_in(items) == []
        assert [(each.row, each.column, each.code) for each in problems_in(items)] == [(3, column, code)]

    def test_one_card_for_two_members_refuses_both(self):
        items = read(a_person(), a_person(name="LÊ VĂN BƯỞI"))
        [problem] = problems_in(items)
        assert (problem.code, problem.refused_rows) == ("duplicate_card_number", (3, 4))

    def test_a_missing_column_refuses_the_file(self):
        [problem] = problems_in(read(a_person(), fields=[each for each in NINE if each != "birth_date"]))
        assert (problem.code, problem.column, problem.scope) == ("missing_column", "Ngày sinh", "file")
