"""Đoàn công tác: which group goes with which organisations."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.members import working_groups as reads
from services.members.commands import working_groups as commands
from services.members.documents import WorkingGroup
from services.members.domain.working_group import Mandate
from services.members.schemas import (
    ChangeGroupSchema,
    EndGroupSchema,
    EstablishGroupSchema,
    GroupPageSchema,
    GroupQuery,
    GroupSchema,
)
from shared.access.actor import Context
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, if_match, roots, runtime

blueprint = Blueprint(
    "working_groups", "working_groups", url_prefix="/api/members/working-groups", description="Đoàn công tác"
)


def _shown(group: WorkingGroup) -> dict[str, Any]:
    return reads.state_of(group.to_document())


def _allow(organization_ids: list[str]) -> Context:
    """Return the context of whoever holds all of these organisations."""
    first, *others = reads.paths(runtime().store, organization_ids)
    for path in others:
        allow(path=path)
    return allow(path=first)


def _mandate(given: dict[str, Any]) -> Mandate:
    return Mandate(
        name=given["name"],
        organization_ids=tuple(dict.fromkeys(given["organization_ids"])),
        member_ids=tuple(dict.fromkeys(given["member_ids"])),
        leader_id=given["leader_id"],
    )


@blueprint.get("")
@blueprint.arguments(GroupQuery, location="query")
@blueprint.response(200, GroupPageSchema)
@action("working_groups.read")
def list_groups(query: dict[str, Any]) -> Response:
    """Liệt kê các đoàn công tác phụ trách tổ chức mình thấy được, hiện nay hoặc vào một ngày."""
    page = reads.groups(runtime().store, visible=roots(), **query)
    items = [reads.state_of(raw, query["as_of"]) for raw in page.items]
    return record_answer({"items": items, "next": page.next})


@blueprint.post("")
@blueprint.arguments(EstablishGroupSchema)
@blueprint.response(201, GroupSchema)
@action("working_groups.change")
def establish(given: dict[str, Any]) -> Response:
    """Thành lập đoàn công tác theo quyết định."""
    context = _allow(given["organization_ids"])
    group_id = new_id()

    def work(tx: Transaction) -> WorkingGroup:
        return commands.establish(
            tx,
            group_id=group_id,
            mandate=_mandate(given),
            on=given["on"],
            decision=given["decision"],
        )

    return commit(
        context, work, _shown, status=201, location=lambda made: f"/api/members/working-groups/{made.id}"
    )


@blueprint.get("/<string:group_id>")
@blueprint.response(200, GroupSchema)
@action("working_groups.read")
def get_group(group_id: str) -> Response:
    """Xem một đoàn công tác và mọi quyết định về đoàn."""
    store = runtime().store
    raw = reads.group(store, group_id)
    visible = roots()
    if visible is not None:
        allow(path=sorted(visible) if reads.concerns(store, raw, visible) else [])
    return record_answer(reads.state_of(raw), raw["version"])


@blueprint.patch("/<string:group_id>")
@blueprint.arguments(ChangeGroupSchema)
@blueprint.response(200, GroupSchema)
@action("working_groups.change")
def change(given: dict[str, Any], group_id: str) -> Response:
    """Thay đổi tên, phân công hoặc thành viên của đoàn từ một ngày theo quyết định."""
    version = if_match()
    raw = reads.group(runtime().store, group_id)
    context = _allow([*raw["organization_ids"], *given.get("organization_ids", [])])

    def work(tx: Transaction) -> WorkingGroup:
        group = tx.load_version(WorkingGroup, group_id, version)
        present = msgspec.structs.asdict(commands.mandate_of(group))
        return commands.change(
            tx,
            group,
            mandate=_mandate({**present, **given}),
            on=given["on"],
            decision=given["decision"],
        )

    return commit(context, work, _shown)


@blueprint.post("/<string:group_id>/end")
@blueprint.arguments(EndGroupSchema)
@blueprint.response(200, GroupSchema)
@action("working_groups.change", conditional=True)
def end(given: dict[str, Any], group_id: str) -> Response:
    """Kết thúc nhiệm vụ của đoàn công tác theo quyết định."""
    version = if_match()
    context = _allow(reads.group(runtime().store, group_id)["organization_ids"])

    def work(tx: Transaction) -> WorkingGroup:
        return commands.end(
            tx,
            tx.load_version(WorkingGroup, group_id, version),
            on=given["on"],
            decision=given["decision"],
        )

    return commit(context, work, _shown)
