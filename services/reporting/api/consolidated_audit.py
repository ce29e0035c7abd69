"""Nhật ký kiểm toán của mọi dịch vụ: the entries of all chains, and whether each chain is whole. For auditors."""

from __future__ import annotations

from itertools import islice
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reporting import audit_copy, audit_reads
from services.reporting.api.screening_report import sent
from services.reporting.audit_reads import Wanted
from services.reporting.exports.audit_entries import FORMATS, MOST, render
from services.reporting.schemas import (
    AuditChainsSchema,
    AuditFileQuery,
    AuditPageQuery,
    ConsolidatedAuditSchema,
)
from shared.web.commit import record_answer
from shared.web.problems import invalid
from shared.web.requests import action, allow, runtime

blueprint = Blueprint(
    "consolidated_audit",
    "consolidated_audit",
    url_prefix="/api/reporting/consolidated-audit",
    description="Nhật ký kiểm toán của mọi dịch vụ",
)
_ABOUT = "consolidated-audit"


def _wanted(query: dict[str, Any]) -> Wanted:
    found = Wanted(**{name: query.get(name) for name in Wanted.__struct_fields__})
    if found.starts_on and found.ends_on and found.ends_on < found.starts_on:
        raise invalid(
            "/query/to",
            "before_from",
            "Ngày cuối không được trước ngày đầu.",
            "The last day is before the first.",
        )
    return found


@blueprint.get("")
@blueprint.arguments(AuditPageQuery, location="query")
@blueprint.response(200, ConsolidatedAuditSchema)
@action("audit.read")
def list_entries(query: dict[str, Any]) -> Response:
    """List the entries of all services' audit chains, newest first, by person, case, action, actor, service and time.

    The reading is an entry itself. The text of a reason is read where ``entry`` leads.
    """
    context, wanted, store = allow(), _wanted(query), runtime().store
    page = audit_reads.page(
        store, wanted, now=runtime().clock.now(), after=query["after"], limit=query["limit"]
    )
    chains = audit_copy.chains(store)
    runtime().unit_of_work.run(
        context, lambda tx: tx.record("audit.read", _ABOUT, member_id=wanted.member_id, after=wanted.text())
    )
    return record_answer(
        {
            "items": [audit_reads.shown(raw) for raw in page.items],
            "next": page.next,
            "states": {each["service"]: each["state"] for each in chains},
        }
    )


@blueprint.get("/chains")
@blueprint.response(200, AuditChainsSchema)
@action("audit.read")
def list_chains() -> Response:
    """Say of each service's chain up to where it was received and checked, when, and what is wrong with it."""
    context = allow()
    runtime().unit_of_work.run(context, lambda tx: tx.record("audit.read_chains", _ABOUT))
    return record_answer({"items": audit_copy.chains(runtime().store)})


@blueprint.get("/file")
@blueprint.arguments(AuditFileQuery, location="query")
@blueprint.doc(responses={200: {"content": {each.media_type: {"schema": {}} for each in FORMATS.values()}}})
@blueprint.response(200)
@action("audit.export")
def get_file(query: dict[str, Any]) -> Response:
    """Return the entries as one file, with the state of each chain; the export and its reason are audited."""
    context, wanted, store = allow(), _wanted(query), runtime().store
    now = runtime().clock.now()
    found = list(islice(audit_reads.entries(store, wanted, now=now), MOST + 1))
    if len(found) > MOST:
        raise invalid(
            "/query",
            "too_many",
            f"Có hơn {MOST} dòng; hãy thu hẹp thời gian hoặc điều kiện.",
            f"There are more than {MOST} entries; narrow the time or the filters.",
        )
    rendered = render(
        query["format"],
        [audit_reads.shown(raw) for raw in found],
        chains=audit_copy.chains(store),
        wanted=wanted.text(),
        now=now,
    )
    runtime().unit_of_work.run(
        context,
        lambda tx: tx.record(
            "audit.export",
            _ABOUT,
            reason=query["reason"],
            member_id=wanted.member_id,
            before=wanted.text(),
            after=rendered.filename,
        ),
    )
    return sent(rendered)
