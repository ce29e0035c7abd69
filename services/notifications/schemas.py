"""What the notifications API takes and gives."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.notifications.channels import CHANNELS
from shared.web.schemas import PageQuery


class RemindedSchema(Schema):
    """Một thời hạn trong lời nhắc gộp."""

    label = fields.String(required=True)
    to_do = fields.String(required=True)
    due_on = fields.Date(required=True)
    overdue = fields.Boolean(required=True)
    case_id = fields.String(allow_none=True)


class MessageSchema(Schema):
    """Thông báo: one message of an inbox."""

    id = fields.String(required=True)
    inbox = fields.String(required=True)
    event_type = fields.String(required=True)
    case_id = fields.String(allow_none=True)
    title = fields.String(required=True)
    to_do = fields.String(allow_none=True)
    clause = fields.String(allow_none=True)
    required = fields.Boolean(required=True)
    due_on = fields.Date(allow_none=True)
    items = fields.List(fields.Nested(RemindedSchema), required=True)
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


class TextQuery(Schema):
    """Which texts to preview."""

    event = fields.String()
    channel = fields.String(validate=validate.OneOf(sorted(CHANNELS)))


class TextSchema(Schema):
    """Lời thông báo: one row of who is told what, in the words of one channel."""

    event = fields.String(required=True)
    to = fields.String(required=True)
    channel = fields.String(required=True)
    required = fields.Boolean(required=True)
    clause = fields.String(allow_none=True)
    due = fields.String(allow_none=True)
    text = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class TextPageSchema(Schema):
    """Bảng ai được báo việc gì, kèm lời thông báo mẫu."""

    items = fields.List(fields.Nested(TextSchema), required=True)


class ContactSchema(Schema):
    """Nơi nhận và lựa chọn nhận thông báo của chính mình."""

    email = fields.String(allow_none=True)
    email_on = fields.Boolean(required=True)
    muted = fields.List(fields.String(), required=True)
    digest = fields.Boolean(required=True)
    quiet_hours = fields.String(allow_none=True)


class ChangeContactSchema(Schema):
    """What to set of it; what is not sent stays."""

    email = fields.Email(allow_none=True, validate=validate.Length(max=254))
    email_on = fields.Boolean()
    muted = fields.List(fields.String(), validate=validate.Length(max=100))
    digest = fields.Boolean()
    quiet_hours = fields.String(allow_none=True)


class DeliverySchema(Schema):
    """Một lần gửi: how one message fares on one channel."""

    id = fields.String(required=True)
    channel = fields.String(required=True)
    event_type = fields.String(required=True)
    required = fields.Boolean(required=True)
    state = fields.String(required=True)
    attempts = fields.Integer(required=True)
    next_try_at = fields.DateTime(allow_none=True)
    created_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(allow_none=True)
    reason = fields.String(allow_none=True)


class DeliveryPageSchema(Schema):
    """Một trang các lần gửi."""

    items = fields.List(fields.Nested(DeliverySchema), required=True)
    next = fields.String(allow_none=True)


class DeliveryQuery(PageQuery):
    """Which deliveries to list."""

    channel = fields.String(load_default=None)
    webhook = fields.String(load_default=None)
    state = fields.String(
        load_default=None, validate=validate.OneOf(["pending", "sent", "failed", "acknowledged", "held"])
    )


class NewWebhookSchema(Schema):
    """A target to register."""

    url = fields.String(required=True, validate=validate.Length(max=500))
    description = fields.String(required=True, validate=validate.Length(min=1, max=200))


class WebhookSchema(Schema):
    """Một webhook: where it goes; the secret only when it is made."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    url = fields.String(required=True)
    description = fields.String(required=True)
    active = fields.Boolean(required=True)
    secret_since = fields.DateTime(required=True)
    secret = fields.String()


class WebhookPageSchema(Schema):
    """Một trang webhook."""

    items = fields.List(fields.Nested(WebhookSchema), required=True)
    next = fields.String(allow_none=True)


class StreamQuery(Schema):
    """How long to hold the stream before the client comes back, in seconds; less where the server is short of room."""

    hold = fields.Integer(load_default=300, validate=validate.Range(min=0, max=900))
