"""Quyết định, khiếu nại: the decision of removal, its delivery, complaints, the end of the case."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.api.acting import needed_document, step
from services.reviews.commands import removal
from services.reviews.schemas import (
    CaseOut,
    ComplaintIn,
    ComplaintResolutionIn,
    DeliveryIn,
    OnIn,
    RemovalDecisionIn,
)
from shared.web.requests import action


def blueprint() -> Blueprint:
    """Return the blueprint of decisions and complaints."""
    bp = Blueprint(
        "decisions", __name__, url_prefix="/api/reviews/cases", description="Quyết định, khiếu nại"
    )

    @bp.post("/<string:case_id>/removal-decision")
    @bp.arguments(RemovalDecisionIn)
    @bp.response(200, CaseOut)
    @action("cases.decide_removal", conditional=True)
    def decide(data: dict[str, Any], case_id: str) -> Response:
        """Ghi quyết định của cấp có thẩm quyền."""
        return step(
            case_id,
            lambda tx, version: removal.decide_removal(
                tx,
                case_id,
                version,
                on=data["on"],
                outcome=data["outcome"],
                decision=needed_document(data["decision"]),
                signer_office=data["signer_office"],
                effective_on=data["effective_on"],
                rights_informed=data["complaint_rights_informed"],
                continue_until=data["continue_until"],
            ),
        )

    @bp.post("/<string:case_id>/delivery")
    @bp.arguments(DeliveryIn)
    @bp.response(200, CaseOut)
    @action("cases.deliver_decision", conditional=True)
    def deliver(data: dict[str, Any], case_id: str) -> Response:
        """Ghi việc giao quyết định cho người bị đưa ra khỏi Đảng; thời hạn khiếu nại bắt đầu."""
        return step(case_id, lambda tx, version: removal.deliver_decision(tx, case_id, version, **data))

    @bp.post("/<string:case_id>/complaints")
    @bp.arguments(ComplaintIn)
    @bp.response(200, CaseOut)
    @action("cases.complain", conditional=True)
    def complain(data: dict[str, Any], case_id: str) -> Response:
        """Đảng viên khiếu nại quyết định đưa ra khỏi Đảng."""
        return step(
            case_id,
            lambda tx, version: removal.lodge_complaint(tx, case_id, version, **data),
            as_member=True,
        )

    @bp.post("/<string:case_id>/complaint-resolution")
    @bp.arguments(ComplaintResolutionIn)
    @bp.response(200, CaseOut)
    @action("cases.resolve_complaint", conditional=True)
    def resolve(data: dict[str, Any], case_id: str) -> Response:
        """Ghi kết quả giải quyết khiếu nại."""
        return step(
            case_id,
            lambda tx, version: removal.resolve_complaint(
                tx,
                case_id,
                version,
                on=data["on"],
                outcome=data["outcome"],
                decision=needed_document(data["decision"]),
            ),
        )

    @bp.post("/<string:case_id>/close")
    @bp.arguments(OnIn)
    @bp.response(200, CaseOut)
    @action("cases.exit", conditional=True)
    def close(data: dict[str, Any], case_id: str) -> Response:
        """Kết thúc vụ việc khi đã hết thời hạn khiếu nại."""
        return step(case_id, lambda tx, version: removal.close_case(tx, case_id, version, on=data["on"]))

    return bp
