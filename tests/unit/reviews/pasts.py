"""Workbooks of past cases as clerks make them, right and wrong, and cases as papers tell of them."""

import io
from datetime import date

import openpyxl

from services.reviews.domain.case import Past
from services.reviews.history.form import COLUMNS, HEADERS, SHEET
from services.reviews.history.reader import HistoryReading, PastRow
from shared.workbook.cells import CellError
from shared.workbook.problems import RowNote, RowProblem

TODAY = date(2026, 11, 20)
IMPORT = "0190f3a0-0000-7000-8000-0000000000aa"
CELL = "Chi bộ Kế hoạch"
FIRST_ROW = 4


def a_past(**told):
    """A case that ended with progress recognised, as papers tell of it, unless told otherwise."""
    return Past(
        **{
            "import_id": IMPORT,
            "row": 4,
            "outcome": "recognized",
            "listed_on": date(2019, 6, 1),
            "criterion": "L1",
            "ended_on": date(2020, 6, 1),
            **told,
        }
    )


def a_row(**changed):
    """One row of the form by field, sound unless *changed*; None leaves a cell blank."""
    row = {
        "ordinal": 1,
        "name": "Lê Thị Hoa",
        "birth_date": "05/04/1980",
        "standing": "chính thức",
        "organization": CELL,
        "criterion": "L1",
        "listed_on": "01/06/2019",
        "outcome": "công nhận tiến bộ",
        "ended_on": "01/06/2020",
        **changed,
    }
    return [row.get(column.field) for column in COLUMNS]


def a_removal(**changed):
    """One row about somebody who was removed, as much as may be known."""
    return a_row(
        **{
            "outcome": "đưa ra khỏi Đảng",
            "mode": "xóa tên",
            "ground": "x4",
            "decision_number": "12-QĐ/ĐUK",
            "decided_by": "Đảng ủy Khối",
            "cell_base": 12,
            "cell_for": 10,
            **changed,
        }
    )


def a_workbook(*rows, headers=None, sheet=SHEET, edit=None):
    """A workbook with a title, the headings and *rows*."""
    workbook = openpyxl.Workbook()
    page = workbook.active
    page.title = sheet
    page.append(["DANH SÁCH"])
    page.append([])
    page.append(headers or list(HEADERS.values()))
    for row in rows:
        page.append(row)
    if edit is not None:
        edit(page)
    content = io.BytesIO()
    workbook.save(content)
    workbook.close()
    content.seek(0)
    return content


def organization(text):
    if text != CELL:
        raise CellError("unknown_organization", "Không có tổ chức đảng này.")
    return "cell-1"


def items_of(content, **options):
    return list(HistoryReading(content, import_id=IMPORT, organization=organization, today=TODAY, **options))


def rows_in(items):
    return [item for item in items if isinstance(item, PastRow)]


def problems_in(items):
    return [item for item in items if isinstance(item, RowProblem)]


def notes_in(items):
    return [item for item in items if isinstance(item, RowNote)]
