"""Education and help (giáo dục, giúp đỡ) and the ways off the list that are no removal.

Helpers, notices, follow-ups, extension; progress recognised by committee decision, transfer with a written
assessment, other exits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

from services.reviews.domain.ballot import RosterEntry
from services.reviews.domain.case import (
    ABOUT_VI,
    NO_PREJUDICE,
    RECEIPT_VI,
    Actor,
    Case,
    Clocks,
    Document,
    EducationExtension,
    FollowUp,
    Helper,
    HelperConflict,
    Notice,
    NoticeReceipt,
    Plan,
    Recognition,
    Statement,
    Step,
    Transfer,
    Unit,
    blank_problems,
    document_problems,
    enter,
    fact,
    order_problems,
    problem,
    take,
)
from services.reviews.domain.citation import Problem, Refusal, refuse_if
from services.reviews.domain.end_of_education import end_of_education_problems, follow_up_problems
from services.reviews.domain.listing import earliest_after_listing
from services.reviews.domain.procedure import State
from services.reviews.domain.profile import Profile, add_months

ExitReason = Literal["death", "resignation", "ended_elsewhere"]
EXIT_VI: dict[ExitReason, str] = {
    "death": "từ trần",
    "resignation": "được chấp thuận cho ra khỏi Đảng theo đơn",
    "ended_elsewhere": "đã thôi là đảng viên theo quyết định của tổ chức đảng khác",
}


def _is_official(entry: RosterEntry, on: dt.date) -> bool:
    here = entry.in_cell_from <= on and (entry.in_cell_until is None or on < entry.in_cell_until)
    return here and entry.official_on is not None and entry.official_on <= on


def assign_helpers(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    helpers: Sequence[str],
    roster: Sequence[RosterEntry],
    under_review: Collection[str] = (),
) -> Step:
    """Phân công đảng viên giúp đỡ: name who helps from *on*; replaces earlier helpers.

    *roster* holds an entry for each named helper, from whichever cell. Helpers are official members on that
    day, not the member concerned, not declared in conflict, each named once, at least as many as the profile says.
    Unless the profile lets them, those *under_review* (with an open case of their own) do not help.
    """
    row = enter("assign_helpers", case, profile, actor=actor, on=on)
    known = {entry.member_id: entry for entry in roster}
    found: list[Problem] = []
    minimum = profile.settings.min_helpers
    if len(set(helpers)) < minimum.value:
        vi = f"Cần ít nhất {minimum.value} đảng viên giúp đỡ."
        en = f"Needs at least {minimum.value} helper(s)."
        found.append(problem("helpers_too_few", "/helpers", vi, en, minimum.citation))
    for index, helper in enumerate(helpers):
        pointer = f"/helpers/{index}"
        if helper == case.member_id:
            vi = "Đảng viên được giúp đỡ không thể tự mình là người giúp đỡ."
            found.append(
                problem("helper_is_subject", pointer, vi, "Nobody is their own helper.", row.citation)
            )
        elif helper not in known or not _is_official(known[helper], on):
            vi = "Người giúp đỡ phải là đảng viên chính thức vào ngày phân công."
            en = "A helper is an official member on the day of the assignment."
            found.append(problem("helper_not_official", pointer, vi, en, row.citation))
        elif any(each.member_id == helper for each in case.helper_conflicts):
            vi = "Người này đã được ghi là không phân công giúp đỡ trong vụ việc này."
            en = "This member was declared in conflict in this case."
            found.append(problem("helper_in_conflict", pointer, vi, en, NO_PREJUDICE))
        elif helper in under_review and not profile.settings.helper_under_review.value:
            setting = profile.settings.helper_under_review
            vi = "Người này đang có vụ việc chưa kết thúc."
            en = "This member has an open case of their own."
            found.append(problem("helper_under_review", pointer, vi, en, setting.citation))
        if helper in helpers[:index]:
            found.append(problem("helper_twice", pointer, "Nêu tên hai lần.", "Named twice.", row.citation))
    refuse_if(found)
    clocks = Clocks(case.deadlines, on=on)
    if case.running("follow_up") is None:
        months = profile.settings.follow_up_months.value
        clocks.start("follow_up", due_on=add_months(on, months), setting="follow_up_months")
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.IN_EDUCATION,
        facts=[fact(case, "HelpersAssigned", on=on, helpers=list(helpers))],
        clocks=clocks,
        helpers=tuple(Helper(member_id=helper, since=on) for helper in helpers),
    )


def notify_member(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    about: Literal["listing", "removal"],
    channel: str,
    receipt: NoticeReceipt,
) -> Step:
    """Thông báo cho đảng viên: record when and how the member was told, and that they acknowledged or refused.

    A ``pending`` notice waits for the member's acknowledgement and tells nothing before.

    *about* ``removal`` needs a removal proposal and is part of the evidence without which nobody is removed.
    """
    row = enter("notify_member", case, profile, actor=actor, on=on)
    found = blank_problems(row.citation, channel=channel)
    if about == "listing":
        found.extend(earliest_after_listing(case, on=on))
        if case.listed_on is None:
            vi = "Đảng viên không ở trong danh sách."
            found.append(problem("not_listed", "/about", vi, "The member was never listed.", row.citation))
    elif case.removal is None:
        vi = "Chưa có đề nghị đưa ra khỏi Đảng để thông báo."
        found.append(problem("no_removal", "/about", vi, "No removal is proposed.", row.citation))
    else:
        found.extend(order_problems(on=on, earliest=case.removal.proposed_on))
    refuse_if(found)
    notice = Notice(about=about, on=on, channel=channel, receipt=receipt)
    return take(
        row,
        case,
        actor=actor,
        on=on,
        note=f"{ABOUT_VI[about]}, {RECEIPT_VI[receipt]}",
        notices=(*case.notices, notice),
    )


def record_statement(case: Case, profile: Profile, *, actor: Actor, on: dt.date, text: str) -> Step:
    """Ghi ý kiến của đảng viên: add the member's own words; by the member, or by the secretary who received them."""
    row = enter("record_statement", case, profile, actor=actor, on=on)
    refuse_if(blank_problems(row.citation, text=text))
    return take(row, case, actor=actor, on=on, statements=(*case.statements, Statement(on=on, text=text)))


