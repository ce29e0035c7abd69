"""What the notifications service keeps."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BooleanField, DateTimeField, DictField, IntField, ListField, StringField

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
    items = ListField(DictField())
    """Deadlines gathered in one reminder: label, what to do, due day, case."""
    causes = ListField(StringField())
    """Deadline, due day and step of each of them."""
    due_on = DayField()
    since = DateTimeField()
    """When what it is about came about; what did before a restore may have been sent outside already."""
    created_at = DateTimeField(required=True)
    read_at = DateTimeField()
    read_by = StringField()


class Contact(Aggregate):
    """Nơi nhận và lựa chọn nhận thông báo: one person's address, the inboxes they read, and what they want.

    Its id is the account of the person. The offices are those they held when they were last here.
    """

    meta: ClassVar[dict[str, Any]] = {"collection": "contacts", "db_alias": "notifications"}

    member_id = StringField()
    inboxes = ListField(StringField())
    seen_at = DateTimeField(required=True)
    email = StringField()
    email_on = BooleanField(required=True, default=True)
    muted = ListField(StringField())
    """Events (``reviews.RoundClosed``) of which no e-mail is wanted; what is required comes all the same."""
    digest = BooleanField(required=True, default=False)
    """A weekly digest (bản tổng hợp hằng tuần)."""
    digest_week = StringField()
    """The week of the newest one."""
    quiet_hours = StringField()
    """``21:00-06:30``; the deployment's when not set."""


class Delivery(Aggregate):
    """Một lần gửi: one message on its way over one channel to one person or target."""

    meta: ClassVar[dict[str, Any]] = {"collection": "deliveries", "db_alias": "notifications"}

    channel = StringField(required=True)
    message_id = StringField(required=True)
    recipient = StringField(required=True)
    """Id of the contact or of the webhook."""
    inbox = StringField(required=True)
    about_event = StringField(required=True)
    causes = ListField(StringField())
    """Of a reminder that gathers several deadlines: what each would be about by itself (to a webhook: its message)."""
    event_type = StringField(required=True)
    case_id = StringField()
    member_id = StringField()
    required = BooleanField(required=True, default=False)
    state = StringField(
        required=True, choices=("pending", "sent", "failed", "acknowledged", "held"), default="pending"
    )
    """``held``: the database was restored, and it may have gone out before; it waits for a person's word."""
    attempts = IntField(required=True, default=0)
    next_try_at = DateTimeField(required=True)
    """When it is due; whoever takes it in hand moves this on first."""
    created_at = DateTimeField(required=True)
    ended_at = DateTimeField()
    again = BooleanField(default=False)
    """Whether a person asked for what was sent already to be sent once more."""
    reason = StringField()
    """Code of why the last try did not succeed."""


class Webhook(Aggregate):
    """Webhook: a front-end that is told when there is something to see."""

    meta: ClassVar[dict[str, Any]] = {"collection": "webhooks", "db_alias": "notifications"}

    url = StringField(required=True)
    description = StringField(required=True)
    active = BooleanField(required=True, default=True)
    secret = StringField(required=True)
    secret_since = DateTimeField(required=True)
    old_secret = StringField()
