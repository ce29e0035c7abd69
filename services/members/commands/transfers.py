"""Transfers (chuyển sinh hoạt đảng): decide, begin, introduce, accept, return, leave, come in; the end of a stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from services.members.commands import members
from services.members.commands.clocks import (
    end_clock,
    keep_clocks,
    running,
    to_begin,
    to_present,
    to_stay,
)
from services.members.commands.in_transit import completed, stepped
from services.members.documents import Member, Organization, Transfer
from services.members.domain.transfer import (
    IN_TRANSIT,
    UNDER_WAY,
    TransferState,
    assessment_problems,
    decision_problems,
    start_problems,
    step_problems,
)
from services.members.refusals import RefusedError, refused
from services.members.rules import rule_on
from shared.events.catalogue.members import (
    Document,
    TransferDecided,
    TransferIntroduced,
    TransferStarted,
)
from shared.store.unit_of_work import Transaction


def decide(
    tx: Transaction,
    member: Member,
    *,
    transfer_id: str,
    to_cell_id: str | None,
    place: str | None,
    decided_on: date,
    decision: Document | None = None,
    temporary_until: date | None = None,
    study: bool = False,
) -> Transfer:
    """Record that a transfer was decided: the working days to begin it run from that day, whether anybody acts or not.

    Raises RefusedError and MissingError.
    """
    cell = _destination(tx, member, to_cell_id, place)
    violations = decision_problems(
        decided_on=decided_on,
        today=tx.clock.today(),
        in_transit=bool(member.transit) or bool(member.guest),
        decided=bool(member.decided),
        same_cell=to_cell_id == member.cell_id,
    )
    if violations:
        raise RefusedError(violations)
    transfer = _new(
        member,
        transfer_id=transfer_id,
        cell=cell,
        place=place,
        decided_on=decided_on,
        temporary_until=temporary_until,
        study=study,
        state=TransferState.DECIDED,
        on=decided_on,
    )
    if decision is not None:
        transfer.decision = msgspec.to_builtins(decision)
    stepped(transfer, TransferState.DECIDED, on=decided_on, note="" if decision is None else decision.number)
    member.decided = {"transfer_id": transfer_id, "on": decided_on.isoformat(), "to_cell_id": to_cell_id}
    term = running(transfer)
    tx.emit(
        member,
        TransferDecided(
            member_id=str(member.id),
            transfer_id=transfer_id,
            organization_path=list(transfer.from_path),
            to_path=list(transfer.to_path) or None,
            temporary=bool(transfer.temporary),
            on=decided_on,
            due_on=term.due_on,
            assumed=term.assumed,
        ),
    )
    tx.record("transfer.decide", transfer_id, member_id=str(member.id), after=str(transfer.state))
    keep_clocks(tx, transfer)
    tx.insert(transfer)
    tx.save(member)
    return transfer


def start(
    tx: Transaction,
    member: Member,
    *,
    transfer_id: str,
    to_cell_id: str | None,
    place: str | None,
    decided_on: date,
    on: date,
    temporary_until: date | None = None,
    study: bool = False,
) -> Transfer:
    """Begin a transfer to a cell of the deployment, or to *place* outside it: the member is in transit from *on*.

    Raises RefusedError (in transit already, on the list without a written assessment…) and MissingError.
    """
    cell = _destination(tx, member, to_cell_id, place)
    transfer = _new(
        member,
        transfer_id=transfer_id,
        cell=cell,
        place=place,
        decided_on=decided_on,
        temporary_until=temporary_until,
        study=study,
        state=TransferState.STARTED,
        on=on,
    )
    _begin(tx, member, transfer, on=on, decided=bool(member.decided))
    tx.record("transfer.start", transfer_id, member_id=str(member.id), after=str(transfer.state))
    keep_clocks(tx, transfer)
    tx.insert(transfer)
    tx.save(member)
    return transfer


def start_decided(tx: Transaction, transfer: Transfer, *, on: date) -> Transfer:
    """Begin a transfer that was decided before; the same stands against it as against one begun at once."""
    _may(tx, transfer, (TransferState.DECIDED,), on)
    member = tx.load(Member, str(transfer.member_id))
    if transfer.to_cell_id is not None:
        members.standing_cell(tx, transfer.to_cell_id)
    _begin(tx, member, transfer, on=on, decided=False)
    member.decided = {}
    tx.save(member)
    return _saved(tx, transfer, "transfer.start")


def _destination(
    tx: Transaction, member: Member, to_cell_id: str | None, place: str | None
) -> Organization | None:
    """Return the receiving cell, or None for a place outside; raise RefusedError where neither or both are named."""
    if not member.current:
        raise refused("member_left", "member_id", "Người này không còn trong danh sách đảng viên.")
    if (to_cell_id is None) == (place is None):
        raise refused("one_destination", "to_cell_id", "Ghi chi bộ nhận hoặc nơi đến ngoài đảng bộ, chỉ một.")
    return None if to_cell_id is None else members.standing_cell(tx, to_cell_id)


def _new(
    member: Member,
    *,
    transfer_id: str,
    cell: Organization | None,
    place: str | None,
    decided_on: date,
    temporary_until: date | None,
    study: bool,
    state: TransferState,
    on: date,
) -> Transfer:
    """Return a transfer whose working days to begin run from the day of its decision."""
    from_path = list(member.organization_path)
    to_path = [] if cell is None else list(cell.path)
    transfer = Transfer(
        id=transfer_id,
        member_id=str(member.id),
        way="out" if cell is None else "between",
        temporary=temporary_until is not None,
        temporary_until=temporary_until,
        study=study,
        from_cell_id=member.cell_id,
        from_path=from_path,
        to_cell_id=None if cell is None else str(cell.id),
        to_path=to_path,
        paths=sorted({*from_path, *to_path}),
        place=place,
        decided_on=decided_on,
        last_on=on,
        state=str(state),
    )
    to_begin(transfer)
    return transfer


def _begin(tx: Transaction, member: Member, transfer: Transfer, *, on: date, decided: bool) -> None:
    """Put the member in transit from *on*; raise RefusedError. *decided*: another transfer is decided and not begun."""
    violations = start_problems(
        decided_on=transfer.decided_on,
        on=on,
        today=tx.clock.today(),
        in_transit=bool(member.transit) or bool(member.guest),
        decided=decided,
        same_cell=transfer.to_cell_id == member.cell_id,
        listed=member.screening_status == "listed",
        handed_on=_handed_on(member, transfer.to_cell_id),
        temporary_until=transfer.temporary_until,
        study=bool(transfer.study),
        temporary_months=rule_on(on).temporary_months,
    )
    if violations:
        raise RefusedError(violations)
    term = running(transfer)
    if on > term.due_on:
        transfer.late = ["transfer_start"]
    stepped(transfer, TransferState.STARTED, on=on, note="")
    member.transit = {
        "transfer_id": str(transfer.id),
        "since": on.isoformat(),
        "to_cell_id": transfer.to_cell_id,
        "temporary": transfer.temporary,
    }
    tx.emit(
        member,
        TransferStarted(
            member_id=str(member.id),
            transfer_id=str(transfer.id),
            organization_path=list(transfer.from_path),
            to_path=list(transfer.to_path) or None,
            temporary=bool(transfer.temporary),
            on=on,
            due_on=term.due_on,
            decided_on=transfer.decided_on,
            assumed=term.assumed,
        ),
    )


def introduce(tx: Transaction, transfer: Transfer, *, on: date, letter: Document) -> Transfer:
    """Record the letter of introduction (giấy giới thiệu); it must be presented within its working days."""
    _may(tx, transfer, (TransferState.STARTED,), on)
    end_clock(transfer, on)
    transfer.letter = msgspec.to_builtins(letter)
    stepped(transfer, TransferState.INTRODUCED, on=on, note=letter.number)
    term = to_present(transfer, on)
    member = tx.load(Member, str(transfer.member_id))
    tx.emit(
        member,
        TransferIntroduced(
            member_id=str(member.id),
            transfer_id=str(transfer.id),
            organization_path=list(transfer.from_path),
            on=on,
            due_on=term.due_on,
            assumed=term.assumed,
        ),
    )
    tx.save(member)
    return _saved(tx, transfer, "transfer.introduce")


def accept(tx: Transaction, transfer: Transfer, *, on: date) -> Transfer:
    """The receiving cell takes the member in: it is their cell from *on*, or their host for a temporary stay."""
    _may(tx, transfer, IN_TRANSIT, on)
    if transfer.to_cell_id is None:
        raise refused(
            "leaves_deployment", "on", "Nơi đến ở ngoài đảng bộ: ghi việc đã chuyển đi thay vì tiếp nhận."
        )
    cell = members.standing_cell(tx, transfer.to_cell_id)
    member = tx.load(Member, str(transfer.member_id))
    _case_must_be_there(member, transfer)
    end_clock(transfer, on)
    stepped(transfer, TransferState.ACCEPTED, on=on, note="")
    member.transit = {}
    if transfer.temporary:
        member.guest = {
            "transfer_id": str(transfer.id),
            "cell_id": str(cell.id),
            "since": on.isoformat(),
            "until": transfer.temporary_until.isoformat(),
        }
        to_stay(transfer, on)
    else:
        member.move_to(cell, on)
        member.handed_on = {}
    completed(tx, member, transfer, on=on, outcome="accepted", path=list(cell.path))
    tx.save(member)
    return _saved(tx, transfer, "transfer.accept")


def turn_back(tx: Transaction, transfer: Transfer, *, on: date, reason: str) -> Transfer:
    """The member is not taken in, or the transfer is withdrawn: they belong where they belonged, with the *reason*."""
    _may(tx, transfer, UNDER_WAY, on)
    member = tx.load(Member, str(transfer.member_id))
    end_clock(transfer, on)
    stepped(transfer, TransferState.RETURNED, on=on, note=reason)
    member.transit = {}
    member.decided = {}
    if not transfer.temporary:
        # The case of a member on the list comes back with them; the next transfer needs its own assessment.
        member.handed_on = {}
    completed(tx, member, transfer, on=on, outcome="returned", path=list(member.organization_path))
    tx.save(member)
    return _saved(tx, transfer, "transfer.return", reason=reason)


def leave(tx: Transaction, transfer: Transfer, *, on: date) -> Transfer:
    """The place outside has taken the member in: the membership here ends as transferred out."""
    _may(tx, transfer, (TransferState.INTRODUCED,), on)
    if transfer.to_cell_id is not None:
        raise refused(
            "stays_in_deployment", "on", "Nơi đến là chi bộ trong đảng bộ: chi bộ đó phải tiếp nhận."
        )
    if transfer.temporary:
        raise refused(
            "temporary_stays", "on", "Sinh hoạt tạm thời ở nơi khác không kết thúc sinh hoạt ở đây."
        )
    member = tx.load(Member, str(transfer.member_id))
    _case_must_be_there(member, transfer)
    end_clock(transfer, on)
    stepped(transfer, TransferState.LEFT, on=on, note=transfer.place or "")
    member.transit = {}
    completed(tx, member, transfer, on=on, outcome="left", path=list(member.organization_path))
    members.end(
        tx,
        member,
        on=on,
        mode="transferred_out",
        ground=None,
        decision=msgspec.convert(transfer.letter, Document) if transfer.letter else None,
        case_id=None,
        was_probationary=member.official_on is None,
    )
    return _saved(tx, transfer, "transfer.leave")


def end_stay(tx: Transaction, transfer: Transfer, *, on: date) -> Transfer:
    """The guest goes home (hết thời hạn sinh hoạt tạm thời)."""
    member = tx.load(Member, str(transfer.member_id))
    if member.guest.get("transfer_id") != transfer.id:
        raise refused("no_stay", "on", "Đảng viên không sinh hoạt tạm thời theo lượt chuyển này.")
    _may(tx, transfer, (TransferState.ACCEPTED,), on)
    end_clock(transfer, on)
    stepped(transfer, TransferState.RETURNED, on=on, note="hết thời hạn sinh hoạt tạm thời")
    member.guest = {}
    completed(tx, member, transfer, on=on, outcome="returned", path=list(member.organization_path))
    tx.save(member)
    return _saved(tx, transfer, "transfer.end_stay")


def come_in(
    tx: Transaction,
    *,
    transfer_id: str,
    member_id: str,
    cell_id: str,
    place: str,
    letter: Document,
    on: date,
    facts: Mapping[str, Any],
) -> Transfer:
    """A member comes from *place* outside with a letter and is put on the roster of a cell from *on*.

    A letter presented later than its working days is recorded as late; it is no reason to turn anybody away here.
    """
    member = members.register(tx, member_id=member_id, cell_id=cell_id, since=on, facts=facts)
    transfer = Transfer(
        id=transfer_id,
        member_id=member_id,
        way="in",
        state=str(TransferState.ACCEPTED),
        to_cell_id=cell_id,
        to_path=list(member.organization_path),
        paths=sorted(member.organization_path),
        place=place,
        decided_on=letter.issued_on,
        last_on=on,
        letter=msgspec.to_builtins(letter),
    )
    to_present(transfer, letter.issued_on)
    end_clock(transfer, on)
    stepped(transfer, TransferState.ACCEPTED, on=on, note=letter.number)
    tx.record("transfer.come_in", transfer_id, member_id=member_id, after=str(transfer.state))
    keep_clocks(tx, transfer)
    tx.insert(transfer)
    return transfer


def hand_on(member: Member, *, case_id: str, on: date, cell_id: str) -> None:
    """Note that the member's case went to *cell_id* with its written assessment: the transfer there may begin."""
    member.handed_on = {"case_id": case_id, "on": on.isoformat(), "cell_id": cell_id}


