"""Chuyển sinh hoạt đảng: the steps of a transfer, its two clocks, and what stands against each step.

    decided ──► started ──► introduced ──► accepted | returned | left
       │           └──────────────────────► accepted | returned
       └──────────────────────────────────► returned

``started`` and ``introduced`` are one thing for the register: the member is in transit (đang chuyển sinh hoạt). A
transfer that is only decided moves nobody, but its 60 working days run from the day of the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import msgspec

from services.members.domain.dated_rules import DatedRule, RuleValue
from services.members.domain.violation import Violation
from shared.events.catalogue.members import TransferClock

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


class TransferState(StrEnum):
    """Trạng thái chuyển sinh hoạt."""

    DECIDED = "decided"
    STARTED = "started"
    INTRODUCED = "introduced"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    LEFT = "left"


STATE_VI: Mapping[TransferState, str] = MappingProxyType(
    {
        TransferState.DECIDED: "đã có quyết định chuyển, chưa làm thủ tục",
        TransferState.STARTED: "đang làm thủ tục chuyển",
        TransferState.INTRODUCED: "đã giới thiệu, chờ nơi đến tiếp nhận",
        TransferState.ACCEPTED: "nơi đến đã tiếp nhận",
        TransferState.RETURNED: "không tiếp nhận, về nơi cũ",
        TransferState.LEFT: "đã chuyển khỏi đảng bộ",
    }
)
IN_TRANSIT = (TransferState.STARTED, TransferState.INTRODUCED)
UNDER_WAY = (TransferState.DECIDED, *IN_TRANSIT)


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Thời hạn: one clock of a transfer, and what it runs by."""

    kind: TransferClock
    started_on: date
    due_on: date
    source: str | None
    """Where its period comes from; None for a day that stands in the transfer itself."""
    assumed: bool
    """Whether nobody has verified the period (chưa kiểm chứng)."""


def start_term(decided_on: date, rule: DatedRule, add_working_days: AddWorkingDays) -> Term:
    """Return the clock to begin the formalities: 60 working days after the decision or the move."""
    return _term("transfer_start", decided_on, rule.start_working_days, add_working_days)


def present_term(introduced_on: date, rule: DatedRule, add_working_days: AddWorkingDays) -> Term:
    """Return the clock to present the letter of introduction to the receiving cell: 30 working days."""
    return _term("transfer_present", introduced_on, rule.present_working_days, add_working_days)


def stay_term(accepted_on: date, until: date) -> Term:
    """Return the clock of a guest's stay, whose last day the transfer names."""
    return Term(kind="transfer_stay", started_on=accepted_on, due_on=until, source=None, assumed=False)


def _term(kind: TransferClock, started_on: date, period: RuleValue[int], add: AddWorkingDays) -> Term:
    return Term(
        kind=kind,
        started_on=started_on,
        due_on=add(started_on, period.value),
        source=period.source,
        assumed=period.assumed,
    )


def decision_problems(
    *, decided_on: date, today: date, in_transit: bool, decided: bool, same_cell: bool
) -> list[Violation]:
    """Return why a transfer cannot be decided on *decided_on*. *decided*: another one is decided and not begun."""
    found: list[Violation] = []
    if decided_on > today:
        found.append(
            _violation("date_in_future", "decided_on", f"Ngày {decided_on:%d/%m/%Y} ở trong tương lai.")
        )
    return [*found, *_open_problems(in_transit=in_transit, decided=decided, same_cell=same_cell)]


def _open_problems(*, in_transit: bool, decided: bool, same_cell: bool) -> list[Violation]:
    found: list[Violation] = []
    if in_transit:
        found.append(_violation("in_transit", "member_id", "Đảng viên đang trong một lượt chuyển khác."))
    if decided:
        found.append(
            _violation(
                "decision_open",
                "member_id",
                "Đã có quyết định chuyển chưa thực hiện: làm thủ tục theo quyết định đó hoặc ghi việc thôi chuyển.",
            )
        )
    if same_cell:
        found.append(_violation("same_cell", "to_cell_id", "Nơi đến trùng với chi bộ hiện tại."))
    return found


def start_problems(
    *,
    decided_on: date,
    on: date,
    today: date,
    in_transit: bool,
    decided: bool,
    same_cell: bool,
    listed: bool,
    handed_on: bool,
    temporary_until: date | None,
    study: bool,
    temporary_months: RuleValue[tuple[int, int]],
) -> list[Violation]:
    """Return why a transfer cannot begin on *on*. *decided*: another one is decided and not begun.

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
    found.extend(_open_problems(in_transit=in_transit, decided=decided, same_cell=same_cell))
    if temporary_until is None:
        found.extend(assessment_problems(listed=listed, handed_on=handed_on, field="member_id"))
    if temporary_until is not None:
        found.extend(_temporary_problems(on=on, until=temporary_until, study=study, rule=temporary_months))
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


def _temporary_problems(
    *, on: date, until: date, study: bool, rule: RuleValue[tuple[int, int]]
) -> list[Violation]:
    least, below = rule.value
    longest = 2 * below if study else below
    months = (until.year - on.year) * 12 + until.month - on.month - (until.day < on.day)
    if least <= months < longest or (study and months == longest):
        return []
    return [
        _violation(
            "temporary_period",
            "temporary_until",
            f"Sinh hoạt tạm thời từ {least} tháng đến dưới {below} tháng; đi học đến {2 * below} tháng"
            f" ({rule.source}).",
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
