"""Mức cập nhật: how far the read model is, so that a client can wait for its own write."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.schemas import ProgressSchema, StreamProgressSchema
from shared.bus.progress import stream_sequence
from shared.web.commit import record_answer
from shared.web.problems import not_found
from shared.web.requests import action, roots, runtime

blueprint = Blueprint(
    "progress", "progress", url_prefix="/api/reporting/progress", description="Mức cập nhật số liệu"
)


@blueprint.get("")
@blueprint.response(200, ProgressSchema)
@action("reports.progress")
def get_progress() -> Response:
    """Return for each source how many of its events are applied and when the newest of them happened."""
    roots()
    return record_answer({"sources": queries.applied(runtime().store)})


@blueprint.get("/<string:source>/<string:subject>")
@blueprint.response(200, StreamProgressSchema)
@action("reports.progress")
def get_stream_progress(source: str, subject: str) -> Response:
    """Return the sequence of the newest applied event of one record, 0 before its first."""
    roots()
    if source not in runtime().definition.consumes:
        raise not_found("source", source)
    sequence = stream_sequence(runtime().store, source, subject)
    return record_answer({"source": source, "subject": subject, "sequence": sequence})
