"""Correction of a past case (đính chính vụ việc cũ): what was taken over from paper put right, the old content kept.

Papers are read wrongly, and better ones are found. Until a step of this system rests on the case, all that the papers
say may be put right, and the case stands where the corrected papers leave it, under the rules of its corrected first
day. Once something rests on it, where it stood and until when a clock ran was taken for granted: that stays, and the
rest may still be corrected. A case that should never have been taken over (another person's, or none at all) is
withdrawn: it stays readable, and counts nowhere from then on. 02-HD/BTCTW (12/4/2021, Ban Tổ chức Trung ương), Mục I,
asks for objectivity and care; how records of the years before are to be mended was found in no text.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from services.reviews.domain.case import (
    CORRECT_PAST,
    Actor,
    Case,
    Clocks,
    Past,
    ReplacedPast,
    Step,
    actor_problems,
    blank_problems,
    fact,
    order_problems,
    problem,
    take,
)
from services.reviews.domain.citation import HD02, Problem, at, refuse_if
from services.reviews.domain.grounds import Status
from services.reviews.domain.history import (
    COMMAND,
    TAKE_OVER,
    Standing,
    began_on,
    exit_of,
    paper_entries,
    past_problems,
    standing,
    told_of,
)
from services.reviews.domain.procedure import OPEN, DeadlineKind, State, Transition
from services.reviews.domain.profile import Profile
from services.reviews.domain.removal import AddWorkingDays

_CARE = at(HD02, "Mục I (mục đích, yêu cầu)")
_CLOCKS: tuple[DeadlineKind, ...] = ("education_end", "complaint_filing")
CORRECT = Transition(
    command=CORRECT_PAST,
    label_vi="Đính chính vụ việc trước khi có hệ thống",
    from_states=(),
    to_states=TAKE_OVER.to_states,
    roles=("organizing_board",),
    guard="with reason; once a step rests on the case, its outcome and days of outcome stay",
    evidence=("papers", "reason"),
    starts=_CLOCKS,
    ends=_CLOCKS,
    emits=("PastCaseCorrected",),
    citation=_CARE,
    certainty="assumed",
)
"""Kept beside ``TRANSITIONS``, as ``TAKE_OVER`` is: from any state to where the corrected papers leave the case."""
WITHDRAW = Transition(
    command="withdraw_past_case",
    label_vi="Rút vụ việc cũ đã nhập nhầm",
    from_states=(),
    to_states=(State.WITHDRAWN,),
    roles=("organizing_board",),
    guard="with reason; nothing rests on the case; it stays readable and counts nowhere",
    evidence=("reason",),
    ends=_CLOCKS,
    emits=("PastCaseCorrected",),
    citation=_CARE,
    certainty="assumed",
)
_RESTS_ON_NOTHING = frozenset({COMMAND, CORRECT_PAST, "record_statement", "record_plan"})
"""Steps that leave open what the papers say: the member's own words stand beside them."""
_TAKEN_FOR_GRANTED = ("outcome", "ended_on", "delivered_on", "education_due_on")
"""What stays once something rests on the case."""


def rested_on(case: Case) -> bool:
    """Say whether a step of this system rests on what the papers said."""
    return not {entry.command for entry in case.timeline} <= _RESTS_ON_NOTHING


def correct_past_case(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    past: Past,
    status: Status,
    reason: str,
    today: dt.date,
    add_working_days: AddWorkingDays,
) -> Step:
    """Đính chính: let the case say *past* and *status* with its *reason*; what it said before stays readable.

    *profile* is that of the case once something rests on it, and else the one of the corrected first day. Raises
    Refusal (see also ``past_problems``).
    """
    _admit(CORRECT, case, actor=actor, on=on, reason=reason)
    found = [*past_problems(past, status=status, today=today), *_unchanged(case, past, status)]
    if rested_on(case):
        found.extend(_kept_problems(case, past, status))
    refuse_if(found)
    opened_on = began_on(past)
    if case.past is None or opened_on is None:
        raise RuntimeError(f"a correction of {case.id} without a day was let through")
    changes: dict[str, Any] = {
        "past": past,
        "status": status,
        "replaced_pasts": _replaced(case, on=on, reason=reason),
        "criterion": past.criterion,
        "opened_on": opened_on,
        "listed_on": past.listed_on,
        "exit_reference": past.decision_number,
    }
    clocks, to = None, None
    if not rested_on(case):
        there = standing(past, profile, today=today, add_working_days=add_working_days)
        clocks, to = _clocks(case, there, on=on), there.state
        changes |= {
            "profile_id": profile.id,
            "profile_fingerprint": profile.fingerprint,
            "outcome": there.outcome,
            "closed_on": there.closed_on,
            "education_due_on": there.education_due_on,
            "exit_reason": exit_of(past),
        }
    *_, last = (entry for entry in case.timeline if entry.command == COMMAND)
    by_the_papers = paper_entries(
        past, to or last.to_state, actor_id=last.actor_id, role=last.role or actor.role
    )
    later = [entry for entry in case.timeline if entry.command != COMMAND]
    changes["timeline"] = (*by_the_papers, *later)
    after = msgspec.structs.replace(case, **changes)
    return take(
        CORRECT,
        after,
        actor=actor,
        on=on,
        to=to,
        facts=[_corrected(case, after, to or after.state, on=on, withdrawn=False)],
        clocks=clocks,
        note=f"lần {len(after.replaced_pasts)}",
    )


