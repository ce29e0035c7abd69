"""Tiến độ giải quyết: stages, ages, deadlines, outcomes, complaints, transfers on the way; by organisation."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.api.opened_cases import opened_cases
from services.reporting.api.screening_report import period_of, sent
from services.reporting.domain.pipeline import DEADLINES, STAGES, Kept, cases_behind
from services.reporting.exports.formats import FORMATS, render_tables
from services.reporting.exports.pipeline import tables_of
from services.reporting.overview_schemas import PipelineCasesQuery
from services.reporting.pipelines import PipelineReport, pipeline_report
from services.reporting.schemas import CasesSchema, PipelineFileQuery, PipelineQuery, PipelineSchema
from shared.access.actor import Context
from shared.web.commit import record_answer
from shared.web.problems import invalid
from shared.web.requests import action, actor, allow, runtime

OPENED = {
    "deadlines.overdue",
    *(f"stages.{stage}" for stage in STAGES),
    *(f"deadlines.{kind}.{state}" for kind in DEADLINES for state in Kept.__struct_fields__),
}
"""Figures that open to cases."""

blueprint = Blueprint(
    "pipeline", "pipeline", url_prefix="/api/reporting/pipeline", description="Tiến độ giải quyết"
)


@blueprint.get("")
@blueprint.arguments(PipelineQuery, location="query")
@blueprint.response(200, PipelineSchema)
@action("reports.read")
def get_pipeline(query: dict[str, Any]) -> Response:
    """Return how far the cases of an organisation are, and those of each organisation directly below.

    Stages, ages, transfers and cells that owe a report are those at the end of the day ``as_of``; outcomes,
    complaints and reversals those of the period. A case counts where it stands on that day.
    """
    return record_answer(msgspec.to_builtins(_allowed(query)[1]))


@blueprint.get("/file")
@blueprint.arguments(PipelineFileQuery, location="query")
@blueprint.doc(responses={200: {"content": {each.media_type: {"schema": {}} for each in FORMATS.values()}}})
@blueprint.response(200)
@action("reports.read")
def get_pipeline_file(query: dict[str, Any]) -> Response:
    """Return the pipeline as a file; the export and its reason are audited."""
    context, report = _allowed(query)
    rendered = render_tables(query["format"], tables_of(report, made_at=runtime().clock.now()))
    organization_id = report.whole.organization_id
    runtime().unit_of_work.run(
        context,
        lambda tx: tx.record(
            "report.export",
            organization_id,
            reason=query["reason"],
            after=rendered.filename,
            organization=organization_id,
        ),
    )
    return sent(rendered)


@blueprint.get("/cases")
@blueprint.arguments(PipelineCasesQuery, location="query")
@blueprint.response(200, CasesSchema)
@action("reports.cases")
def get_pipeline_cases(query: dict[str, Any]) -> Response:
    """Open a stage or a state of a deadline to its cases; the reading is audited for each member."""
    store, figure = runtime().store, query["figure"]
    organization = queries.organization(store, query["organization"])
    context = allow(path=organization.path)
    if figure not in OPENED:
        raise invalid("/query/figure", "unknown", f"Không có chỉ tiêu {figure}.", f"No figure {figure}.")
    applied, day = queries.applied(store), query["as_of"] or runtime().clock.today()
    own = [
        each
        for each in queries.passages(store, organization.id, as_of=day)
        if organization.id in each.facts.as_known(day).path_on(day)
    ]
    ids = cases_behind(own, on=day).get(figure, ())
    return record_answer(
        {
            "figure": figure,
            "count": len(ids),
            "cases": opened_cases(context, organization.id, figure=f"pipeline.{figure}", ids=ids),
            "as_of": day,
            "applied": applied,
        }
    )


def _allowed(query: dict[str, Any]) -> tuple[Context, PipelineReport]:
    store, clock = runtime().store, runtime().clock
    organization = queries.organization(store, query["organization"])
    context = allow(path=organization.path)
    period = period_of(query, clock.today())
    report = pipeline_report(
        store, clock, actor(), organization, period=period, as_of=query["as_of"], sort=query["sort"]
    )
    return context, report
