"""Đánh giá, xếp loại đảng viên hằng năm; months without activities or dues: just what the grounds of screening need.

Annual results ground C1 (02-HD/BTCTW, Mục II, điểm 1); months of a year ground X1 and X2, the conclusion that a member
violated a member's standing (vi phạm tư cách đảng viên) in a year grounds X5 (24-QĐ/TW, 30/7/2021, Điều 8).
A quarterly result is kept apart and never counts as a year (366-QĐ/TW, 30/8/2025, reviews by quarter as well).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from services.members.domain.violation import Violation

MONTHS_OF_A_YEAR = 12


class Level(StrEnum):
    """Mức xếp loại: four levels (124-QĐ/TW, 4/10/2023, Điều 12)."""

    EXCELLENT = "excellent"
    GOOD = "good"
    COMPLETED = "completed"
    NOT_COMPLETED = "not_completed"


LEVEL_VI: Mapping[Level, str] = MappingProxyType(
    {
        Level.EXCELLENT: "Hoàn thành xuất sắc nhiệm vụ",
        Level.GOOD: "Hoàn thành tốt nhiệm vụ",
        Level.COMPLETED: "Hoàn thành nhiệm vụ",
        Level.NOT_COMPLETED: "Không hoàn thành nhiệm vụ",
    }
)


def classification_problems(*, year: int, admitted_on: date, on: date, today: date) -> list[Violation]:
    """Return why the result of *year*, decided on *on*, cannot be: not decided yet, or before the admission."""
    found: list[Violation] = []
    if on > today:
        found.append(_violation("date_in_future", "on", f"Ngày {on:%d/%m/%Y} ở trong tương lai."))
    if year > on.year:
        found.append(_violation("year_not_over", "year", f"Năm {year} chưa đến vào ngày {on:%d/%m/%Y}."))
    if year < admitted_on.year:
        found.append(
            _violation(
                "year_before_admission", "year", f"Năm {year} trước khi vào Đảng ({admitted_on.year})."
            )
        )
    return found


def participation_problems(
    *, months_absent: int, months_excused: int, months_unpaid: int, reason: str
) -> list[Violation]:
    """Return why the counts of a year contradict themselves.

    ``months_absent`` counts months without activities for no good reason, ``months_excused`` those with one,
    which must be named.
    """
    found: list[Violation] = []
    if months_absent + months_excused > MONTHS_OF_A_YEAR:
        found.append(
            _violation("months_too_many", "months_absent", "Tổng số tháng không sinh hoạt vượt quá 12 tháng.")
        )
    if months_unpaid > MONTHS_OF_A_YEAR:
        found.append(_violation("months_too_many", "months_unpaid", "Số tháng vượt quá 12 tháng."))
    if months_excused and not reason.strip():
        found.append(
            _violation("reason_missing", "reason", "Phải ghi lý do của những tháng vắng có lý do chính đáng.")
        )
    return found


def put(entries: list[dict[str, Any]], new: dict[str, Any], *, same: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return *entries* with *new* in force for its period (*same*), what it replaces kept as superseded."""
    kept = [
        {**each, "superseded": True} if all(each[name] == new[name] for name in same) else each
        for each in entries
    ]
    return sorted([*kept, {**new, "superseded": False}], key=lambda each: tuple(each[name] for name in same))


def in_force(entries: list[dict[str, Any]], **period: int) -> dict[str, Any] | None:
    """Return the entry in force for a period such as ``year=2020``, or None."""
    return next(
        (
            each
            for each in entries
            if not each["superseded"] and all(each[name] == value for name, value in period.items())
        ),
        None,
    )


def _violation(code: str, field: str, detail_vi: str) -> Violation:
    return Violation(code=code, field=field, detail_vi=detail_vi)
