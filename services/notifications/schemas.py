"""What the notifications API takes and gives."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from shared.web.schemas import PageQuery


class MessageSchema(Schema):
    """Thông báo: one message of an inbox."""

    id = fields.String(required=True)
    inbox = fields.String(required=True)
    event_type = fields.String(required=True)
    case_id = fields.String(allow_none=True)
    title = fields.String(required=True)
    to_do = fields.String(allow_none=True)
    clause = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    created_at = fields.DateTime(required=True)
    read_at = fields.DateTime(allow_none=True)


class MessagePageSchema(Schema):
    """Một trang thông báo: newest first."""

    items = fields.List(fields.Nested(MessageSchema), required=True)
    next = fields.String(allow_none=True)


class InboxQuery(PageQuery):
    """Which messages to list."""

    unread = fields.Boolean(load_default=False)


class UnreadSchema(Schema):
    """Số thông báo chưa đọc."""

    unread = fields.Integer(required=True, validate=validate.Range(min=0))
