"""Nhật ký kiểm toán: the audit chain of this service, for auditors."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reporting.schemas import AuditPageSchema, AuditQuery
from shared.store.pages import page_of
from shared.web.commit import record_answer
from shared.web.requests import action, roots, runtime

blueprint = Blueprint("audit", "audit", url_prefix="/api/reporting/audit", description="Nhật ký kiểm toán")


@blueprint.get("")
@blueprint.arguments(AuditQuery, location="query")
@blueprint.response(200, AuditPageSchema)
@action("audit.read")
def list_entries(query: dict[str, Any]) -> Response:
    """List the audit entries, oldest first, of one record or of all."""
    roots()
    match = {} if query["subject"] is None else {"subject": query["subject"]}
    page = page_of(
        runtime().store.collection("audit"),
        match,
        order_by="_id",
        after=query["after"],
        limit=query["limit"],
    )
    items = [{"number": entry.pop("_id"), **entry} for entry in page.items]
    return record_answer({"items": items, "next": page.next})