def acknowledge_notice(case: Case, profile: Profile, *, actor: Actor, on: dt.date, number: int) -> Step:
    """Xác nhận đã nhận thông báo: the member acknowledges the notice of that *number*, counted from 1."""
    row = enter("acknowledge_notice", case, profile, actor=actor, on=on)
    waiting = case.notices[number - 1] if 1 <= number <= len(case.notices) else None
    if waiting is None or waiting.receipt != "pending":
        vi = "Không có thông báo nào mang số này đang chờ xác nhận."
        en = "No notice of that number waits for acknowledgement."
        raise Refusal([problem("notice_not_waiting", "/number", vi, en, row.citation)])
    refuse_if(order_problems(on=on, earliest=waiting.on))
    notices = list(case.notices)
    notices[number - 1] = msgspec.structs.replace(waiting, receipt="acknowledged", acknowledged_on=on)
    return take(row, case, actor=actor, on=on, note=ABOUT_VI[waiting.about], notices=tuple(notices))


def record_plan(case: Case, profile: Profile, *, actor: Actor, on: dt.date, text: str) -> Step:
    """Ghi kế hoạch phấn đấu: the member's own plan; by the member, or by the secretary who received it."""
    row = enter("record_plan", case, profile, actor=actor, on=on)
    refuse_if([*blank_problems(row.citation, text=text), *earliest_after_listing(case, on=on)])
    return take(row, case, actor=actor, on=on, plans=(*case.plans, Plan(on=on, text=text)))


