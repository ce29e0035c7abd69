"""Roster workbooks as clerks make them, right and wrong, built cell by cell with openpyxl."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl

from services.members.roster import MemberRow, OrganizationRow, read_roster
from services.members.roster.form import MEMBER_COLUMNS, ORGANIZATION_COLUMNS
from shared.workbook.problems import RowNote, RowProblem

TODAY = date(2023, 10, 12)
CELL = "97.100.001.000.001"
CELL_NAME = "Chi bộ Văn phòng"
FIELDS = [column.field for column in MEMBER_COLUMNS]
ORGANIZATIONS = [
    ["97.100.000.000.000", "Đảng bộ Khối", "Đảng bộ Khối", None, "02/04/2007"],
    ["97.100.001.000.000", "Đảng bộ Công ty Chè", "Đảng bộ cơ sở", "97.100.000.000.000", "01/01/2010"],
    [CELL, CELL_NAME, "Chi bộ trực thuộc", "97.100.001.000.000", "01/01/2010"],
]


def a_member(**changed):
    """One row of the form by field, sound unless *changed*; None leaves a cell blank."""
    row = {
        "ordinal": 1,
        "name": "Nguyễn Văn An",
        "gender": "Nam",
        "admission": "03/02/2010; 03/02/2011",
        "numbers": "Thẻ: 097000000001",
    }
    row.update(changed)
    return [row.get(field) for field in FIELDS]


def a_workbook(*rows, headers=None, organizations=None, section=f"{CELL} — {CELL_NAME}", edit=None):
    """A workbook with title rows, header, column numbers, one section and *rows*; *edit* may spoil it."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Tổ chức"
    sheet.append([column.header for column in ORGANIZATION_COLUMNS])
    for organization in ORGANIZATIONS if organizations is None else organizations:
        sheet.append(organization)
    sheet = workbook.create_sheet("Đảng viên")
    sheet.append(["TỈNH ỦY SƠN VÂN"])
    sheet.append([None, None, "SỔ DANH SÁCH ĐẢNG VIÊN"])
    sheet.append([column.header for column in MEMBER_COLUMNS] if headers is None else headers)
    sheet.append(list(range(1, 15)))
    if section is not None:
        sheet.append([section])
    for row in rows:
        sheet.append(row)
    if edit is not None:
        edit(workbook)
    content = io.BytesIO()
    workbook.save(content)
    workbook.close()
    content.seek(0)
    return content


FIRST_MEMBER_ROW = 6


def items_of(content, **options):
    """Everything read from a workbook."""
    return list(read_roster(content, today=TODAY, **options))


def members_in(items):
    return [item for item in items if isinstance(item, MemberRow)]


def organizations_in(items):
    return [item for item in items if isinstance(item, OrganizationRow)]


def problems_in(items):
    return [item for item in items if isinstance(item, RowProblem)]


def notes_in(items):
    return [item for item in items if isinstance(item, RowNote)]


def the_problem(content, **options):
    """The only problem of a workbook."""
    [problem] = problems_in(items_of(content, **options))
    return problem


def repacked(content, replace, *, compression=zipfile.ZIP_DEFLATED):
    """The same archive with the parts in *replace* exchanged (a callable gets the old bytes) or added."""
    changed = io.BytesIO()
    with zipfile.ZipFile(content) as old, zipfile.ZipFile(changed, "w", compression) as new:
        for part in old.infolist():
            data = old.read(part)
            other = replace.get(part.filename)
            new.writestr(part.filename, other(data) if callable(other) else other or data)
        for name in set(replace) - set(old.namelist()):
            new.writestr(name, replace[name])
    changed.seek(0)
    return changed
