"""Tệp đính kèm: scans of a case, taken in after a look at their content; every download is logged."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any, BinaryIO, cast

from flask import Response, request
from flask_smorest import Blueprint
from gridfs.errors import NoFile
from marshmallow import ValidationError

from services.reviews.answers import Viewer
from services.reviews.api.acting import admitted
from services.reviews.attachments.content import BadScanError, media_type_of
from services.reviews.attachments.kept import scans
from services.reviews.commands import attachments as commands
from services.reviews.documents import Attachment
from services.reviews.schemas import SCAN_VI, AttachmentFields, AttachmentOut, AttachmentsOut, RemovalReasonIn
from shared.ids import new_id
from shared.store.connection import Document
from shared.store.files import digest
from shared.store.unit_of_work import Transaction
from shared.text import nfc
from shared.web.commit import commit, record_answer
from shared.web.problems import FieldProblem, Problem, invalid
from shared.web.requests import action, if_match, runtime

FOR_THE_MEMBER = frozenset({"notice", "decision", "complaint_reply"})
"""Scans addressed to the member; the others are papers of the organisation about them."""
_FORM_BYTES = 64 * 1024
"""What a multipart body may carry besides the file."""
_MAX_NAME = 200
_SHOWN = (
    "case_id", "description", "link", "number", "file_name", "media_type", "sha256", "size", "attached_at",
    "role", "version", "removed_at", "removed_because",
)  # fmt: skip


def blueprint() -> Blueprint:
    """Return the blueprint of attachments."""
    bp = Blueprint(
        "attachments", __name__, url_prefix="/api/reviews/cases", description="Tệp đính kèm (bản quét)"
    )

    @bp.get("/<string:case_id>/attachments")
    @bp.response(200, AttachmentsOut)
    @action("cases.attachments")
    def list_attachments(case_id: str) -> Response:
        """Xem vụ việc có những tệp nào, kể cả tệp đã gỡ; lần xem được ghi nhật ký."""
        context, _, member_id = admitted(case_id, as_member=True)
        viewer = Viewer.of(context, member_id)

        def read(tx: Transaction) -> list[Document]:
            found = tx.collection(Attachment.kind()).find({"case_id": case_id}, session=tx.session)
            tx.record("case.read_attachments", case_id, member_id=member_id)
            return sorted(found, key=lambda raw: str(raw["_id"]))

        found = runtime().unit_of_work.run(context, read)
        return record_answer(
            {"case_id": case_id, "items": [_shown(raw) for raw in found if _withheld(raw, viewer) is None]}
        )

    @bp.post("/<string:case_id>/attachments")
    @bp.doc(
        requestBody={
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file", "kind", "link", "number"],
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            "kind": {"type": "string", "enum": list(SCAN_VI)},
                            "description": {"type": "string", "maxLength": 500},
                            "link": {"type": "string", "enum": ["step", "evidence"]},
                            "number": {"type": "integer", "minimum": 1},
                        },
                    }
                }
            },
        }
    )
    @bp.response(201, AttachmentOut)
    @action("cases.attach")
    def attach(case_id: str) -> Response:
        """Đính kèm một bản quét vào một bước hoặc một tài liệu chứng minh của vụ việc."""
        return _taken_in(case_id)

    @bp.get("/<string:case_id>/attachments/<string:attachment_id>")
    @bp.response(200, content_type="application/octet-stream")
    @action("cases.attachments")
    def read_attachment(case_id: str, attachment_id: str) -> Response:
        """Tải một tệp; lần tải được ghi nhật ký. Đảng viên tải văn bản gửi cho mình."""
        return _handed_out(case_id, attachment_id)

    @bp.post("/<string:case_id>/attachments/<string:attachment_id>/removal")
    @bp.arguments(RemovalReasonIn)
    @bp.response(200, AttachmentOut)
    @action("cases.detach", conditional=True)
    def take_off(data: dict[str, Any], case_id: str, attachment_id: str) -> Response:
        """Gỡ một tệp, có lý do: nội dung bị xóa, mã băm và việc gỡ được giữ lại."""
        context, _, _ = admitted(case_id)
        version = if_match()
        answer = commit(
            context,
            lambda tx: commands.take_off(tx, case_id, attachment_id, version, **data),
            lambda found: _shown(found.to_document()),
        )
        scans(runtime().store).drop(attachment_id)
        return answer

    return bp


def _taken_in(case_id: str) -> Response:
    context, _, _ = admitted(case_id)
    # Read only now: nobody who may not attach makes us read a large body.
    request.max_content_length = runtime().settings.attachment_bytes + _FORM_BYTES
    given = request.files.get("file")
    if given is None:
        raise invalid("/file", "required", "Thiếu tệp (file).", "The file is missing.")
    told = _told(request.form)
    files = scans(runtime().store)
    attachment_id = new_id()
    with closing(given):
        stream = cast("BinaryIO", given.stream)
        file_name = nfc(given.filename or "")[-_MAX_NAME:]
        sha256, size = digest(stream)
        media_type = _checked(stream, size=size, file_name=file_name, declared=given.mimetype)
        files.keep(attachment_id, stream, name=attachment_id)
    answer = None
    try:
        answer = commit(
            context,
            lambda tx: commands.attach(
                tx,
                case_id,
                attachment_id=attachment_id,
                file_name=file_name,
                media_type=media_type,
                sha256=sha256,
                size=size,
                **told,
            ),
            lambda made: _shown(made.to_document()),
            status=201,
            location=lambda made: f"/api/reviews/cases/{case_id}/attachments/{made.id}",
            fingerprint=f"{sha256} {file_name} {sorted(told.items())}",
        )
    finally:
        # A commit of unknown outcome may have linked the file: only what certainly is not linked goes now,
        # and the sweep looks after the rest.
        if answer is not None and "Idempotency-Replayed" in answer.headers:
            files.drop(attachment_id)
    return answer


def _handed_out(case_id: str, attachment_id: str) -> Response:
    context, _, member_id = admitted(case_id, as_member=True)
    viewer = Viewer.of(context, member_id)

    def read(tx: Transaction) -> Attachment:
        found = commands.of_case(tx.load(Attachment, attachment_id), case_id)
        why = _withheld(found.to_document(), viewer)
        if why is not None:
            raise Problem("forbidden", why, "This scan is not shown to you.")
        if found.removed_at is not None:
            raise _taken_off()
        return found

    found = runtime().unit_of_work.run(context, read)
    try:
        with scans(runtime().store).opened(attachment_id) as stream:
            content = stream.read()
    except NoFile as error:  # somebody took it off in between: its content goes right after the act
        raise _taken_off() from error
    # Only what was really read is on record as read, and nothing is sent before it is.
    runtime().unit_of_work.run(
        context, lambda tx: tx.record("attachment.read", attachment_id, member_id=member_id)
    )
    answer = Response(content, content_type=found.media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=found.file_name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.set_etag(found.sha256)
    return answer


def _taken_off() -> Problem:
    return Problem("gone", "Tệp này đã được gỡ.", "This scan was taken off the case.")


def _told(form: Mapping[str, str]) -> dict[str, Any]:
    try:
        told: dict[str, Any] = AttachmentFields().load(
            {name: form[name] for name in ("kind", "description", "link", "number") if name in form}
        )
    except ValidationError as error:
        (field, messages), *_ = error.messages_dict.items()
        raise invalid(
            f"/{field}", "invalid", " ".join(map(str, messages)), "Not a value of this field."
        ) from error
    return told


def _checked(stream: BinaryIO, *, size: int, file_name: str, declared: str) -> str:
    limit = runtime().settings.attachment_bytes
    if size > limit:
        raise Problem("too-large", f"Tệp lớn hơn {limit} byte.", f"The file is larger than {limit} bytes.")
    try:
        return media_type_of(stream, file_name=file_name, declared=declared)
    except BadScanError as error:
        raise Problem(
            "file-refused",
            error.detail_vi,
            error.detail_en,
            errors=[
                FieldProblem(
                    pointer="/file", code=error.code, detail=error.detail_vi, detail_en=error.detail_en
                )
            ],
        ) from error


def _withheld(raw: Document, viewer: Viewer) -> str | None:
    """Return why a scan is kept from the viewer: not addressed to the member, or it tells the totals of a ballot."""
    if viewer.own and raw["kind_of_scan"] not in FOR_THE_MEMBER:
        return "Tệp này không gửi cho đồng chí."
    if raw["kind_of_scan"] == "ballot_minutes" and viewer.role != raw["role"]:
        return "Biên bản kiểm phiếu chỉ cho cấp đã đính kèm biên bản xem."
    return None


def _shown(raw: Document) -> dict[str, Any]:
    kind = raw["kind_of_scan"]
    return {"id": raw["_id"], "kind": {"code": kind, "label": SCAN_VI[kind]}} | {
        name: raw.get(name) for name in _SHOWN
    }
