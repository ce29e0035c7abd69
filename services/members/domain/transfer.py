"""Chuyển sinh hoạt đảng: the steps of a transfer, its two clocks, and what stands against each step.

    started ──► introduced ──► accepted | returned | left
       └──────────────────────► accepted | returned

``started`` and ``introduced`` are one thing for the register: the member is in transit (đang chuyển sinh hoạt).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import msgspec

from services.members.domain.violation import Violation

AddWorkingDays = Callable[[date, int], date]
"""Returns the n-th working day after a date: ``shared.workdays.add_working_days``."""
Way = Literal["between", "out", "in"]
WAY_VI: Mapping[Way, str] = MappingProxyType(
    {
        "between": "giữa các chi bộ trong đảng bộ",
        "out": "đi khỏi đảng bộ",
        "in": "từ nơi khác đến",
    }
)
Clock = Literal["transfer_start", "transfer_present"]


class TransferState(StrEnum):
    """Trạng thái chuyển sinh hoạt."""

    STARTED = "started"
    INTRODUCED = "introduced"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    LEFT = "left"


STATE_VI: Mapping[TransferState, str] = MappingProxyType(
    {
        TransferState.STARTED: "đang làm thủ tục chuyển",
        TransferState.INTRODUCED: "đã giới thiệu, chờ nơi đến tiếp nhận",
        TransferState.ACCEPTED: "nơi đến đã tiếp nhận",
        TransferState.RETURNED: "không tiếp nhận, về nơi cũ",
        TransferState.LEFT: "đã chuyển khỏi đảng bộ",
    }
)
IN_TRANSIT = (TransferState.STARTED, TransferState.INTRODUCED)


class TransferRule(msgspec.Struct, frozen=True, kw_only=True):
    """Quy định về thời hạn: values that hold for transfers begun from ``valid_from``, each with its source."""

    valid_from: date
    start_working_days: int
    start_source: str
    present_working_days: int
    present_source: str
    temporary_months: tuple[int, int]
    """At least, and less than, so many months; study lasts up to twice the upper bound."""
    temporary_source: str


RULES: tuple[TransferRule, ...] = (
    TransferRule(
        valid_from=date(2011, 1, 1),
        start_working_days=60,
        start_source="Quy định 24-QĐ/TW ngày 30/07/2021 (Ban Chấp hành Trung ương), điểm 6.3.1",
        present_working_days=30,
        present_source="Quy định 294-QĐ/TW (2025), chuyển sinh hoạt đảng; áp dụng cho thời gian trước: chưa kiểm chứng",
        temporary_months=(3, 12),
        temporary_source="Quy định 29-QĐ/TW ngày 25/07/2016 (Ban Chấp hành Trung ương), sinh hoạt đảng tạm thời",
    ),
)
"""Oldest first. A new regulation is a new row."""


def rule_on(day: date) -> TransferRule:
    """Return the rule for a transfer begun on *day*; the first one for what lies before it."""
    return next((each for each in reversed(RULES) if each.valid_from <= day), RULES[0])


def start_due(decided_on: date, add_working_days: AddWorkingDays) -> date:
    """Return the last day to begin the formalities: 60 working days after the decision or the move."""
    return add_working_days(decided_on, rule_on(decided_on).start_working_days)


def present_due(introduced_on: date, add_working_days: AddWorkingDays) -> date:
    """Return the last day to present the letter of introduction to the receiving cell: 30 working days."""
    return add_working_days(introduced_on, rule_on(introduced_on).present_working_days)


def start_problems(
    *,
    decided_on: date,
    on: date,
    today: date,
    in_transit: bool,
    same_cell: bool,
    listed: bool,
    handed_on: bool,
    temporary_until: date | None,
    study: bool,
) -> list[Violation]:
    """Return why a transfer cannot begin on *on*.

    A member on the list transfers with a written assessment: the case must have been handed on to the receiving
    cell before (*handed_on*), unless the transfer is a temporary one.
    """
    found: list[Violation] = []
    if on > today:
        found.append(_violation("date_in_future", "on", f"Ngày {on:%d/%m/%Y} ở trong tương lai."))
    if decided_on > on:
        found.append(
            _violation("decided_later", "decided_on", "Ngày quyết định không thể sau ngày làm thủ tục.")
        )
    if in_transit:
        found.append(_violation("in_transit", "member_id", "Đảng viên đang trong một lượt chuyển khác."))
    if same_cell:
        found.append(_violation("same_cell", "to_cell_id", "Nơi đến trùng với chi bộ hiện tại."))
    if temporary_until is None:
        found.extend(assessment_problems(listed=listed, handed_on=handed_on, field="member_id"))
    if temporary_until is not None:
        found.extend(_temporary_problems(on=on, until=temporary_until, study=study))
    return found


def assessment_problems(*, listed: bool, handed_on: bool, field: str) -> list[Violation]:
    """Return why a member on the list cannot go on their way, or arrive: their case has to be there before them."""
    if not listed or handed_on:
        return []
    return [
        _violation(
            "assessment_missing",
            field,
            "Đảng viên đang trong danh sách cần giáo dục, giúp đỡ: trước hết phải ghi nhận xét sự tiến bộ và "
            "chuyển vụ việc đến đúng chi bộ nhận (bước “transfer” của vụ việc ở dịch vụ rà soát).",
        )
    ]


def _temporary_problems(*, on: date, until: date, study: bool) -> list[Violation]:
    least, below = rule_on(on).temporary_months
    longest = 2 * below if study else below
    months = (until.year - on.year) * 12 + until.month - on.month - (until.day < on.day)
    if least <= months < longest or (study and months == longest):
        return []
    return [
        _violation(
            "temporary_period",
            "temporary_until",
            f"Sinh hoạt tạm thời từ {least} tháng đến dưới {below} tháng; đi học đến {2 * below} tháng.",
        )
    ]


def step_problems(
    *, state: TransferState, allowed: tuple[TransferState, ...], on: date, earliest: date, today: date
) -> list[Violation]:
    """Return why a step of *on* cannot be taken by a transfer in *state* whose last step was on *earliest*."""
    found: list[Violation] = []
    if state not in allowed:
        found.append(_violation("wrong_state", "on", f"Lượt chuyển {STATE_VI[state]}."))
    if on > today:
        found.append(_violation("date_in_future", "on", f"Ngày {on:%d/%m/%Y} ở trong tương lai."))
    if on < earliest:
        found.append(
            _violation("date_order", "on", f"Ngày {on:%d/%m/%Y} trước bước liền trước {earliest:%d/%m/%Y}.")
        )
    return found


def _violation(code: str, field: str, detail_vi: str) -> Violation:
    return Violation(code=code, field=field, detail_vi=detail_vi)
