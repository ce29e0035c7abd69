"""The member's own view (phần của đảng viên): what the member concerned can do in their case on a day, until when."""

from __future__ import annotations

import datetime as dt

import msgspec

from services.reviews.domain.case import ABOUT_VI, Case
from services.reviews.domain.procedure import BY_COMMAND

_PATHS = {
    "acknowledge_notice": "notice-acknowledgements",
    "record_statement": "statements",
    "record_plan": "plans",
    "record_self_review": "self-reviews",
    "lodge_complaint": "complaints",
}
"""Command → the last part of its address under the case."""


class OwnStep(msgspec.Struct, frozen=True, kw_only=True):
    """Việc đảng viên làm được: one step the member concerned may take now.

    ``until`` is its last day, None where no time is set; ``late`` says that the time is over: what is filed now is
    recorded as late. ``number`` names the notice that waits.
    """

    command: str
    label_vi: str
    path: str
    until: dt.date | None = None
    late: bool = False
    number: int | None = None
    note: str = ""


def member_may(case: Case, *, today: dt.date) -> list[OwnStep]:
    """Return the steps that the member concerned may take in *case* on *today*, notices that wait for them first."""
    found: list[OwnStep] = []
    for command, path in _PATHS.items():
        row = BY_COMMAND[command]
        if case.state not in row.from_states:
            continue
        own = OwnStep(command=command, label_vi=row.label_vi, path=path)
        if command == "acknowledge_notice":
            found.extend(
                msgspec.structs.replace(own, number=number, note=ABOUT_VI[notice.about])
                for number, notice in enumerate(case.notices, start=1)
                if notice.receipt == "pending"
            )
        elif command in {"record_plan", "record_self_review"}:
            found.append(msgspec.structs.replace(own, until=case.education_due_on))
        elif command == "lodge_complaint":
            found.extend(_complaint(case, own, today=today))
        else:
            found.append(own)
    return found


def _complaint(case: Case, own: OwnStep, *, today: dt.date) -> list[OwnStep]:
    if case.outcome != "removed":
        return []
    windows = [each.due_on for each in case.deadlines if each.kind == "complaint_filing"]
    until = windows[-1] if windows else None
    late = until is not None and today > until
    note = "đã quá thời hạn: đơn được ghi nhận nhưng không xem xét" if late else ""
    return [msgspec.structs.replace(own, until=until, late=late, note=note)]
