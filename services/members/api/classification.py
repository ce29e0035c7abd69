"""Xếp loại hằng năm, số tháng sinh hoạt và đóng đảng phí, tư cách đảng viên: what the grounds of screening rest on."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.members import queries
from services.members.commands import classification as commands
from services.members.documents import Member
from services.members.domain.classification import Level
from services.members.schemas import (
    CellClassificationSchema,
    ClassifiedCellSchema,
    ClassifySchema,
    MemberSchema,
    ParticipationSchema,
    StandingSchema,
)
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit
from shared.web.requests import action, allow, if_match, runtime

blueprint = Blueprint("classification", "classification", url_prefix="/api/members", description="Xếp loại")


def _shown(member: Member) -> dict[str, Any]:
    return queries.member_state(member.to_document())


@blueprint.post("/members/<string:member_id>/classifications")
@blueprint.arguments(ClassifySchema)
@blueprint.response(200, MemberSchema)
@action("members.classify", conditional=True)
def classify(given: dict[str, Any], member_id: str) -> Response:
    """Ghi kết quả xếp loại một năm (hoặc một quý, để riêng); sửa kết quả đã ghi phải có lý do."""
    version = if_match()
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])

    def work(tx: Transaction) -> Member:
        return commands.classify(
            tx,
            tx.load_version(Member, member_id, version),
            year=given["year"],
            quarter=given["quarter"],
            level=Level(given["level"]),
            on=given["on"],
            decision=given["decision"],
            reason=given["reason"],
        )

    return commit(context, work, _shown)


@blueprint.post("/organizations/<string:organization_id>/classifications")
@blueprint.arguments(CellClassificationSchema)
@blueprint.response(200, ClassifiedCellSchema)
@action("members.classify")
def classify_cell(given: dict[str, Any], organization_id: str) -> Response:
    """Ghi kết quả xếp loại năm của nhiều đảng viên một chi bộ theo một quyết định: tất cả hoặc không ai."""
    context = allow(path=queries.organization(runtime().store, organization_id)["path"])

    def work(tx: Transaction) -> list[Member]:
        return commands.classify_cell(
            tx,
            cell_id=organization_id,
            year=given["year"],
            on=given["on"],
            decision=given["decision"],
            levels={each["member_id"]: Level(each["level"]) for each in given["results"]},
        )

    def respond(members: list[Member]) -> dict[str, Any]:
        return {
            "organization_id": organization_id,
            "year": given["year"],
            "classified": [str(member.id) for member in members],
        }

    return commit(context, work, respond)


@blueprint.post("/members/<string:member_id>/participation")
@blueprint.arguments(ParticipationSchema)
@blueprint.response(200, MemberSchema)
@action("members.classify", conditional=True)
def record_participation(given: dict[str, Any], member_id: str) -> Response:
    """Ghi số tháng không sinh hoạt đảng, không đóng đảng phí trong năm, tính đến một ngày."""
    version = if_match()
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])

    def work(tx: Transaction) -> Member:
        return commands.record_participation(tx, tx.load_version(Member, member_id, version), **given)

    return commit(context, work, _shown)


@blueprint.post("/members/<string:member_id>/standing")
@blueprint.arguments(StandingSchema)
@blueprint.response(200, MemberSchema)
@action("members.classify", conditional=True)
def conclude_standing(given: dict[str, Any], member_id: str) -> Response:
    """Ghi kết luận của một năm về tư cách đảng viên (có vi phạm hay không); sửa kết luận đã ghi phải có lý do."""
    version = if_match()
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])

    def work(tx: Transaction) -> Member:
        member = tx.load_version(Member, member_id, version)
        return commands.conclude_standing(tx, member, **given)

    return commit(context, work, _shown)
