"""Báo cáo sàng lọc: the report, the cases behind a figure, and the report as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries, sight
from services.reporting.api.opened_cases import opened_cases
from services.reporting.domain.period import Period, parse_period
from services.reporting.domain.published_figures import CODED_FIGURES
from services.reporting.domain.screening_count import ENTRIES, EXITS, Figures
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.domain.small_organizations import WITHHELD, RollsOfDays
from services.reporting.domain.terms import TERMS
from services.reporting.exports.formats import FORMATS, Rendered, render
from services.reporting.levels import level_name, tree_order
from services.reporting.reports import Counted, by_organization, screening_report
from services.reporting.schemas import (
    CasesQuery,
    CasesSchema,
    FileQuery,
    PartsSchema,
    ReportQuery,
    ReportSchema,
)
from shared.web.commit import record_answer
from shared.web.problems import invalid
from shared.web.requests import action, actor, allow, runtime

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
    context = allow(path=organization.path)
    counted = count(organization, query)
    if not opens_cases(organization):
        return record_answer(_shown_outside(counted))
    broken = counted.count.cases.get("unreconciled", ())
    if broken:
        runtime().unit_of_work.run(
            context,
            lambda tx: tx.record(
                "report.cases", organization.id, after="unreconciled", organization=organization.id
            ),
        )
    return record_answer(_shown(counted.report, broken=broken))


@blueprint.get("/organizations")
@blueprint.arguments(CasesQuery, location="query")
@blueprint.response(200, PartsSchema)
@action("reports.read")
def get_organizations(query: dict[str, Any]) -> Response:
    """Open a figure of the report to the organisations directly below, in the order of the tree.

    Where members moved between them the counts add up to more than the figure; ``moved_within`` says by how much.
    """
    organization = queries.organization(runtime().store, query["organization"])
    allow(path=organization.path)
    counted, figure = count(organization, query), query["figure"]
    whole = _figure(counted.report, figure)
    period, as_of = counted.report.period, counted.report.as_of
    parts = by_organization(runtime().store, organization, period=period, as_of=as_of)
    parts.sort(key=lambda part: tree_order(part.level, part.name, part.organization.id))
    rolls = None if opens_cases(organization) else rolls_of(counted.report)
    items: list[dict[str, Any]] = [
        {
            "organization_id": part.organization.id,
            "name": part.name,
            "level": part.level,
            "level_name": level_name(part.level),
            "count": (
                part.count.figures.flat().get(figure, 0)
                if rolls is None or rolls.shown(part.organization.id)
                else None
            ),
        }
        for part in parts
    ]
    shown = rolls is None or rolls.shown(organization.id)
    complete = shown and all(item["count"] is not None for item in items)
    return record_answer(
        {
            "figure": figure,
            "count": whole if shown else None,
            "items": items,
            "moved_within": sum(item["count"] for item in items) - whole if complete and items else None,
            "withheld": None if complete else WITHHELD,
            "as_of": as_of,
            "applied": counted.report.applied,
        }
    )


@blueprint.get("/cases")
@blueprint.arguments(CasesQuery, location="query")
@blueprint.response(200, CasesSchema)
@action("reports.cases")
def get_cases(query: dict[str, Any]) -> Response:
    """Open a figure of the report to the cases counted in it; the reading is audited for each member."""
    organization = queries.organization(runtime().store, query["organization"])
    context = allow(path=organization.path)
    counted = count(organization, query)
    figure = query["figure"]
    _figure(counted.report, figure)
    ids = counted.count.cases.get(figure, ())
    return record_answer(
        {
            "figure": figure,
            "count": len(ids),
            "cases": opened_cases(context, organization.id, figure=figure, ids=ids),
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
            f"Hãy ghi từ 1 đến {MOST_ORGANIZATIONS} tổ chức; nhiều hơn: đặt lượt xuất (POST /api/reporting/exports).",
            f"Name 1 to {MOST_ORGANIZATIONS} organisations; more are ordered (POST /api/reporting/exports).",
        )
    found = queries.organizations_of(runtime().store, ids)
    contexts = [allow(path=found[organization_id].path) for organization_id in ids]
    reports = [for_caller(found[each], count(found[each], query).report) for each in ids]
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
    return sent(rendered)


def sent(rendered: Rendered) -> Response:
    """Answer with a rendered document."""
    response = Response(rendered.content, content_type=rendered.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=rendered.filename)
    return response


def count(organization: queries.Organization, query: dict[str, Any]) -> Counted:
    """Return the report that a query names."""
    today = runtime().clock.today()
    as_of: date = query["as_of"] or today
    return screening_report(
        runtime().store, runtime().clock, organization, period=period_of(query, today), as_of=as_of
    )


def period_of(query: dict[str, Any], today: date) -> Period:
    """Return the period that a query names; raise PeriodRefused."""
    given = {"period": query.get("period"), "from": query.get("starts_on"), "to": query.get("ends_on")}
    return parse_period({name: value for name, value in given.items() if value}, terms=TERMS, today=today)


def opens_cases(organization: queries.Organization) -> bool:
    """Tell whether the caller may open the cases of an organisation; whoever may not is outside it."""
    return sight.opens_cases(actor(), organization)


def rolls_of(report: ScreeningReport) -> RollsOfDays:
    """Return the rolls by which the figures of a report are kept back."""
    return sight.rolls(runtime().store, period=report.period, as_of=report.as_of)


def for_caller(organization: queries.Organization, report: ScreeningReport) -> ScreeningReport:
    """Return a report as the caller may have it in a file; end with 409 when its figures are kept back."""
    store, period, as_of = runtime().store, report.period, report.as_of
    sight.refuse_withheld(store, actor(), organization, period=period, as_of=as_of)
    return sight.for_person(actor(), organization, report)


def _figure(report: ScreeningReport, figure: str) -> int:
    """Return a figure by its key; end with 422 for a key that no report has."""
    flat = report.figures.flat()
    if figure not in flat and not figure.startswith(CODED_FIGURES):
        raise invalid("/query/figure", "unknown", f"Không có chỉ tiêu {figure}.", f"No figure {figure}.")
    return flat.get(figure, 0)


def _shown(report: ScreeningReport, *, broken: Sequence[str] | None) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(report),
        "balance": {**_balance(report.figures), "cases": broken},
        "withheld": None,
    }


def _shown_outside(counted: Counted) -> dict[str, Any]:
    """Return what somebody sees who may not open the cases: counts, but none of a small organisation."""
    report = counted.report
    published = tuple(sight.without_records(each) for each in report.published)
    report = msgspec.structs.replace(report, published=published)
    shown, rolls = _shown(report, broken=None), rolls_of(report)
    if not rolls.shown(report.organization.id):
        nothing: dict[str, Any] = {
            "figures": None,
            "balance": None,
            "comparison": [],
            "by_organization_kind": None,
        }
        return {**shown, **nothing, "withheld": WITHHELD}
    if not rolls.parts_shown(counted.kinds):
        return {**shown, "by_organization_kind": None, "withheld": WITHHELD}
    return shown


def _balance(figures: Figures) -> dict[str, Any]:
    flat = figures.flat()
    return {
        "entries": {key: flat[key] for key in ENTRIES},
        "exits": {key: flat[key] for key in EXITS},
        "unreconciled": figures.unreconciled,
        "holds": figures.unreconciled == 0,
    }
