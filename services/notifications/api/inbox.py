"""Hộp thư: the messages of whoever asks, by person and by role."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.notifications import commands, queries
from services.notifications.contacts import own_inboxes, seen
from services.notifications.documents import Message
from services.notifications.schemas import InboxQuery, MessagePageSchema, MessageSchema, UnreadSchema
from services.notifications.streams import shown
from shared.web.commit import commit, record_answer
from shared.web.problems import not_found
from shared.web.requests import action, actor, allow, roots, runtime

blueprint = Blueprint("inbox", "inbox", url_prefix="/api/notifications/inbox", description="Hộp thư")


def _own(message_id: str) -> dict[str, Any]:
    """Return a message of the caller's inboxes; what lies in another's is not there for them."""
    found = runtime().store.collection("messages").find_one({"_id": message_id})
    if found is None or found["inbox"] not in own_inboxes(actor()):
        raise not_found("message", message_id)
    allow(path=found["organization_path"], member_id=actor().member_id)
    return found


@blueprint.get("/messages")
@blueprint.arguments(InboxQuery, location="query")
@blueprint.response(200, MessagePageSchema)
@action("inbox.read")
def list_messages(query: dict[str, Any]) -> Response:
    """List the messages of the caller's inboxes, newest first."""
    roots()
    seen(runtime().store, actor(), runtime().clock)
    page = queries.messages(runtime().store, actor(), **query)
    return record_answer({"items": [shown(message) for message in page.items], "next": page.next})


@blueprint.get("/messages/<string:message_id>")
@blueprint.response(200, MessageSchema)
@action("inbox.read")
def show_message(message_id: str) -> Response:
    """Show one message of the caller's inboxes: where e-mails and webhooks point to."""
    found = _own(message_id)
    return record_answer(shown(found))


@blueprint.get("/unread")
@blueprint.response(200, UnreadSchema)
@action("inbox.read")
def count_unread() -> Response:
    """Count the unread messages of the caller's inboxes."""
    roots()
    return record_answer({"unread": queries.unread_count(runtime().store, actor())})


@blueprint.post("/messages/<string:message_id>/read")
@blueprint.response(200, MessageSchema)
@action("inbox.read")
def read_message(message_id: str) -> Response:
    """Mark one message of the caller's inboxes as read."""
    found = _own(message_id)
    context = allow(path=found["organization_path"], member_id=actor().member_id)

    def respond(message: Message) -> dict[str, Any]:
        return shown(message.to_document())

    return commit(context, lambda tx: commands.mark_read(tx, message_id), respond)
