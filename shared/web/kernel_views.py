"""Views that every service has: how far it is with the events, its audit chain for auditors, a person's copy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from shared.audit.reading import page_of_chain
from shared.bus import outbox, progress, rebuilding
from shared.bus.generations import Shape
from shared.held import Held
from shared.service import ServiceDefinition
from shared.store.pages import page_of
from shared.web.commit import record_answer
from shared.web.requests import action, allow, roots, runtime
from shared.web.schemas import PageQuery


class SourceSchema(Schema):
    """Một nguồn sự kiện: how many of its events were applied, and the time of the newest."""

    source = fields.String(required=True)
    events = fields.Integer(required=True)
    position = fields.Integer(required=True)
    time = fields.DateTime(allow_none=True)


class ProgressSchema(Schema):
    """Tiến độ: events this service has produced, and applied by producing service."""

    produced = fields.Integer(required=True)
    applied = fields.Dict(keys=fields.String(), values=fields.Nested(SourceSchema), required=True)


class StreamSchema(Schema):
    """Số thứ tự cuối cùng đã áp dụng của một hồ sơ."""

    sequence = fields.Integer(required=True)


class AuditQuery(PageQuery):
    """Which audit entries to list."""

    subject = fields.String(load_default=None, validate=validate.Length(max=200))
    actor = fields.String(load_default=None, validate=validate.Length(max=200))
    number = fields.Integer(load_default=None, validate=validate.Range(min=1, max=2**53))


class AuditEntrySchema(Schema):
    """Một dòng nhật ký kiểm toán."""

    number = fields.Integer(required=True)
    at = fields.DateTime(required=True)
    actor = fields.String(required=True)
    role = fields.String(allow_none=True)
    organization = fields.String(allow_none=True)
    action = fields.String(required=True)
    subject = fields.String(required=True)
    member_id = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    before = fields.String(allow_none=True)
    after = fields.String(allow_none=True)
    request_id = fields.String(required=True)
    previous = fields.String(required=True)
    hash = fields.String(required=True)


class AuditPageSchema(Schema):
    """Một trang nhật ký, oldest first."""

    items = fields.List(fields.Nested(AuditEntrySchema), required=True)
    next = fields.String(allow_none=True)


class GenerationSchema(Schema):
    """Một thế hệ của mô hình đọc, và tiến độ của nó."""

    number = fields.Integer(required=True)
    version = fields.Integer(required=True)
    """Of the projections that make it."""
    state = fields.String(required=True, validate=validate.OneOf(["building", "stopped", "live", "kept"]))
    begun_at = fields.DateTime(required=True)
    begun_by = fields.String(required=True)
    events = fields.Integer(required=True)
    """Applied so far."""
    events_wanted = fields.Integer(required=True)
    """Applied by the one in use."""
    open_letters = fields.Integer(required=True)


class GenerationsSchema(Schema):
    """Các thế hệ của mô hình đọc, oldest first."""

    version = fields.Integer(required=True)
    """Of the software that answers."""
    items = fields.List(fields.Nested(GenerationSchema), required=True)


class HeldQuery(Schema):
    """Vì sao lấy bản sao: a reason, kept in the audit."""

    reason = fields.String(required=True, validate=validate.Length(min=3, max=500))


class HeldSchema(Schema):
    """Bản sao dữ liệu đang lưu về một đảng viên tại một dịch vụ."""

    service = fields.String(required=True)
    member_id = fields.String(required=True)
    taken_at = fields.DateTime(required=True)
    records = fields.Dict(keys=fields.String(), values=fields.List(fields.Dict()), required=True)
    reads = fields.List(fields.Dict(), required=True)
    """Who has read or done what about the member, by office: at, role, organization, action, reason."""


def kernel_views(definition: ServiceDefinition) -> Blueprint:
    """Return the blueprint of the views that the service has because it is a service."""
    blueprint = Blueprint(
        "kernel", "kernel", url_prefix=definition.prefix, description="Tiến độ sự kiện, nhật ký kiểm toán"
    )

    @blueprint.get("/progress")
    @blueprint.response(200, ProgressSchema)
    @action("progress.read")
    def read_progress() -> Response:
        """Say how many events this service has produced, and applied from each source."""
        roots()
        store = runtime().store
        applied = {source.rsplit("/", 1)[-1]: reached for source, reached in progress.applied(store).items()}
        return record_answer({"produced": outbox.head(store), "applied": applied})

    @blueprint.get("/progress/<string:source>/<string:subject>")
    @blueprint.response(200, StreamSchema)
    @action("progress.read")
    def read_stream(source: str, subject: str) -> Response:
        """Say up to which sequence the events of one record were applied here: wait for your own write with it."""
        roots()
        store = runtime().store
        full_source = store.settings.event_source(source)
        return record_answer({"sequence": progress.stream_sequence(store, full_source, subject)})

    @blueprint.get("/audit")
    @blueprint.arguments(AuditQuery, location="query")
    @blueprint.response(200, AuditPageSchema)
    @action("audit.read")
    def read_audit(query: dict[str, Any]) -> Response:
        """List the audit chain in its order, for auditors; the reading becomes a link itself."""
        context = allow()
        named = {"subject": "subject", "actor": "actor", "number": "_id"}
        match = {field: query[name] for name, field in named.items() if query[name] is not None}
        store, part = runtime().store, {"after": query["after"], "limit": query["limit"]}
        if match:
            page = page_of(store.collection("audit"), match, order_by="_id", **part)
        else:
            page = page_of_chain(store, **part)
        wanted = "; ".join(f"{name}={query[name]}" for name in named if query[name] is not None)
        runtime().unit_of_work.run(
            context, lambda tx: tx.record("audit.read", definition.name, after=wanted or None)
        )
        items = [
            {"number": entry["_id"], **{name: value for name, value in entry.items() if name != "_id"}}
            for entry in page.items
        ]
        return record_answer({"items": items, "next": page.next})

    if definition.shape is not None:
        _add_generations(blueprint, definition.shape)
    if definition.held is not None:
        _add_held(blueprint, definition.name, definition.held)
    return blueprint


def _add_generations(blueprint: Blueprint, shape: Shape) -> None:
    @blueprint.get("/generations")
    @blueprint.response(200, GenerationsSchema)
    @action("system.operate")
    def read_generations() -> Response:
        """Các thế hệ của mô hình đọc: the one in use, those beside it, and how far each is. For operators."""
        allow()
        found = rebuilding.standings(runtime().base, shape)
        return record_answer(
            {
                "version": shape.version,
                "items": [
                    {
                        **msgspec.to_builtins(each.generation),
                        "events": each.applied,
                        "events_wanted": each.wanted,
                        "open_letters": each.open_letters,
                    }
                    for each in found
                ],
            }
        )


def _add_held(blueprint: Blueprint, service: str, held: Callable[[], Held]) -> None:
    @blueprint.get("/held/<string:member_id>")
    @blueprint.arguments(HeldQuery, location="query")
    @blueprint.response(200, HeldSchema)
    @action("persons.export")
    def read_held(query: dict[str, Any], member_id: str) -> Response:
        """Lấy bản sao mọi dữ liệu dịch vụ đang lưu về một đảng viên; việc lấy được ghi nhật ký cùng lý do."""
        where, store = held(), runtime().store
        path = where.place(store, member_id)
        records = where.records(store, member_id)
        reads = [
            {name: entry[name] for name in ("at", "role", "organization", "action", "reason")}
            for entry in store.collection("audit").find({"member_id": member_id}).sort("_id", 1)
        ]
        if path is None and not reads and not any(records.values()):
            roots()  # nothing is held here: there is no place to ask the access table about, nor anything to hide
        else:
            context = allow(path=path, member_id=member_id)
            runtime().unit_of_work.run(
                context,
                lambda tx: tx.record(
                    "person.exported", member_id, reason=query["reason"], member_id=member_id
                ),
            )
        return record_answer(
            {
                "service": service,
                "member_id": member_id,
                "taken_at": runtime().clock.now(),
                "records": records,
                "reads": reads,
            }
        )
