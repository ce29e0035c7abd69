"""Cases that went ahead of their members come back when the transfer comes to nothing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.reviews.commands.steps import keep, unit_at
from services.reviews.documents import CaseRecord
from services.reviews.domain.case import Case
from services.reviews.domain.returned_case import return_case
from shared.events.catalogue.members import TransferCompleted
from shared.store.unit_of_work import Transaction


def return_cases(tx: Transaction, facts: Sequence[TransferCompleted]) -> None:
    """Let the open cases of those whom *facts* leave where they belonged come back there."""
    for fact in facts:
        if fact.outcome != "returned" or fact.temporary:
            continue
        found = tx.collection(CaseRecord.kind()).find(
            {"member_id": fact.member_id, "open": True}, session=tx.session
        )
        for raw in list(found):
            record: CaseRecord = CaseRecord.from_document(raw)
            case = msgspec.convert(record.case, Case)
            step = return_case(case, on=fact.on, unit=unit_at(list(fact.organization_path)))
            if step is not None:
                keep(tx, record, [step], action="case.return")
