import io
import unicodedata
from datetime import date

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.members.domain.member import Leaving, LeavingMode
from services.members.roster import (
    DatedPlace,
    MemberRow,
    OrganizationRow,
    RosterHeading,
    read_roster,
    write_roster,
)
from tests.unit.members.workbooks import CELL, CELL_NAME, TODAY

HEADING = RosterHeading(superior="Tỉnh ủy", organization="Đảng bộ Khối", as_of=TODAY)
OTHER_CELL = "97.100.002.000.000"
ORGANIZATIONS = [
    OrganizationRow(
        row=2, code=code, name=name, level=level, parent_code=parent, established_on=date(2005, 1, 1)
    )
    for code, name, level, parent in (
        ("97.100.000.000.000", "Đảng bộ Khối", "dang_bo_khoi", None),
        ("97.100.001.000.000", "Đảng bộ Chè", "dang_bo_co_so", "97.100.000.000.000"),
        (CELL, CELL_NAME, "chi_bo_truc_thuoc", "97.100.001.000.000"),
        (OTHER_CELL, "Chi bộ Giấy", "chi_bo_co_so", "97.100.000.000.000"),
    )
]

WORDS = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạ", min_size=1, max_size=7).map(
    lambda word: unicodedata.normalize("NFC", word)
)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(
    lambda parts: " ".join(part.capitalize() for part in parts)
)
TEXTS = st.text("aâđếộ =+@-()'\"<>&,.;/%0123456789", min_size=1, max_size=30).map(
    lambda text: " ".join(unicodedata.normalize("NFC", text).split()) or "x"
)
PLACES = st.none() | WORDS.map(lambda word: f"Đảng bộ {word}")
DAYS = st.dates(date(2012, 1, 1), date(2023, 1, 1))
TRANSFERS = st.none() | st.builds(DatedPlace, on=DAYS, place=PLACES)
EXITS = st.one_of(
    st.just({}),
    st.builds(lambda on, place: {"transferred_out": DatedPlace(on=on, place=place)}, DAYS, PLACES),
    st.builds(lambda on: {"died_on": on}, DAYS),
    st.builds(
        lambda on, form: {"left": Leaving(on=on, mode=form[0], detail=form[1])},
        DAYS,
        st.sampled_from(
            [
                (LeavingMode.EXPULSION, "Khai trừ (QĐ 12-QĐ/ĐUK)"),
                (LeavingMode.NAME_REMOVAL, "Xóa tên"),
                (LeavingMode.RESIGNATION, "Cho ra khỏi Đảng; hoàn cảnh gia đình"),
            ]
        ),
    ),
)


@st.composite
def members(draw, number):
    leaving = draw(EXITS)
    admitted = draw(st.dates(date(1960, 1, 1), date(2010, 1, 1)))
    # Who was expelled was an official member.
    official = draw(
        st.dates(admitted, date(2011, 1, 1))
        if "left" in leaving
        else st.none() | st.dates(admitted, date(2011, 1, 1))
    )
    return MemberRow(
        row=0,
        cell_code=draw(st.sampled_from([CELL, OTHER_CELL])),
        full_name=draw(NAMES),
        gender=draw(st.sampled_from(["male", "female", None])),
        native_place=draw(st.none() | TEXTS),
        education=draw(st.none() | TEXTS),
        occupation=draw(st.none() | TEXTS),
        admitted_on=admitted,
        official_on=official,
        card_number=draw(st.none() | st.sampled_from([f"{number:012}", f"{number:08}"])),
        dossier_number=draw(st.none() | st.just(f"{number:010}")),
        badge=draw(st.none() | st.sampled_from(["30 năm", "40 năm 12345"])),
        service=draw(st.sampled_from([None, "Bộ đội", "Hưu trí"])),
        transferred_in=draw(TRANSFERS),
        exempt_from=draw(st.none() | DAYS),
        notes=draw(st.none() | WORDS),
        **leaving,
    )


ROSTERS = st.integers(0, 8).flatmap(
    lambda count: st.tuples(*(members(number) for number in range(1, count + 1)))
)


def without_place(row):
    return msgspec.structs.replace(row, row=0)


class TestRoundTrip:
    """What is written is read back the same: no text becomes a formula, a number or a date."""

    @settings(max_examples=60, deadline=None)
    @given(ROSTERS)
    def test_members_and_organizations(self, rows):
        ordered = sorted(rows, key=lambda row: row.cell_code)
        content = io.BytesIO()
        assert write_roster(content, heading=HEADING, organizations=ORGANIZATIONS, members=ordered) == len(
            rows
        )
        items = [without_place(item) for item in read_roster(content, today=TODAY)]
        organizations = sorted(map(without_place, ORGANIZATIONS), key=lambda row: row.code)
        assert sorted(items[:4], key=lambda row: row.code) == organizations
        assert items[4:] == ordered

    def test_the_same_roster_is_the_same_file(self):
        member = MemberRow(row=0, cell_code=CELL, full_name="Nguyễn Văn An", admitted_on=date(2020, 1, 1))
        files = [io.BytesIO(), io.BytesIO()]
        for content in files:
            write_roster(content, heading=HEADING, organizations=ORGANIZATIONS, members=[member])
        assert files[0].getvalue() == files[1].getvalue()
