"""What a view asks about the request at hand: who, whether they may, under which condition."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from flask import current_app, g, has_request_context, request

from shared import logs, traces
from shared.access.actor import Actor, Context
from shared.access.table import TABLE, allowing, decide, visible_roots
from shared.access.tokens import BadTokenError, KeysUnavailableError
from shared.access.working_groups import claims
from shared.ids import new_id
from shared.service import Runtime
from shared.store.connection import Store
from shared.web.problems import Problem

View = TypeVar("View", bound=Callable[..., Any])

_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def runtime() -> Runtime:
    """Return the process's runtime."""
    return cast("Runtime", current_app.extensions["khoi"])


def once_per_request(find: Callable[[], Store]) -> Store:
    """Return what *find* found first in this request: all of an answer is read from one generation."""
    if not has_request_context():
        return find()
    if "store" not in g:
        g.store = find()
    return cast("Store", g.store)


def begin() -> None:
    """Give the request its ids: the caller's when well-formed, new ones otherwise."""
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _ID.fullmatch(given) else new_id()
    correlation = request.headers.get("X-Correlation-Id", "")
    g.correlation_id = correlation if _ID.fullmatch(correlation) else g.request_id
    trace = request.headers.get("traceparent", "")
    g.traceparent_given = trace if _TRACEPARENT.fullmatch(trace) else None
    g.traceparent = traces.of_request(g.traceparent_given)
    logs.in_hand(
        request_id=g.request_id, correlation_id=g.correlation_id, trace_id=logs.trace_id(g.traceparent)
    )


def actor() -> Actor:
    """Return who asks; end with 401 when the token is missing or bad, 503 when it cannot be checked."""
    if "actor" in g:
        return cast("Actor", g.actor)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(
            "not-authenticated",
            "Hãy gửi mã truy cập trong tiêu đề Authorization: Bearer.",
            "Send an access token in the header Authorization: Bearer.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    try:
        found = runtime().verifier.actor(token.strip())
    except BadTokenError as error:
        raise Problem(
            "not-authenticated",
            "Mã truy cập không hợp lệ hoặc đã hết hạn; hãy lấy mã mới.",
            f"The access token cannot be used ({error}); get a new one.",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        ) from error
    except KeysUnavailableError as error:
        raise Problem(
            "unavailable",
            "Chưa kiểm tra được mã truy cập; hãy thử lại sau.",
            "The access token cannot be checked now; try again later.",
            headers={"Retry-After": "5"},
        ) from error
    if runtime().revocations.refuse(found):
        raise Problem(
            "not-authenticated",
            "Quyền truy cập đã bị thu hồi sau khi mã này được cấp; hãy đăng nhập lại.",
            "Access was revoked after this token was issued; sign in again.",
            headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
        )
    narrow = runtime().definition.narrow
    g.actor = narrow(runtime(), found) if narrow is not None and claims(found) else found
    return cast("Actor", g.actor)


def admit() -> None:
    """End with 401 or 403 for whoever may do the view's action nowhere, before anything they sent is looked at."""
    name = getattr(current_app.view_functions.get(request.endpoint or ""), "action", None)
    if name is not None and request.method != "OPTIONS":  # a browser's preflight carries no token
        _admit(name)


def _admit(name: str) -> None:
    g.action = name
    g.decided = False
    if not allowing(actor(), name):
        raise _forbidden(name)


def action(name: str, *, conditional: bool = False) -> Callable[[View], View]:
    """Say under which action of the access table a view stands, and whether it changes a record (If-Match).

    Whoever may do it nowhere is refused before the view runs; the view itself must call :func:`allow` with
    the record's place (or :func:`roots` for lists), and an answer without that is an error of ours.
    """
    if name not in TABLE:
        raise KeyError(f"the access table has no action {name!r}")

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            _admit(name)
            if conditional:
                if_match()
            answer = view(*args, **kwargs)
            if not g.decided:
                raise RuntimeError(f"{request.endpoint} answered without asking the access table")
            return answer

        guarded.conditional = conditional  # type: ignore[attr-defined]  # the same
        guarded.action = name  # type: ignore[attr-defined]  # read by the OpenAPI document and the matrix test
        return cast("View", guarded)

    return wrap


def allow(*, path: Sequence[str] | None = None, member_id: str | None = None) -> Context:
    """Return the context to act in, or end with 403: the record lies at *path* and is about *member_id*."""
    grant = decide(actor(), g.action, path=path, member_id=member_id)
    if grant is None:
        raise _forbidden(g.action)
    g.decided = True
    return Context(
        actor=actor(),
        request_id=g.request_id,
        correlation_id=g.correlation_id,
        traceparent=g.traceparent,
        role=grant.role,
        organization=grant.organization,
    )


def roots() -> frozenset[str] | None:
    """Return the organisations whose subtrees the actor may list; None means all."""
    g.decided = True
    return visible_roots(actor(), g.action)


def _forbidden(name: str) -> Problem:
    return Problem(
        "forbidden",
        f"Vai trò của đồng chí không được thực hiện «{name}» đối với tổ chức hoặc hồ sơ này.",
        f"Your roles do not allow {name!r} for this organisation or record.",
        extra={"action": name},
    )


def if_match() -> int:
    """Return the version named by If-Match; end with 428 when it is missing, 412 when it is none of ours."""
    tags = request.if_match
    if not tags or tags.star_tag:
        raise Problem(
            "precondition-required",
            "Hãy gửi If-Match với ETag của bản ghi đã đọc.",
            "Send If-Match with the ETag of the record you read.",
        )
    versions = [int(tag[1:]) for tag in tags.as_set() if re.fullmatch(r"v\d{1,9}", tag)]
    if len(versions) != 1:
        raise Problem(
            "precondition-failed",
            "If-Match không phải ETag của bản ghi này; hãy đọc lại bản ghi.",
            "If-Match is not an ETag of this record; read the record again.",
        )
    return versions[0]
