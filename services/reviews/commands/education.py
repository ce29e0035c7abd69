"""Commands while a member is on the list: notice, helpers, follow-ups, extension, and the ways off the list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from services.reviews.commands.steps import act, not_in_future, reader, recorded, unit_at
from services.reviews.documents import CaseRecord
from services.reviews.domain import education, end_of_education
from services.reviews.domain.case import Actor, Case, Document, NoticeReceipt, Step
from services.reviews.domain.education import ExitReason
from services.reviews.domain.profile import Profile, add_months
from shared.clock import on_screen
from shared.store.unit_of_work import Transaction
from shared.web.problems import invalid

_LONGEST_EXTENSION = 120


def notify_member(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    about: Literal["listing", "removal"],
    channel: str,
    receipt: NoticeReceipt,
) -> CaseRecord:
    """Record that the member was told, how, and whether they acknowledged it."""
    return recorded(
        tx,
        case_id,
        version,
        education.notify_member,
        on=on,
        about=about,
        channel=channel,
        receipt=receipt,
        action="case.notify",
    )


def assign_helpers(
    tx: Transaction, case_id: str, version: int, *, on: date, helpers: Sequence[str]
) -> CaseRecord:
    """Name who helps the member; each must be an official member of this roster on that day."""
    not_in_future(tx, on, "/on")
    roster = reader(tx)
    entries = [entry for helper in set(helpers) if (entry := roster.entry(helper, on)) is not None]
    open_cases = tx.collection(CaseRecord.kind()).find(
        {"member_id": {"$in": sorted(set(helpers))}, "open": True}, ["member_id"], session=tx.session
    )
    under_review = {str(raw["member_id"]) for raw in open_cases}
    return act(
        tx,
        case_id,
        version,
        lambda case, profile, actor: education.assign_helpers(
            case,
            profile,
            actor=actor,
            on=on,
            helpers=helpers,
            roster=entries,
            under_review=under_review,
        ),
        action="case.assign_helpers",
    )


def record_statement(tx: Transaction, case_id: str, version: int, *, on: date, text: str) -> CaseRecord:
    """Add the member's own words."""
    return recorded(
        tx, case_id, version, education.record_statement, on=on, text=text, action="case.statement"
    )


def acknowledge_notice(tx: Transaction, case_id: str, version: int, *, on: date, number: int) -> CaseRecord:
    """Let the member acknowledge the notice of that number."""
    return recorded(
        tx,
        case_id,
        version,
        education.acknowledge_notice,
        on=on,
        number=number,
        action="case.acknowledge_notice",
    )


def record_plan(tx: Transaction, case_id: str, version: int, *, on: date, text: str) -> CaseRecord:
    """Add the member's own plan."""
    return recorded(tx, case_id, version, education.record_plan, on=on, text=text, action="case.plan")


def declare_helper_conflict(
    tx: Transaction, case_id: str, version: int, *, on: date, member_id: str, reason: str
) -> CaseRecord:
    """Name a member who does not help in this case; the reason stays in the case."""
    return recorded(
        tx,
        case_id,
        version,
        education.declare_helper_conflict,
        on=on,
        member_id=member_id,
        reason=reason,
        action="case.helper_conflict",
    )


def record_self_review(tx: Transaction, case_id: str, version: int, *, on: date, text: str) -> CaseRecord:
    """Add the member's self-review at the end of the period."""
    return recorded(
        tx, case_id, version, end_of_education.record_self_review, on=on, text=text, action="case.self_review"
    )


def assess_progress(
    tx: Transaction, case_id: str, version: int, *, on: date, progressed: bool, minutes: str
) -> CaseRecord:
    """Record what the cell concluded at the end of the period."""
    return recorded(
        tx,
        case_id,
        version,
        end_of_education.assess_progress,
        on=on,
        progressed=progressed,
        minutes=minutes,
        action="case.assess",
    )


def record_follow_up(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    minutes: str,
    help_given: str = "",
    helped_by: str | None = None,
) -> CaseRecord:
    """Record one follow-up with the help given."""
    return recorded(
        tx,
        case_id,
        version,
        education.record_follow_up,
        on=on,
        minutes=minutes,
        help_given=help_given,
        helped_by=helped_by,
        action="case.follow_up",
    )


def extend_education(
    tx: Transaction, case_id: str, version: int, *, on: date, until: date, reason: str
) -> CaseRecord:
    """Lengthen the education period to *until*, whole months after its present end."""
    not_in_future(tx, on, "/on")

    def extend(case: Case, profile: Profile, actor: Actor) -> Step:
        months = _whole_months(
            case.education_due_on or on, until, most=profile.settings.extension.value.max_months
        )
        return education.extend_education(case, profile, actor=actor, on=on, months=months, minutes=reason)

    return act(tx, case_id, version, extend, action="case.extend", reason=reason)


def _whole_months(due_on: date, until: date, *, most: int) -> int:
    """Return how many months *until* lies after *due_on*; a problem when it is within reach but not whole."""
    for months in range(_LONGEST_EXTENSION):
        end = add_months(due_on, months)
        if end >= until:
            if end != until and months <= most:
                raise invalid(
                    "/until",
                    "not_whole_months",
                    f"Gia hạn theo tháng tròn kể từ {on_screen(due_on)}, ví dụ đến {on_screen(end)}.",
                    f"Extend by whole months after {due_on.isoformat()}, for example until {end.isoformat()}.",
                )
            return months
    return _LONGEST_EXTENSION


def recognize_progress(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    decided_by: str,
    assessment: str,
    decision: Document,
) -> CaseRecord:
    """Take the member off the list by decision of a committee."""
    return recorded(
        tx,
        case_id,
        version,
        education.recognize_progress,
        on=on,
        decided_by=decided_by,
        assessment=assessment,
        decision=decision,
        action="case.recognize",
    )


def transfer_case(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    to_cell: str | None,
    assessment: str,
) -> CaseRecord:
    """Hand the case on with its assessment: to a cell of this deployment, or (None) out of it.

    Raises NoOrganizationError.
    """
    not_in_future(tx, on, "/on")
    to_unit = None
    if to_cell is not None:
        if not reader(tx).organization(to_cell, on).is_cell:
            raise invalid(
                "/to_organization_id",
                "not_a_cell",
                "Nơi đến phải là chi bộ.",
                "The receiving side is a cell.",
            )
        to_unit = unit_at(reader(tx).path(to_cell, on))
    return act(
        tx,
        case_id,
        version,
        lambda case, profile, actor: education.transfer_case(
            case, profile, actor=actor, on=on, assessment=assessment, to_unit=to_unit
        ),
        action="case.transfer",
    )


def close_other_exit(
    tx: Transaction, case_id: str, version: int, *, on: date, kind: ExitReason, reference: str
) -> CaseRecord:
    """End a case because the member died, was let go, or left by another organisation's decision."""
    return recorded(
        tx,
        case_id,
        version,
        education.close_other_exit,
        on=on,
        reason=kind,
        reference=reference,
        action="case.exit",
    )
