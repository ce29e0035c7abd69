"""Từ rà soát đến kết quả: what became of the cases that began in a period, and the cases behind each step."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries, sight
from services.reporting.api.opened_cases import opened_cases
from services.reporting.api.screening_report import opens_cases, period_of
from services.reporting.domain.funnel import OUTCOMES, FunnelCount, funnel
from services.reporting.domain.period import Period
from services.reporting.domain.small_organizations import WITHHELD
from services.reporting.overview_schemas import FunnelCasesQuery, FunnelSchema
from services.reporting.schemas import CasesSchema, ReportQuery
from shared.web.commit import record_answer
from shared.web.problems import invalid
from shared.web.requests import action, allow, runtime

OPENED = {
    "proposed",
    "waiting",
    "not_listed",
    "listed",
    "continuing",
    "with_outcome",
    *(f"outcomes.{outcome}" for outcome in OUTCOMES),
}
"""Figures that have cases behind them."""

blueprint = Blueprint(
    "funnel", "funnel", url_prefix="/api/reporting/funnel", description="Từ rà soát đến kết quả"
)


@blueprint.get("")
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, FunnelSchema)
@action("reports.read")
def get_funnel(query: dict[str, Any]) -> Response:
    """Return how far the cases that began in an organisation in a period have come by the end of a day."""
    store = runtime().store
    organization = queries.organization(store, query["organization"])
    allow(path=organization.path)
    applied = queries.applied(store)
    period, as_of = _asked(query)
    shown = _shown(organization, period, as_of)
    return record_answer(
        {
            "figures": _count(organization.id, period, as_of).figures if shown else None,
            "period": msgspec.to_builtins(period),
            "withheld": None if shown else WITHHELD,
            "as_of": as_of,
            "applied": applied,
        }
    )


@blueprint.get("/cases")
@blueprint.arguments(FunnelCasesQuery, location="query")
@blueprint.response(200, CasesSchema)
@action("reports.cases")
def get_cases(query: dict[str, Any]) -> Response:
    """Open a step of the funnel to the cases that reached it; the reading is audited for each member."""
    store, figure = runtime().store, query["figure"]
    organization = queries.organization(store, query["organization"])
    context = allow(path=organization.path)
    if figure not in OPENED:
        raise invalid("/query/figure", "unknown", f"Không có bước {figure}.", f"No step {figure}.")
    applied = queries.applied(store)
    period, as_of = _asked(query)
    ids = _count(organization.id, period, as_of).cases.get(figure, ())
    return record_answer(
        {
            "figure": figure,
            "count": len(ids),
            "cases": opened_cases(context, organization.id, figure=f"funnel.{figure}", ids=ids),
            "as_of": as_of,
            "applied": applied,
        }
    )


def _shown(organization: queries.Organization, period: Period, as_of: date) -> bool:
    if opens_cases(organization):
        return True
    return sight.rolls(runtime().store, period=period, as_of=as_of).shown(organization.id)


def _asked(query: dict[str, Any]) -> tuple[Period, date]:
    today = runtime().clock.today()
    return period_of(query, today), query["as_of"] or today


def _count(organization_id: str, period: Period, as_of: date) -> FunnelCount:
    store = runtime().store
    return funnel(
        queries.passages(store, organization_id, as_of=as_of),
        queries.cell_reports(store, organization_id, as_of=as_of),
        organization_id=organization_id,
        period=period,
        as_of=as_of,
    )
