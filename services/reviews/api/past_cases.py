"""Vụ việc cũ nhập sai: correction of what was taken over from paper, withdrawal of what should not have been."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.api.acting import step
from services.reviews.commands import past_cases
from services.reviews.schemas import CaseOut, PastCorrectionIn, PastWithdrawalIn
from shared.web.requests import action


def blueprint() -> Blueprint:
    """Return the blueprint of past cases."""
    bp = Blueprint(
        "past_cases", __name__, url_prefix="/api/reviews/cases", description="Đính chính vụ việc cũ"
    )

    @bp.post("/<string:case_id>/past-correction")
    @bp.arguments(PastCorrectionIn)
    @bp.response(200, CaseOut)
    @action("cases.correct_past", conditional=True)
    def correct(data: dict[str, Any], case_id: str) -> Response:
        """Đính chính vụ việc nhập từ hồ sơ cũ: ghi lại toàn bộ nội dung kèm lý do; nội dung trước vẫn xem được."""
        told = dict(data["past"])
        status = told.pop("status")
        return step(
            case_id,
            lambda tx, version: past_cases.correct(
                tx, case_id, version, on=data["on"], reason=data["reason"], status=status, told=told
            ),
        )

    @bp.post("/<string:case_id>/past-withdrawal")
    @bp.arguments(PastWithdrawalIn)
    @bp.response(200, CaseOut)
    @action("cases.correct_past", conditional=True)
    def withdraw(data: dict[str, Any], case_id: str) -> Response:
        """Rút vụ việc cũ đã nhập nhầm: vẫn xem được, không còn được tính ở đâu."""
        return step(case_id, lambda tx, version: past_cases.withdraw(tx, case_id, version, **data))

    return bp
