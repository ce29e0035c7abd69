"""Nhập số liệu đã công bố từ tệp: the form, what a file holds, and its import."""

from __future__ import annotations

from contextlib import closing
from typing import Any, BinaryIO, cast

import msgspec
from flask import Response, request
from flask_smorest import Blueprint

from services.reporting import queries
from services.reporting.commands import import_published_figures, known_already
from services.reporting.documents import PublishedFigureSet
from services.reporting.domain.published_figures import PublishedBeside, PublishedFigures
from services.reporting.published_imports.reader import LIMITS, Reading, read_file
from services.reporting.published_imports.template import FILE_NAME, template
from services.reporting.schemas import PublishedImportedSchema, PublishedPreviewSchema
from shared.access.actor import Context
from shared.imports.upload import FORM_BYTES, check_workbook
from shared.store.files import digest
from shared.store.unit_of_work import Transaction
from shared.text import nfc
from shared.web.commit import commit
from shared.web.problems import Problem, invalid
from shared.web.requests import action, allow, roots, runtime
from shared.workbook.problems import WorkbookError

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_REASON = (3, 500)


def _form(**fields: dict[str, Any]) -> dict[str, Any]:
    properties = {"file": {"type": "string", "format": "binary"}, **fields}
    schema = {"type": "object", "required": list(properties), "properties": properties}
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


blueprint = Blueprint(
    "published_imports",
    "published_imports",
    url_prefix="/api/reporting/published-figures",
    description="Nhập số liệu đã công bố từ tệp",
)


@blueprint.get("/template")
@blueprint.doc(responses={200: {"content": {_XLSX: {"schema": {}}}}})
@blueprint.response(200)
@action("published.import")
def get_template() -> Response:
    """Return the empty form, with a sheet that says how each column is filled in."""
    roots()
    response = Response(template(), content_type=_XLSX)
    response.headers.set("Content-Disposition", "attachment", filename=FILE_NAME)
    return response


@blueprint.post("/preview")
@blueprint.doc(requestBody=_form())
@blueprint.response(200, PublishedPreviewSchema)
@action("published.import")
def preview() -> Response:
    """Read a workbook or JSON file and say what it holds and what is wrong with it; nothing is kept of it."""
    reading, sha256 = _given()
    context, _ = _allowed(reading.found)

    def work(tx: Transaction) -> list[bool]:
        tx.record("published.preview", sha256)
        return [known_already(tx, each) for each in reading.found]

    return commit(
        context,
        work,
        lambda known: {
            "sha256": sha256,
            "importable": bool(reading.found) and not reading.errors and not any(known),
            "items": [
                {
                    "organization_id": each.organization_id,
                    "published": msgspec.to_builtins(PublishedBeside.of(each)),
                    "known": is_known,
                }
                for each, is_known in zip(reading.found, known, strict=True)
            ],
            "errors": msgspec.to_builtins(reading.errors),
        },
        fingerprint=sha256,
    )


@blueprint.post("/file")
@blueprint.doc(requestBody=_form(sha256={"type": "string"}, reason={"type": "string"}))
@blueprint.response(201, PublishedImportedSchema)
@action("published.import")
def import_file() -> Response:
    """Import all that a file holds, or nothing: the very file that was looked at, named by its hash."""
    reading, sha256 = _given()
    context, paths = _allowed(reading.found)
    reason = nfc(request.form.get("reason", ""))
    if not _REASON[0] <= len(reason) <= _REASON[1]:
        raise invalid(
            "/reason", "required", "Hãy ghi lý do nhập (3–500 ký tự).", "Say why (3-500 characters)."
        )
    if request.form.get("sha256") != sha256:
        raise invalid(
            "/sha256",
            "not_previewed",
            "Tệp này không phải tệp đã xem trước; hãy xem trước rồi gửi kèm sha256 của nó.",
            "This is not the file that was previewed; preview it and send its sha256.",
        )
    if reading.errors or not reading.found:
        raise Problem(
            "invalid",
            "Tệp có số liệu không đúng mẫu hoặc không có bộ số liệu nào; xem errors.",
            "The file does not fit the form, or holds nothing; see errors.",
            errors=reading.errors,
        )

    def work(tx: Transaction) -> list[PublishedFigureSet]:
        return [
            import_published_figures(tx, each, organization_path=path, reason=reason)
            for each, path in zip(reading.found, paths, strict=True)
        ]

    return commit(
        context,
        work,
        lambda kept: {
            "items": [
                {
                    "id": each.id,
                    "organization_id": each.organization_id,
                    "published": msgspec.to_builtins(PublishedBeside.of(each.published())),
                }
                for each in kept
            ]
        },
        status=201,
        fingerprint=f"{sha256} {reason}",
    )


def _given() -> tuple[Reading, str]:
    """Read the file of the request; end with 413 or 422 for what cannot be read at all."""
    request.max_content_length = LIMITS.file_bytes + FORM_BYTES
    given = request.files.get("file")
    if given is None:
        raise invalid("/file", "required", "Thiếu tệp (file).", "The file is missing.")
    store = runtime().store
    with closing(given):
        stream = cast("BinaryIO", given.stream)
        if stream.read(1) not in {b"{", b"["}:
            check_workbook(stream, LIMITS)
        stream.seek(0)
        sha256, _ = digest(stream)
        try:
            return read_file(stream, lambda text: queries.find_organization(store, text)), sha256
        except WorkbookError as error:
            raise invalid(
                "/file", error.code, error.detail_vi, f"The file cannot be used ({error.code})."
            ) from error


def _allowed(found: list[PublishedFigures]) -> tuple[Context, list[tuple[str, ...]]]:
    """Return the context to act in and the place of each set: the caller must hold all of them."""
    ids = [each.organization_id for each in found if each.organization_id is not None]
    places = queries.organizations_of(runtime().store, ids)
    paths = [() if each.organization_id is None else places[each.organization_id].path for each in found]
    contexts = [allow(path=path) for path in paths]
    # Of a file in which nothing can be read, whoever may import somewhere is told why.
    return (contexts[0] if contexts else allow(path=sorted(roots() or ())[:1])), paths
