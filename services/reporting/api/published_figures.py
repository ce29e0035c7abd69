"""Số liệu đã công bố: imported with source and bounds, shown beside the counted figures."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, request
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.commands import import_published_figures
from services.reporting.documents import PublishedFigureSet
from services.reporting.domain.published_figures import PublishedBeside, read_published_figures
from services.reporting.published import ARTICLE_OF_2023_10_12, document
from services.reporting.published_imports.reader import placed
from services.reporting.schemas import PublishedFigureSetSchema, PublishedListSchema, PublishedQuery
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, runtime

blueprint = Blueprint(
    "published_figures",
    "published_figures",
    url_prefix="/api/reporting/published-figures",
    description="Số liệu đã công bố",
)


@blueprint.post("")
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["source", "organization", "period"],
                    "properties": {
                        name: {"type": kind}
                        for name, kind in (
                            ("organization_id", "string"),
                            ("source", "object"),
                            ("organization", "object"),
                            ("period", "object"),
                            ("figures", "object"),
                            ("cross_cuts", "array"),
                            ("shares", "array"),
                            ("series", "array"),
                            ("notes", "array"),
                        )
                    },
                },
                "example": msgspec.json.decode(document(ARTICLE_OF_2023_10_12)),
            }
        },
    }
)
@blueprint.response(201, PublishedFigureSetSchema)
@action("published.import")
def import_figures() -> Response:
    """Import figures as one source printed them; every fault of the document is named with its place.

    The document may say with ``organization_id`` (or ``organization.id``) whose figures they are in this
    deployment. Without it they belong to an organisation outside this deployment, and only whoever acts
    for the whole deployment may import them.
    """
    published = read_published_figures(placed(request.get_json()))
    path: tuple[str, ...] = ()
    if published.organization_id is not None:
        path = queries.organization(runtime().store, published.organization_id).path
    context = allow(path=path)
    return commit(
        context,
        lambda tx: import_published_figures(tx, published, organization_path=path),
        _shown,
        status=201,
        location=lambda _: f"/api/reporting/published-figures?organization={published.organization_id or ''}",
    )


@blueprint.get("")
@blueprint.arguments(PublishedQuery, location="query")
@blueprint.response(200, PublishedListSchema)
@action("published.read")
def list_figures(query: dict[str, Any]) -> Response:
    """List the published figures of an organisation, each with what its own figures leave open."""
    organization = queries.organization(runtime().store, query["organization"])
    allow(path=organization.path)
    found = queries.published_beside(runtime().store, organization.id)
    return record_answer({"items": msgspec.to_builtins(found)})


def _shown(kept: PublishedFigureSet) -> dict[str, Any]:
    return {
        "id": kept.id,
        "organization_id": kept.organization_id,
        "published": msgspec.to_builtins(PublishedBeside.of(kept.published())),
    }
