"""Commands up to the list: proposal, opinions, direction from above, the secret ballot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.reviews.commands.steps import (
    act,
    acting,
    applicable_profile,
    confirmed_roll,
    not_in_future,
    opened,
    place_of,
    recorded,
)
from services.reviews.documents import CaseRecord, Round
from services.reviews.domain import correction, listing
from services.reviews.domain.ballot import Totals
from services.reviews.domain.case import Actor, Case, Document, Opinion, Step
from services.reviews.domain.citation import refuse_if
from services.reviews.domain.criteria import Evidence
from services.reviews.domain.profile import Profile
from services.reviews.domain.records import record_problems, unrecorded_places
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem


def propose(
    tx: Transaction,
    *,
    member_id: str,
    round_id: str | None,
    criterion: str,
    evidence: Sequence[Evidence],
    opinions: Sequence[Opinion],
    on: date,
    send_up: bool,
) -> CaseRecord:
    """Open a case: the cell's committee proposes a member; with *send_up* direction is asked for at once.

    Raises NotOnRosterError, Refusal (also where the members' records say otherwise than the evidence), and
    AlreadyExistsError when the member has an open case.
    """
    not_in_future(tx, on, "/on")
    if round_id is not None and tx.load(Round, round_id).state != "open":
        raise Problem("conflict", "Đợt rà soát đã kết thúc.", "The round is closed.")
    member, _, unit = place_of(tx, member_id, on)
    refuse_if(record_problems(evidence, member.records()))
    step = listing.propose(
        case_id=new_id(),
        member_id=member_id,
        status="probationary" if member.probationary_on(on) else "official",
        unit=unit,
        profile=applicable_profile(on),
        actor=acting(tx),
        on=on,
        criterion_code=criterion,
        evidence=evidence,
        opinions=opinions,
        round_id=round_id,
        sent_up=send_up,
        unrecorded=unrecorded_places(evidence, member.records()),
    )
    return opened(tx, step, action="case.propose")


def add_opinion(tx: Transaction, case_id: str, version: int, *, on: date, opinion: Opinion) -> CaseRecord:
    """Add the minutes of one organisation to a draft that has not gone up."""
    return recorded(
        tx, case_id, version, listing.record_opinion, on=on, opinion=opinion, action="case.opinion"
    )


def send_up(tx: Transaction, case_id: str, version: int, *, on: date) -> CaseRecord:
    """Ask the committee directly above for direction."""
    return recorded(tx, case_id, version, listing.request_guidance, on=on, action="case.send_up")


def give_guidance(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    agrees: bool,
    by_organization: str,
    reason: str,
    document: Document | None,
) -> CaseRecord:
    """Record the direction of the committee directly above the cell."""
    return recorded(
        tx,
        case_id,
        version,
        listing.give_guidance,
        on=on,
        agrees=agrees,
        by_organization=by_organization,
        document=document,
        reason=reason,
        action="case.guide",
        why=reason or None,
    )


def record_ballot(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    held_on: date,
    totals: Totals,
    roll_confirmed: int,
    minutes: str,
) -> CaseRecord:
    """Record a secret ballot against the cell's roll of that day, which the recorder confirmed."""
    not_in_future(tx, held_on, "/held_on")
    ballot_id = new_id()
    return act(
        tx,
        case_id,
        version,
        lambda case, profile, actor: listing.record_ballot(
            case,
            profile,
            actor=actor,
            on=held_on,
            ballot_id=ballot_id,
            roll=confirmed_roll(
                tx,
                cell_id=case.unit.cell_id,
                on=held_on,
                subject_id=case.member_id,
                rule=profile.settings.flag_base.value,
                transit_counted=profile.settings.transit_counted.value,
                confirmed=roll_confirmed,
            ),
            totals=totals,
            minutes=minutes,
        ),
        action="case.ballot",
    )


def correct_ballot(
    tx: Transaction,
    case_id: str,
    version: int,
    *,
    on: date,
    totals: Totals,
    roll_confirmed: int,
    minutes: str,
    reason: str,
) -> CaseRecord:
    """Record a ballot anew, against the roll of the day on which it was held as the register has it now.

    Raises Refusal when later steps rest on it, and AlreadyExistsError when a correction would put a member on the
    list who has another open case by now.
    """
    not_in_future(tx, on, "/on")

    def correct(case: Case, profile: Profile, actor: Actor) -> Step:
        held_on = case.ballots[-1].on if case.ballots else on
        return correction.correct_ballot(
            case,
            profile,
            actor=actor,
            on=on,
            roll=confirmed_roll(
                tx,
                cell_id=case.unit.cell_id,
                on=held_on,
                subject_id=case.member_id,
                rule=profile.settings.flag_base.value,
                transit_counted=profile.settings.transit_counted.value,
                confirmed=roll_confirmed,
            ),
            totals=totals,
            minutes=minutes,
            reason=reason,
        )

    # The reason may quote the tally, so it stays in the case beside it and does not go into the audit.
    return act(tx, case_id, version, correct, action="case.correct_ballot")
