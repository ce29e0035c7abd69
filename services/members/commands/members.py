"""Register and change members, end and restore memberships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from services.members.commands.in_transit import break_off
from services.members.documents import Member, Organization
from services.members.domain import member as domain
from services.members.domain.member import (
    Leaving,
    MemberFacts,
    check_member,
    ending_problems,
    restoring_problems,
)
from services.members.refusals import RefusedError, refused
from shared.events.catalogue.members import (
    Document,
    LeavingMode,
    MemberChanged,
    MemberRegistered,
    MembershipEnded,
    MembershipRestored,
)
from shared.store.errors import AlreadyExistsError, MissingError
from shared.store.unit_of_work import Transaction

CHANGEABLE = (
    "full_name",
    "birth_name",
    "gender",
    "birth_date",
    "card_number",
    "dossier_number",
    "admitted_on",
    "official_on",
    "exempt_from",
    "exempt_until",
    "temporary",
)
"""What a member's record may be changed in by hand; the cell changes by transfer only."""


def register(
    tx: Transaction, *, member_id: str, cell_id: str, since: date, facts: Mapping[str, Any]
) -> Member:
    """Put a member on the roster of a cell; *facts* are fields of CHANGEABLE.

    Raises RefusedError, MissingError for the cell, AlreadyExistsError for a card number in use.
    """
    cell = standing_cell(tx, cell_id)
    member = Member(
        id=member_id,
        cell_id=cell_id,
        organization_path=list(cell.path),
        organization_since=since,
        **facts,
    )
    if since > tx.clock.today():
        raise refused("date_in_future", "since", f"Ngày {since:%d/%m/%Y} ở trong tương lai.")
    if since < member.admitted_on:
        raise refused("since_before_admission", "since", "Ngày vào chi bộ không thể trước ngày vào Đảng.")
    _check(member, today=tx.clock.today())
    _card_must_be_free(tx, member)
    member.index_itself()
    tx.emit(member, registered(member))
    tx.record("member.register", member_id, member_id=member_id, organization=cell_id)
    tx.insert(member)
    return member


def registered(member: Member) -> MemberRegistered:
    """Return the event of its registration."""
    return MemberRegistered(
        **_state(member), on=member.organization_since, organization_since=member.organization_since
    )


def change(tx: Transaction, member: Member, *, on: date, facts: Mapping[str, Any]) -> Member:
    """Change fields of CHANGEABLE as of *on*; the record was loaded in this transaction.

    Raises RefusedError, AlreadyExistsError for a card number in use.
    """
    if not member.current:
        raise refused("member_left", "on", "Người này không còn trong danh sách đảng viên.")
    if on > tx.clock.today():
        raise refused("date_in_future", "on", f"Ngày {on:%d/%m/%Y} ở trong tương lai.")
    changed = [name for name in CHANGEABLE if name in facts and facts[name] != getattr(member, name)]
    if not changed:
        raise refused("nothing_changed", "on", "Không có gì thay đổi.")
    _keep_past(member, changed, on=on)
    for name in changed:
        setattr(member, name, facts[name])
    _check(member, today=tx.clock.today())
    if "card_number" in changed:
        _card_must_be_free(tx, member)
    member.index_itself()
    tx.emit(member, MemberChanged(**_state(member), on=on, changed=changed))
    tx.record("member.change", str(member.id), member_id=str(member.id), after=",".join(changed))
    tx.save(member)
    return member


def _keep_past(member: Member, changed: Sequence[str], *, on: date) -> None:
    """Keep the card number and the exemption that a change of *on* replaces."""
    if "card_number" in changed and member.card_number is not None:
        member.past_cards = [*member.past_cards, {"number": member.card_number, "until": on.isoformat()}]
    if member.exempt_from is not None and {"exempt_from", "exempt_until"}.intersection(changed):
        member.past_exemptions = [
            *member.past_exemptions,
            {
                "from": member.exempt_from.isoformat(),
                "until": None if member.exempt_until is None else member.exempt_until.isoformat(),
                "changed_on": on.isoformat(),
            },
        ]


def relocated(member: Member, on: date) -> MemberChanged:
    """Return the event of a member whose cell was merged into another on *on*."""
    return MemberChanged(**_state(member), on=on, changed=["organization_path"])


def end(
    tx: Transaction,
    member: Member,
    *,
    on: date,
    mode: LeavingMode,
    ground: str | None,
    decision: Document | None,
    case_id: str | None,
    was_probationary: bool,
) -> None:
    """End a membership; the record and the ending stay, readmission depends on them."""
    break_off(tx, member, on=on)
    member.current = False
    member.leaving = {
        "on": on.isoformat(),
        "mode": mode,
        "ground": ground,
        "decision": None if decision is None else msgspec.to_builtins(decision),
        "case_id": case_id,
        "was_probationary": was_probationary,
    }
    tx.emit(member, ended(member))
    tx.record("membership.end", str(member.id), member_id=str(member.id), after=mode)
    tx.save(member)


