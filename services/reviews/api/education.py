"""Giáo dục, giúp đỡ: notice, helpers, the member's own words, follow-ups, extension."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.api.acting import step
from services.reviews.commands import education
from services.reviews.schemas import (
    CaseOut,
    ExtensionIn,
    FollowUpIn,
    HelpersIn,
    NoticeIn,
    StatementIn,
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

    @bp.post("/<string:case_id>/statements")
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

    @bp.post("/<string:case_id>/follow-ups")
    @bp.arguments(FollowUpIn)
    @bp.response(200, CaseOut)
    @action("cases.educate", conditional=True)
    def follow_up(data: dict[str, Any], case_id: str) -> Response:
        """Ghi nhận một lần theo dõi, giúp đỡ."""
        lines = [data["minutes"]]
        if data["helped_by"]:
            lines.append(f"Người giúp đỡ: {data['helped_by']}")
        if data["help_given"]:
            lines.append(f"Nội dung giúp đỡ: {data['help_given']}")
        return step(
            case_id,
            lambda tx, version: education.record_follow_up(
                tx, case_id, version, on=data["on"], minutes="\n".join(lines)
            ),
        )

    @bp.post("/<string:case_id>/extension")
    @bp.arguments(ExtensionIn)
    @bp.response(200, CaseOut)
    @action("cases.educate", conditional=True)
    def extend(data: dict[str, Any], case_id: str) -> Response:
        """Gia hạn thời gian giáo dục, giúp đỡ theo quyết định của chi bộ."""
        return step(case_id, lambda tx, version: education.extend_education(tx, case_id, version, **data))

    return bp
