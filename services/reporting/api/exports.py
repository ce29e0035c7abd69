"""Lượt xuất: files that the worker makes, seen by whoever ordered them for as long as they have the right."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from gridfs.errors import NoFile

from services.reporting import queries
from services.reporting.api.screening_report import period_of, sent
from services.reporting.documents import ExportJob, FrozenReport
from services.reporting.export_jobs import commands, parts
from services.reporting.export_jobs.contents import CONTENTS
from services.reporting.export_jobs.job import RIGHT_GONE, called_off
from services.reporting.export_jobs.order import Order, read_stored
from services.reporting.export_jobs.rights import still_allowed
from services.reporting.exports.formats import FORMATS, Rendered
from services.reporting.schemas import ExportJobPageSchema, ExportJobSchema, ExportOrderSchema
from shared.access.actor import Context
from shared.access.table import decide
from shared.imports.record import context_of
from shared.store.connection import Document
from shared.store.errors import MissingError
from shared.store.pages import page_of
from shared.web.commit import commit, record_answer
from shared.web.problems import Problem, invalid
from shared.web.requests import action, actor, allow, roots, runtime
from shared.web.schemas import PageQuery

MOST_ORGANIZATIONS = 1000
"""So many reports one ordered file may hold."""
_SHOWN = (
    "state", "what", "request", "format", "reason", "ordered_at", "total", "progress", "file_name", "sha256",
    "size", "expires_at",
)  # fmt: skip

blueprint = Blueprint("exports", "exports", url_prefix="/api/reporting/exports", description="Lượt xuất")


@blueprint.post("")
@blueprint.arguments(ExportOrderSchema)
@blueprint.response(202, ExportJobSchema)
@action("reports.read")
def order_export(given: dict[str, Any]) -> Response:
    """Order a file; the worker makes it, and the answer says where to ask how far it is."""
    context, order = _ordered(given)
    return commit(
        context,
        lambda tx: commands.order_export(
            tx, what=given["what"], order=order, format_=given["format"], reason=given["reason"]
        ),
        lambda made: _shown(made.to_document()),
        status=202,
        location=lambda made: f"/api/reporting/exports/{made.id}",
    )


@blueprint.get("")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ExportJobPageSchema)
@action("reports.read")
def list_exports(query: dict[str, Any]) -> Response:
    """List one's own exports, in the order in which they were ordered."""
    roots()
    mine = {"subject": actor().subject}
    page = page_of(runtime().store.collection(ExportJob.kind()), mine, order_by="_id", **query)
    return record_answer({"items": [_shown(raw) for raw in page.items], "next": page.next})


@blueprint.get("/<string:export_id>")
@blueprint.response(200, ExportJobSchema)
@action("reports.read")
def get_export(export_id: str) -> Response:
    """Show how far an export of one's own is."""
    raw, _ = _allowed(export_id)
    return record_answer(_shown(raw), raw["version"])


@blueprint.get("/<string:export_id>/file")
@blueprint.doc(responses={200: {"content": {each.media_type: {"schema": {}} for each in FORMATS.values()}}})
@blueprint.response(200)
@action("reports.read")
def get_export_file(export_id: str) -> Response:
    """Fetch the finished file; 409 while there is none yet, 410 when there is none any more. It is audited."""
    raw, context = _allowed(export_id)
    if raw["state"] in {"ordered", "executing"}:
        raise Problem("conflict", "Tệp chưa xong.", "The file is not ready.", extra={"state": raw["state"]})
    found: ExportJob = ExportJob.from_document(raw)
    if found.state != "done" or found.expires_at <= runtime().clock.now():
        raise _gone(raw["state"])
    try:
        with parts.files(runtime().store).opened(export_id) as stream:
            content = stream.read()
    except NoFile as error:
        raise _gone("expired") from error
    runtime().unit_of_work.run(
        context,
        lambda tx: tx.record("export.fetch", export_id, reason=found.reason, after=found.sha256),
    )
    media_type = FORMATS[found.format].media_type
    return sent(Rendered(content=content, media_type=media_type, filename=found.file_name))


