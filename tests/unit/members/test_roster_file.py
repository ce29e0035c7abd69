import io
import struct
import zipfile

import pytest
import xlsxwriter

from services.members.roster import KnownOrganization, read_roster
from services.members.roster.form import MEMBER_COLUMNS
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import WorkbookError
from tests.unit.members.workbooks import CELL, CELL_NAME, TODAY, a_member, a_workbook, items_of, repacked

SHEET = "xl/worksheets/sheet2.xml"
MEBIBYTE = 1024 * 1024


def refusal(content, **limits):
    with pytest.raises(WorkbookError) as refused:
        list(read_roster(content, today=TODAY, limits=WorkbookLimits(**limits)))
    assert refused.value.detail_vi
    return refused.value.code


class TestSize:
    """A file over a bound is refused before anything is parsed."""

    def test_a_200_mb_upload(self, tmp_path):
        upload = tmp_path / "roster.xlsx"
        with upload.open("wb") as file:
            file.truncate(200 * MEBIBYTE)
        with pytest.raises(WorkbookError, match="200 MB, vượt giới hạn 20 MB"):
            list(read_roster(upload, today=TODAY))

    def test_an_empty_file(self):
        assert refusal(io.BytesIO()) == "file_empty"

    def test_too_many_rows_sheets_and_parts(self):
        assert refusal(a_workbook(*[a_member(numbers=None)] * 20), rows=20) == "too_many_rows"
        assert refusal(a_workbook(a_member()), sheets=1) == "too_many_sheets"
        assert refusal(a_workbook(a_member()), parts=3) == "too_many_parts"

    def test_a_row_longer_than_the_bound(self):
        rows = [a_member(occupation="x" * 1500)] * 3
        assert refusal(a_workbook(*rows), record_bytes=1000) == "record_too_large"

    def test_a_row_far_down_is_not_reached_through_a_million_blank_ones(self):
        content = a_workbook(a_member(), edit=lambda book: book["Đảng viên"].cell(1_000_000, 1, "x"))
        assert refusal(content) == "too_many_rows"


class TestZipBomb:
    """What inflates beyond its bounds is stopped, by the declared size and by the true one."""

    def test_declared_size(self):
        bomb = repacked(a_workbook(a_member()), {"xl/media/image1.png": b"\0" * (5 * MEBIBYTE)})
        assert refusal(bomb) == "zip_bomb"

    def test_total_size(self):
        assert refusal(a_workbook(a_member()), uncompressed_bytes=5000) == "zip_bomb"

    def test_a_sheet_of_one_endless_row(self):
        bomb = repacked(
            a_workbook(a_member()),
            {SHEET: lambda old: old.replace(b"</row>", b"<c/>" * 3 * MEBIBYTE + b"</row>", 1)},
        )
        assert refusal(bomb) == "zip_bomb"
        bomb.seek(0)
        assert refusal(bomb, ratio=100_000) == "record_too_large"

    def test_a_directory_that_lies_about_the_size(self):
        bomb = repacked(a_workbook(a_member()), {"xl/media/image1.png": b"\0" * (5 * MEBIBYTE)})
        data = bytearray(bomb.getvalue())
        entry = data.rindex(b"xl/media/image1.png") - 46
        assert data[entry : entry + 4] == b"PK\x01\x02"
        struct.pack_into("<L", data, entry + 24, 1000)
        assert refusal(io.BytesIO(bytes(data))) == "broken_workbook"

    def test_entities_that_multiply(self):
        bomb = repacked(
            a_workbook(a_member()),
            {SHEET: lambda old: b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + old},
        )
        assert refusal(bomb) == "forbidden_markup"

    def test_forbidden_markup_across_the_border_of_two_pieces(self):
        lead = b" " * (MEBIBYTE - 1)
        part = b"<a>" + lead[: MEBIBYTE - 4] + b"<!-- -->" + b"</a>"
        assert part[MEBIBYTE - 1 : MEBIBYTE + 1] == b"<!"
        content = repacked(a_workbook(a_member()), {"xl/other.xml": part})
        assert refusal(content, ratio=100_000) == "forbidden_markup"


