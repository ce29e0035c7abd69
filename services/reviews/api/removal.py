"""Đưa ra khỏi Đảng: proposal, hearing, appraisal, votes."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask_smorest import Blueprint

from services.reviews.api.acting import (
    document_of,
    new_case,
    place_on,
    refuse_own,
    removal_evidence_of,
    step,
)
from services.reviews.api.listing import totals_of
from services.reviews.commands import removal
from services.reviews.schemas import (
    AppraisalIn,
    CaseOut,
    DirectRemovalIn,
    HearingIn,
    RemovalProposalIn,
    RemovalVoteCorrectionIn,
    RemovalVoteIn,
    SelfCriticismIn,
)
from shared.web.requests import action, allow

_ACTION_OF_LEVEL = {
    "cell": "cases.vote_cell",
    "grassroots_committee": "cases.vote_committee",
    "delegated_grassroots_committee": "cases.vote_committee",
    "standing_committee": "cases.vote_standing",
}


def blueprint() -> Blueprint:
    """Return the blueprint of removal."""
    bp = Blueprint("removal", __name__, url_prefix="/api/reviews", description="Đưa ra khỏi Đảng")

    @bp.post("/removals")
    @bp.arguments(DirectRemovalIn)
    @bp.response(201, CaseOut)
    @action("cases.propose_removal")
    def propose_directly(data: dict[str, Any]) -> Response:
        """Đề nghị đưa ra khỏi Đảng một đảng viên không trong danh sách."""
        context = allow(path=place_on(data["member_id"], data["on"]))
        refuse_own(data["member_id"])
        evidence = removal_evidence_of(data)
        return new_case(
            context,
            data["member_id"],
            lambda tx: removal.propose_direct_removal(
                tx,
                member_id=data["member_id"],
                mode=data["mode"],
                ground=data["ground"],
                on=data["on"],
                evidence=evidence,
                delegation=document_of(data["delegation"]),
                round_id=data["round_id"],
            ),
        )

    @bp.post("/cases/<string:case_id>/removal-proposal")
    @bp.arguments(RemovalProposalIn)
    @bp.response(200, CaseOut)
    @action("cases.propose_removal", conditional=True)
    def propose(data: dict[str, Any], case_id: str) -> Response:
        """Đề nghị đưa ra khỏi Đảng một đảng viên trong danh sách."""
        evidence = removal_evidence_of(data)
        return step(
            case_id,
            lambda tx, version: removal.propose_removal(
                tx,
                case_id,
                version,
                mode=data["mode"],
                ground=data["ground"],
                on=data["on"],
                evidence=evidence,
                delegation=document_of(data["delegation"]),
            ),
        )

    @bp.post("/cases/<string:case_id>/self-criticism-requests")
    @bp.arguments(SelfCriticismIn)
    @bp.response(200, CaseOut)
    @action("cases.hear", conditional=True)
    def request_self_criticism(data: dict[str, Any], case_id: str) -> Response:
        """Ghi một lần yêu cầu viết bản tự kiểm điểm."""
        return step(case_id, lambda tx, version: removal.request_self_criticism(tx, case_id, version, **data))

    @bp.post("/cases/<string:case_id>/hearings")
    @bp.arguments(HearingIn)
    @bp.response(200, CaseOut)
    @action("cases.hear", conditional=True)
    def hear(data: dict[str, Any], case_id: str) -> Response:
        """Ghi việc kiểm điểm, nghe đảng viên trình bày trước chi bộ."""
        return step(case_id, lambda tx, version: removal.record_hearing(tx, case_id, version, **data))

    @bp.post("/cases/<string:case_id>/appraisals")
    @bp.arguments(AppraisalIn)
    @bp.response(200, CaseOut)
    @action("cases.vote_committee", conditional=True)
    def appraise(data: dict[str, Any], case_id: str) -> Response:
        """Ghi thẩm định của đảng ủy bộ phận."""
        return step(case_id, lambda tx, version: removal.record_appraisal(tx, case_id, version, **data))

    @bp.post("/cases/<string:case_id>/removal-votes")
    @bp.arguments(RemovalVoteIn)
    @bp.response(200, CaseOut)
    @action("cases.vote", conditional=True)
    def vote(data: dict[str, Any], case_id: str) -> Response:
        """Ghi kết quả biểu quyết đưa ra khỏi Đảng của một cấp."""
        # Each level has its own row in the access table; which one applies stands in the body.
        g.action = _ACTION_OF_LEVEL[data["level"]]
        return step(
            case_id,
            lambda tx, version: removal.record_vote(
                tx,
                case_id,
                version,
                level=data["level"],
                form=data["method"],
                held_on=data["held_on"],
                totals=totals_of(data),
                base=data["roll_confirmed"],
                refer_up=data["refer_up"],
                minutes=data["minutes"],
            ),
        )

    @bp.post("/cases/<string:case_id>/removal-vote-correction")
    @bp.arguments(RemovalVoteCorrectionIn)
    @bp.response(200, CaseOut)
    @action("cases.vote", conditional=True)
    def correct_vote(data: dict[str, Any], case_id: str) -> Response:
        """Đính chính kết quả biểu quyết đã ghi: bản cũ vẫn đọc được, phải có lý do."""
        g.action = _ACTION_OF_LEVEL[data["level"]]
        return step(
            case_id,
            lambda tx, version: removal.correct_vote(
                tx,
                case_id,
                version,
                on=data["on"],
                level=data["level"],
                form=data["method"],
                totals=totals_of(data),
                base=data["roll_confirmed"],
                refer_up=data["refer_up"],
                minutes=data["minutes"],
                reason=data["reason"],
            ),
        )

    return bp
