"""The application factory, the same for all four services."""

from __future__ import annotations

import logging
from typing import Any, cast

import orjson
from flask import Flask, Response, g, request
from flask.json.provider import JSONProvider
from flask_cors import CORS
from flask_smorest import Api, Blueprint
from pymongo.errors import ConnectionFailure, ExecutionTimeout, NetworkTimeout, PyMongoError
from werkzeug.exceptions import HTTPException

from shared.bus.generations import NotBuiltError
from shared.clock import Clock
from shared.service import Runtime, ServiceDefinition
from shared.settings import Settings
from shared.store.errors import AlreadyExistsError, MissingError, StoreBusyError, VersionConflictError
from shared.store.pages import BadCursorError
from shared.store.sealed import SealedValueError
from shared.web import health
from shared.web.bodies import BodyParser
from shared.web.field_messages import in_vietnamese
from shared.web.kernel_views import kernel_views
from shared.web.openapi import configuration, finished
from shared.web.problems import FieldProblem, Problem, not_found
from shared.web.requests import admit, begin, once_per_request

# Before any blueprint is made: each takes its parser from the class.
Blueprint.ARGUMENTS_PARSER = BodyParser()

MAX_JSON_BYTES = 1_000_000
"""Largest body of an ordinary request; uploads set their own limit."""

log = logging.getLogger("khoi.web")


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return *obj* as JSON text."""
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Read JSON."""
        return orjson.loads(s)


class ProblemApi(Api):
    """flask-smorest's Api whose errors are problem documents."""

    def _register_error_handlers(self) -> None:
        """Leave the application's own handlers in place."""


def build(definition: ServiceDefinition, settings: Settings, *, clock: Clock | None = None) -> Flask:
    """Return the web application of *definition*'s service."""
    app = views(definition)
    if settings.cors_origins:
        CORS(app, origins=list(settings.cors_origins), expose_headers=["ETag", "Location", "X-Request-Id"])
    open_store(app, Runtime(definition, settings, clock=clock))
    return app


def open_store(app: Flask, runtime: Runtime) -> None:
    """Let *app*, made by :func:`views`, answer from *runtime*."""
    runtime.pin = once_per_request
    app.extensions["khoi"] = runtime


def views(definition: ServiceDefinition) -> Flask:
    """Return what no setting changes of a service's application: addresses, parsers, problems, the API document."""
    app = Flask(f"khoi-{definition.name}", static_folder=None)
    app.json = OrjsonProvider(app)
    app.url_map.strict_slashes = False
    app.config.update(configuration(definition))
    app.config["MAX_CONTENT_LENGTH"] = MAX_JSON_BYTES
    app.before_request(health.start_timing)
    app.before_request(begin)
    app.before_request(admit)
    app.after_request(_finish)
    app.register_blueprint(health.probes)
    _register_problems(app, definition)
    api = ProblemApi(app)
    for blueprint in (kernel_views(definition), *definition.blueprints()):
        api.register_blueprint(blueprint)
    for pages in definition.pages() if definition.pages is not None else ():
        app.register_blueprint(pages)
    finished(api, app)
    return app


def runtime_of(app: Flask) -> Runtime:
    """Return the runtime of an application made here."""
    return cast("Runtime", app.extensions["khoi"])


def _finish(response: Response) -> Response:
    if "request_id" in g:
        response.headers["X-Request-Id"] = g.request_id
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    return health.count(response)


