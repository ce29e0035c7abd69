"""The member's record: states, modes of leaving, and the rules that hold between its facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

import msgspec

from services.members.domain.violation import Violation

ADULT_YEARS = 18
"""Điều lệ Đảng (2011), Điều 1: a member is a citizen of 18 years or older."""
OLDEST_YEARS = 120
"""A typing error, not a rule: no living member is older."""
PROBATION_MONTHS = 12
"""Điều lệ Đảng (2011), Điều 5: a probationary member stands twelve months before confirmation."""


class MemberState(StrEnum):
    """Trạng thái đảng viên."""

    REGISTERED = "registered"
    """Mới lập hồ sơ: the record is open, its dates not yet confirmed."""
    PROBATIONARY = "probationary"
    """Đảng viên dự bị."""
    OFFICIAL = "official"
    """Đảng viên chính thức."""
    LEFT = "left"
    """Đã ra khỏi Đảng, từ trần hoặc chuyển đi khỏi đảng bộ."""


class LeavingMode(StrEnum):
    """Hình thức ra khỏi danh sách: the values travel in the event MembershipEnded."""

    NAME_REMOVAL = "name_removal"
    EXPULSION = "expulsion"
    RESIGNATION = "resignation"
    DEATH = "death"
    TRANSFERRED_OUT = "transferred_out"


LEAVING_MODE_VI: Mapping[LeavingMode, str] = MappingProxyType(
    {
        LeavingMode.NAME_REMOVAL: "xóa tên",
        LeavingMode.EXPULSION: "khai trừ",
        LeavingMode.RESIGNATION: "xin ra khỏi Đảng",
        LeavingMode.DEATH: "từ trần",
        LeavingMode.TRANSFERRED_OUT: "chuyển đi",
    }
)

STATE_CHANGES: Mapping[MemberState, frozenset[MemberState]] = MappingProxyType(
    {
        MemberState.REGISTERED: frozenset({MemberState.PROBATIONARY, MemberState.OFFICIAL, MemberState.LEFT}),
        MemberState.PROBATIONARY: frozenset({MemberState.OFFICIAL, MemberState.LEFT}),
        MemberState.OFFICIAL: frozenset({MemberState.LEFT}),
        # Khôi phục đảng tịch gives back the state the member had.
        MemberState.LEFT: frozenset({MemberState.PROBATIONARY, MemberState.OFFICIAL}),
    }
)


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """Ra khỏi danh sách: when and how a member left; kept for good, readmission depends on it."""

    on: date
    mode: LeavingMode
    detail: str | None = None
    """The words of the record: decision, place gone to. None for a death, whose cause is not kept."""


class MemberFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Thông tin đảng viên mà các quy tắc cần: the facts the rules below look at."""

    admitted_on: date | None
    official_on: date | None = None
    birth_date: date | None = None
    exempt_from: date | None = None
    exempt_until: date | None = None
    leaving: Leaving | None = None

    @property
    def state(self) -> MemberState:
        """The state these facts give."""
        if self.leaving is not None:
            return MemberState.LEFT
        if self.official_on is not None:
            return MemberState.OFFICIAL
        return MemberState.REGISTERED if self.admitted_on is None else MemberState.PROBATIONARY


def may_change_state(*, before: MemberState, after: MemberState) -> bool:
    """Say whether a member in state *before* may come to *after*."""
    return after in STATE_CHANGES[before]


