"""Tổ chức đảng: the tree as far as the caller may see it, and every figure of the organisations below one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.api.screening_report import count, opens_cases, rolls_of
from services.reporting.domain.small_organizations import WITHHELD, RollsOfDays
from services.reporting.levels import level_name, tree_order
from services.reporting.overview_schemas import (
    FiguresByOrganizationSchema,
    OrganizationsQuery,
    OrganizationsSchema,
)
from services.reporting.reports import Part, by_organization
from services.reporting.schemas import ReportQuery
from shared.access.table import visible_roots
from shared.web.commit import record_answer
from shared.web.requests import action, actor, allow, roots, runtime

blueprint = Blueprint(
    "organizations", "organizations", url_prefix="/api/reporting/organizations", description="Tổ chức đảng"
)


@blueprint.get("")
@blueprint.arguments(OrganizationsQuery, location="query")
@blueprint.response(200, OrganizationsSchema)
@action("reports.read")
def list_organizations(query: dict[str, Any]) -> Response:
    """Return an organisation, those above it and those directly below it, as they stand today."""
    store, wanted = runtime().store, query["organization"]
    seen = roots()
    if wanted is not None:
        allow(path=queries.organization(store, wanted).path)
    applied = queries.applied(store)
    tree, rolls = queries.standing_organizations(store), queries.rolls(store, [runtime().clock.today()])
    if wanted is None:
        below = [each for each in tree.values() if _topmost(each, seen)]
    else:
        below = [each for each in tree.values() if each.path[-2:-1] == (wanted,)]
    standing = tree.get(wanted) if wanted is not None else None
    return record_answer(
        {
            "organization": _shown(standing, tree, rolls) if standing is not None else None,
            "above": _above(standing, tree) if standing is not None else [],
            "items": [_shown(each, tree, rolls) for each in below],
            "as_of": runtime().clock.today(),
            "applied": applied,
        }
    )


@blueprint.get("/figures")
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, FiguresByOrganizationSchema)
@action("reports.read")
def get_figures(query: dict[str, Any]) -> Response:
    """Return the figures of the report for each organisation directly below one, in the order of the tree.

    Members who moved between them count in both, so the lines may add up to more than the whole.
    """
    organization = queries.organization(runtime().store, query["organization"])
    allow(path=organization.path)
    report = count(organization, query).report
    rolls = None if opens_cases(organization) else rolls_of(report)
    parts = by_organization(runtime().store, organization, period=report.period, as_of=report.as_of)
    parts.sort(key=lambda part: tree_order(part.level, part.name, part.organization.id))
    whole = report.figures.flat() if rolls is None or rolls.shown(organization.id) else None
    items = [_counted(part, shown=rolls is None or rolls.shown(part.organization.id)) for part in parts]
    withheld = whole is None or any(item["figures"] is None for item in items)
    return record_answer(
        {
            "figures": whole,
            "items": items,
            "period": msgspec.to_builtins(report.period),
            "withheld": WITHHELD if withheld else None,
            "as_of": report.as_of,
            "applied": report.applied,
        }
    )


def _topmost(each: queries.StandingOrganization, seen: frozenset[str] | None) -> bool:
    if seen is None:
        return len(each.path) == 1
    return each.id in seen and seen.isdisjoint(each.path[:-1])


def _above(
    standing: queries.StandingOrganization, tree: Mapping[str, queries.StandingOrganization]
) -> list[dict[str, Any]]:
    """Return the organisations above, from the topmost that the caller may see."""
    seen = visible_roots(actor(), "reports.read")
    path = standing.path[:-1]
    first = next((place for place, each in enumerate(path) if seen is None or each in seen), len(path))
    return [
        {"organization_id": each, "name": tree[each].name if each in tree else each} for each in path[first:]
    ]


def _shown(
    each: queries.StandingOrganization, tree: Mapping[str, queries.StandingOrganization], rolls: RollsOfDays
) -> dict[str, Any]:
    return {
        "organization_id": each.id,
        "name": each.name,
        "level": each.level,
        "level_name": level_name(each.level),
        "is_cell": each.is_cell,
        "members": rolls.members(each.id),
        "organizations": sum(each.id in other.path[:-1] for other in tree.values()),
    }


def _counted(part: Part, *, shown: bool) -> dict[str, Any]:
    return {
        "organization_id": part.organization.id,
        "name": part.name,
        "level": part.level,
        "level_name": level_name(part.level),
        "figures": part.count.figures.flat() if shown else None,
    }
