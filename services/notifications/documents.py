"""What the notifications service keeps."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BooleanField, DateTimeField, IntField, ListField, StringField

from shared.store.aggregate import Aggregate, DayField


class Message(Aggregate):
    """One message in one inbox (thông báo trong hộp thư)."""

    meta: ClassVar[dict[str, Any]] = {"collection": "messages", "db_alias": "notifications"}

    inbox = StringField(required=True)
    """``member:<id>`` or ``<role>@<organisation>``."""
    order = StringField(required=True)
    """Sort key, newest first, unique."""
    number = IntField()
    """Counts all messages in the order of their commits: a stream goes on behind it. None for the oldest ones."""
    about_event = StringField(required=True)
    event_type = StringField(required=True)
    case_id = StringField()
    member_id = StringField()
    organization_path = ListField(StringField())
    title = StringField(required=True)
    to_do = StringField()
    clause = StringField()
    required = BooleanField(required=True, default=False)
    """Bắt buộc: the member must be told; its delivery is evidence in the case."""
    due_on = DayField()
    created_at = DateTimeField(required=True)
    read_at = DateTimeField()
    read_by = StringField()
