"""A service made for kernel tests: pages that can be written, changed and read, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from mongoengine import StringField

from shared.events.catalogue.members import MemberErased
from shared.service import ServiceDefinition
from shared.store.aggregate import Aggregate
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.problems import not_found
from shared.web.requests import action, allow, if_match, runtime

PATH = ["khoi", "co-so", "chi-bo"]


class LedgerPage(Aggregate):
    meta: ClassVar[dict[str, Any]] = {"collection": "pages", "db_alias": "members"}

    text = StringField(required=True)


class PageSchema(Schema):
    text = fields.String(required=True, validate=validate.Length(min=1, max=40))
    on = fields.Date()


def _written(page: LedgerPage) -> dict[str, Any]:
    return {"id": page.id, "text": page.text, "version": page.version}


def _blueprints() -> list[Blueprint]:
    blueprint = Blueprint("pages", "pages", url_prefix="/api/members/pages")

    @blueprint.post("/<string:page_id>")
    @blueprint.arguments(PageSchema)
    @blueprint.response(201, PageSchema)
    @action("members.change")
    def write(data: dict[str, Any], page_id: str) -> Response:
        def work(tx: Transaction) -> LedgerPage:
            page = LedgerPage(id=page_id, text=data["text"])
            tx.emit(page, MemberErased(member_id=page_id, on=date(2024, 1, 1)))
            tx.record("page.write", page_id)
            tx.insert(page)
            return page

        return commit(allow(path=PATH), work, _written, status=201)

    @blueprint.patch("/<string:page_id>")
    @blueprint.arguments(PageSchema)
    @blueprint.response(200, PageSchema)
    @action("members.change")
    def change(data: dict[str, Any], page_id: str) -> Response:
        version = if_match()

        def work(tx: Transaction) -> LedgerPage:
            page = tx.load_version(LedgerPage, page_id, version)
            page.text = data["text"]
            tx.emit(page, MemberErased(member_id=page_id, on=date(2024, 1, 2)))
            tx.record("page.change", page_id)
            tx.save(page)
            return page

        return commit(allow(path=PATH), work, _written)

    @blueprint.get("/<string:page_id>")
    @blueprint.response(200, PageSchema)
    @action("members.read")
    def read(page_id: str) -> Response:
        allow(path=PATH)
        raw = runtime().store.collection("pages").find_one({"_id": page_id})
        if raw is None:
            raise not_found("page", page_id)
        return record_answer({"id": raw["_id"], "text": raw["text"]}, raw["version"])

    @blueprint.get("/careless/<string:page_id>")
    @action("members.read")
    def careless(page_id: str) -> Response:
        return record_answer({"id": page_id})

    return [blueprint]


LEDGERS = ServiceDefinition(name="members", title="Sổ", blueprints=_blueprints)