def withdraw_past_case(case: Case, *, actor: Actor, on: dt.date, reason: str) -> Step:
    """Rút: let a case that should never have been taken over count nowhere. Refused once something rests on it."""
    _admit(WITHDRAW, case, actor=actor, on=on, reason=reason)
    if rested_on(case):
        vi = (
            "Đã có bước sau dựa trên vụ việc này nên không rút được; hãy báo cáo cấp ủy cấp trên trực tiếp để quyết"
            " định kết thúc vụ việc."
        )
        en = "Later steps rest on this case, so it cannot be withdrawn; the committee above decides how it ends."
        refuse_if([problem("past_rested_on", "", vi, en, WITHDRAW.citation)])
    clocks = Clocks(case.deadlines, on=on)
    clocks.end(*_CLOCKS)
    after = msgspec.structs.replace(case, replaced_pasts=_replaced(case, on=on, reason=reason))
    return take(
        WITHDRAW,
        after,
        actor=actor,
        on=on,
        to=State.WITHDRAWN,
        facts=[_corrected(case, after, State.WITHDRAWN, on=on, withdrawn=True)],
        clocks=clocks,
        outcome="withdrawn",
        closed_on=on,
    )


def _admit(row: Transition, case: Case, *, actor: Actor, on: dt.date, reason: str) -> None:
    found = [
        *actor_problems(row, member_id=case.member_id, actor=actor),
        *blank_problems(row.citation, reason=reason),
    ]
    if case.past is None or case.state == State.WITHDRAWN:
        vi = (
            "Chỉ đính chính theo cách này được vụ việc nhập từ hồ sơ cũ."
            if case.past is None
            else "Vụ việc đã được rút nên không đính chính được."
        )
        en = "Only a case that was taken over from paper, and was not withdrawn, is corrected in this way."
        found.append(problem("not_a_past_case", "", vi, en, row.citation))
    earlier = [each.until for each in case.replaced_pasts]
    found.extend(order_problems(on=on, earliest=max([case.opened_on, *earlier])))
    refuse_if(found)


def _unchanged(case: Case, past: Past, status: Status) -> list[Problem]:
    if (past, status) != (case.past, case.status):
        return []
    return [problem("nothing_changed", "", "Không có gì thay đổi.", "Nothing is changed.")]


def _kept_problems(case: Case, past: Past, status: Status) -> list[Problem]:
    """Return what a correction would take from under the steps that rest on the case."""
    before = case.past
    changed = [field for field in _TAKEN_FOR_GRANTED if getattr(before, field) != getattr(past, field)]
    vi = "Đã có bước sau dựa trên nội dung này nên không đính chính được."
    found = [
        problem("past_rested_on", f"/{field}", vi, "Later steps rest on this.", CORRECT.citation)
        for field in [*changed, *(["status"] if status != case.status else [])]
    ]
    first = min(entry.on for entry in case.timeline if entry.command not in _RESTS_ON_NOTHING)
    moved = before is not None and past.listed_on != before.listed_on
    if moved and (past.listed_on is None or case.listed_on is None):
        vi = "Đã có bước sau dựa trên việc đảng viên được hay không được đưa vào danh sách."
        en = "Later steps rest on whether the member was listed."
        found.append(problem("past_rested_on", "/listed_on", vi, en, CORRECT.citation))
    elif moved and past.listed_on is not None and past.listed_on >= first:
        vi = f"Ngày đưa vào danh sách phải trước ngày {first:%d/%m/%Y} của bước đầu tiên sau đó."
        en = "The day of listing must lie before the first step that followed."
        found.append(problem("date_order", "/listed_on", vi, en))
    return found


def _replaced(case: Case, *, on: dt.date, reason: str) -> tuple[ReplacedPast, ...]:
    if case.past is None:
        raise RuntimeError(f"{case.id} was not taken over from paper")
    before = ReplacedPast(
        past=case.past, status=case.status, profile_id=case.profile_id, until=on, reason=reason
    )
    return (*case.replaced_pasts, before)


def _clocks(case: Case, there: Standing, *, on: dt.date) -> Clocks:
    """Return the deadlines as they stand by the corrected papers: one that is the same as before runs on."""
    clocks = Clocks(case.deadlines, on=on)
    kept = [each for each in case.deadlines if there.clock is not None and _same(each, there.clock)]
    clocks.end(*(kind for kind in _CLOCKS if all(each.kind != kind for each in kept)))
    if there.clock is not None and not kept:
        clocks.add(there.clock)
    return clocks


def _same(one: Any, other: Any) -> bool:
    return all(
        getattr(one, name) == getattr(other, name) for name in ("kind", "started_on", "due_on", "status")
    )


def _corrected(
    before: Case, case: Case, state: State, *, on: dt.date, withdrawn: bool
) -> tuple[str, dict[str, Any]]:
    if case.past is None:
        raise RuntimeError(f"{case.id} was not taken over from paper")
    return fact(
        case,
        "PastCaseCorrected",
        on=case.opened_on,
        **told_of(case, case.past),
        version=len(case.replaced_pasts) + 1,
        corrected_on=on,
        withdrawn=withdrawn,
        on_list=case.listed_on is not None and state in OPEN,
        was_on_list=before.listed_on is not None and before.state in OPEN,
    )
