"""Tiến độ giải quyết: stages, ages, deadlines, outcomes, complaints, transfers on the way; by organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.api.screening_report import opens_cases, period_of
from services.reporting.domain.code_lists import LEVELS, label
from services.reporting.domain.pipeline import AGES, STAGES, pipeline
from services.reporting.domain.small_organizations import WITHHELD
from services.reporting.reports import below
from services.reporting.schemas import PipelineQuery, PipelineSchema
from shared.store.connection import Document
from shared.web.commit import record_answer
from shared.web.problems import invalid
from shared.web.requests import action, allow, runtime

blueprint = Blueprint(
    "pipeline", "pipeline", url_prefix="/api/reporting/pipeline", description="Tiến độ giải quyết"
)


@blueprint.get("")
@blueprint.arguments(PipelineQuery, location="query")
@blueprint.response(200, PipelineSchema)
@action("reports.read")
def get_pipeline(query: dict[str, Any]) -> Response:
    """Return how far the cases of an organisation are, and those of each organisation directly below.

    Stages, ages and transfers are those at the end of the day ``as_of``; outcomes, complaints and reversals those
    of the period. A case counts where it stands on that day.
    """
    store, today = runtime().store, runtime().clock.today()
    organization = queries.organization(store, query["organization"])
    allow(path=organization.path)
    applied = queries.applied(store)
    period, as_of = period_of(query, today), query["as_of"] or today
    passages = queries.passages(store, organization.id, as_of=as_of)
    moving = queries.transfers_under(store, organization.id, on=as_of)
    parts = below(store, organization.id, [each.facts for each in passages], period=period, as_of=as_of)
    rolls = None if opens_cases(organization) else queries.rolls(store)

    def shown(part: queries.Organization) -> dict[str, Any]:
        version = part.version_on(as_of, known_on=as_of)
        named = {
            "organization_id": part.id,
            "name": version.name if version is not None else part.id,
            "level_name": label(LEVELS, version.level) if version is not None else "",
        }
        if rolls is not None and not rolls.shown(part.id):
            return {**named, "pipeline": None, "in_transit": None, "in_transit_overdue": None}
        own = [each for each in passages if part.id in each.facts.as_known(as_of).path_on(as_of)]
        on_the_way = [each for each in moving if part.id in each["under"]]
        return {
            **named,
            "pipeline": msgspec.to_builtins(pipeline(own, period=period, on=as_of)),
            "in_transit": len(on_the_way),
            "in_transit_overdue": _overdue(on_the_way, as_of.isoformat()),
        }

    whole, items = shown(organization), [shown(part) for part in parts]
    withheld = any(each["pipeline"] is None for each in (whole, *items))
    return record_answer(
        {
            "whole": whole,
            "items": _sorted(items, query["sort"]),
            "period": msgspec.to_builtins(period),
            "stages": dict(STAGES),
            "ages": list(AGES),
            "withheld": WITHHELD if withheld else None,
            "as_of": as_of,
            "applied": applied,
        }
    )


def _overdue(transfers: Sequence[Document], day: str) -> int:
    return sum(each["due_on"] is not None and each["due_on"] < day for each in transfers)


def _sorted(items: list[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    """Return the items in the order asked for; what is kept back or has no such figure stands last, by name."""
    key, downward = wanted.removeprefix("-"), wanted.startswith("-")
    by_name = sorted(
        items, key=lambda item: (item["name"], item["organization_id"]), reverse=downward and key == "name"
    )
    if key == "name":
        return by_name
    values = {item["organization_id"]: _value(item, key) for item in items}
    known = [item for item in by_name if values[item["organization_id"]] is not None]
    unknown = [item for item in by_name if values[item["organization_id"]] is None]
    known.sort(key=lambda item: values[item["organization_id"]] or 0, reverse=downward)
    return [*known, *unknown]


def _value(item: dict[str, Any], key: str) -> int | None:
    """Return the figure under a dotted key, None where it is kept back or not there; end with 422 for no figure."""
    if key in {"in_transit", "in_transit_overdue"}:
        count: int | None = item[key]
        return count
    found: Any = item["pipeline"]
    if found is None:
        return None
    for name in key.split("."):
        if not isinstance(found, dict) or (name not in found and found is item["pipeline"]):
            raise invalid("/query/sort", "unknown", f"Không có chỉ tiêu {key}.", f"No figure {key}.")
        found = found.get(name)
        if found is None:
            return None
    if not isinstance(found, int):
        raise invalid("/query/sort", "unknown", f"{key} không phải một số.", f"{key} is no number.")
    return found
