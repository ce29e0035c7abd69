"""Trường tùy chọn của hồ sơ: the sensitive fields that this deployment keeps, apart from the rest of the record."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.members import queries
from services.members.commands.optional_fields import change_optional
from services.members.documents import Member
from services.members.domain.optional_fields import OPTIONAL_VI
from services.members.schemas import ChangeOptionalFieldsSchema, OptionalFieldsSchema
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, if_match, runtime

blueprint = Blueprint(
    "optional_fields", "optional_fields", url_prefix="/api/members", description="Trường tùy chọn của hồ sơ"
)


def _shown(member_id: str, held: dict[str, Any], version: int) -> dict[str, Any]:
    kept = runtime().settings.optional_fields
    opened = runtime().store.sealing.opened_all({name: held[name] for name in kept if name in held})
    return {
        "member_id": member_id,
        "kept": [{"field": name, "label": OPTIONAL_VI[name]} for name in kept],
        "values": {name: opened.get(name) for name in kept},
        "version": version,
    }


@blueprint.get("/members/<string:member_id>/optional-fields")
@blueprint.response(200, OptionalFieldsSchema)
@action("members.read_optional")
def get_optional_fields(member_id: str) -> Response:
    """Xem các trường nhạy cảm mà đơn vị cho lưu (Luật 91/2025/QH15); mỗi lần xem đều ghi nhật ký."""
    raw = queries.member(runtime().store, member_id)
    context = allow(path=raw["organization_path"], member_id=member_id)
    shown = _shown(member_id, raw.get("optional", {}), raw["version"])
    runtime().unit_of_work.run(
        context, lambda tx: tx.record("member.read_optional", member_id, member_id=member_id)
    )
    return record_answer(shown, raw["version"])


@blueprint.patch("/members/<string:member_id>/optional-fields")
@blueprint.arguments(ChangeOptionalFieldsSchema)
@blueprint.response(200, OptionalFieldsSchema)
@action("members.change_optional", conditional=True)
def change_optional_fields(given: dict[str, Any], member_id: str) -> Response:
    """Ghi các trường nhạy cảm mà đơn vị cho lưu; trường không cho lưu bị từ chối, null xóa giá trị."""
    version = if_match()
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])
    kept = runtime().settings.optional_fields

    def work(tx: Transaction) -> Member:
        return change_optional(tx, tx.load_version(Member, member_id, version), values=given, kept=kept)

    return commit(context, work, lambda member: _shown(member_id, dict(member.optional), member.version))
