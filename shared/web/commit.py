"""Commands over HTTP: one transaction carries the effect, its events, its audit and the answer itself.

The answer to an Idempotency-Key is stored in the same transaction, so a repeated POST gets the first
answer again, also after a crash between commit and answer, and two at once have one effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from flask import Response, g, request

from shared.access.actor import Context
from shared.store.aggregate import Aggregate
from shared.store.connection import Document
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem
from shared.web.requests import actor, runtime

T = TypeVar("T")
_IDEMPOTENCY = "idempotency"
_MAX_KEY = 200


def commit(
    context: Context,
    work: Callable[[Transaction], T],
    respond: Callable[[T], dict[str, Any]],
    *,
    status: int = 200,
    location: Callable[[T], str] | None = None,
    fingerprint: str | None = None,
) -> Response:
    """Run *work* in one transaction and answer with what *respond* makes of its result.

    The answer's body gets ``events``: type, subject, sequence and position of each event produced. Its ETag
    is the version of the result when that is an aggregate. For POST the Idempotency-Key header is
    required. *fingerprint* stands for the body of an upload.
    """
    key = _key() if request.method == "POST" else None
    seal = _seal(fingerprint) if key is not None else ""
    if key is not None and (earlier := _earlier(key, seal)) is not None:
        return earlier

    def attempt(tx: Transaction) -> Document:
        result = work(tx)
        tx.flush()
        answer: Document = {
            "status": status,
            "body": msgspec.json.encode({**respond(result), "events": tx.emitted}, enc_hook=str).decode(),
            "etag": f"v{result.version}" if isinstance(result, Aggregate) else None,
            "location": None if location is None else location(result),
        }
        if key is not None:
            tx.collection(_IDEMPOTENCY).insert_one(
                {"_id": key, "seal": seal, "created_at": tx.clock.now(), **answer}, session=tx.session
            )
        return answer

    try:
        answer = runtime().unit_of_work.run(context, attempt)
    except Exception:
        # Another request with the same key may have committed meanwhile, whatever this one stumbled over because
        # of it; then that one's answer is the answer.
        if key is not None and (earlier := _earlier(key, seal)) is not None:
            return earlier
        raise
    return _response(answer)


def _key() -> str:
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given or len(given) > _MAX_KEY:
        raise Problem(
            "idempotency-key-missing",
            f"Mỗi yêu cầu POST cần tiêu đề Idempotency-Key (1–{_MAX_KEY} ký tự), ví dụ một UUID mới.",
            f"Every POST needs the header Idempotency-Key (1-{_MAX_KEY} characters), for example a new UUID.",
        )
    return f"{actor().subject}|{given}"


def _seal(fingerprint: str | None) -> str:
    body = fingerprint.encode() if fingerprint is not None else request.get_data(cache=True)
    parts = (request.method.encode(), request.full_path.encode(), body)
    return hashlib.sha256(b"\x00".join(parts)).hexdigest()


def _earlier(key: str, seal: str) -> Response | None:
    found = runtime().base.collection(_IDEMPOTENCY).find_one({"_id": key})
    if found is None:
        return None
    if found["seal"] != seal:
        raise Problem(
            "idempotency-key-reused",
            "Idempotency-Key này đã được dùng cho một yêu cầu khác; hãy dùng khóa mới.",
            "This Idempotency-Key was used for another request; use a new one.",
        )
    answer = _response(found)
    answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _response(answer: Document) -> Response:
    response = Response(answer["body"], status=answer["status"], content_type="application/json")
    if answer["etag"]:
        response.set_etag(answer["etag"])
    if answer["location"]:
        response.headers["Location"] = answer["location"]
    g.decided = True
    return response


def record_answer(body: dict[str, Any], version: int | None = None) -> Response:
    """Answer a GET with *body*; with *version* as its ETag, and 304 when the caller already has it."""
    response = Response(msgspec.json.encode(body, enc_hook=str), content_type="application/json")
    if version is not None:
        response.set_etag(f"v{version}")
        response.make_conditional(request)
    return response
