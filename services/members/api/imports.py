"""Nhập danh sách đảng viên: upload, preview, execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.members import queries
from services.members.commands import imports as commands
from services.members.documents import RosterImport
from services.members.domain.matching import RULES
from services.members.imports import undecided
from services.members.imports.rows import sound_page
from services.members.schemas import (
    DecisionsSchema,
    ImportRowPageSchema,
    ImportRowsQuery,
    ImportSchema,
    MatchingRulesSchema,
    UndecidedPageSchema,
)
from shared.access.actor import Context
from shared.imports.rows import findings_page
from shared.imports.upload import FORM, take_upload
from shared.store.connection import Document
from shared.store.errors import MissingError
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, if_match, roots, runtime
from shared.web.schemas import PageQuery
from shared.workbook.limits import WorkbookLimits

LIMITS = WorkbookLimits()
_SHOWN_REFUSALS = 20
_SHOWN = (
    "state", "file_name", "sha256", "size", "reason", "uploaded_at", "total_rows", "rows_ok",
    "rows_refused", "organizations", "duplicates", "imported_members", "imported_organizations", "progress",
    "updates", "undecided", "updated_members",
)  # fmt: skip

blueprint = Blueprint(
    "imports",
    "imports",
    url_prefix="/api/members/imports",
    description="Nhập danh sách đảng viên (Mẫu 7-HSĐV)",
)


@blueprint.post("")
@blueprint.doc(requestBody=FORM)
@blueprint.response(201, ImportSchema)
@action("members.import")
def upload() -> Response:
    """Take in a roster workbook; its preview begins by itself."""
    visible = roots()
    return take_upload(
        _context(None if visible is None else sorted(visible)),
        LIMITS,
        lambda tx, upload: commands.take_in(tx, upload, roots=visible),
        _shown,
        _address,
    )


@blueprint.get("/<string:import_id>")
@blueprint.response(200, ImportSchema)
@action("members.import")
def get_import(import_id: str) -> Response:
    """Show how far an import is."""
    raw = _allowed(import_id)[0]
    refusals = findings_page(runtime().store, import_id, "refused", after=None, limit=_SHOWN_REFUSALS)
    return record_answer({**_shown_document(raw), "refusals": refusals.items}, raw["version"])


@blueprint.get("/<string:import_id>/rows")
@blueprint.arguments(ImportRowsQuery, location="query")
@blueprint.response(200, ImportRowPageSchema)
@action("members.import")
def list_rows(query: dict[str, Any], import_id: str) -> Response:
    """List the rows of an import that are refused, known already or sound, with place and reason."""
    raw = _allowed(import_id)[0]
    kind = query.pop("kind")
    store = runtime().store
    page = sound_page(store, raw, **query) if kind == "ok" else findings_page(store, import_id, kind, **query)
    return record_answer({"items": page.items, "next": page.next})


@blueprint.get("/rules")
@blueprint.response(200, MatchingRulesSchema)
@action("members.import")
def matching_rules() -> Response:
    """List the rules by which rows are taken for members on record, in the order in which they are tried."""
    roots()
    return record_answer(
        {"items": [{"code": rule.code, "sure": rule.sure, "text": rule.text_vi} for rule in RULES]}
    )


@blueprint.get("/<string:import_id>/undecided")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, UndecidedPageSchema)
@action("members.import")
def list_undecided(query: dict[str, Any], import_id: str) -> Response:
    """List the rows that may be somebody on record, with who that would be and what was decided."""
    _allowed(import_id)
    page = undecided.page(runtime().store, import_id, **query)
    return record_answer({"items": page.items, "next": page.next})


@blueprint.post("/<string:import_id>/decisions")
@blueprint.arguments(DecisionsSchema)
@blueprint.response(200, ImportSchema)
@action("members.import", conditional=True)
def decide(given: dict[str, Any], import_id: str) -> Response:
    """Decide about near-duplicates: the same person as a record, a new one, or leave the row out."""
    version = if_match()
    context = _allowed(import_id)[1]
    answers = [undecided.Answer(**each) for each in given["decisions"]]

    def work(tx: Transaction) -> RosterImport:
        return commands.decide(tx, tx.load_version(RosterImport, import_id, version), answers)

    return commit(context, work, _shown)


@blueprint.post("/<string:import_id>/execute")
@blueprint.response(202, ImportSchema)
@action("members.import")
def execute(import_id: str) -> Response:
    """Write the sound rows of a previewed import into the records."""
    version = if_match()
    context = _allowed(import_id)[1]

    def work(tx: Transaction) -> RosterImport:
        return commands.execute(tx, tx.load_version(RosterImport, import_id, version))

    return commit(context, work, _shown, status=202, location=_address)


def _allowed(import_id: str) -> tuple[Document, Context]:
    """Return an import and the context to act on it in: the caller must hold all it may write under."""
    raw = runtime().store.collection(RosterImport.kind()).find_one({"_id": import_id})
    if raw is None:
        raise MissingError(RosterImport.kind(), import_id)
    return raw, _context(None if raw["everywhere"] else raw["roots"])


def _context(organizations: Sequence[str] | None) -> Context:
    if not organizations:
        return allow(path=[])
    paths = [queries.organization(runtime().store, each)["path"] for each in organizations]
    return [allow(path=path) for path in paths][-1]


def _address(made: RosterImport) -> str:
    return f"/api/members/imports/{made.id}"


def _shown(made: RosterImport) -> dict[str, Any]:
    return _shown_document(made.to_document())


def _shown_document(raw: Document) -> dict[str, Any]:
    return {
        "id": raw["_id"],
        **{name: raw.get(name) for name in _SHOWN},
        "problem": raw.get("problem") or None,
        "version": raw["version"],
    }
