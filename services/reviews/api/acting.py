"""What every view of a case does first: find it, ask the access table, keep the member concerned out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec
from flask import Response

from services.reviews import queries
from services.reviews.answers import Viewer, case_answer
from services.reviews.documents import CaseRecord
from services.reviews.domain.case import Document
from services.reviews.domain.criteria import Evidence, EvidenceKind
from services.reviews.domain.grounds import Mode, mode_demands
from services.reviews.roster import RosterReader
from shared.access.actor import Context
from shared.access.table import EVERYWHERE
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit
from shared.web.problems import Problem
from shared.web.requests import actor, allow, if_match, runtime

Json = Mapping[str, Any]
Work = Callable[[Transaction, int], CaseRecord]
"""A command on an existing case, given the version that the caller read."""


def refuse_own(member_id: str) -> None:
    """End with 403 when the actor is the member concerned: nobody acts in their own case, in whatever role."""
    if actor().member_id == member_id:
        raise Problem(
            "conflict-of-interest",
            "Đảng viên được xem xét không được thực hiện bước này trong vụ việc của chính mình.",
            "The member concerned cannot act in their own case.",
        )


def admitted(case_id: str, *, as_member: bool = False) -> tuple[Context, list[str], str]:
    """Return the context to act in, the path and the member of a case; end with 404 or 403."""
    path, member_id = queries.case_place(runtime().store, case_id)
    context = allow(path=path, member_id=member_id)
    if not as_member:
        refuse_own(member_id)
    elif actor().member_id == member_id:
        # In one's own case one is the member concerned and nothing else, whatever offices one holds.
        context = in_role(context, role="member", organization=EVERYWHERE)
    return context, path, member_id


def step(case_id: str, work: Work, *, as_member: bool = False) -> Response:
    """Take a step in an existing case and answer with the case after it."""
    context, _, member_id = admitted(case_id, as_member=as_member)
    return step_as(context, member_id, work)


def step_as(context: Context, member_id: str, work: Work) -> Response:
    """Take a step in a case about *member_id* in a context that was already admitted."""
    version = if_match()
    viewer = Viewer.of(context, member_id)
    return commit(context, lambda tx: work(tx, version), lambda record: case_answer(record, viewer))


def new_case(context: Context, member_id: str, work: Callable[[Transaction], CaseRecord]) -> Response:
    """Open a case and answer with it and its address."""
    viewer = Viewer.of(context, member_id)
    return commit(
        context,
        work,
        lambda record: case_answer(record, viewer),
        status=201,
        location=lambda record: f"/api/reviews/cases/{record.id}",
    )


def place_on(member_id: str, on: Any) -> list[str]:
    """Return the path of the member's cell on that day; raise NotOnRosterError or NoOrganizationError."""
    roster = RosterReader(runtime().store)
    _, home = roster.member(member_id, on)
    return roster.path(home.cell_id, on)


def document_of(data: Json | None) -> Document | None:
    """Return the domain's document of a checked body, or None."""
    return None if data is None else needed_document(data)


def needed_document(data: Json) -> Document:
    """Return the domain's document of a checked body."""
    return Document(number=data["number"], issued_on=data["issued_on"], issuer=data["issuer"])


def evidence_of(items: list[Json], *, on: Any) -> list[Evidence]:
    """Return the domain's evidence of a checked body.

    A document names itself; otherwise the reference or the note does. Undated evidence is of the step's day.
    """
    found = []
    for item in items:
        document = document_of(item["document"])
        parts = [
            "" if document is None else _cited(document),
            item["reference"],
            item["note"],
        ]
        found.append(
            Evidence(
                kind=item["kind"],
                reference="; ".join(part for part in parts if part),
                on=item["on"] or (document.issued_on if document is not None else on),
                year=item["year"],
                count=item["count"],
                until=item["until"],
            )
        )
    return found


def removal_evidence_of(data: Json) -> list[Evidence]:
    """Return the evidence of a removal proposal; its document stands for the one kind that is demanded."""
    found = evidence_of(data["evidence"], on=data["on"])
    document = document_of(data["document"])
    demanded = mode_demands(cast("Mode", data["mode"]), data["ground"])
    given = {each.kind for each in found}
    if document is not None and demanded and demanded[0] not in given:
        kind: EvidenceKind = demanded[0]
        found.append(Evidence(kind=kind, reference=_cited(document), on=document.issued_on))
    return found


def _cited(document: Document) -> str:
    return f"{document.number} ngày {document.issued_on:%d/%m/%Y} ({document.issuer})"


def deciding_organization(context: Context, path: list[str]) -> str:
    """Return the organisation in whose name the actor decides; a grant for everything acts for the root."""
    organization = context.organization
    return path[0] if organization in {None, "*"} else str(organization)


def in_role(context: Context, *, role: Any, organization: str) -> Context:
    """Return the context with the grant under which this very step is taken."""
    return msgspec.structs.replace(context, role=role, organization=organization)