class TestBrokenFile:
    """What is no sound workbook is told so, whatever is wrong with it."""

    def test_not_a_zip(self):
        assert refusal(io.BytesIO(b"Ho va ten;So the\n" * 100)) == "not_a_workbook"

    def test_a_zip_that_is_no_workbook(self):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("a.txt", "a")
        assert refusal(content) == "not_a_workbook"

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
    def test_cut_off(self, share):
        data = a_workbook(a_member()).getvalue()
        assert refusal(io.BytesIO(data[: int(len(data) * share)])) in {"broken_workbook", "not_a_workbook"}

    def test_a_damaged_byte(self):
        content = a_workbook(*[a_member(numbers=None)] * 50)
        data = bytearray(content.getvalue())
        with zipfile.ZipFile(content) as archive:
            start = archive.getinfo(SHEET).header_offset + 100
        data[start : start + 20] = bytes(20)
        assert refusal(io.BytesIO(bytes(data))) == "broken_workbook"

    @pytest.mark.parametrize(
        ("part", "old", "new"),
        [
            (SHEET, b"</sheetData>", b""),
            (SHEET, b'r="6"', b'r="six"'),
            (SHEET, b't="n"><v>1</v>', b't="s"><v>99</v>'),
            (SHEET, b't="n"><v>1</v>', b't="n"><v>one</v>'),
            ("xl/workbook.xml", b"<sheets>", b"<sheets><sheet/>"),
            ("[Content_Types].xml", b"spreadsheetml.sheet.main", b"spreadsheetml.nothing"),
        ],
    )
    def test_wrong_inside(self, part, old, new):
        content = repacked(a_workbook(a_member()), {part: lambda data: data.replace(old, new)})
        assert refusal(content) == "broken_workbook"

    def test_without_the_sheet_of_members(self):
        content = a_workbook(edit=lambda workbook: workbook.remove(workbook["Đảng viên"]))
        assert refusal(content) == "sheet_missing"

    def test_encrypted(self):
        ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000)
        assert refusal(io.BytesIO(ole + "EncryptedPackage".encode("utf-16-le"))) == "encrypted"
        assert refusal(io.BytesIO(ole)) == "old_excel"

    def test_a_part_with_a_password(self):
        data = bytearray(a_workbook(a_member()).getvalue())
        entry = data.index(b"PK\x01\x02")
        data[entry + 8] |= 1
        assert refusal(io.BytesIO(bytes(data))) == "encrypted"


class TestSharedTexts:
    """Excel keeps texts in a table of their own: it is read, and bounded, like the sheets."""

    @staticmethod
    def a_workbook_of_excel(occupation="Kỹ sư"):
        content = io.BytesIO()
        with xlsxwriter.Workbook(content) as workbook:
            sheet = workbook.add_worksheet("Đảng viên")
            for row, texts in enumerate(
                [[column.header for column in MEMBER_COLUMNS], [f"{CELL} {CELL_NAME}"]]
            ):
                sheet.write_row(row, 0, texts)
            for column, value in enumerate(a_member(occupation=occupation)):
                if value is not None:
                    sheet.write(2, column, value)
        content.seek(0)
        assert "xl/sharedStrings.xml" in zipfile.ZipFile(content).namelist()
        return content

    def test_are_read(self):
        known = {CELL: KnownOrganization(name=CELL_NAME, level="chi_bo_truc_thuoc")}
        [member] = items_of(self.a_workbook_of_excel(), known=known)
        assert (member.full_name, member.occupation, member.row) == ("Nguyễn Văn An", "Kỹ sư", 3)

    def test_are_bounded(self):
        assert refusal(self.a_workbook_of_excel("x" * 30_000), record_bytes=20_000) == "record_too_large"


class TestSource:
    """A path and a stream are read alike, and what was opened is closed, also when left half-way."""

    def test_path(self, tmp_path):
        path = tmp_path / "so.xlsx"
        path.write_bytes(a_workbook(a_member()).getvalue())
        assert list(read_roster(path, today=TODAY)) == items_of(a_workbook(a_member()))

    def test_left_half_way(self, tmp_path):
        path = tmp_path / "so.xlsx"
        path.write_bytes(a_workbook(a_member()).getvalue())
        items = iter(read_roster(path, today=TODAY))
        next(items)
        items.close()
        path.unlink()

    def test_the_stream_of_the_caller_stays_open(self):
        content = a_workbook(a_member())
        items_of(content)
        assert not content.closed
