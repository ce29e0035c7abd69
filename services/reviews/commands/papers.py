"""Make papers of a case, and keep them as they were made: content, hash, template, the case's version, who and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from services.reviews.answers import Viewer
from services.reviews.commands.steps import reader
from services.reviews.documents import CaseRecord, PaperRecord
from services.reviews.domain.case import Case
from services.reviews.domain.papers import FOR_THE_MEMBER, PaperKind, paper
from services.reviews.profiles import profile_named
from services.reviews.typesetting import digest, filled, template
from shared.store.errors import MissingError
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem


def make_paper(
    tx: Transaction,
    case_id: str,
    *,
    paper_id: str,
    kind: PaperKind,
    member_name: str,
    number: str,
    place: str,
    office: str,
    recipients: Sequence[str],
    viewer: Viewer,
    templates: Path | None,
) -> PaperRecord:
    """Fill the template of *kind* from the case as it stands and keep the result.

    The minutes of a ballot name its totals, so they are for those who may see them. Raises MissingError,
    NothingToPrintError, TemplateError, and a problem where the totals are withheld.
    """
    record = tx.load(CaseRecord, case_id)
    case = msgspec.convert(record.case, Case)
    found = paper(case, kind, name=member_name)
    if kind == "ballot_minutes":
        ballot = case.ballots[-1]
        why = viewer.withheld(
            totals=ballot.totals, base=ballot.roll.base, profile=profile_named(record.profile)
        )
        if why is not None:
            raise Problem("forbidden", why, "The totals of this ballot are not shown to you.")
    source = template(kind, templates)
    content = filled(
        found,
        source,
        organization=_name(tx, case.unit.organization_path[-1], found.on),
        superior=_name(tx, case.unit.organization_path[-2], found.on),
        number=number,
        place=place,
        office=office,
        recipients=recipients,
    )
    kept = PaperRecord(
        id=paper_id,
        case_id=case_id,
        member_id=record.member_id,
        organization_path=list(record.organization_path),
        kind_of_paper=kind,
        content=content,
        size=len(content),
        sha256=digest(content),
        template_sha256=digest(source),
        case_version=record.version,
        made_at=tx.clock.now(),
        made_by=tx.context.actor.subject,
        role=tx.context.role,
    )
    tx.record("paper.make", paper_id, member_id=record.member_id, reason=kind, after=kept.sha256)
    tx.insert(kept)
    return kept


def read_paper(tx: Transaction, case_id: str, paper_id: str, *, viewer: Viewer) -> PaperRecord:
    """Return a paper of the case and record that it was read; raise MissingError.

    Kept from the member is what is not addressed to them, and from others what tells the totals of a ballot: a
    problem, and no entry, for nothing was read.
    """
    found = tx.load(PaperRecord, paper_id)
    if found.case_id != case_id:
        raise MissingError(PaperRecord.kind(), paper_id)
    if viewer.own and found.kind_of_paper not in FOR_THE_MEMBER:
        raise Problem(
            "forbidden", "Văn bản này không gửi cho đồng chí.", "This paper is not addressed to you."
        )
    if found.kind_of_paper == "ballot_minutes" and viewer.role != found.role:
        raise Problem(
            "forbidden",
            "Biên bản kiểm phiếu chỉ cho cấp đã lập biên bản xem.",
            "The minutes of a ballot are for the level that made them.",
        )
    tx.record("paper.read", paper_id, member_id=found.member_id)
    return found


def _name(tx: Transaction, organization_id: str, on: date) -> str:
    return reader(tx).organization(organization_id, on).name
