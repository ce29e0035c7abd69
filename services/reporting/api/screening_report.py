"""Báo cáo sàng lọc: the report, the cases behind a figure, and the report as a file."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.domain.period import Period, parse_period
from services.reporting.domain.published_figures import CODED_FIGURES
from services.reporting.domain.screening_count import ENTRIES, EXITS, Figures
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.domain.terms import TERMS
from services.reporting.exports.formats import FORMATS, render
from services.reporting.reports import Counted, screening_report
from services.reporting.schemas import CasesQuery, CasesSchema, FileQuery, ReportQuery, ReportSchema
from shared.web.commit import record_answer
from shared.web.problems import invalid
from shared.web.requests import action, allow, runtime

MOST_ORGANIZATIONS = 50
"""So many reports one file may hold."""

blueprint = Blueprint(
    "screening_report",
    "screening_report",
    url_prefix="/api/reporting/screening-report",
    description="Báo cáo sàng lọc đảng viên",
)


@blueprint.get("")
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, ReportSchema)
@action("reports.read")
def get_report(query: dict[str, Any]) -> Response:
    """Return the screening report of an organisation and all below it for a period."""
    organization = queries.organization(runtime().store, query["organization"])
    allow(path=organization.path)
    return record_answer(_shown(_count(organization, query).report))


@blueprint.get("/cases")
@blueprint.arguments(CasesQuery, location="query")
@blueprint.response(200, CasesSchema)
@action("reports.cases")
def get_cases(query: dict[str, Any]) -> Response:
    """Open a figure of the report to the cases counted in it; the reading is audited for each member."""
    organization = queries.organization(runtime().store, query["organization"])
    context = allow(path=organization.path)
    counted = _count(organization, query)
    figure = query["figure"]
    if figure not in counted.report.figures.flat() and not figure.startswith(CODED_FIGURES):
        raise invalid("/query/figure", "unknown", f"Không có chỉ tiêu {figure}.", f"No figure {figure}.")
    ids = counted.count.cases.get(figure, ())
    found = queries.cases_by_id(runtime().store, set(ids))

    def record(tx: Any) -> None:
        tx.record("report.cases", organization.id, after=figure, organization=organization.id)
        for document in found:
            tx.record("case.read", document["_id"], member_id=document["member_id"])

    runtime().unit_of_work.run(context, record)
    return record_answer(
        {
            "figure": figure,
            "count": len(ids),
            "cases": [
                {
                    "case_id": document["_id"],
                    "member_id": document["member_id"],
                    "on_list": document["on_list"],
                    "historical": document["facts"].get("historical", False),
                    "facts": document["facts"],
                }
                for document in found
            ],
            "as_of": counted.report.as_of,
            "applied": counted.report.applied,
        }
    )


@blueprint.get("/file")
@blueprint.arguments(FileQuery, location="query")
@blueprint.doc(responses={200: {"content": {each.media_type: {"schema": {}} for each in FORMATS.values()}}})
@blueprint.response(200)
@action("reports.read")
def get_file(query: dict[str, Any]) -> Response:
    """Return the reports of one or more organisations as one file; the export and its reason are audited."""
    ids = list(dict.fromkeys(part.strip() for part in query["organizations"].split(",") if part.strip()))
    if not 1 <= len(ids) <= MOST_ORGANIZATIONS:
        raise invalid(
            "/query/organizations",
            "count",
            f"Hãy ghi từ 1 đến {MOST_ORGANIZATIONS} tổ chức.",
            f"Name 1 to {MOST_ORGANIZATIONS} organisations.",
        )
    found = queries.organizations_of(runtime().store, ids)
    contexts = [allow(path=found[organization_id].path) for organization_id in ids]
    reports = [_count(found[organization_id], query).report for organization_id in ids]
    rendered = render(query["format"], reports)

    def record(tx: Any) -> None:
        for organization_id in ids:
            tx.record(
                "report.export",
                organization_id,
                reason=query["reason"],
                after=rendered.filename,
                organization=organization_id,
            )

    runtime().unit_of_work.run(contexts[0], record)
    response = Response(rendered.content, content_type=rendered.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=rendered.filename)
    return response


def _count(organization: queries.Organization, query: dict[str, Any]) -> Counted:
    today = runtime().clock.today()
    as_of: date = query["as_of"] or today
    return screening_report(
        runtime().store, runtime().clock, organization, period=_period(query, today), as_of=as_of
    )


def _period(query: dict[str, Any], today: date) -> Period:
    given = {"period": query.get("period"), "from": query.get("starts_on"), "to": query.get("ends_on")}
    return parse_period({name: value for name, value in given.items() if value}, terms=TERMS, today=today)


def _shown(report: ScreeningReport) -> dict[str, Any]:
    return {**msgspec.to_builtins(report), "balance": _balance(report.figures)}


def _balance(figures: Figures) -> dict[str, Any]:
    flat = figures.flat()
    return {
        "entries": {key: flat[key] for key in ENTRIES},
        "exits": {key: flat[key] for key in EXITS},
        "unreconciled": figures.unreconciled,
        "holds": figures.unreconciled == 0,
    }
