"""Đảng viên: the register of members."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.members import queries
from services.members.commands import members as commands
from services.members.documents import Member
from services.members.schemas import (
    ChangeMemberSchema,
    MemberPageSchema,
    MemberQuery,
    MemberSchema,
    RegisterSchema,
)
from services.members.warnings import registration_warnings
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, actor, allow, if_match, roots, runtime

blueprint = Blueprint("members", "members", url_prefix="/api/members/members", description="Đảng viên")


def _shown(member: Member) -> dict[str, Any]:
    return queries.member_state(member.to_document())


@blueprint.post("")
@blueprint.arguments(RegisterSchema)
@blueprint.response(201, MemberSchema)
@action("members.change")
def register(given: dict[str, Any]) -> Response:
    """Put a member on the roster of a cell."""
    context = allow(path=queries.organization(runtime().store, given["cell_id"])["path"])
    member_id = new_id()
    facts = {name: given[name] for name in commands.CHANGEABLE}
    warnings: list[dict[str, Any]] = []

    def work(tx: Transaction) -> Member:
        warnings[:] = registration_warnings(tx, facts, cell_id=given["cell_id"], on=given["since"])
        return commands.register(
            tx, member_id=member_id, cell_id=given["cell_id"], since=given["since"], facts=facts
        )

    return commit(
        context,
        work,
        lambda made: {**_shown(made), "warnings": warnings},
        status=201,
        location=lambda made: f"/api/members/members/{made.id}",
    )


@blueprint.get("")
@blueprint.arguments(MemberQuery, location="query")
@blueprint.response(200, MemberPageSchema)
@action("members.read")
def list_members(query: dict[str, Any]) -> Response:
    """List members cell by cell, or find them by name or number."""
    visible = roots()
    store = runtime().store
    organization_id = query.pop("organization")
    q, card_number, day = query.pop("q"), query.pop("card_number"), query.pop("as_of")
    if visible is not None and not visible:
        page = queries.own_record(store, actor().member_id)
    else:
        if organization_id is not None:
            allow(path=queries.organization(store, organization_id)["path"])
        page = (
            queries.members_on(
                store,
                day,
                roots=visible,
                organization_id=organization_id,
                q=q,
                card_number=card_number,
                **query,
            )
            if day is not None
            else queries.list_members(store, roots=visible, organization_id=organization_id, **query)
            if q is None and card_number is None
            else queries.find_members(
                store,
                roots=visible,
                organization_id=organization_id,
                q=q,
                card_number=card_number,
                **query,
            )
        )
    return record_answer({"items": page.items, "next": page.next})


@blueprint.get("/<string:member_id>")
@blueprint.response(200, MemberSchema)
@action("members.read")
def get_member(member_id: str) -> Response:
    """Show one member; members see their own record."""
    raw = queries.member(runtime().store, member_id)
    allow(path=raw["organization_path"], member_id=member_id)
    return record_answer(queries.member_state(raw), raw["version"])


@blueprint.patch("/<string:member_id>")
@blueprint.arguments(ChangeMemberSchema)
@blueprint.response(200, MemberSchema)
@action("members.change")
def change_member(given: dict[str, Any], member_id: str) -> Response:
    """Change what the record says of a member, as of a day."""
    version = if_match()
    on = given.pop("on")
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])

    def work(tx: Transaction) -> Member:
        return commands.change(tx, tx.load_version(Member, member_id, version), on=on, facts=given)

    return commit(context, work, _shown)
