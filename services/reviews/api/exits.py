"""Ra khỏi danh sách: progress recognised, transfer with assessment, other exits."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.api.acting import (
    admitted,
    deciding_organization,
    document_of,
    needed_document,
    step,
    step_as,
)
from services.reviews.commands import education
from services.reviews.schemas import CaseOut, ExitIn, RecognitionIn, TransferIn
from shared.web.requests import action


def blueprint() -> Blueprint:
    """Return the blueprint of the ways off the list that are no removal."""
    bp = Blueprint("exits", __name__, url_prefix="/api/reviews/cases", description="Ra khỏi danh sách")

    @bp.post("/<string:case_id>/recognition")
    @bp.arguments(RecognitionIn)
    @bp.response(200, CaseOut)
    @action("cases.recognize", conditional=True)
    def recognize(data: dict[str, Any], case_id: str) -> Response:
        """Cấp ủy quyết định công nhận tiến bộ và đưa ra khỏi danh sách."""
        context, path, member_id = admitted(case_id)
        return step_as(
            context,
            member_id,
            lambda tx, version: education.recognize_progress(
                tx,
                case_id,
                version,
                on=data["on"],
                decided_by=deciding_organization(context, path),
                assessment=data["assessment"],
                decision=needed_document(data["decision"]),
            ),
        )

    @bp.post("/<string:case_id>/transfer")
    @bp.arguments(TransferIn)
    @bp.response(200, CaseOut)
    @action("cases.transfer", conditional=True)
    def transfer(data: dict[str, Any], case_id: str) -> Response:
        """Chuyển vụ việc khi đảng viên chuyển sinh hoạt đảng, kèm nhận xét sự tiến bộ."""
        return step(
            case_id,
            lambda tx, version: education.transfer_case(
                tx,
                case_id,
                version,
                on=data["on"],
                to_cell=data["to_organization_id"],
                assessment=data["assessment"],
            ),
        )

    @bp.post("/<string:case_id>/exit")
    @bp.arguments(ExitIn)
    @bp.response(200, CaseOut)
    @action("cases.exit", conditional=True)
    def leave(data: dict[str, Any], case_id: str) -> Response:
        """Kết thúc vụ việc vì đảng viên từ trần, được cho ra hoặc đã thôi là đảng viên ở nơi khác."""
        document = document_of(data["document"])
        named = "" if document is None else f"{document.number} ngày {document.issued_on:%d/%m/%Y}"
        reference = "; ".join(part for part in (named, data["note"]) if part)
        return step(
            case_id,
            lambda tx, version: education.close_other_exit(
                tx, case_id, version, on=data["on"], kind=data["kind"], reference=reference
            ),
        )

    return bp
