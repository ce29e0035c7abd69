"""Xu hướng theo quý: the figures of the report for each of the quarters up to a day."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.api.screening_report import opens_cases
from services.reporting.domain.screening_count import count_screening
from services.reporting.domain.small_organizations import WITHHELD
from services.reporting.domain.trend import quarters_until
from services.reporting.overview_schemas import TrendQuery, TrendSchema
from shared.web.commit import record_answer
from shared.web.requests import action, allow, runtime

blueprint = Blueprint("trend", "trend", url_prefix="/api/reporting/trend", description="Xu hướng theo quý")


@blueprint.get("")
@blueprint.arguments(TrendQuery, location="query")
@blueprint.response(200, TrendSchema)
@action("reports.read")
def get_trend(query: dict[str, Any]) -> Response:
    """Return the figures of an organisation by quarter, all as known at the end of one day.

    Somebody outside is shown none where the organisation was small at the end of any of the quarters, for one
    quarter's end is the next one's beginning.
    """
    store, today = runtime().store, runtime().clock.today()
    organization = queries.organization(store, query["organization"])
    allow(path=organization.path)
    applied = queries.applied(store)
    as_of = query["as_of"] or today
    quarters = quarters_until(query["until"] or today, count=query["quarters"])
    days = {as_of, *(min(quarter.ends_on, as_of) for quarter in quarters)}
    shown = opens_cases(organization) or queries.rolls(store, days).shown(organization.id)
    found = queries.case_facts(store, organization.id, as_of=as_of) if shown else []
    return record_answer(
        {
            "items": [
                {
                    "period": msgspec.to_builtins(quarter),
                    "figures": count_screening(
                        found, organization_id=organization.id, period=quarter, as_of=as_of
                    ).figures.flat()
                    if shown
                    else None,
                }
                for quarter in quarters
            ],
            "withheld": None if shown else WITHHELD,
            "as_of": as_of,
            "applied": applied,
        }
    )
