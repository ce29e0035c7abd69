"""Commands of removal: proposal, self-criticism and hearing, votes, decision, delivery, complaints."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from services.reviews.commands.steps import (
    Taking,
    act,
    acting,
    applicable_profile,
    confirmed_roll,
    not_in_future,
    opened,
    place_of,
    reader,
    recorded,
)
from services.reviews.documents import CaseRecord
from services.reviews.domain import complaint, removal, vote_correction
from services.reviews.domain.ballot import Roll, Totals, VotingForm
from services.reviews.domain.case import Actor, Case, Document, Receipt, Step
from services.reviews.domain.citation import refuse_if
from services.reviews.domain.criteria import Evidence
from services.reviews.domain.grounds import Mode, Status
from services.reviews.domain.profile import Profile, ResolvingLevel, VoteLevel
from services.reviews.domain.records import record_problems, unrecorded_places
from services.reviews.roster import RosterMember
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.workdays import add_working_days


def propose_direct_removal(
    tx: Transaction,
    *,
    member_id: str,
    mode: Mode,
    ground: str | None,
    on: date,
    evidence: Sequence[Evidence],
    delegation: Document | None,
    round_id: str | None,
) -> CaseRecord:
    """Open a case of removal for a member who is not on the list.

    Raises NotOnRosterError, Refusal, and AlreadyExistsError when the member has an open case.
    """
    not_in_future(tx, on, "/on")
    member, _, unit = place_of(tx, member_id, on)
    refuse_if(record_problems(evidence, member.records()))
    profile = applicable_profile(on)
    step = removal.propose_direct_removal(
        case_id=new_id(),
        member_id=member_id,
        status="probationary" if member.probationary_on(on) else "official",
        unit=unit,
        profile=profile,
        actor=acting(tx),
        on=on,
        mode=mode,
        ground=ground,
        evidence=evidence,
        delegation=delegation,
        round_id=round_id,
        review_due_on=_review_due_on(member, ground, profile),
        unrecorded=unrecorded_places(evidence, member.records()),
    )
    return opened(tx, step, action="case.propose_direct_removal")


def _review_due_on(member: RosterMember | None, ground: str | None, profile: Profile) -> date | None:
    """Return until when confirmation had to be considered, for the ground that rests on it and a known admission."""
    if ground != "P1" or member is None or member.admitted_on is None:
        return None
    return removal.probation_review_due(member.admitted_on, profile, add_working_days=add_working_days)


def propose_removal(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    mode: Mode,
    ground: str | None,
    on: date,
    evidence: Sequence[Evidence],
    delegation: Document | None,
) -> CaseRecord:
    """Propose the removal of a member who is on the list; raises Refusal."""
    not_in_future(tx, on, "/on")

    def propose(case: Case, profile: Profile, actor: Actor) -> Step:
        member = reader(tx).known(case.member_id)
        status: Status | None = None
        unrecorded: Sequence[int] = ()
        if member is not None:
            unrecorded = unrecorded_places(evidence, member.records())
            refuse_if(record_problems(evidence, member.records()))
            status = "probationary" if member.probationary_on(on) else "official"
        return removal.propose_removal(
            case,
            profile,
            actor=actor,
            on=on,
            mode=mode,
            ground=ground,
            evidence=evidence,
            delegation=delegation,
            status=status,
            review_due_on=_review_due_on(member, ground, profile),
            unrecorded=unrecorded,
        )

    return act(tx, case_id, version, propose, action="case.propose_removal")


def request_self_criticism(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    channel: str,
    outcome: Literal["submitted", "unanswered", "refused"],
) -> CaseRecord:
    """Record one request for a self-criticism and what came of it."""
    return recorded(
        tx,
        case_id,
        version,
        removal.request_self_criticism,
        on=on,
        channel=channel,
        outcome=outcome,
        action="case.request_self_criticism",
    )


def record_hearing(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    outcome: Literal["heard", "refused", "absent"],
    minutes: str,
) -> CaseRecord:
    """Record the meeting that heard the member; a refusal there also stands as a deliberate refusal to write."""
    not_in_future(tx, on, "/on")

    def refuse(case: Case, profile: Profile, actor: Actor) -> Step:
        return removal.request_self_criticism(
            case, profile, actor=actor, on=on, channel="tại cuộc họp kiểm điểm", outcome="refused"
        )

    def hear(case: Case, profile: Profile, actor: Actor) -> Step:
        return removal.record_hearing(
            case, profile, actor=actor, on=on, attended=outcome == "heard", minutes=minutes
        )

    steps: tuple[Taking, ...] = (refuse, hear) if outcome == "refused" else (hear,)
    return act(tx, case_id, version, *steps, action="case.hear")


def record_appraisal(
    tx: Transaction, case_id: str, version: int, *, on: date, supports: bool, minutes: str
) -> CaseRecord:
    """Record the appraisal of the part committee between cell and grassroots committee."""
    return recorded(
        tx,
        case_id,
        version,
        removal.record_appraisal,
        on=on,
        supports=supports,
        minutes=minutes,
        action="case.appraise",
    )


def record_vote(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    level: VoteLevel,
    form: VotingForm,
    held_on: date,
    totals: Totals,
    base: int,
    refer_up: bool,
    minutes: str,
) -> CaseRecord:
    """Record the vote of one level: *base* is the cell's confirmed roll, or the committee's members in office."""
    not_in_future(tx, held_on, "/held_on")
    vote_id = new_id()

    def vote(case: Case, profile: Profile, actor: Actor) -> Step:
        return removal.record_removal_vote(
            case,
            profile,
            actor=actor,
            on=held_on,
            vote_id=vote_id,
            level=level,
            form=form,
            totals=totals,
            minutes=minutes,
            roll=_roll_of(tx, case, profile, level=level, on=held_on, confirmed=base),
            members_in_office=None if level == "cell" else base,
            refer_up=refer_up,
        )

    return act(tx, case_id, version, vote, action="case.vote_removal")


def correct_vote(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    level: VoteLevel,
    form: VotingForm,
    totals: Totals,
    base: int,
    refer_up: bool,
    minutes: str,
    reason: str,
) -> CaseRecord:
    """Record the last vote anew, a cell's against its roll of the vote's day as the register has it now.

    Raises Refusal when later steps rest on it.
    """
    not_in_future(tx, on, "/on")

    def correct(case: Case, profile: Profile, actor: Actor) -> Step:
        votes = () if case.removal is None else case.removal.votes
        held_on = votes[-1].on if votes else on
        return vote_correction.correct_removal_vote(
            case,
            profile,
            actor=actor,
            on=on,
            level=level,
            form=form,
            totals=totals,
            minutes=minutes,
            reason=reason,
            roll=_roll_of(tx, case, profile, level=level, on=held_on, confirmed=base),
            members_in_office=None if level == "cell" else base,
            refer_up=refer_up,
        )

    # The reason may quote the tally, so it stays in the case beside it and does not go into the audit.
    return act(tx, case_id, version, correct, action="case.correct_removal_vote")


def _roll_of(
    tx: Transaction, case: Case, profile: Profile, *, level: VoteLevel, on: date, confirmed: int
) -> Roll | None:
    """Return the roll against which a cell's vote counts; None for a committee, whose base is its members in office."""
    if level != "cell":
        return None
    return confirmed_roll(
        tx,
        cell_id=case.unit.cell_id,
        on=on,
        subject_id=case.member_id,
        rule=profile.settings.removal_base.value,
        transit_counted=profile.settings.transit_counted.value,
        confirmed=confirmed,
    )


