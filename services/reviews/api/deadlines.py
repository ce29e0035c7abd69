"""Thời hạn: what is due and overdue, of all cases that one sees, in one list."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews import deadlines
from services.reviews.schemas import DeadlinesOut, DeadlinesQuery
from shared.web.commit import record_answer
from shared.web.requests import action, actor, roots, runtime


def blueprint() -> Blueprint:
    """Return the blueprint of deadlines."""
    bp = Blueprint("deadlines", __name__, url_prefix="/api/reviews/deadlines", description="Thời hạn")

    @bp.get("")
    @bp.arguments(DeadlinesQuery, location="query")
    @bp.response(200, DeadlinesOut)
    @action("deadlines.read")
    def list_deadlines(query: dict[str, Any]) -> Response:
        """Liệt kê thời hạn theo ngày đến hạn: chưa đến hạn, quá hạn, đã thực hiện; đảng viên xem của chính mình."""
        as_of = query.pop("as_of") or runtime().clock.today()
        page = deadlines.listed(runtime().store, visible=roots(), own=actor().member_id, as_of=as_of, **query)
        items = [deadlines.answer(each, as_of=as_of) for each in page.items]
        return record_answer({"as_of": as_of, "items": items, "next": page.next})

    return bp
