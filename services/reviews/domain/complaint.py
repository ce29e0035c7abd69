"""Complaints (khiếu nại) against a removal, and the end of a case after it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from services.reviews.domain.case import (
    Actor,
    Case,
    Clocks,
    Complaint,
    Document,
    Step,
    blank_problems,
    document_problems,
    enter,
    fact,
    order_problems,
    problem,
    take,
)
from services.reviews.domain.citation import refuse_if
from services.reviews.domain.procedure import State
from services.reviews.domain.profile import Profile, ResolvingLevel
from services.reviews.domain.removal import AddWorkingDays


def _filing_due_on(case: Case) -> dt.date | None:
    """Return the last day for filing: of the latest window, running or over; None before delivery."""
    windows = [each.due_on for each in case.deadlines if each.kind == "complaint_filing"]
    return windows[-1] if windows else None


def _resolving_setting(case: Case, level: ResolvingLevel) -> str:
    """Return the name of the setting for resolving a complaint of *level* about the removal of *case*."""
    expelled = case.removal is not None and case.removal.mode == "expulsion"
    central = "_central" if level == "central" else ""
    return f"{'expulsion_' if expelled else ''}complaint_resolving{central}_working_days"


def lodge_complaint(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    reference: str,
    level: ResolvingLevel,
    add_working_days: AddWorkingDays,
) -> Step:
    """Khiếu nại: by the person, or registered for them. *on* is the day it was filed.

    Filed after the time the profile gives, it is recorded as late and not examined, and the case stays as it is.
    The removal stays in force while a complaint is pending.
    """
    row = enter("lodge_complaint", case, profile, actor=actor, on=on)
    found = blank_problems(row.citation, reference=reference)
    if case.outcome != "removed":
        vi = "Không có quyết định đưa ra khỏi Đảng để khiếu nại."
        found.append(
            problem("nothing_to_complain_of", "", vi, "There is no removal to complain of.", row.citation)
        )
    refuse_if(found)
    due_on = _filing_due_on(case)
    late = due_on is not None and on > due_on
    number = len(case.complaints) + 1
    if late:
        complaint = Complaint(
            number=number,
            on=on,
            reference=reference,
            level=level,
            late=True,
            due_on=None,
            outcome="not_examined",
            resolved_on=on,
        )
        return take(
            row,
            case,
            actor=actor,
            on=on,
            facts=[
                fact(case, "ComplaintLodged", on=on, late=True, due_on=None),
                fact(case, "ComplaintResolved", on=on, outcome="not_examined"),
            ],
            note="quá thời hạn, không xem xét",
            complaints=(*case.complaints, complaint),
        )
    name = _resolving_setting(case, level)
    resolve_by = add_working_days(on, getattr(profile.settings, name).value)
    clocks = Clocks(case.deadlines, on=on)
    clocks.end("complaint_filing")
    clocks.start("complaint_resolving", due_on=resolve_by, setting=name)
    complaint = Complaint(
        number=number, on=on, reference=reference, level=level, late=False, due_on=resolve_by
    )
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.COMPLAINT_PENDING,
        facts=[fact(case, "ComplaintLodged", on=on, late=False, due_on=resolve_by)],
        clocks=clocks,
        complaints=(*case.complaints, complaint),
    )


def resolve_complaint(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    outcome: Literal["upheld", "reversed"],
    decision: Document,
    add_working_days: AddWorkingDays,
) -> Step:
    """Giải quyết khiếu nại: ``upheld`` means the removal stands, ``reversed`` that membership is restored.

    After ``upheld`` the time for a complaint to the next level runs anew from the reply.
    """
    row = enter("resolve_complaint", case, profile, actor=actor, on=on)
    pending = case.complaints[-1]
    found = document_problems(decision, on=on, pointer="/decision", citation=row.citation)
    found.extend(order_problems(on=decision.issued_on, earliest=pending.on, pointer="/decision/issued_on"))
    refuse_if(found)
    resolved = msgspec.structs.replace(pending, outcome=outcome, resolved_on=on, decision=decision)
    complaints = (*case.complaints[:-1], resolved)
    clocks = Clocks(case.deadlines, on=on)
    clocks.end("complaint_resolving")
    told = fact(case, "ComplaintResolved", on=on, outcome=outcome)
    if outcome == "upheld":
        days = profile.settings.complaint_filing_working_days.value
        clocks.start(
            "complaint_filing", due_on=add_working_days(on, days), setting="complaint_filing_working_days"
        )
        return take(
            row,
            case,
            actor=actor,
            on=on,
            to=State.COMPLAINT_UPHELD,
            facts=[told],
            clocks=clocks,
            complaints=complaints,
        )
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.RESTORED,
        facts=[
            told,
            fact(case, "RemovalReversed", on=on, decision=decision),
            fact(case, "CaseClosed", on=on, outcome="restored"),
        ],
        clocks=clocks,
        complaints=complaints,
        outcome="restored",
        closed_on=on,
    )


def close_case(case: Case, profile: Profile, *, actor: Actor, on: dt.date) -> Step:
    """Kết thúc vụ việc: close a removal when the decision was delivered and the time for complaints is over."""
    row = enter("close_case", case, profile, actor=actor, on=on)
    due_on = _filing_due_on(case)
    if due_on is None or on <= due_on:
        vi = "Quyết định chưa được giao hoặc chưa hết thời hạn khiếu nại."
        en = "The decision was not delivered, or the time for complaints still runs."
        refuse_if([problem("complaint_window_open", "/on", vi, en, row.citation)])
    clocks = Clocks(case.deadlines, on=on)
    clocks.end("complaint_filing")
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.CLOSED,
        facts=[fact(case, "CaseClosed", on=on, outcome="removed")],
        clocks=clocks,
        closed_on=on,
    )
