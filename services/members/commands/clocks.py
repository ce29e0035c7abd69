"""The clocks of transfers: what starts one, what ends it, and the list that they are asked for from."""

from __future__ import annotations

from datetime import date

import msgspec
from pymongo import ReplaceOne

from services.members.documents import Transfer
from services.members.domain.transfer import Term, TransferState, present_term, start_term, stay_term
from services.members.rules import rule_on
from shared.store.unit_of_work import Transaction
from shared.workdays import add_working_days

CLOCKS = "transfer_clocks"
"""One document per clock of a transfer: who asks what is due reads an index and no transfer."""


def to_begin(transfer: Transfer) -> Term:
    """Start the working days to begin the formalities, from the day of the decision."""
    decided_on: date = transfer.decided_on
    return _run(transfer, start_term(decided_on, rule_on(decided_on), add_working_days))


def to_present(transfer: Transfer, introduced_on: date) -> Term:
    """Start the working days to present the letter of introduction, from the day of the letter."""
    return _run(transfer, present_term(introduced_on, rule_on(introduced_on), add_working_days))


def to_stay(transfer: Transfer, accepted_on: date) -> Term:
    """Start the stay of a guest, up to the last day that the transfer names."""
    return _run(transfer, stay_term(accepted_on, transfer.temporary_until))


def running(transfer: Transfer) -> Term:
    """Return the clock that runs; raise LookupError when none does."""
    for each in transfer.clocks:
        if each["kind"] == transfer.clock:
            return msgspec.convert({name: each[name] for name in Term.__struct_fields__}, Term)
    raise LookupError(f"no clock of transfer {transfer.id} runs")


def _run(transfer: Transfer, term: Term) -> Term:
    transfer.clock = term.kind
    transfer.due_on = term.due_on  # type: ignore[assignment]  # mongoengine's descriptors take the value
    transfer.clocks = [
        *(each for each in transfer.clocks if each["kind"] != term.kind),
        {**msgspec.to_builtins(term), "status": "running", "ended_on": None},
    ]
    return term


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


def replay_clocks(transfer: Transfer) -> None:
    """Give a transfer the clocks that its steps started and ended: one stored before clocks were kept has none."""
    transfer.clock, transfer.clocks = None, []
    transfer.due_on = None  # type: ignore[assignment]  # the same
    for step in transfer.steps:
        on = date.fromisoformat(step["on"])
        match TransferState(step["state"]):
            case TransferState.DECIDED | TransferState.STARTED:
                if not transfer.clocks:
                    to_begin(transfer)
            case TransferState.INTRODUCED:
                end_clock(transfer, on)
                to_present(transfer, on)
            case TransferState.ACCEPTED:
                if transfer.way == "in":
                    to_present(transfer, transfer.decided_on)
                end_clock(transfer, on)
                if transfer.temporary:
                    to_stay(transfer, on)
            case TransferState.RETURNED | TransferState.LEFT:
                end_clock(transfer, on)


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