@blueprint.post("/<string:export_id>/cancel")
@blueprint.response(200, ExportJobSchema)
@action("reports.read")
def cancel_export(export_id: str) -> Response:
    """Call an export of one's own off; what there is of it is removed."""
    _, context = _allowed(export_id)
    answer = commit(
        context,
        lambda tx: commands.cancel(tx, export_id, code="cancelled", detail="Người yêu cầu đã hủy."),
        lambda found: _shown(found.to_document()),
    )
    parts.forget(runtime().store, export_id)
    parts.files(runtime().store).drop(export_id)
    return answer


def _ordered(given: dict[str, Any]) -> tuple[Context, Order]:
    """Return the order that a request names, after asking the access table about everything in it."""
    store, today = runtime().store, runtime().clock.today()
    if given["what"] == "frozen_report":
        raw = store.collection(FrozenReport.kind()).find_one({"_id": given["report_id"]})
        if raw is None:
            raise MissingError(FrozenReport.kind(), str(given["report_id"]))
        return allow(path=queries.organization(store, raw["organization_id"]).path), Order(
            report_id=raw["_id"]
        )
    period, as_of = period_of(given, today), given["as_of"] or today
    if given["what"] == "consolidated_report":
        context = allow(path=())
        if decide(actor(), CONTENTS["consolidated_report"].action, path=()) is None:
            raise Problem(
                "forbidden",
                "Vai trò của đồng chí không được xem báo cáo của các đơn vị khác.",
                "Your roles do not allow the reports of other deployments.",
            )
        return context, Order(period=period)
    ids = list(dict.fromkeys(given["organizations"]))
    if given["with_below"] and given["what"] == "screening_report":
        ids = list(dict.fromkeys(each for id_ in ids for each in _with_below(id_, given, as_of)))
    most = MOST_ORGANIZATIONS if given["what"] == "screening_report" else 1
    if not 1 <= len(ids) <= most:
        raise invalid(
            "/organizations", "count", f"Hãy ghi từ 1 đến {most} tổ chức.", f"Name 1 to {most} organisations."
        )
    found = queries.organizations_of(store, ids)
    contexts = [allow(path=found[each].path) for each in ids]
    return contexts[0], Order(organizations=tuple(ids), period=period, as_of=as_of, sort=given["sort"])


def _with_below(organization_id: str, given: dict[str, Any], as_of: date) -> list[str]:
    period = period_of(given, runtime().clock.today())
    below = queries.subordinates(runtime().store, organization_id, period=period, as_of=as_of)
    return [organization_id, *(each.id for each in below)]


def _allowed(export_id: str) -> tuple[Document, Context]:
    """Return an export of the caller's own; where the right to it is gone it is called off, and that is the end."""
    raw = runtime().store.collection(ExportJob.kind()).find_one({"_id": export_id})
    if raw is None or raw["subject"] != actor().subject:
        roots()
        raise MissingError(ExportJob.kind(), export_id)
    found: ExportJob = ExportJob.from_document(raw)
    store = runtime().store
    if not still_allowed(store, actor(), found):
        called_off(runtime(), context_of(found), export_id, code="right_gone", detail=RIGHT_GONE)
        raise Problem("forbidden", RIGHT_GONE, "You no longer have the right to what this export holds.")
    ids = CONTENTS[found.what].organizations(store, read_stored(found.request))
    return raw, allow(path=() if ids is None else queries.organization(store, ids[0]).path)


def _gone(state: str) -> Problem:
    return Problem(
        "gone", "Tệp không còn hoặc không được lập.", "There is no file (any more).", extra={"state": state}
    )


def _shown(raw: Document) -> dict[str, Any]:
    return {
        "id": raw["_id"],
        **{name: raw.get(name) for name in _SHOWN},
        "problem": raw.get("problem") or None,
        "version": raw["version"],
    }
