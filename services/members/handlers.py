"""What the members service does with decisions of the reviews service."""

from __future__ import annotations

from services.members.commands import members as commands
from services.members.commands.transfers import hand_on
from services.members.documents import Member
from shared.bus.handlers import Handlers
from shared.events.catalogue.reviews import (
    CaseClosed,
    CaseTransferred,
    MemberFlagged,
    MemberRemoved,
    PastCaseCorrected,
    PastCaseRecorded,
    ProgressRecognized,
    RemovalReversed,
)
from shared.events.envelope import Event
from shared.store.unit_of_work import Transaction


def _flagged(tx: Transaction, _: Event, fact: MemberFlagged) -> None:
    member = tx.load(Member, fact.member_id)
    if member.screening_case == fact.case_id:
        return
    member.screening_status, member.screening_case = "listed", fact.case_id
    tx.save(member)


def _taken_over(tx: Transaction, _: Event, fact: PastCaseRecorded) -> None:
    """Only who is on the list at present is marked: what ended before the system ended nothing here."""
    if fact.outcome != "on_list":
        return
    member = tx.load(Member, fact.member_id)
    if member.screening_case != fact.case_id:
        member.screening_status, member.screening_case = "listed", fact.case_id
        tx.save(member)


def _put_right(tx: Transaction, _: Event, fact: PastCaseCorrected) -> None:
    """Mark who is on the list by the case as it stands now, and take the mark from who is not."""
    member = tx.find(Member, fact.member_id)
    if member is None:  # a former member, whom only the papers know
        return
    if not fact.on_list:
        if _leave_list(member, fact.case_id):
            tx.save(member)
    elif member.screening_case != fact.case_id:
        member.screening_status, member.screening_case = "listed", fact.case_id
        tx.save(member)


def _off_the_list(tx: Transaction, _: Event, fact: ProgressRecognized | CaseClosed | CaseTransferred) -> None:
    member = tx.find(Member, fact.member_id)
    if member is None:  # a former member, whom only an imported past case knows
        return
    if isinstance(fact, CaseTransferred) and fact.continues:
        if fact.to_path and not fact.returned:
            hand_on(member, case_id=fact.case_id, on=fact.on, cell_id=fact.to_path[-1])
            tx.save(member)
        return
    if _leave_list(member, fact.case_id):
        tx.save(member)


def _removed(tx: Transaction, _: Event, fact: MemberRemoved) -> None:
    member = tx.load(Member, fact.member_id)
    _leave_list(member, fact.case_id)
    if not member.current:
        # The person died or left in another way before the decision arrived: the first ending stands.
        if member.leaving.get("case_id") != fact.case_id:
            tx.record("membership.already_ended", fact.member_id, member_id=fact.member_id)
            tx.save(member)
        return
    commands.end(
        tx,
        member,
        on=fact.effective_on,
        mode=fact.mode,
        ground=fact.ground,
        decision=fact.decision,
        case_id=fact.case_id,
        was_probationary=fact.probationary,
    )


def _reversed(tx: Transaction, _: Event, fact: RemovalReversed) -> None:
    member = tx.find(Member, fact.member_id)
    if member is None or (not member.current and member.leaving.get("case_id") != fact.case_id):
        # A removal from before the system: whoever keeps the register restores the membership by hand.
        tx.record("membership.not_restored", fact.member_id, member_id=fact.member_id, before=fact.case_id)
        return
    if member.current:
        return
    commands.restore(tx, member, on=fact.on, case_id=fact.case_id, decision=fact.decision)


def _leave_list(member: Member, case_id: str) -> bool:
    """Take the member off the list if this case put it there; say whether that changed anything."""
    if member.screening_case != case_id:
        return False
    member.screening_status, member.screening_case = "none", None
    return True


HANDLERS: Handlers = {
    MemberFlagged: _flagged,
    PastCaseRecorded: _taken_over,
    PastCaseCorrected: _put_right,
    ProgressRecognized: _off_the_list,
    CaseTransferred: _off_the_list,
    CaseClosed: _off_the_list,
    MemberRemoved: _removed,
    RemovalReversed: _reversed,
}
"""Event type → handler."""