def full_years(*, since: date, on: date) -> int:
    """Return the completed years between two dates (negative if *on* lies before *since*)."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def check_member(facts: MemberFacts, *, today: date) -> list[Violation]:
    """Return every rule that *facts* break, with *today* as the last date that may have happened."""
    return [*_check_order(facts), *_check_age(facts, today=today), *_check_leaving(facts, today=today)]


def _check_order(facts: MemberFacts) -> list[Violation]:
    found: list[Violation] = []
    admitted, official = facts.admitted_on, facts.official_on
    if official is not None and admitted is None:
        found.append(
            _violation("admission_date_missing", "admitted_on", "Có ngày chính thức mà thiếu ngày vào Đảng.")
        )
    if official is not None and admitted is not None and official < admitted:
        found.append(
            _violation(
                "official_before_admission",
                "official_on",
                f"Ngày chính thức {_vi(official)} trước ngày vào Đảng {_vi(admitted)}.",
            )
        )
    if facts.exempt_from is not None and admitted is not None and facts.exempt_from < admitted:
        found.append(
            _violation(
                "exempt_before_admission",
                "exempt_from",
                f"Ngày miễn công tác và sinh hoạt {_vi(facts.exempt_from)} trước ngày vào Đảng {_vi(admitted)}.",
            )
        )
    if facts.exempt_until is not None and (
        facts.exempt_from is None or facts.exempt_until < facts.exempt_from
    ):
        found.append(
            _violation("exempt_period", "exempt_until", "Thời hạn miễn công tác và sinh hoạt không hợp lệ.")
        )
    return found


def _check_age(facts: MemberFacts, *, today: date) -> list[Violation]:
    found = [
        _violation("date_in_future", field, f"{label} {_vi(day)} ở sau ngày {_vi(today)}.")
        for field, label, day in (
            ("admitted_on", "Ngày vào Đảng", facts.admitted_on),
            ("official_on", "Ngày chính thức", facts.official_on),
            ("birth_date", "Ngày sinh", facts.birth_date),
        )
        if day is not None and day > today
    ]
    eldest = facts.birth_date or facts.admitted_on
    if eldest is not None and full_years(since=eldest, on=today) > OLDEST_YEARS:
        field = "birth_date" if facts.birth_date else "admitted_on"
        found.append(_violation("date_too_old", field, f"Ngày {_vi(eldest)} đã quá {OLDEST_YEARS} năm."))
    if (
        facts.birth_date is not None
        and facts.admitted_on is not None
        and full_years(since=facts.birth_date, on=facts.admitted_on) < ADULT_YEARS
    ):
        found.append(
            _violation(
                "admitted_under_age",
                "birth_date",
                f"Chưa đủ {ADULT_YEARS} tuổi khi vào Đảng (Điều 1, Điều lệ Đảng 2011).",
            )
        )
    return found


def _check_leaving(facts: MemberFacts, *, today: date) -> list[Violation]:
    leaving = facts.leaving
    if leaving is None:
        return []
    found: list[Violation] = []
    if leaving.on > today:
        found.append(
            _violation(
                "date_in_future",
                "leaving",
                f"Ngày {LEAVING_MODE_VI[leaving.mode]} {_vi(leaving.on)} ở sau ngày {_vi(today)}.",
            )
        )
    latest = max((day for day in (facts.admitted_on, facts.official_on) if day is not None), default=None)
    if latest is not None and leaving.on < latest:
        found.append(
            _violation(
                "leaving_before_admission",
                "leaving",
                f"Ngày {LEAVING_MODE_VI[leaving.mode]} {_vi(leaving.on)} trước ngày vào Đảng hoặc ngày "
                f"chính thức {_vi(latest)}.",
            )
        )
    found.extend(check_leaving_mode(probationary=facts.official_on is None, mode=leaving.mode))
    return found


def ending_problems(facts: MemberFacts, *, since: date, decided: bool, today: date) -> list[Violation]:
    """Return why an ending that is recorded by hand (``facts.leaving``) cannot be. *since*: of the present cell.

    By hand only what needs no procedure of removal: a death, and leaving on one's own request (xin ra khỏi Đảng), which
    the competent committee consented to by decision. A removal comes from its case with its evidence.
    """
    found = [msgspec.structs.replace(each, field="on") for each in _check_leaving(facts, today=today)]
    if facts.leaving is None:
        return found
    if facts.leaving.on < since and not found:
        found.append(
            _violation(
                "date_order", "on", f"Ngày {_vi(facts.leaving.on)} trước ngày vào chi bộ {_vi(since)}."
            )
        )
    if facts.leaving.mode is LeavingMode.RESIGNATION and not decided:
        found.append(
            _violation(
                "decision_missing",
                "decision",
                "Cho ra khỏi Đảng phải có quyết định của cấp ủy có thẩm quyền.",
            )
        )
    return found


def restoring_problems(
    *, mode: LeavingMode | None, by_case: bool, left_on: date | None, on: date, today: date
) -> list[Violation]:
    """Return why a membership cannot be restored by hand on *on*; *mode* and *left_on* are None of whoever never left.

    An ending by a case is reversed by its complaint, and who was transferred out comes in with a letter.
    """
    if mode is None or left_on is None:
        return [_violation("member_on_roll", "on", "Người này đang trong danh sách đảng viên.")]
    found: list[Violation] = []
    if by_case:
        found.append(
            _violation(
                "left_by_case",
                "on",
                "Việc đưa ra khỏi Đảng có hồ sơ vụ việc: khôi phục bằng kết quả giải quyết khiếu nại của vụ việc đó.",
            )
        )
    if mode is LeavingMode.TRANSFERRED_OUT:
        found.append(
            _violation("left_by_transfer", "on", "Người đã chuyển đi thì tiếp nhận theo giấy giới thiệu.")
        )
    if on > today:
        found.append(_violation("date_in_future", "on", f"Ngày {_vi(on)} ở trong tương lai."))
    if on < left_on:
        found.append(
            _violation("date_order", "on", f"Ngày {_vi(on)} trước ngày ra khỏi danh sách {_vi(left_on)}.")
        )
    return found


def check_leaving_mode(*, probationary: bool, mode: LeavingMode) -> list[Violation]:
    """Return the violation of expelling a probationary member, if any.

    Discipline of a probationary member is reprimand or warning only (Điều lệ Đảng 2011, Điều 35); who is no
    longer fit is removed by xóa tên.
    """
    if probationary and mode is LeavingMode.EXPULSION:
        return [
            _violation(
                "probationary_expelled",
                "leaving",
                "Đảng viên dự bị không bị khai trừ; nếu không đủ tư cách thì xóa tên trong danh sách.",
            )
        ]
    return []


def _violation(code: str, field: str, detail_vi: str) -> Violation:
    return Violation(code=code, field=field, detail_vi=detail_vi)


def _vi(day: date) -> str:
    return f"{day:%d/%m/%Y}"
