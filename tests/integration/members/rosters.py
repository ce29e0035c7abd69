"""Roster workbooks for import tests, written in the official form."""

from datetime import date
from io import BytesIO

from services.members.domain.member import Leaving, LeavingMode
from services.members.roster import MemberRow, OrganizationRow, RosterHeading, write_roster

KHOI = "38.168.000.000.000"
CO_SO = "38.168.001.000.000"
CELL_1 = "38.168.001.000.001"
CELL_2 = "38.168.001.000.002"
FOUNDED = date(2010, 1, 1)
HEADING = RosterHeading(
    superior="Tỉnh ủy Thử Nghiệm", organization="Đảng bộ Khối Thử Nghiệm", as_of=date(2025, 12, 31)
)


def organization(code, name, level, parent_code):
    return OrganizationRow(
        row=0, code=code, name=name, level=level, parent_code=parent_code, established_on=FOUNDED
    )


ORGANIZATIONS = [
    organization(KHOI, "Đảng bộ Khối Thử Nghiệm", "dang_bo_khoi", None),
    organization(CO_SO, "Đảng bộ Công ty Thử", "dang_bo_co_so", KHOI),
    organization(CELL_1, "Chi bộ Một", "chi_bo_truc_thuoc", CO_SO),
    organization(CELL_2, "Chi bộ Hai", "chi_bo_truc_thuoc", CO_SO),
]


def person(number, cell_code=CELL_1, **more):
    facts = {
        "full_name": f"Lê Văn Thử {chr(ord('A') + number % 26)}{'b' * (number // 26)}",
        "gender": "male",
        "admitted_on": date(2012, 3, 1),
        "official_on": date(2013, 3, 1),
        "card_number": f"{38_168_000_000 + number:012}",
        "dossier_number": f"{number:010}",
    }
    return MemberRow(row=0, cell_code=cell_code, **{**facts, **more})


EXPELLED = Leaving(on=date(2020, 5, 5), mode=LeavingMode.EXPULSION)


def workbook(members, organizations=ORGANIZATIONS):
    """Return the bytes of the workbook."""
    target = BytesIO()
    write_roster(target, heading=HEADING, organizations=organizations, members=members)
    return target.getvalue()
