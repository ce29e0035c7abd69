"""Vụ việc của chính mình: what the member concerned finds, and their own words in it."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.answers import own_answer
from services.reviews.api.acting import step
from services.reviews.commands import education
from services.reviews.documents import CaseRecord
from services.reviews.schemas import AcknowledgementIn, CaseOut, OwnCasesOut, StatementIn
from shared.store.unit_of_work import Transaction
from shared.web.commit import record_answer
from shared.web.requests import action, actor, allow, runtime


def blueprint() -> Blueprint:
    """Return the blueprint of the member's own view."""
    bp = Blueprint("own", __name__, url_prefix="/api/reviews", description="Vụ việc của chính mình")

    @bp.get("/me")
    @bp.response(200, OwnCasesOut)
    @action("cases.own")
    def own_cases() -> Response:
        """Xem các vụ việc của chính mình: đang ở đâu, mình làm được gì và đến ngày nào."""
        member_id = actor().member_id or ""
        context = allow(member_id=member_id)

        def read(tx: Transaction) -> list[CaseRecord]:
            found = tx.collection(CaseRecord.kind()).find({"member_id": member_id}, session=tx.session)
            records = [CaseRecord.from_document(raw) for raw in found.sort("_id", 1)]
            for record in records:
                tx.record("case.read_own", str(record.id), member_id=member_id)
            return records

        records = runtime().unit_of_work.run(context, read)
        today = runtime().clock.today()
        body = {
            "member_id": member_id,
            "as_of": today.isoformat(),
            "items": [own_answer(each, today=today) for each in records],
        }
        return record_answer(body)

    @bp.post("/cases/<string:case_id>/statements")
    @bp.arguments(StatementIn)
    @bp.response(200, CaseOut)
    @action("cases.state", conditional=True)
    def state(data: dict[str, Any], case_id: str) -> Response:
        """Đảng viên tự ghi ý kiến, bản tự nhận xét vào vụ việc của mình."""
        return step(
            case_id,
            lambda tx, version: education.record_statement(tx, case_id, version, **data),
            as_member=True,
        )

    @bp.post("/cases/<string:case_id>/notice-acknowledgements")
    @bp.arguments(AcknowledgementIn)
    @bp.response(200, CaseOut)
    @action("cases.acknowledge", conditional=True)
    def acknowledge(data: dict[str, Any], case_id: str) -> Response:
        """Đảng viên xác nhận đã nhận một thông báo."""
        return step(
            case_id,
            lambda tx, version: education.acknowledge_notice(tx, case_id, version, **data),
            as_member=True,
        )

    @bp.post("/cases/<string:case_id>/plans")
    @bp.arguments(StatementIn)
    @bp.response(200, CaseOut)
    @action("cases.state", conditional=True)
    def plan(data: dict[str, Any], case_id: str) -> Response:
        """Đảng viên ghi kế hoạch phấn đấu của mình."""
        return step(
            case_id, lambda tx, version: education.record_plan(tx, case_id, version, **data), as_member=True
        )

    @bp.post("/cases/<string:case_id>/self-reviews")
    @bp.arguments(StatementIn)
    @bp.response(200, CaseOut)
    @action("cases.state", conditional=True)
    def self_review(data: dict[str, Any], case_id: str) -> Response:
        """Ghi bản tự kiểm điểm của đảng viên khi hết thời hạn giáo dục, giúp đỡ."""
        return step(
            case_id,
            lambda tx, version: education.record_self_review(tx, case_id, version, **data),
            as_member=True,
        )

    return bp
