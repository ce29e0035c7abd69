"""Đưa vào danh sách: proposal, opinions, direction from above, the secret ballot."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.api.acting import (
    admitted,
    document_of,
    evidence_of,
    in_role,
    new_case,
    place_on,
    refuse_own,
    step,
    step_as,
)
from services.reviews.commands import listing
from services.reviews.domain.ballot import Totals
from services.reviews.domain.case import Opinion
from services.reviews.schemas import (
    BallotCorrectionIn,
    BallotIn,
    CaseOut,
    GuidanceIn,
    OnIn,
    OpinionIn,
    ProposalIn,
)
from shared.access.actor import Context
from shared.web.problems import Problem
from shared.web.requests import action, allow


def blueprint() -> Blueprint:
    """Return the blueprint of listing."""
    bp = Blueprint("listing", __name__, url_prefix="/api/reviews/cases", description="Đưa vào danh sách")

    @bp.post("")
    @bp.arguments(ProposalIn)
    @bp.response(201, CaseOut)
    @action("cases.propose")
    def propose(data: dict[str, Any]) -> Response:
        """Dự kiến đưa một đảng viên vào danh sách cần giáo dục, giúp đỡ."""
        context = allow(path=place_on(data["member_id"], data["on"]))
        refuse_own(data["member_id"])
        evidence = evidence_of(data["evidence"], on=data["on"])
        opinions = [Opinion(**each) for each in data["opinions"]]
        return new_case(
            context,
            data["member_id"],
            lambda tx: listing.propose(
                tx,
                member_id=data["member_id"],
                round_id=data["round_id"],
                criterion=data["criterion"],
                evidence=evidence,
                opinions=opinions,
                on=data["on"],
                send_up=data["send_up"],
            ),
        )

    @bp.post("/<string:case_id>/opinions")
    @bp.arguments(OpinionIn)
    @bp.response(200, CaseOut)
    @action("cases.opinion", conditional=True)
    def add_opinion(data: dict[str, Any], case_id: str) -> Response:
        """Ghi ý kiến của một tổ chức vào dự kiến chưa gửi lên cấp trên."""
        return step(
            case_id,
            lambda tx, version: listing.add_opinion(
                tx, case_id, version, on=data["on"], opinion=Opinion(**data)
            ),
        )

    @bp.post("/<string:case_id>/send-up")
    @bp.arguments(OnIn)
    @bp.response(200, CaseOut)
    @action("cases.propose", conditional=True)
    def send_up(data: dict[str, Any], case_id: str) -> Response:
        """Xin ý kiến chỉ đạo của cấp ủy cấp trên trực tiếp."""
        return step(case_id, lambda tx, version: listing.send_up(tx, case_id, version, on=data["on"]))

    @bp.post("/<string:case_id>/guidance")
    @bp.arguments(GuidanceIn)
    @bp.response(200, CaseOut)
    @action("cases.guide", conditional=True)
    def guide(data: dict[str, Any], case_id: str) -> Response:
        """Cấp ủy cấp trên trực tiếp cho ý kiến chỉ đạo."""
        context, path, member_id = admitted(case_id)
        context = _directly_above(context, path)
        return step_as(
            context,
            member_id,
            lambda tx, version: listing.give_guidance(
                tx,
                case_id,
                version,
                on=data["on"],
                agrees=data["agrees"],
                by_organization=str(context.organization),
                reason=data["reason"],
                document=document_of(data["document"]),
            ),
        )

    @bp.post("/<string:case_id>/ballots")
    @bp.arguments(BallotIn)
    @bp.response(200, CaseOut)
    @action("cases.ballot", conditional=True)
    def record_ballot(data: dict[str, Any], case_id: str) -> Response:
        """Ghi kết quả bỏ phiếu kín của chi bộ."""
        return step(
            case_id,
            lambda tx, version: listing.record_ballot(
                tx,
                case_id,
                version,
                held_on=data["held_on"],
                totals=totals_of(data),
                roll_confirmed=data["roll_confirmed"],
                minutes=data["minutes"],
            ),
        )

    @bp.post("/<string:case_id>/ballot-correction")
    @bp.arguments(BallotCorrectionIn)
    @bp.response(200, CaseOut)
    @action("cases.ballot", conditional=True)
    def correct_ballot(data: dict[str, Any], case_id: str) -> Response:
        """Đính chính kết quả bỏ phiếu đã ghi: bản cũ vẫn đọc được, phải có lý do."""
        return step(
            case_id,
            lambda tx, version: listing.correct_ballot(
                tx,
                case_id,
                version,
                on=data["on"],
                totals=totals_of(data),
                roll_confirmed=data["roll_confirmed"],
                minutes=data["minutes"],
                reason=data["reason"],
            ),
        )

    return bp


def totals_of(data: dict[str, Any]) -> Totals:
    """Return the domain's totals of a checked body."""
    return Totals(
        issued=data["issued"],
        returned=data["returned"],
        valid=data["valid"],
        votes_for=data["in_favour"],
        against=data["against"],
    )


def _directly_above(context: Context, path: list[str]) -> Context:
    """Return the context of the grant for the organisation right above the cell; end with 403 without one."""
    parent = path[-2] if len(path) > 1 else path[-1]
    for grant in context.actor.grants:
        organization = path[0] if grant.organization == "*" else grant.organization
        if grant.role in {"grassroots_committee", "standing_committee"} and organization == parent:
            return in_role(context, role=grant.role, organization=organization)
    raise Problem(
        "forbidden",
        "Ý kiến chỉ đạo phải của cấp ủy cấp trên trực tiếp của chi bộ.",
        "Direction is given by the committee directly above the cell.",
        extra={"action": "cases.guide", "directly_above": parent},
    )
