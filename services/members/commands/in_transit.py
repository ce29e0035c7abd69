"""What every step of a transfer does to its record, and how a transfer ends when the membership ends first."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.members.commands.clocks import end_clock, keep_clocks
from services.members.documents import Member, Transfer
from services.members.domain.transfer import TransferState
from shared.events.catalogue.members import TransferCompleted
from shared.store.unit_of_work import Transaction


def completed(
    tx: Transaction, member: Member, transfer: Transfer, *, on: date, outcome: Any, path: list[str]
) -> None:
    """Tell that the transfer has ended, and where the member belongs: as a fact about the member."""
    tx.emit(
        member,
        TransferCompleted(
            member_id=str(member.id),
            transfer_id=str(transfer.id),
            organization_path=path,
            outcome=outcome,
            on=on,
            temporary=bool(transfer.temporary),
            until=transfer.temporary_until if transfer.temporary and outcome == "accepted" else None,
        ),
    )


def stepped(transfer: Transfer, state: TransferState, *, on: date, note: str) -> None:
    """Write down a step and the state it leads to."""
    transfer.state = str(state)
    transfer.last_on = on  # type: ignore[assignment]  # mongoengine's descriptors take the value
    transfer.steps = [*transfer.steps, {"on": on.isoformat(), "state": str(state), "note": note}]


def break_off(tx: Transaction, member: Member, *, on: date) -> None:
    """End whatever transfer or stay the member is in or is to begin: nobody can take in who is no member."""
    under_way = member.transit or member.guest or member.decided
    if not under_way:
        return
    transfer = tx.load(Transfer, under_way["transfer_id"])
    end_clock(transfer, on)
    stepped(
        transfer,
        TransferState.RETURNED,
        on=on,
        note="kết thúc vì không còn là đảng viên",
    )
    member.transit, member.guest, member.decided, member.handed_on = {}, {}, {}, {}
    completed(tx, member, transfer, on=on, outcome="returned", path=list(member.organization_path))
    tx.record("transfer.break_off", str(transfer.id), member_id=str(member.id), after=str(transfer.state))
    keep_clocks(tx, transfer)
    tx.save(transfer)