def declare_helper_conflict(
    case: Case, profile: Profile, *, actor: Actor, on: dt.date, member_id: str, reason: str
) -> Step:
    """Ghi người không được phân công giúp đỡ: a relative or another conflict, with its *reason*.

    Who helps at present is replaced first, so that the member is not left without help.
    """
    row = enter("declare_helper_conflict", case, profile, actor=actor, on=on)
    found = blank_problems(row.citation, reason=reason)
    if any(each.member_id == member_id for each in case.helpers):
        vi = "Người này đang giúp đỡ; hãy phân công người khác trước."
        en = "This member helps at present; assign others first."
        found.append(problem("helper_in_place", "/member_id", vi, en, row.citation))
    refuse_if(found)
    declared = HelperConflict(on=on, member_id=member_id, reason=reason)
    return take(row, case, actor=actor, on=on, helper_conflicts=(*case.helper_conflicts, declared))


def record_follow_up(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    minutes: str,
    help_given: str = "",
    helped_by: str | None = None,
) -> Step:
    """Ghi nhận theo dõi, giúp đỡ: one follow-up with the *help_given*; the next is due after the profile's interval."""
    row = enter("record_follow_up", case, profile, actor=actor, on=on)
    last = (
        case.follow_ups[-1].on
        if case.follow_ups
        else case.helpers[0].since
        if case.helpers
        else case.listed_on
    )
    found = blank_problems(row.citation, minutes=minutes)
    found.extend(order_problems(on=on, earliest=last or case.opened_on))
    if helped_by is not None and all(each.member_id != helped_by for each in case.helpers):
        vi = "Người giúp đỡ phải là người đã được phân công."
        found.append(
            problem("not_a_helper", "/helped_by", vi, "Who helped is one of the helpers.", row.citation)
        )
    refuse_if(found)
    number = len(case.follow_ups) + 1
    due_on = add_months(on, profile.settings.follow_up_months.value)
    clocks = Clocks(case.deadlines, on=on)
    clocks.start("follow_up", due_on=due_on, setting="follow_up_months")
    follow_up = FollowUp(number=number, on=on, minutes=minutes, help_given=help_given, helped_by=helped_by)
    return take(
        row,
        case,
        actor=actor,
        on=on,
        facts=[fact(case, "FollowUpRecorded", on=on, number=number, next_due_on=due_on)],
        clocks=clocks,
        follow_ups=(*case.follow_ups, follow_up),
    )


def extend_education(
    case: Case, profile: Profile, *, actor: Actor, on: dt.date, months: int, minutes: str
) -> Step:
    """Gia hạn: lengthen the education period by decision of the cell, within what the profile allows."""
    row = enter("extend_education", case, profile, actor=actor, on=on)
    setting = profile.settings.extension
    found = blank_problems(row.citation, minutes=minutes)
    found.extend(earliest_after_listing(case, on=on))
    if len(case.extensions) >= setting.value.times:
        vi = f"Đã gia hạn đủ {setting.value.times} lần."
        found.append(
            problem("extension_used_up", "", vi, "No further extension is allowed.", setting.citation)
        )
    if not 1 <= months <= setting.value.max_months:
        vi = f"Mỗi lần gia hạn từ 1 đến {setting.value.max_months} tháng."
        en = f"An extension is 1 to {setting.value.max_months} months."
        found.append(problem("extension_length", "/months", vi, en, setting.citation))
    refuse_if(found)
    until = add_months(case.education_due_on or on, months)
    clocks = Clocks(case.deadlines, on=on)
    clocks.start("education_end", due_on=until, setting="extension")
    extension = EducationExtension(on=on, months=months, until=until, minutes=minutes)
    return take(
        row,
        case,
        actor=actor,
        on=on,
        facts=[fact(case, "EducationExtended", on=on, until=until)],
        clocks=clocks,
        extensions=(*case.extensions, extension),
        education_due_on=until,
    )


