"""Nhập vụ việc trước khi có hệ thống: the form, upload, preview, execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews.commands import history as commands
from services.reviews.documents import HistoryImport
from services.reviews.history.rows import sound_page
from services.reviews.history.template import FILE_NAME, template
from services.reviews.roster import RosterReader
from services.reviews.schemas import HistoryImportOut, HistoryRowsOut, HistoryRowsQuery
from shared.access.actor import Context
from shared.imports.rows import findings_page
from shared.imports.upload import FORM, take_upload
from shared.store.connection import Document
from shared.store.errors import MissingError
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, if_match, roots, runtime
from shared.workbook.limits import WorkbookLimits

LIMITS = WorkbookLimits()
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHOWN_REFUSALS = 20
_SHOWN = (
    "state", "file_name", "sha256", "size", "reason", "uploaded_at", "total_rows", "rows_ok", "rows_refused",
    "former_members", "imported_cases", "progress",
)  # fmt: skip


def blueprint() -> Blueprint:
    """Return the blueprint of the history import."""
    bp = Blueprint(
        "history",
        __name__,
        url_prefix="/api/reviews/history-imports",
        description="Nhập vụ việc trước khi có hệ thống",
    )

    @bp.get("/template")
    @bp.doc(responses={200: {"content": {_XLSX: {"schema": {}}}}})
    @bp.response(200)
    @action("cases.import")
    def get_template() -> Response:
        """Tải tệp mẫu trống, có trang hướng dẫn cách ghi từng cột."""
        roots()
        response = Response(template(), content_type=_XLSX)
        response.headers.set("Content-Disposition", "attachment", filename=FILE_NAME)
        return response

    @bp.post("")
    @bp.doc(requestBody=FORM)
    @bp.response(201, HistoryImportOut)
    @action("cases.import")
    def upload_history() -> Response:
        """Tải lên danh sách vụ việc cũ; việc xem trước tự bắt đầu."""
        visible = roots()
        return take_upload(
            _context(None if visible is None else sorted(visible)),
            LIMITS,
            lambda tx, upload: commands.take_in(tx, upload, roots=visible),
            _shown,
            _address,
        )

    @bp.get("/<string:import_id>")
    @bp.response(200, HistoryImportOut)
    @action("cases.import")
    def get_history_import(import_id: str) -> Response:
        """Xem một lượt nhập đã đến đâu; lần xem được ghi nhật ký."""
        raw, context = _allowed(import_id)
        refusals = findings_page(runtime().store, import_id, "refused", after=None, limit=_SHOWN_REFUSALS)
        if refusals.items:
            _read(context, import_id, "import.read")
        return record_answer({**_shown_document(raw), "refusals": refusals.items}, raw["version"])

    @bp.get("/<string:import_id>/rows")
    @bp.arguments(HistoryRowsQuery, location="query")
    @bp.response(200, HistoryRowsOut)
    @action("cases.import")
    def list_history_rows(query: dict[str, Any], import_id: str) -> Response:
        """Liệt kê các dòng đạt, bị từ chối hoặc cần lưu ý, có chỗ và lý do; lần xem được ghi nhật ký."""
        raw, context = _allowed(import_id)
        kind = query.pop("kind")
        store = runtime().store
        page = (
            sound_page(store, raw, **query)
            if kind == "ok"
            else findings_page(store, import_id, kind, **query)
        )
        _read(context, import_id, "import.read_rows")
        return record_answer({"items": page.items, "next": page.next})

    @bp.post("/<string:import_id>/execute")
    @bp.response(202, HistoryImportOut)
    @action("cases.import")
    def execute_history(import_id: str) -> Response:
        """Nhập các dòng đạt của một lượt đã xem trước."""
        version = if_match()
        context = _allowed(import_id)[1]

        def work(tx: Transaction) -> HistoryImport:
            return commands.execute(tx, tx.load_version(HistoryImport, import_id, version))

        return commit(context, work, _shown, status=202, location=_address)

    return bp


def _allowed(import_id: str) -> tuple[Document, Context]:
    """Return an import and the context to act on it in: the caller must hold all it may write under."""
    raw = runtime().store.collection(HistoryImport.kind()).find_one({"_id": import_id})
    if raw is None:
        raise MissingError(HistoryImport.kind(), import_id)
    return raw, _context(None if raw["everywhere"] else raw["roots"])


def _context(organizations: Sequence[str] | None) -> Context:
    if not organizations:
        return allow(path=[])
    today = runtime().clock.today()
    roster = RosterReader(runtime().store)
    return [allow(path=roster.path(each, today)) for each in organizations][-1]


def _read(context: Context, import_id: str, act: str) -> None:
    runtime().unit_of_work.run(context, lambda tx: tx.record(act, import_id))


def _address(made: HistoryImport) -> str:
    return f"/api/reviews/history-imports/{made.id}"


def _shown(made: HistoryImport) -> dict[str, Any]:
    return _shown_document(made.to_document())


def _shown_document(raw: Document) -> dict[str, Any]:
    return {
        "id": raw["_id"],
        **{name: raw.get(name) for name in _SHOWN},
        "problem": raw.get("problem") or None,
        "version": raw["version"],
    }
