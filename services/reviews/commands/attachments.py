"""Attach a scan to a step or an evidence of a case, and take it off again by an act of its own."""

from __future__ import annotations

from typing import Literal

import msgspec

from services.reviews.documents import Attachment, CaseRecord
from services.reviews.domain.case import Case
from shared.store.errors import MissingError
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem, invalid

Link = Literal["step", "evidence"]


def attach(
    tx: Transaction,
    case_id: str,
    *,
    attachment_id: str,
    kind: str,
    description: str,
    link: Link,
    number: int,
    file_name: str,
    media_type: str,
    sha256: str,
    size: int,
) -> Attachment:
    """Link a stored scan to line *number* of the timeline or of the evidence, counted from 1.

    Raises MissingError, and a problem when the case has no such line.
    """
    record = tx.load(CaseRecord, case_id)
    case = msgspec.convert(record.case, Case)
    lines = len(case.timeline) if link == "step" else len(_evidence(case))
    if number > lines:
        raise invalid(
            "/number",
            "no_such_line",
            f"Vụ việc chỉ có {lines} mục loại này.",
            f"The case has only {lines} of these.",
        )
    kept = Attachment(
        id=attachment_id,
        case_id=case_id,
        member_id=record.member_id,
        organization_path=list(record.organization_path),
        kind_of_scan=kind,
        description=description,
        link=link,
        number=number,
        file_name=file_name,
        media_type=media_type,
        sha256=sha256,
        size=size,
        attached_at=tx.clock.now(),
        attached_by=tx.context.actor.subject,
        role=tx.context.role,
    )
    tx.record("attachment.add", attachment_id, member_id=record.member_id, reason=kind, after=sha256)
    tx.insert(kept)
    return kept


def take_off(tx: Transaction, case_id: str, attachment_id: str, version: int, *, reason: str) -> Attachment:
    """Record that a scan is taken off the case; its content goes, what it was and its hash stay."""
    found = of_case(tx.load_version(Attachment, attachment_id, version), case_id)
    if found.removed_at is not None:
        raise Problem("conflict", "Tệp này đã được gỡ.", "This scan was taken off already.")
    found.removed_at = tx.clock.now()
    found.removed_by = tx.context.actor.subject
    found.removed_because = reason
    tx.record(
        "attachment.remove", attachment_id, member_id=found.member_id, reason=reason, before=found.sha256
    )
    tx.save(found)
    return found


def of_case(found: Attachment, case_id: str) -> Attachment:
    """Return *found* when it belongs to the case; raise MissingError."""
    if found.case_id != case_id:
        raise MissingError(Attachment.kind(), str(found.id))
    return found


def _evidence(case: Case) -> tuple[object, ...]:
    return (*case.evidence, *(() if case.removal is None else case.removal.evidence))
