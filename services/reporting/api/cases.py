"""Hồ sơ và đợt rà soát: one case of the read model, and the review rounds, without names."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.projection.cases import facts_of
from services.reporting.schemas import CaseSchema, RoundsQuery, RoundsSchema
from shared.web.commit import record_answer
from shared.web.requests import action, allow, runtime

blueprint = Blueprint("cases", "cases", url_prefix="/api/reporting", description="Hồ sơ sàng lọc")


@blueprint.get("/cases/<string:case_id>")
@blueprint.response(200, CaseSchema)
@action("reports.cases")
def get_case(case_id: str) -> Response:
    """Return what reporting knows of one case, step by step; the reading is audited."""
    store = runtime().store
    applied = queries.applied(store)
    document = queries.case(store, case_id)
    facts = facts_of(document)
    known = facts.as_known(queries.EVER)
    # A past case that was withdrawn stands nowhere; who may read of it is said by where it stood.
    standing = known if known.placements else facts
    placed = queries.moved_organizations(store, known_on=date.max).in_tree(standing)
    path = placed.path_on(date.max)
    context = allow(path=path, member_id=document["member_id"])
    runtime().unit_of_work.run(
        context, lambda tx: tx.record("case.read", case_id, member_id=document["member_id"])
    )
    return record_answer(
        {
            "case_id": case_id,
            "member_id": document["member_id"],
            "organization_path": path,
            "on_list": document["on_list"],
            "historical": document["facts"].get("historical", False),
            "facts": document["facts"],
            "events": [_step(entry) for entry in document["history"]],
            "as_of": runtime().clock.now(),
            "applied": applied,
        }
    )


@blueprint.get("/rounds")
@blueprint.arguments(RoundsQuery, location="query")
@blueprint.response(200, RoundsSchema)
@action("reports.read")
def list_rounds(query: dict[str, Any]) -> Response:
    """List the review rounds that touched an organisation, newest first; the counts are those of the round."""
    store = runtime().store
    applied = queries.applied(store)
    organization = queries.organization(store, query["organization"])
    allow(path=organization.path)
    return record_answer(
        {
            "items": [_round(document) for document in queries.rounds_under(store, organization)],
            "as_of": runtime().clock.now(),
            "applied": applied,
        }
    )


def _step(entry: dict[str, Any]) -> dict[str, Any]:
    shown = ("event", "sequence", "on", "recorded_at", "organization_path", "data")
    return {name: entry[name] for name in shown}


def _round(document: dict[str, Any]) -> dict[str, Any]:
    counts = ("cells_reported", "cells_not_reported", "reviewed", "proposed")
    # Rounds of which no event came since these figures exist do not have them until the read model is rebuilt.
    later = ("cells_late", "cells_corrected", "cells_corrected_after_close")
    return {
        "round_id": document["_id"],
        **{name: document[name] for name in ("name", "opened_on", "due_on", "closed_on", *counts)},
        **{name: document.get(name) for name in later},
    }
