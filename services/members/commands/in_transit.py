"""What every step of a transfer does to its record, and how a transfer ends when the membership ends first."""

from __future__ import annotations

from datetime import date
from typing import Any

from pymongo import ReplaceOne

from services.members.documents import Member, Transfer
from services.members.domain.dated_rules import RuleValue
from services.members.domain.transfer import Clock, TransferState
from shared.events.catalogue.members import TransferCompleted
from shared.store.unit_of_work import Transaction

CLOCKS = "transfer_clocks"
"""One document per clock of a transfer: who asks what is due reads an index and no transfer."""


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


def run(
    transfer: Transfer, clock: Clock, *, since: date, due_on: date, rule: RuleValue[Any] | None = None
) -> None:
    """Let *clock* run from *since* until *due_on*; *rule* is where the period comes from, if not from the transfer."""
    transfer.clock = clock
    transfer.due_on = due_on  # type: ignore[assignment]  # mongoengine's descriptors take the value
    transfer.clocks = [
        *(each for each in transfer.clocks if each["kind"] != clock),
        {
            "kind": clock,
            "started_on": since.isoformat(),
            "due_on": due_on.isoformat(),
            "status": "running",
            "ended_on": None,
            "source": None if rule is None else rule.source,
            "assumed": rule is not None and rule.assumed,
        },
    ]


def end_clock(transfer: Transfer, on: date) -> None:
    """End the running clock: met, or lapsed where it had run out by *on*, which also stays known as late."""
    if transfer.clock is None:
        return
    lapsed = on > transfer.due_on
    if lapsed and transfer.clock not in transfer.late:
        transfer.late = [*transfer.late, transfer.clock]
    ended = {"status": "lapsed" if lapsed else "met", "ended_on": on.isoformat()}
    transfer.clocks = [
        {**each, **ended} if each["kind"] == transfer.clock else each for each in transfer.clocks
    ]
    transfer.clock = None
    transfer.due_on = None  # type: ignore[assignment]  # the same


def keep_clocks(tx: Transaction, transfer: Transfer) -> None:
    """Write the clocks of *transfer* where they are listed from, in the transaction of its step."""
    writes = []
    for each in transfer.clocks:
        number = f"{transfer.id}:{each['kind']}"
        document = {
            "_id": number,
            "order": f"{each['due_on']} {number}",
            "transfer_id": str(transfer.id),
            "member_id": transfer.member_id,
            "paths": list(transfer.paths),
            "organization_path": list(transfer.from_path or transfer.to_path),
            **each,
        }
        writes.append(ReplaceOne({"_id": number}, document, upsert=True))
    if writes:
        tx.collection(CLOCKS).bulk_write(writes, ordered=False, session=tx.session)


def stepped(transfer: Transfer, state: TransferState, *, on: date, note: str) -> None:
    """Write down a step and the state it leads to."""
    transfer.state = str(state)
    transfer.last_on = on  # type: ignore[assignment]  # the same
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
