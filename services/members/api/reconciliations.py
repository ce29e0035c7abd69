"""Đối chiếu danh sách với cấp trên, cấp dưới (3 tháng một lần)."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from typing import Any, BinaryIO, cast

from flask import Response, request
from flask_smorest import Blueprint

from services.members import queries
from services.members.api.imports import LIMITS
from services.members.commands import reconciliations as commands
from services.members.documents import Reconciliation
from services.members.reconciliation import reads
from services.members.schemas import (
    DifferencePageSchema,
    DifferencesQuery,
    OverduePageSchema,
    OverdueQuery,
    ReconciliationPageSchema,
    ReconciliationSchema,
    ReconciliationsQuery,
)
from shared.ids import new_id
from shared.imports import files
from shared.imports.upload import FORM_BYTES, check_workbook
from shared.store.unit_of_work import Transaction
from shared.text import nfc
from shared.web.commit import commit, record_answer
from shared.web.problems import invalid
from shared.web.requests import action, allow, roots, runtime

_MAX_TEXT = 200
_COUNTERPARTS = ("above", "below")

blueprint = Blueprint(
    "reconciliations",
    "reconciliations",
    url_prefix="/api/members/reconciliations",
    description="Đối chiếu danh sách đảng viên",
)


@blueprint.post("")
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "organization", "counterpart"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "organization": {"type": "string", "maxLength": _MAX_TEXT},
                        "counterpart": {"type": "string", "enum": list(_COUNTERPARTS)},
                        "as_of": {"type": "string", "format": "date"},
                    },
                }
            }
        },
    }
)
@blueprint.response(201, ReconciliationSchema)
@action("members.reconcile")
def start() -> Response:
    """Take in the list of the level above or below; the worker compares it and changes nothing."""
    roots()
    request.max_content_length = LIMITS.file_bytes + FORM_BYTES
    given = request.files.get("file")
    if given is None:
        raise invalid("/file", "required", "Thiếu tệp (file).", "The file is missing.")
    organization_id = request.form.get("organization", "")
    counterpart = request.form.get("counterpart", "")
    if counterpart not in _COUNTERPARTS:
        raise invalid(
            "/counterpart", "choice", "Ghi above (cấp trên) hoặc below (cấp dưới).", "Write above or below."
        )
    store = runtime().store
    context = allow(path=queries.organization(store, organization_id)["path"])
    as_of = _as_of(request.form.get("as_of"))
    reconciliation_id, file_id = new_id(), new_id()
    with closing(given):
        stream = cast("BinaryIO", given.stream)
        check_workbook(stream, LIMITS)
        sha256, _ = files.digest(stream)
        files.keep(store, file_id, stream)

    def work(tx: Transaction) -> Reconciliation:
        return commands.start(
            tx,
            reconciliation_id=reconciliation_id,
            organization_id=organization_id,
            counterpart=counterpart,
            as_of=as_of,
            file_id=file_id,
            file_name=nfc(given.filename or "")[:_MAX_TEXT],
            sha256=sha256,
        )

    answer = None
    try:
        answer = commit(
            context,
            work,
            lambda made: reads.shown(made.to_document()),
            status=201,
            location=lambda made: f"/api/members/reconciliations/{made.id}",
            fingerprint=f"{sha256} {organization_id} {counterpart} {as_of}",
        )
    finally:
        if answer is None or "Idempotency-Replayed" in answer.headers:
            files.drop(store, file_id)
    return answer


@blueprint.get("")
@blueprint.arguments(ReconciliationsQuery, location="query")
@blueprint.response(200, ReconciliationPageSchema)
@action("members.reconcile")
def list_reconciliations(query: dict[str, Any]) -> Response:
    """List the reconciliations of an organisation: when, by whom, with what result."""
    store, organization_id = runtime().store, query.pop("organization")
    allow(path=queries.organization(store, organization_id)["path"])
    page = reads.of_organization(store, organization_id, **query)
    return record_answer({"items": page.items, "next": page.next})


@blueprint.get("/overdue")
@blueprint.arguments(OverdueQuery, location="query")
@blueprint.response(200, OverduePageSchema)
@action("members.reconcile")
def list_overdue(query: dict[str, Any]) -> Response:
    """List the organisations whose three-monthly reconciliation is overdue."""
    as_of = query.pop("as_of") or runtime().clock.today()
    page = reads.due(runtime().store, roots=roots(), as_of=as_of, **query)
    return record_answer({"items": page.items, "next": page.next, "as_of": as_of})


@blueprint.get("/<string:reconciliation_id>")
@blueprint.response(200, ReconciliationSchema)
@action("members.reconcile")
def get_reconciliation(reconciliation_id: str) -> Response:
    """Show one reconciliation with its result."""
    raw = _allowed(reconciliation_id)
    return record_answer(reads.shown(raw), raw["version"])


@blueprint.get("/<string:reconciliation_id>/differences")
@blueprint.arguments(DifferencesQuery, location="query")
@blueprint.response(200, DifferencePageSchema)
@action("members.reconcile")
def list_differences(query: dict[str, Any], reconciliation_id: str) -> Response:
    """List what stands only in the list, only on record, or differently."""
    _allowed(reconciliation_id)
    page = reads.differences(runtime().store, reconciliation_id, **query)
    return record_answer({"items": page.items, "next": page.next})


def _allowed(reconciliation_id: str) -> dict[str, Any]:
    store = runtime().store
    raw = reads.reconciliation(store, reconciliation_id)
    allow(path=queries.organization(store, raw["organization_id"])["path"])
    return raw


def _as_of(text: str | None) -> date:
    today = runtime().clock.today()
    try:
        as_of = date.fromisoformat(text) if text else today
    except ValueError as error:
        raise invalid("/as_of", "date", "Ngày phải ghi dạng yyyy-mm-dd.", "Not a date.") from error
    if as_of > today:
        raise invalid("/as_of", "date_in_future", "Ngày ở trong tương lai.", "The day lies ahead.")
    return as_of
