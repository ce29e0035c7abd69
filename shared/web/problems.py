"""Problem documents (RFC 9457), Vietnamese first, English by Accept-Language.

Every kind of problem is one row of ``KINDS``: a stable type, its status and its title in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from flask import Response

TYPE_PREFIX = "urn:khoi:problem:"


class Kind(msgspec.Struct, frozen=True):
    """One kind of problem."""

    status: int
    title_vi: str
    title_en: str


KINDS: Mapping[str, Kind] = {
    "bad-request": Kind(400, "Yêu cầu không hợp lệ", "Bad request"),
    "idempotency-key-missing": Kind(400, "Thiếu tiêu đề Idempotency-Key", "Idempotency-Key is missing"),
    "bad-cursor": Kind(400, "Con trỏ trang không hợp lệ", "Bad page cursor"),
    "not-authenticated": Kind(401, "Chưa xác thực", "Not authenticated"),
    "forbidden": Kind(403, "Không có quyền", "Forbidden"),
    "conflict-of-interest": Kind(403, "Xung đột lợi ích", "Conflict of interest"),
    "not-found": Kind(404, "Không tìm thấy", "Not found"),
    "method-not-allowed": Kind(405, "Phương thức không được phép", "Method not allowed"),
    "conflict": Kind(409, "Xung đột với trạng thái hiện tại", "Conflict with the present state"),
    "already-exists": Kind(409, "Đã tồn tại", "Already exists"),
    "gone": Kind(410, "Không còn nữa", "Gone"),
    "precondition-failed": Kind(412, "Bản ghi đã thay đổi", "The record has changed"),
    "too-large": Kind(413, "Dữ liệu quá lớn", "Too large"),
    "unsupported-media-type": Kind(415, "Kiểu dữ liệu không được hỗ trợ", "Unsupported media type"),
    "invalid": Kind(422, "Dữ liệu không hợp lệ", "Invalid data"),
    "rule-refused": Kind(422, "Không đúng quy trình", "Refused by a rule of the procedure"),
    "file-refused": Kind(422, "Tệp không đọc được", "The file cannot be used"),
    "idempotency-key-reused": Kind(422, "Idempotency-Key đã dùng cho yêu cầu khác", "Idempotency-Key reused"),
    "precondition-required": Kind(428, "Cần tiêu đề If-Match", "If-Match is required"),
    "internal": Kind(500, "Lỗi hệ thống", "Internal error"),
    "unavailable": Kind(503, "Tạm thời không phục vụ được", "Temporarily unavailable"),
}


class FieldProblem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong at one place of the request: a JSON pointer, a code, and how to mend it."""

    pointer: str
    code: str
    detail: str
    detail_en: str | None = None


class Problem(Exception):  # noqa: N818 -- RFC 9457 calls it a problem
    """Ends the request with a problem document."""

    def __init__(
        self,
        kind: str,
        detail: str,
        detail_en: str,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Be a problem of *kind* (a key of KINDS), said in both languages.

        *extra* goes into the document as extension members (for example the citation of the rule).
        """
        super().__init__(f"{kind}: {detail_en}")
        self.kind = kind
        self.detail = detail
        self.detail_en = detail_en
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return KINDS[self.kind].status

    def document(self, *, english: bool, instance: str | None = None) -> dict[str, Any]:
        """Return the problem document in the language asked for."""
        kind = KINDS[self.kind]
        found: dict[str, Any] = {
            "type": TYPE_PREFIX + self.kind,
            "title": kind.title_en if english else kind.title_vi,
            "status": kind.status,
            "detail": self.detail_en if english else self.detail,
        }
        if instance:
            found["instance"] = instance
        if self.errors:
            found["errors"] = [
                {
                    "pointer": error.pointer,
                    "code": error.code,
                    "detail": (error.detail_en or error.detail) if english else error.detail,
                }
                for error in self.errors
            ]
        return {**found, **self.extra}

    def response(self) -> Response:
        """Return the answer to the request at hand."""
        from flask import Response, request  # noqa: PLC0415 -- rules raise problems in workers too, without a web

        english = request.accept_languages.best_match(["vi", "en"], default="vi") == "en"
        body = msgspec.json.encode(
            self.document(english=english, instance=request.headers.get("X-Request-Id"))
        )
        answer = Response(body, status=self.status, content_type="application/problem+json")
        answer.headers.extend(self.headers)
        answer.headers["Content-Language"] = "en" if english else "vi"
        return answer


def not_found(kind: str, record_id: str) -> Problem:
    """Return the problem of a record that does not exist or may not be known to exist."""
    return Problem(
        "not-found",
        f"Không có bản ghi {kind} {record_id}.",
        f"There is no {kind} {record_id}.",
    )


def invalid(pointer: str, code: str, detail: str, detail_en: str) -> Problem:
    """Return the problem of one bad field."""
    return Problem(
        "invalid",
        detail,
        detail_en,
        errors=[FieldProblem(pointer=pointer, code=code, detail=detail, detail_en=detail_en)],
    )