def _register_problems(app: Flask, definition: ServiceDefinition) -> None:
    for exception, make in definition.problems.items():

        def specific(error: Exception, make: Any = make) -> Response:
            return cast("Problem", make(error)).response()

        app.register_error_handler(exception, specific)
    app.register_error_handler(Problem, lambda problem: problem.response())
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(MissingError, lambda error: not_found(error.kind, error.record_id).response())
    app.register_error_handler(VersionConflictError, _changed)
    app.register_error_handler(AlreadyExistsError, _exists)
    app.register_error_handler(BadCursorError, _bad_cursor)
    app.register_error_handler(StoreBusyError, _unavailable)
    app.register_error_handler(SealedValueError, _sealed)
    app.register_error_handler(NotBuiltError, _not_built)
    app.register_error_handler(PyMongoError, _database)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    kinds = {
        400: "bad-request", 401: "not-authenticated", 403: "forbidden", 404: "not-found",
        405: "method-not-allowed", 409: "conflict", 413: "too-large", 415: "unsupported-media-type",
        422: "invalid",
    }  # fmt: skip
    if error.code is not None and error.code < 400:  # noqa: PLR2004 -- redirects are answers, not problems
        return cast("Response", error.get_response())
    kind = kinds.get(error.code or 500, "internal" if (error.code or 500) >= 500 else "bad-request")  # noqa: PLR2004 -- HTTP's classes
    details = {
        "not-found": ("Không có địa chỉ này.", "There is nothing at this address."),
        "too-large": (
            "Dữ liệu gửi lên vượt quá giới hạn; hãy chia nhỏ tệp.",
            "The body is larger than allowed; send a smaller file.",
        ),
        "bad-request": (
            "Không đọc được yêu cầu; thân yêu cầu phải là JSON đúng cú pháp.",
            "The request cannot be read; its body must be well-formed JSON.",
        ),
        "invalid": ("Một số trường không hợp lệ; xem errors.", "Some fields are not valid; see errors."),
    }
    fallback = (error.description or error.name, error.description or error.name)
    detail, detail_en = details.get(kind, fallback)
    messages = getattr(error, "data", {}).get("messages", {}) if hasattr(error, "data") else {}
    return Problem(kind, detail, detail_en, errors=_field_problems(messages)).response()


def _field_problems(messages: Any) -> list[FieldProblem]:
    """Turn marshmallow's messages (by location, then field) into pointers."""
    found: list[FieldProblem] = []

    def walk(node: Any, pointer: str) -> None:
        if isinstance(node, dict):
            for name, child in node.items():
                walk(child, pointer if name == "_schema" else f"{pointer}/{name}")
        elif isinstance(node, list):
            for text in node:
                code, vietnamese = in_vietnamese(str(text))
                found.append(
                    FieldProblem(pointer=pointer or "/", code=code, detail=vietnamese, detail_en=str(text))
                )

    if isinstance(messages, dict):
        for location, fields in messages.items():
            walk(fields, "" if location == "json" else f"/{location}")
    return found


def _changed(error: VersionConflictError) -> Response:
    return Problem(
        "precondition-failed",
        f"Bản ghi {error.record_id} đã được người khác thay đổi; hãy đọc lại rồi thực hiện lại.",
        f"Somebody changed {error.record_id} meanwhile; read it again and repeat.",
    ).response()


def _exists(error: AlreadyExistsError) -> Response:
    return Problem(
        "already-exists",
        f"Đã có bản ghi với cùng {', '.join(error.fields)}.",
        f"There already is a record with the same {', '.join(error.fields)}.",
        errors=[
            FieldProblem(pointer=f"/{name}", code="taken", detail="Giá trị đã được dùng.", detail_en="Taken.")
            for name in error.fields
        ],
    ).response()


def _bad_cursor(_: BadCursorError) -> Response:
    return Problem(
        "bad-cursor",
        "Hãy dùng đúng giá trị next của trang trước.",
        "Use the value of next from the page before.",
    ).response()


def _unavailable(_: Exception) -> Response:
    return Problem(
        "unavailable",
        "Cơ sở dữ liệu tạm thời không trả lời; chưa có gì được ghi. Hãy thử lại sau.",
        "The database does not answer; nothing was written. Try again later.",
        headers={"Retry-After": "5"},
    ).response()


def _sealed(error: SealedValueError) -> Response:
    log.error("%s", error)
    return Problem(
        "unavailable",
        f"Không mở được giá trị đã mã hóa: cần khóa {error.key}; hãy báo người vận hành.",
        f"A sealed value cannot be opened: key {error.key} is needed; tell the operator.",
    ).response()


def _not_built(_: NotBuiltError) -> Response:
    return Problem(
        "unavailable",
        "Mô hình đọc của phiên bản này đang được dựng; hãy thử lại sau.",
        "The read model of this version is being built; try again later.",
        headers={"Retry-After": "30"},
    ).response()


def _database(error: PyMongoError) -> Response:
    if isinstance(error, ConnectionFailure | ExecutionTimeout | NetworkTimeout) or error.timeout:
        log.warning("database away: %s", type(error).__name__)
        return _unavailable(error)
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error in %s", request.endpoint, exc_info=error)
    return Problem(
        "internal",
        "Hệ thống gặp lỗi; hãy báo người vận hành kèm mã yêu cầu trong X-Request-Id.",
        "Something broke here; tell the operator the id in X-Request-Id.",
    ).response()
