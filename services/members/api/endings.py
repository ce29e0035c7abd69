"""Ra khỏi danh sách, khôi phục đảng tịch: what a person records of it; removals come from their cases."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.members import queries
from services.members.commands import members as commands
from services.members.documents import Member
from services.members.schemas import EndMembershipSchema, MemberSchema, RestoreMembershipSchema
from services.members.warnings import ending_warnings
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit
from shared.web.requests import action, allow, if_match, runtime

blueprint = Blueprint(
    "endings", "endings", url_prefix="/api/members/members", description="Ra khỏi danh sách"
)


def _shown(member: Member) -> dict[str, Any]:
    return queries.member_state(member.to_document())


@blueprint.post("/<string:member_id>/ending")
@blueprint.arguments(EndMembershipSchema)
@blueprint.response(200, MemberSchema)
@action("members.end", conditional=True)
def end(given: dict[str, Any], member_id: str) -> Response:
    """Ghi đảng viên từ trần, hoặc được cho ra khỏi Đảng theo đơn; xóa tên, khai trừ thì theo vụ việc."""
    version = if_match()
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])
    warnings: list[dict[str, Any]] = []

    def work(tx: Transaction) -> Member:
        member = commands.end_by_hand(tx, tx.load_version(Member, member_id, version), **given)
        warnings[:] = ending_warnings(tx, member)
        return member

    return commit(context, work, lambda made: {**_shown(made), "warnings": warnings})


@blueprint.post("/<string:member_id>/restoration")
@blueprint.arguments(RestoreMembershipSchema)
@blueprint.response(200, MemberSchema)
@action("members.restore", conditional=True)
def restore(given: dict[str, Any], member_id: str) -> Response:
    """Khôi phục đảng tịch theo quyết định, khi việc ra khỏi danh sách không do vụ việc nào của hệ thống."""
    version = if_match()
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])

    def work(tx: Transaction) -> Member:
        return commands.restore_by_hand(tx, tx.load_version(Member, member_id, version), **given)

    return commit(context, work, _shown)
