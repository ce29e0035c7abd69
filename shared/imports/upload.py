"""Taking in a workbook over HTTP: checked before it is kept, and kept only when the import is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any, BinaryIO, TypeVar, cast

import msgspec
from flask import Response, request

from shared.access.actor import Context
from shared.ids import new_id
from shared.imports import files
from shared.imports.record import Import
from shared.store.unit_of_work import Transaction
from shared.text import nfc
from shared.web.commit import commit
from shared.web.problems import FieldProblem, Problem, invalid
from shared.web.requests import runtime
from shared.workbook.archive import check_archive
from shared.workbook.limits import WorkbookLimits
from shared.workbook.problems import WorkbookError

FORM_BYTES = 64 * 1024
"""What a multipart body may carry besides the file."""
MAX_TEXT = 200
FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "reason": {"type": "string", "maxLength": MAX_TEXT},
                },
            }
        }
    },
}
"""The request body as OpenAPI says it."""
Made = TypeVar("Made", bound=Import)


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """Tệp được gửi: a workbook that is kept and will be previewed."""

    import_id: str
    file_id: str
    file_name: str
    sha256: str
    size: int
    reason: str | None


def take_upload(
    context: Context,
    limits: WorkbookLimits,
    work: Callable[[Transaction, Upload], Made],
    shown: Callable[[Made], dict[str, Any]],
    address: Callable[[Made], str],
) -> Response:
    """Keep the file of the request and let *work* make an import of it; 413 or 422 for what is no such workbook."""
    # Read only now: nobody who may not import makes us read a large body.
    request.max_content_length = limits.file_bytes + FORM_BYTES
    given = request.files.get("file")
    if given is None:
        raise invalid("/file", "required", "Thiếu tệp (file).", "The file is missing.")
    reason = nfc(request.form.get("reason", "")) or None
    if reason is not None and len(reason) > MAX_TEXT:
        raise invalid("/reason", "too_long", f"Lý do dài quá {MAX_TEXT} ký tự.", "The reason is too long.")
    store = runtime().store
    file_id = new_id()
    with closing(given):
        stream = cast("BinaryIO", given.stream)
        check_workbook(stream, limits)
        sha256, size = files.digest(stream)
        files.keep(store, file_id, stream)
    upload = Upload(
        import_id=new_id(),
        file_id=file_id,
        file_name=nfc(given.filename or "")[:MAX_TEXT],
        sha256=sha256,
        size=size,
        reason=reason,
    )
    answer = None
    try:
        answer = commit(
            context,
            lambda tx: work(tx, upload),
            shown,
            status=201,
            location=address,
            fingerprint=f"{sha256} {reason or ''}",
        )
    finally:
        if answer is None or "Idempotency-Replayed" in answer.headers:
            files.drop(store, file_id)
    return answer


def check_workbook(stream: BinaryIO, limits: WorkbookLimits) -> None:
    """End with 413 or 422 unless an upload is a workbook within the limits."""
    try:
        check_archive(stream, limits)
    except WorkbookError as error:
        raise Problem(
            "too-large" if error.code == "file_too_large" else "file-refused",
            error.detail_vi,
            f"The file cannot be used ({error.code}).",
            errors=[
                FieldProblem(pointer="/file", code=error.code, detail=error.detail_vi, detail_en=error.code)
            ],
        ) from error
