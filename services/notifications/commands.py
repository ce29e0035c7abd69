"""Commands of the notifications service."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.notifications.documents import Message
from services.notifications.domain.recipients import inboxes
from services.notifications.domain.who_is_told import WHO_IS_TOLD
from shared.events.catalogue.notifications import NotificationSent
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.unit_of_work import Transaction

_HELPERS = "case_helpers"
_FAR = 10**13


def newest_first(instant: datetime, unique: str) -> str:
    """Return a sort key that puts later instants first: milliseconds counted down, then *unique*."""
    milliseconds = int(instant.astimezone(UTC).timestamp() * 1000)
    return f"{_FAR - milliseconds:014d}-{unique}"


def tell(tx: Transaction, event: Event, fact: Fact) -> list[Message]:
    """Put one message into each inbox that the table names for *fact*; return them."""
    rows = WHO_IS_TOLD.get(type(fact), ())
    if not rows:
        return []
    path: list[str] = list(getattr(fact, "organization_path", []))
    member_id: str | None = getattr(fact, "member_id", None)
    case_id: str | None = getattr(fact, "case_id", None)
    helpers = _helpers(tx, case_id, fact) if case_id else []
    messages: dict[str, Message] = {}
    for row in rows:
        for inbox in inboxes(row.to, path=path, member_id=member_id, helpers=helpers):
            message_id = f"{event.id}:{inbox}"
            if message_id in messages:
                continue
            due: Any = getattr(fact, row.due_field) if row.due_field else None
            message = Message(
                id=message_id,
                inbox=inbox,
                order=newest_first(event.time, message_id),
                about_event=event.id,
                event_type=event.type,
                case_id=case_id,
                member_id=member_id,
                organization_path=path,
                title=row.title,
                to_do=row.to_do,
                clause=row.clause,
                due_on=due if isinstance(due, date) else None,
                created_at=tx.clock.now(),
            )
            tx.emit(
                message,
                NotificationSent(
                    notification_id=message_id,
                    about_event=event.id,
                    recipient=inbox.removeprefix("member:"),
                    channel="inbox",
                    at=tx.clock.now(),
                ),
            )
            messages[message_id] = message
    tx.insert_many(list(messages.values()))
    return list(messages.values())


def _helpers(tx: Transaction, case_id: str, fact: Fact) -> list[str]:
    assigned: list[str] | None = getattr(fact, "helpers", None)
    if assigned is None:
        known = tx.collection(_HELPERS).find_one({"_id": case_id}, session=tx.session)
        return list(known["helpers"]) if known else []
    tx.collection(_HELPERS).replace_one(
        {"_id": case_id}, {"_id": case_id, "helpers": assigned}, upsert=True, session=tx.session
    )
    return assigned


def mark_read(tx: Transaction, message_id: str) -> Message:
    """Mark a message as read by whoever asks; the first reader stays on record."""
    message = tx.load(Message, message_id)
    if message.read_at is None:
        message.read_at = tx.clock.now()
        message.read_by = tx.context.actor.subject
        tx.save(message)
    return message
