"""Nhập danh sách đảng viên: upload, preview, execution."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, BinaryIO, cast

from flask import Response, request
from flask_smorest import Blueprint

from services.members import queries
from services.members.commands import imports as commands
from services.members.documents import RosterImport
from services.members.domain.matching import RULES
from services.members.imports import files, undecided
from services.members.imports.rows import findings_page, sound_page
from services.members.schemas import (
    DecisionsSchema,
    ImportRowPageSchema,
    ImportRowsQuery,
    ImportSchema,
    MatchingRulesSchema,
    UndecidedPageSchema,
)
from shared.access.actor import Context
from shared.ids import new_id
from shared.store.connection import Document
from shared.store.errors import MissingError
from shared.store.unit_of_work import Transaction
from shared.text import nfc
from shared.web.commit import commit, record_answer
from shared.web.problems import FieldProblem, Problem, invalid
from shared.web.requests import action, allow, if_match, roots, runtime
from shared.web.schemas import PageQuery
from shared.workbook.archive import check_archive
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import WorkbookError

LIMITS = WorkbookLimits()
FORM_BYTES = 64 * 1024
"""What a multipart body may carry besides the file."""
_MAX_TEXT = 200
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
@blueprint.doc(
    requestBody={
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "reason": {"type": "string", "maxLength": _MAX_TEXT},
                    },
                }
            }
        },
    }
)
@blueprint.response(201, ImportSchema)
@action("members.import")
def upload() -> Response:
    """Take in a roster workbook; its preview begins by itself."""
    visible = roots()
    context = _context(None if visible is None else sorted(visible))
    # Read only now: nobody who may not import makes us read a large body.
    request.max_content_length = LIMITS.file_bytes + FORM_BYTES
    given = request.files.get("file")
    if given is None:
        raise invalid("/file", "required", "Thiếu tệp (file).", "The file is missing.")
    reason = nfc(request.form.get("reason", "")) or None
    if reason is not None and len(reason) > _MAX_TEXT:
        raise invalid("/reason", "too_long", f"Lý do dài quá {_MAX_TEXT} ký tự.", "The reason is too long.")
    store = runtime().store
    import_id, file_id = new_id(), new_id()
    with closing(given):
        stream = cast("BinaryIO", given.stream)
        check_workbook(stream)
        sha256, size = files.digest(stream)
        files.keep(store, file_id, stream)

    def work(tx: Transaction) -> RosterImport:
        return commands.take_in(
            tx,
            import_id=import_id,
            file_id=file_id,
            file_name=nfc(given.filename or "")[:_MAX_TEXT],
            sha256=sha256,
            size=size,
            reason=reason,
            roots=visible,
        )

    answer = None
    try:
        answer = commit(
            context, work, _shown, status=201, location=_address, fingerprint=f"{sha256} {reason or ''}"
        )
    finally:
        if answer is None or "Idempotency-Replayed" in answer.headers:
            files.drop(store, file_id)
    return answer


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


def check_workbook(stream: BinaryIO) -> None:
    """End with 413 or 422 unless an upload is a workbook within the limits."""
    try:
        check_archive(stream, LIMITS)
    except WorkbookError as error:
        raise Problem(
            "too-large" if error.code == "file_too_large" else "file-refused",
            error.detail_vi,
            f"The file cannot be used ({error.code}).",
            errors=[
                FieldProblem(pointer="/file", code=error.code, detail=error.detail_vi, detail_en=error.code)
            ],
        ) from error


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