def decide_removal(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    outcome: Literal["removed", "rejected"],
    decision: Document,
    signer_office: str,
    effective_on: date | None,
    rights_informed: bool,
    continue_until: date | None,
) -> CaseRecord:
    """Record the decision of the competent committee."""
    return recorded(
        tx,
        case_id,
        version,
        removal.decide_removal,
        on=on,
        outcome=outcome,
        decision=decision,
        signer_office=signer_office,
        effective_on=effective_on,
        complaint_rights_informed_on=on if rights_informed else None,
        continue_until=continue_until,
        action="case.decide_removal",
    )


def deliver_decision(
    tx: Transaction, case_id: str, version: int, *, on: date, receipt: Receipt
) -> CaseRecord:
    """Record that the decision reached the person; the time for complaints begins."""
    return recorded(
        tx,
        case_id,
        version,
        removal.deliver_decision,
        on=on,
        receipt=receipt,
        add_working_days=add_working_days,
        action="case.deliver",
    )


def lodge_complaint(
    tx: Transaction, case_id: str, version: int, *, on: date, text: str, level: ResolvingLevel
) -> CaseRecord:
    """Record a complaint against the removal."""
    return recorded(
        tx,
        case_id,
        version,
        complaint.lodge_complaint,
        on=on,
        reference=text,
        level=level,
        add_working_days=add_working_days,
        action="case.complain",
    )


def resolve_complaint(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    outcome: Literal["upheld", "reversed"],
    decision: Document,
) -> CaseRecord:
    """Record the answer to the pending complaint."""
    return recorded(
        tx,
        case_id,
        version,
        complaint.resolve_complaint,
        on=on,
        outcome=outcome,
        decision=decision,
        add_working_days=add_working_days,
        action="case.resolve_complaint",
    )


def close_case(tx: Transaction, case_id: str, version: int, *, on: date) -> CaseRecord:
    """Close a removal after its time for complaints is over."""
    return recorded(tx, case_id, version, complaint.close_case, on=on, action="case.close")
