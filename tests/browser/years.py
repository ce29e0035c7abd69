"""Two years of a Khối of fourteen organisations as events, told without chance: the same each time."""

from __future__ import annotations

from datetime import date, timedelta

from shared.events.catalogue import reviews
from tests.integration.reporting.history import DECISION, KHOI, History, path_of

SMALL = "org-14"
"""A cell with too few members for its figures to be shown outside."""
_PLACES = ("Sơn Vân", "Thác Bạc", "Hồ Xanh", "Nậm Rốm", "Đồng Lúa")
_KINDS = (
    ("Đảng bộ Công ty cổ phần Thủy điện", "dang_bo_co_so"),
    ("Chi bộ Quỹ bảo vệ rừng", "chi_bo_co_so"),
    ("Đảng bộ Sở Nông nghiệp mẫu", "dang_bo_co_so"),
)
_CRITERIA = ("C1", "C1", "C2", "C3", "C4a", "C4b")
_FIRST = date(2024, 1, 15)


def two_years() -> History:
    """Return what happened up to January 2026."""
    told = History()
    told.organization(KHOI, name="Đảng bộ Khối cơ quan và doanh nghiệp tỉnh mẫu", level="dang_bo_khoi")
    for number in range(1, 15):
        _organization(told, number)
    for number in range(66):
        _case(told, number)
    for year in (2024, 2025):
        _round(told, year)
    told.moving("t1", "m-2-1", "org-2/1", date(2025, 10, 1), due=date(2025, 11, 15))
    told.moving("t2", "m-5-1", "org-5/1", date(2026, 1, 5), due=date(2026, 3, 5))
    return told


def cell_of(number: int) -> str:
    """Return the cell that organisation *number* reviews its members in."""
    return f"org-{number}/1" if _is_committee(number) else f"org-{number}"


def _is_committee(number: int) -> bool:
    return _KINDS[number % 3][1] == "dang_bo_co_so"


def _organization(told: History, number: int) -> None:
    kind, level = _KINDS[number % 3]
    id_, place = f"org-{number}", _PLACES[number % 5]
    told.organization(id_, name=f"{kind} {place} {number}", level=level, is_cell=not _is_committee(number))
    if _is_committee(number):
        for cell in (1, 2):
            told.organization(f"{id_}/{cell}", name=f"Chi bộ {cell}", level="chi_bo_truc_thuoc", is_cell=True)
    for member in range(4 if id_ == SMALL else 14 + number):
        cell = f"{id_}/{member % 2 + 1}" if _is_committee(number) else id_
        told.member(f"m-{number}-{member}", cell)


def _case(told: History, number: int) -> None:
    case_id, cell = f"case-{number:03}", cell_of(number * number % 13 + 1)
    on = _FIRST + timedelta(days=number * 10)
    if number % 11 == 10:
        told.removed(case_id, cell, on, direct=True, ground=("X1", "X2")[number % 2])
        return
    if number % 9 == 8:
        told.case(
            case_id,
            reviews.CandidateProposed,
            on,
            cell,
            round_id="round-2025",
            criterion="C1",
            probationary=False,
            profile="hd02",
        )
        return
    told.listed(case_id, cell, on, criterion=_CRITERIA[number % 6])
    told.case(
        case_id,
        reviews.FollowUpRecorded,
        on + timedelta(days=80),
        cell,
        number=1,
        next_due_on=on + timedelta(days=170),
    )
    _outcome(told, number, case_id, cell, on + timedelta(days=300 + number))


def _outcome(told: History, number: int, case_id: str, cell: str, on: date) -> None:
    if on > date(2026, 1, 10):
        return
    match number % 5:
        case 0 | 1:
            told.recognized(case_id, cell, on)
        case 2:
            told.transferred(case_id, cell, on, to=None, continues=False)
        case 3:
            told.removed(case_id, cell, on)
            told.case(
                case_id,
                reviews.ComplaintLodged,
                on + timedelta(days=9),
                cell,
                late=False,
                due_on=on + timedelta(days=99),
            )
        case _:
            pass  # still on the list, beyond its time


def _round(told: History, year: int) -> None:
    round_id = f"round-{year}"
    opened = reviews.RoundOpened(
        round_id=round_id,
        name=f"Rà soát năm {year}",
        organization_path=[KHOI],
        on=date(year, 1, 10),
        due_on=date(year, 3, 31),
        profile="hd02",
        document=DECISION,
    )
    told.tell(round_id, opened)
    for number in range(1, 14):
        path = path_of(cell_of(number))
        report = reviews.CellReviewReported(
            round_id=round_id,
            organization_path=path,
            on=date(year, 3, 1) + timedelta(days=number * 3),
            reviewed=14 + number,
            proposed=number % 3,
        )
        told.tell(round_id, report)
    if year == 2024:
        closed = reviews.RoundClosed(
            round_id=round_id, organization_path=[KHOI], on=date(2024, 4, 20), not_reported=["org-14"]
        )
        told.tell(round_id, closed)
