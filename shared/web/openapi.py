"""OpenAPI 3.1 of a service: flask-smorest writes it, this adds what every operation shares."""

from __future__ import annotations

from typing import Any

from flask import Flask

from shared.access.table import TABLE
from shared.service import ServiceDefinition
from shared.settings import Settings

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def configuration(definition: ServiceDefinition) -> dict[str, Any]:
    """Return flask-smorest's settings for the service."""
    return {
        "API_TITLE": definition.title,
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": definition.prefix,
        "OPENAPI_JSON_PATH": "openapi.json",
        "API_SPEC_OPTIONS": {"security": [{"bearer": []}]},
    }


def finished(api: Any, app: Flask) -> None:
    """Add the bearer scheme, the shared headers, the problem answer and each operation's action."""
    spec = api.spec
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Problem", _PROBLEM)
    spec.components.parameter(
        "IdempotencyKey",
        "header",
        {"name": "Idempotency-Key", "required": True, "schema": {"type": "string", "maxLength": 200}},
    )
    spec.components.parameter(
        "IfMatch",
        "header",
        {
            "name": "If-Match",
            "required": True,
            "schema": {"type": "string"},
            "description": "ETag của bản ghi đã đọc",
        },
    )
    spec.components.response(
        "Problem",
        {
            "description": "Tài liệu lỗi (RFC 9457)",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        },
    )
    views = {
        (rule.rule, method.lower()): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path, operations in spec._paths.items():  # noqa: SLF001 -- apispec offers no way to walk what it holds
        flask_path = path.replace("{", "<").replace("}", ">")
        for method, operation in operations.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            # flask-smorest documents errors of its own form; every error of ours is a problem document
            refused = [status for status in operation["responses"] if str(status).startswith("4")]
            for status in (*refused, "default"):
                operation["responses"][status] = {"$ref": "#/components/responses/Problem"}
            if method == "post":
                operation.setdefault("parameters", []).append(
                    {"$ref": "#/components/parameters/IdempotencyKey"}
                )
            view = next(
                (
                    found
                    for (rule, verb), found in views.items()
                    if verb == method and _same(rule, flask_path)
                ),
                None,
            )
            name = getattr(view, "action", None)
            if name is not None:
                operation["x-action"] = name
                operation["x-roles"] = {str(role): reach for role, reach in TABLE[name].items()}
            if getattr(view, "conditional", False):
                operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IfMatch"})


def _same(rule: str, path: str) -> bool:
    """Compare a werkzeug rule (``<string:id>``) with a spec path already in angle brackets (``<id>``)."""
    return [part.split(":")[-1].strip("<>") for part in rule.split("/")] == [
        part.strip("<>") for part in path.split("/")
    ]


def document(definition: ServiceDefinition) -> dict[str, Any]:
    """Return the service's OpenAPI document; touches neither database nor broker."""
    from shared.web.app import build  # noqa: PLC0415 -- the factory imports this module

    app = build(definition, Settings())
    try:
        spec: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    finally:
        app.extensions["khoi"].close()
    return spec