def recognize_progress(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    decided_by: str,
    assessment: str,
    decision: Document,
) -> Step:
    """Công nhận tiến bộ: the committee takes the member off the list, on the cell's written *assessment*."""
    row = enter("recognize_progress", case, profile, actor=actor, on=on)
    found = blank_problems(row.citation, decided_by=decided_by, assessment=assessment)
    found.extend(document_problems(decision, on=on, pointer="/decision", citation=row.citation))
    found.extend(follow_up_problems(case, profile))
    found.extend(end_of_education_problems(case, profile))
    refuse_if(found)
    clocks = Clocks(case.deadlines, on=on)
    clocks.end("education_end", "follow_up")
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.PROGRESS_RECOGNIZED,
        facts=[
            fact(case, "ProgressRecognized", on=on, decided_by=decided_by, decision=decision),
            fact(case, "CaseClosed", on=on, outcome="recognized"),
        ],
        clocks=clocks,
        recognition=Recognition(on=on, decided_by=decided_by, assessment=assessment, decision=decision),
        outcome="recognized",
        closed_on=on,
    )


def transfer_case(
    case: Case, profile: Profile, *, actor: Actor, on: dt.date, assessment: str, to_unit: Unit | None
) -> Step:
    """Chuyển sinh hoạt đảng: hand the case on with a written *assessment* of progress.

    *to_unit* None: the member leaves the deployment and the case is closed as transferred. Otherwise, where
    the profile lets the case follow, it goes on under the same id in the receiving cell with its history and
    education clock, waiting there for helpers; else it is closed.
    """
    row = enter("transfer_case", case, profile, actor=actor, on=on)
    found = blank_problems(row.citation, assessment=assessment)
    if to_unit is not None and to_unit.cell_id == case.unit.cell_id:
        vi = "Nơi đến trùng với chi bộ hiện tại."
        found.append(
            problem("transfer_same_cell", "/to_unit", vi, "The member is in that cell.", row.citation)
        )
    refuse_if(found)
    continues = to_unit is not None and profile.settings.case_follows_transfer.value
    to_path = to_unit.organization_path if to_unit is not None else None
    record = Transfer(
        on=on,
        from_path=case.unit.organization_path,
        to_path=to_path,
        assessment=assessment,
        continues=continues,
    )
    moved = fact(
        case,
        "CaseTransferred",
        on=on,
        to_path=None if to_path is None else list(to_path),
        continues=continues,
    )
    clocks = Clocks(case.deadlines, on=on)
    clocks.end("follow_up")
    transfers = (*case.transfers, record)
    if to_unit is not None and continues:
        return take(
            row,
            case,
            actor=actor,
            on=on,
            to=State.LISTED,
            facts=[moved],
            clocks=clocks,
            transfers=transfers,
            unit=to_unit,
            helpers=(),
        )
    clocks.end("education_end")
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.TRANSFERRED,
        facts=[moved, fact(case, "CaseClosed", on=on, outcome="transferred")],
        clocks=clocks,
        transfers=transfers,
        outcome="transferred",
        closed_on=on,
    )


def close_other_exit(
    case: Case, profile: Profile, *, actor: Actor, on: dt.date, reason: ExitReason, reference: str
) -> Step:
    """Kết thúc vì lý do khác: death, resignation approved, or membership ended by another organisation."""
    row = enter("close_other_exit", case, profile, actor=actor, on=on)
    refuse_if(blank_problems(row.citation, reference=reference))
    clocks = Clocks(case.deadlines, on=on)
    clocks.end("education_end", "follow_up")
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.OTHER_EXIT,
        facts=[fact(case, "CaseClosed", on=on, outcome="other_exit", reason=reason)],
        clocks=clocks,
        note=EXIT_VI[reason],
        exit_reason=reason,
        exit_reference=reference,
        outcome="other_exit",
        closed_on=on,
    )
