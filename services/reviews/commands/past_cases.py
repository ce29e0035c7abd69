"""Commands on past cases that were taken over wrongly: correction and withdrawal."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from services.reviews.commands.steps import acting, applicable_profile, keep, not_in_future, reader
from services.reviews.documents import CaseRecord
from services.reviews.domain import past_correction
from services.reviews.domain.case import Case, Past
from services.reviews.domain.grounds import Status
from services.reviews.domain.history import began_on, overlap
from services.reviews.history.rows import spans
from services.reviews.profiles import profile_named
from services.reviews.roster import NotOnRosterError
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem, invalid
from shared.workdays import add_working_days


def correct(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    reason: str,
    status: Status,
    told: dict[str, Any],
) -> CaseRecord:
    """Put right what a past case says of the papers: *told* are all fields of ``Past`` anew.

    Which row of which file it came from, and whom a former member's papers name, stays. Raises Refusal, and a problem
    when the member has another case in that time or, for one who is on the list, is in that cell no more.
    """
    not_in_future(tx, on, "/on")
    record = tx.load_version(CaseRecord, case_id, version)
    case = msgspec.convert(record.case, Case)
    past = _past(case, told)
    first = began_on(past)
    profile = profile_named(record.profile)
    if first is not None and not past_correction.rested_on(case):
        profile = applicable_profile(first)
    step = past_correction.correct_past_case(
        case,
        profile,
        actor=acting(tx),
        on=on,
        past=past,
        status=status,
        reason=reason,
        today=tx.clock.today(),
        add_working_days=add_working_days,
    )
    _check_place(tx, case, step.case)
    record.criterion, record.profile = step.case.criterion, step.case.profile_id
    record.opened_on = step.case.opened_on  # type: ignore[assignment]  # mongoengine's descriptors take the plain value
    # The reason may quote a tally, so it stays in the case beside it and does not go into the audit.
    keep(tx, record, [step], action="case.correct_past")
    return record


def withdraw(tx: Transaction, case_id: str, version: int, *, on: date, reason: str) -> CaseRecord:
    """Withdraw a past case that should never have been taken over; raises Refusal once something rests on it."""
    not_in_future(tx, on, "/on")
    record = tx.load_version(CaseRecord, case_id, version)
    case = msgspec.convert(record.case, Case)
    step = past_correction.withdraw_past_case(case, actor=acting(tx), on=on, reason=reason)
    keep(tx, record, [step], action="case.withdraw_past")
    return record


def _past(case: Case, told: dict[str, Any]) -> Past:
    if case.past is None:
        raise Problem(
            "conflict",
            "Chỉ đính chính theo cách này được vụ việc nhập từ hồ sơ cũ.",
            "Only a case that was taken over from paper is corrected in this way.",
            extra={"code": "not_a_past_case"},
        )
    kept = {"import_id": case.past.import_id, "row": case.past.row, "person": case.past.person}
    return msgspec.convert({**msgspec.to_builtins(told), **msgspec.to_builtins(kept)}, Past)


def _check_place(tx: Transaction, before: Case, after: Case) -> None:
    """End with a problem where the corrected case cannot be beside what else is on record."""
    ended = after.past.ended_on if after.past is not None else None
    for span in spans(tx.store, [after.member_id], tx.session, but=after.id).get(after.member_id, []):
        if overlap((after.opened_on, ended), span):
            raise invalid(
                "/past/listed_on",
                "case_known",
                "Đảng viên này đã có vụ việc khác vào thời gian ấy.",
                "The member has another case in that time.",
            )
    if after.outcome is None and before.outcome is not None:
        _must_be_in_the_cell(tx, after)


def _must_be_in_the_cell(tx: Transaction, case: Case) -> None:
    """End with a problem when who is to be on the list again is not in the cell that would go on with the case."""
    try:
        home = reader(tx).member(case.member_id, tx.clock.today())[1]
    except NotOnRosterError:
        home = None
    if home is None or home.cell_id != case.unit.cell_id:
        raise invalid(
            "/past/outcome",
            "not_in_the_cell",
            "Đảng viên không còn sinh hoạt ở chi bộ này nên vụ việc không tiếp tục ở đây được.",
            "The member is in this cell no more, so the case cannot go on here.",
        )
