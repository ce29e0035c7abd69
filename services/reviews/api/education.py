"""Giáo dục, giúp đỡ: notice, helpers, follow-ups, extension, the cell's assessment."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.api.acting import step
from services.reviews.commands import education
from services.reviews.schemas import (
    AssessmentIn,
    CaseOut,
    ExtensionIn,
    FollowUpIn,
    HelperConflictIn,
    HelpersIn,
    NoticeIn,
)
from shared.web.requests import action


def blueprint() -> Blueprint:
    """Return the blueprint of education and help."""
    bp = Blueprint("education", __name__, url_prefix="/api/reviews/cases", description="Giáo dục, giúp đỡ")

    @bp.post("/<string:case_id>/notices")
    @bp.arguments(NoticeIn)
    @bp.response(200, CaseOut)
    @action("cases.notify", conditional=True)
    def notify(data: dict[str, Any], case_id: str) -> Response:
        """Ghi việc thông báo cho đảng viên: ngày, cách thức, đã nhận hay từ chối."""
        return step(case_id, lambda tx, version: education.notify_member(tx, case_id, version, **data))

    @bp.post("/<string:case_id>/helpers")
    @bp.arguments(HelpersIn)
    @bp.response(200, CaseOut)
    @action("cases.educate", conditional=True)
    def assign_helpers(data: dict[str, Any], case_id: str) -> Response:
        """Phân công đảng viên giúp đỡ."""
        return step(
            case_id,
            lambda tx, version: education.assign_helpers(
                tx, case_id, version, on=data["on"], helpers=data["members"]
            ),
        )

    @bp.post("/<string:case_id>/helper-conflicts")
    @bp.arguments(HelperConflictIn)
    @bp.response(200, CaseOut)
    @action("cases.educate", conditional=True)
    def declare_conflict(data: dict[str, Any], case_id: str) -> Response:
        """Ghi người không được phân công giúp đỡ trong vụ việc này, kèm lý do."""
        return step(
            case_id, lambda tx, version: education.declare_helper_conflict(tx, case_id, version, **data)
        )

    @bp.post("/<string:case_id>/assessments")
    @bp.arguments(AssessmentIn)
    @bp.response(200, CaseOut)
    @action("cases.educate", conditional=True)
    def assess(data: dict[str, Any], case_id: str) -> Response:
        """Ghi nhận xét, đánh giá của chi bộ khi hết thời hạn giáo dục, giúp đỡ."""
        return step(case_id, lambda tx, version: education.assess_progress(tx, case_id, version, **data))

    @bp.post("/<string:case_id>/follow-ups")
    @bp.arguments(FollowUpIn)
    @bp.response(200, CaseOut)
    @action("cases.educate", conditional=True)
    def follow_up(data: dict[str, Any], case_id: str) -> Response:
        """Ghi nhận một lần theo dõi, giúp đỡ."""
        return step(case_id, lambda tx, version: education.record_follow_up(tx, case_id, version, **data))

    @bp.post("/<string:case_id>/extension")
    @bp.arguments(ExtensionIn)
    @bp.response(200, CaseOut)
    @action("cases.educate", conditional=True)
    def extend(data: dict[str, Any], case_id: str) -> Response:
        """Gia hạn thời gian giáo dục, giúp đỡ theo quyết định của chi bộ."""
        return step(case_id, lambda tx, version: education.extend_education(tx, case_id, version, **data))

    return bp
