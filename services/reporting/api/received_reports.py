"""Báo cáo nhận của các đơn vị: packages of other deployments, checked, kept, and added up."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, request
from flask_smorest import Blueprint

from services.reporting.api.screening_report import period_of, sent
from services.reporting.consolidation import consolidated_report
from services.reporting.documents import ReceivedReport
from services.reporting.domain.frozen_report import read_package
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports.formats import render
from services.reporting.freezing import take_in
from services.reporting.schemas import (
    ConsolidatedFileQuery,
    ConsolidatedQuery,
    ConsolidatedSchema,
    ReceivedPageSchema,
    ReceivedSchema,
)
from shared.store.pages import page_of
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, runtime
from shared.web.schemas import PageQuery

blueprint = Blueprint(
    "received_reports",
    "received_reports",
    url_prefix="/api/reporting",
    description="Báo cáo nhận của các đơn vị, tổng hợp",
)


@blueprint.post("/received-reports")
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object", "required": ["format", "sha256", "report"]}}
        },
    }
)
@blueprint.response(201, ReceivedSchema)
@action("reports.receive")
def receive() -> Response:
    """Take in the package of another deployment: its form, hash, identity and parts are checked first."""
    context = allow(path=())
    document = request.get_json()
    package = read_package(document)
    return commit(context, lambda tx: take_in(tx, package, document), _shown, status=201)


@blueprint.get("/received-reports")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ReceivedPageSchema)
@action("reports.receive")
def list_received(query: dict[str, Any]) -> Response:
    """List the reports taken in, every version, in the order in which they came."""
    allow(path=())
    page = page_of(runtime().store.collection(ReceivedReport.kind()), {}, order_by="_id", **query)
    items = [_shown(ReceivedReport.from_document(raw)) for raw in page.items]
    return record_answer({"items": items, "next": page.next})


@blueprint.get("/consolidated-report")
@blueprint.arguments(ConsolidatedQuery, location="query")
@blueprint.response(200, ConsolidatedSchema)
@action("reports.receive")
def get_consolidated(query: dict[str, Any]) -> Response:
    """Add up the newest version of every report received for a period."""
    allow(path=())
    received, total = _consolidated(query)
    unbalanced = [each.organization_id for each in received if each.read().report.figures.unreconciled]
    return record_answer(
        {
            "report": msgspec.to_builtins(total),
            "holds": not unbalanced,
            "unbalanced": unbalanced,
            "reports": [_shown(each) for each in received],
        }
    )


@blueprint.get("/consolidated-report/file")
@blueprint.arguments(ConsolidatedFileQuery, location="query")
@blueprint.response(200)
@action("reports.receive")
def get_consolidated_file(query: dict[str, Any]) -> Response:
    """Return the sum and the reports it is made of as one file; the export and its reason are audited."""
    context = allow(path=())
    received, total = _consolidated(query)
    rendered = render(query["format"], [total, *(each.read().report for each in received)])
    runtime().unit_of_work.run(
        context,
        lambda tx: tx.record(
            "report.export", total.organization.id, reason=query["reason"], after=rendered.filename
        ),
    )
    return sent(rendered)


def _consolidated(query: dict[str, Any]) -> tuple[list[ReceivedReport], ScreeningReport]:
    store, clock = runtime().store, runtime().clock
    return consolidated_report(store, clock, period=period_of(query, clock.today()))


def _shown(kept: ReceivedReport) -> dict[str, Any]:
    package = kept.read()
    return {
        "id": kept.id,
        "source": kept.source,
        "organization_id": kept.organization_id,
        "organization_name": package.report.organization.name,
        "period": msgspec.to_builtins(package.report.period),
        "number": package.signature.number,
        "revision": kept.revision,
        "sha256": kept.sha256,
        "corrects": msgspec.to_builtins(package.corrects),
        "replaced_by": kept.replaced_by,
        "received_at": kept.received_at,
    }
