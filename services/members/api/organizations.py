"""Tổ chức đảng: the dated tree of organisations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.members import queries
from services.members.commands import organizations as commands
from services.members.documents import Organization
from services.members.levels import level_of
from services.members.refusals import refused
from services.members.schemas import (
    AsOfQuery,
    DissolveSchema,
    EstablishSchema,
    MergeSchema,
    OrganizationPageSchema,
    OrganizationQuery,
    OrganizationSchema,
    ReorganizeSchema,
)
from services.members.warnings import warnings_of
from shared.access.actor import Context
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.problems import not_found
from shared.web.requests import action, allow, if_match, roots, runtime

blueprint = Blueprint(
    "organizations", "organizations", url_prefix="/api/members/organizations", description="Tổ chức đảng"
)


def _shown(organization: Organization) -> dict[str, Any]:
    raw = organization.to_document()
    return {**queries.organization_state(raw), "versions": queries.versions(raw)}


def _commit(
    context: Context, work: Callable[[Transaction], Organization], *, about: str | None = None, **options: Any
) -> Response:
    """Commit and answer with the warnings that the change brings about, of organisation *about* or of itself."""
    warnings: list[dict[str, Any]] = []

    def warned(tx: Transaction) -> Organization:
        changed = work(tx)
        seen = changed if about is None else tx.load(Organization, about)
        warnings[:] = warnings_of(tx.store, seen.to_document(), today=tx.clock.today(), session=tx.session)
        return changed

    return commit(context, warned, lambda made: {**_shown(made), "warnings": warnings}, **options)


@blueprint.post("")
@blueprint.arguments(EstablishSchema)
@blueprint.response(201, OrganizationSchema)
@action("organizations.change")
def establish(given: dict[str, Any]) -> Response:
    """Establish an organisation."""
    organization_id = given["id"] or new_id()
    parent_id = given["parent_id"]
    parent = None if parent_id is None else queries.organization(runtime().store, parent_id)
    context = allow(path=[organization_id] if parent is None else parent["path"])
    level = level_of(given["level"], is_cell=given["is_cell"])
    if level is None:
        raise refused("unknown_level", "level", f"Không có cấp tổ chức «{given['level']}».")
    if level.is_cell != given["is_cell"]:
        raise refused("level_is_cell", "is_cell", f"is_cell trái với cấp «{level.name_vi}».")

    def work(tx: Transaction) -> Organization:
        return commands.establish(
            tx,
            organization_id=organization_id,
            name=given["name"],
            level=level,
            code=given["code"],
            parent_id=parent_id,
            on=given["on"],
            decision=given["decision"],
        )

    return _commit(
        context,
        work,
        status=201,
        location=lambda made: f"/api/members/organizations/{made.id}",
    )


@blueprint.get("")
@blueprint.arguments(OrganizationQuery, location="query")
@blueprint.response(200, OrganizationPageSchema)
@action("organizations.read")
def list_organizations(query: dict[str, Any]) -> Response:
    """List organisations, now or as they stood on a day."""
    visible = roots()
    day = query.pop("as_of")
    store = runtime().store
    page = (
        queries.organizations(store, roots=visible, **query)
        if day is None
        else queries.organizations_on(store, day, roots=visible, **query)
    )
    return record_answer({"items": page.items, "next": page.next})


@blueprint.get("/<string:organization_id>")
@blueprint.arguments(AsOfQuery, location="query")
@blueprint.response(200, OrganizationSchema)
@action("organizations.read")
def get_organization(query: dict[str, Any], organization_id: str) -> Response:
    """Show one organisation, now or as it stood on a day."""
    store = runtime().store
    raw = queries.organization(store, organization_id)
    allow(path=raw["path"])
    if query["as_of"] is None:
        body = {
            **queries.organization_state(raw),
            "versions": queries.versions(raw),
            "warnings": warnings_of(store, raw, today=runtime().clock.today()),
        }
        return record_answer(body, raw["version"])
    state = queries.organization_on(store, raw, query["as_of"])
    if state is None:
        raise not_found(Organization.kind(), organization_id)
    return record_answer(state)


@blueprint.patch("/<string:organization_id>")
@blueprint.arguments(ReorganizeSchema)
@blueprint.response(200, OrganizationSchema)
@action("organizations.change")
def reorganize(given: dict[str, Any], organization_id: str) -> Response:
    """Rename an organisation or move it under another, with everything below it."""
    version = if_match()
    store = runtime().store
    context = allow(path=queries.organization(store, organization_id)["path"])
    if given.get("parent_id") is not None:
        # Whoever moves it must hold both places.
        allow(path=queries.organization(store, given["parent_id"])["path"])

    def work(tx: Transaction) -> Organization:
        organization = tx.load_version(Organization, organization_id, version)
        return commands.change(
            tx,
            organization,
            name=given.get("name"),
            parent_id=given.get("parent_id", organization.parent_id),
            on=given["on"],
            decision=given["decision"],
        )

    return _commit(context, work)


@blueprint.post("/<string:organization_id>/merge")
@blueprint.arguments(MergeSchema)
@blueprint.response(200, OrganizationSchema)
@action("organizations.change", conditional=True)
def merge(given: dict[str, Any], organization_id: str) -> Response:
    """Merge an organisation into another, with all its organisations and members."""
    version = if_match()
    store = runtime().store
    context = allow(path=queries.organization(store, organization_id)["path"])
    # Whoever merges it must hold both places.
    allow(path=queries.organization(store, given["into_id"])["path"])

    def work(tx: Transaction) -> Organization:
        return commands.merge(
            tx,
            tx.load_version(Organization, organization_id, version),
            into_id=given["into_id"],
            on=given["on"],
            decision=given["decision"],
        )

    return _commit(context, work, about=given["into_id"])


@blueprint.post("/<string:organization_id>/dissolve")
@blueprint.arguments(DissolveSchema)
@blueprint.response(200, OrganizationSchema)
@action("organizations.change", conditional=True)
def dissolve(given: dict[str, Any], organization_id: str) -> Response:
    """Dissolve an organisation that has neither members nor organisations under it."""
    version = if_match()
    context = allow(path=queries.organization(runtime().store, organization_id)["path"])

    def work(tx: Transaction) -> Organization:
        return commands.dissolve(
            tx,
            tx.load_version(Organization, organization_id, version),
            on=given["on"],
            successor_id=given["successor_id"],
            decision=given["decision"],
        )

    return _commit(context, work)