def _handed_on(member: Member, to_cell_id: str | None) -> bool:
    """Say whether the member's case went to that cell with its written assessment."""
    went: tuple[object, object] = (member.handed_on.get("case_id"), member.handed_on.get("cell_id"))
    return went == (member.screening_case, to_cell_id)


def _case_must_be_there(member: Member, transfer: Transfer) -> None:
    """Refuse the end of a transfer whose member came on the list meanwhile, until the case went ahead of them."""
    if transfer.temporary:
        return
    violations = assessment_problems(
        listed=member.screening_status == "listed",
        handed_on=_handed_on(member, transfer.to_cell_id),
        field="on",
    )
    if violations:
        raise RefusedError(violations)


def _may(tx: Transaction, transfer: Transfer, allowed: tuple[TransferState, ...], on: date) -> None:
    violations = step_problems(
        state=TransferState(transfer.state),
        allowed=allowed,
        on=on,
        earliest=transfer.last_on,
        today=tx.clock.today(),
    )
    if violations:
        raise RefusedError(violations)


def _saved(tx: Transaction, transfer: Transfer, action: str, *, reason: str | None = None) -> Transfer:
    tx.record(
        action,
        str(transfer.id),
        member_id=str(transfer.member_id),
        reason=reason,
        before=f"v{transfer.version}",
        after=str(transfer.state),
    )
    keep_clocks(tx, transfer)
    tx.save(transfer)
    return transfer
