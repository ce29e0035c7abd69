"""Kết nạp lại: what to know when somebody who left the Party is put on a roster again. It blocks nothing.

36 months at least lie between leaving and readmission (232-QĐ/TW, 20/1/2025; what held on other days, and how sure we
are of it, is data: ``dated_rules``); some modes of leaving bar it, which
people decide by the record of how the person left.
"""

from __future__ import annotations

from datetime import date

import msgspec

from services.members.domain.dated_rules import RuleValue
from services.members.domain.member import LEAVING_MODE_VI, LeavingMode

TRANSFER_SOURCE = "Quy định 24-QĐ/TW ngày 30/07/2021 (Ban Chấp hành Trung ương), chuyển sinh hoạt đảng"
LEFT_THE_PARTY = (LeavingMode.NAME_REMOVAL, LeavingMode.EXPULSION, LeavingMode.RESIGNATION)
"""Who died or was transferred elsewhere is not readmitted."""


class ReadmissionWarning(msgspec.Struct, frozen=True, kw_only=True):
    """Cảnh báo kết nạp lại."""

    code: str
    detail_vi: str
    source: str


def came_back_warning(*, left_on: date, same_card: bool) -> ReadmissionWarning:
    """Return the warning about a person who may be one who was transferred away, with a record here."""
    who = "Người này" if same_card else "Có thể là người"
    return ReadmissionWarning(
        code="record_before",
        detail_vi=f"{who} đã chuyển sinh hoạt đảng đi nơi khác ngày {left_on:%d/%m/%Y}; hồ sơ trước đây vẫn còn,"
        " hãy đối chiếu số thẻ, ngày vào Đảng và quá trình trước khi ghi tiếp.",
        source=TRANSFER_SOURCE,
    )


def full_months(*, since: date, on: date) -> int:
    """Return the completed months between two dates."""
    return (on.year - since.year) * 12 + on.month - since.month - (on.day < since.day)


def readmission_warning(
    *, mode: LeavingMode, left_on: date, on: date, same_card: bool, rule: RuleValue[int]
) -> ReadmissionWarning | None:
    """Return the warning about a person who may be one who left, or None where that says nothing of readmission.

    *same_card* says whether they are known by their card, or only by name and birth date; *rule* is how many months
    have to pass, as of *on*.
    """
    if mode not in LEFT_THE_PARTY:
        return None
    months = full_months(since=left_on, on=on)
    who = "Người này" if same_card else "Có thể là người"
    how = f"đã ra khỏi Đảng ngày {left_on:%d/%m/%Y} ({LEAVING_MODE_VI[mode]})"
    if months < rule.value:
        return ReadmissionWarning(
            code="readmission_early",
            detail_vi=f"{who} {how}: mới {months} tháng; kết nạp lại phải sau ít nhất {rule.value} tháng.",
            source=rule.source,
        )
    return ReadmissionWarning(
        code="left_before",
        detail_vi=f"{who} {how}, cách đây {months} tháng; hãy xem hình thức, lý do ra khỏi Đảng trước khi kết nạp lại.",
        source=rule.source,
    )