def end_by_hand(
    tx: Transaction, member: Member, *, on: date, mode: LeavingMode, decision: Document | None
) -> Member:
    """Record a death, or that the member was let go on their own request by *decision*; raise RefusedError."""
    if not member.current:
        raise refused("member_left", "on", "Người này không còn trong danh sách đảng viên.")
    facts = MemberFacts(
        admitted_on=member.admitted_on,
        official_on=member.official_on,
        leaving=Leaving(on=on, mode=domain.LeavingMode(mode)),
    )
    violations = ending_problems(
        facts, since=member.organization_since, decided=decision is not None, today=tx.clock.today()
    )
    if violations:
        raise RefusedError(violations)
    probationary = member.official_on is None
    end(
        tx,
        member,
        on=on,
        mode=mode,
        ground=None,
        decision=decision,
        case_id=None,
        was_probationary=probationary,
    )
    return member


def restore_by_hand(tx: Transaction, member: Member, *, on: date, decision: Document, reason: str) -> Member:
    """Take back an ending that no case of this system brought about; raise RefusedError, AlreadyExistsError."""
    leaving = member.leaving
    violations = restoring_problems(
        mode=domain.LeavingMode(leaving["mode"]) if leaving else None,
        by_case=bool(leaving.get("case_id")),
        left_on=date.fromisoformat(leaving["on"]) if leaving else None,
        on=on,
        today=tx.clock.today(),
    )
    if violations:
        raise RefusedError(violations)
    restore(tx, member, on=on, case_id=None, decision=decision, reason=reason)
    return member


def ended(member: Member) -> MembershipEnded:
    """Return the event of the ending that the record holds."""
    leaving = member.leaving
    decision = leaving.get("decision")
    return MembershipEnded(
        member_id=str(member.id),
        organization_path=list(member.organization_path),
        on=date.fromisoformat(leaving["on"]),
        mode=leaving["mode"],
        ground=leaving.get("ground"),
        decision=None if decision is None else msgspec.convert(decision, Document),
        case_id=leaving.get("case_id"),
        was_probationary=leaving["was_probationary"],
    )


def restore(
    tx: Transaction,
    member: Member,
    *,
    on: date,
    case_id: str | None,
    decision: Document,
    reason: str | None = None,
) -> None:
    """Restore a membership with its earlier dates (khôi phục đảng tịch).

    Raises AlreadyExistsError when somebody else on the roll has the card number by now.
    """
    _card_must_be_free(tx, member)
    member.reversed_leavings = [
        *member.reversed_leavings,
        {**member.leaving, "reversed_on": on.isoformat(), "reversed_by": msgspec.to_builtins(decision)},
    ]
    member.leaving = {}
    member.current = True
    cell = _succeeding_cell(tx, member.cell_id)
    if cell.id != member.cell_id:
        member.move_to(cell, on)
    tx.emit(
        member,
        MembershipRestored(
            member_id=str(member.id),
            organization_path=list(member.organization_path),
            on=on,
            case_id=case_id,
            status="probationary" if member.official_on is None else "official",
        ),
    )
    tx.record("membership.restore", str(member.id), member_id=str(member.id), reason=reason)
    tx.save(member)


def standing_cell(tx: Transaction, cell_id: str) -> Organization:
    """Return a cell that is in force; raise MissingError or RefusedError."""
    cell = tx.find(Organization, cell_id)
    if cell is None:
        raise MissingError(Organization.kind(), cell_id)
    if not cell.is_cell:
        raise refused("not_a_cell", "cell_id", "Đảng viên chỉ sinh hoạt tại chi bộ.")
    if not cell.in_force:
        raise refused("not_in_force", "cell_id", "Chi bộ này đã giải thể.")
    return cell


def _succeeding_cell(tx: Transaction, cell_id: str) -> Organization:
    """Return the cell, or what it was merged into since, as far as its successors are known."""
    cell = tx.load(Organization, cell_id)
    while not cell.in_force and cell.successor_id is not None:
        successor = tx.load(Organization, cell.successor_id)
        if not successor.is_cell:
            break
        cell = successor
    return cell


def _card_must_be_free(tx: Transaction, member: Member) -> None:
    """Raise AlreadyExistsError when another member on the roll has the same card number.

    No unique index: every command writes the ledger, so two that looked at the same time cannot both commit,
    and a partial unique index cost a quarter of the time of an import (measured on SecantusDB).
    """
    if member.card_number is None:
        return
    others = tx.collection(Member.kind()).find(
        {"search_terms": member.card_number}, ["card_number", "current"], session=tx.session
    )
    if any(
        raw["current"] and raw.get("card_number") == member.card_number and raw["_id"] != member.id
        for raw in others
    ):
        raise AlreadyExistsError(Member.kind(), {"card_number": member.card_number})


def _check(member: Member, *, today: date) -> None:
    facts = MemberFacts(
        admitted_on=member.admitted_on,
        official_on=member.official_on,
        birth_date=member.birth_date,
        exempt_from=member.exempt_from,
        exempt_until=member.exempt_until,
    )
    violations = check_member(facts, today=today)
    if violations:
        raise RefusedError(violations)


def _state(member: Member) -> dict[str, Any]:
    return {
        "member_id": str(member.id),
        "full_name": member.full_name,
        "gender": member.gender,
        "birth_date": member.birth_date,
        "card_number": member.card_number,
        "dossier_number": member.dossier_number,
        "admitted_on": member.admitted_on,
        "official_on": member.official_on,
        "status": "probationary" if member.official_on is None else "official",
        "exempt_from": member.exempt_from,
        "exempt_until": member.exempt_until,
        "temporary": member.temporary,
        "organization_path": list(member.organization_path),
    }
