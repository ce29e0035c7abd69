"""Commands of the notifications service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from pymongo import ReturnDocument

from services.notifications.channels.outward import outward
from services.notifications.deadlines import Tree
from services.notifications.deliveries import acknowledged
from services.notifications.documents import Message
from services.notifications.domain.recipients import ELSEWHERE, Relation, message_id
from services.notifications.domain.who_is_told import Told, recipients
from services.notifications.relations import accompanied, helpers_of
from services.notifications.table import table
from services.notifications.texts import rendered, values_of
from shared.events.catalogue.notifications import NotificationAcknowledged, NotificationSent
from shared.events.catalogue.reviews import MemberRemoved, RemovalReversed
from shared.events.envelope import Event
from shared.events.registry import Fact, type_of
from shared.store.unit_of_work import Transaction

COUNTERS = "counters"
_FAR = 10**13


def newest_first(instant: datetime, unique: str) -> str:
    """Return a sort key that puts later instants first: milliseconds counted down, then *unique*."""
    milliseconds = int(instant.astimezone(UTC).timestamp() * 1000)
    return f"{_FAR - milliseconds:014d}-{unique}"


def tell(tx: Transaction, event: Event, fact: Fact) -> list[Message]:
    """Put one message into each inbox that the table names for *fact*; return them."""
    rows = table().get(type(fact), ())
    if not rows:
        return []
    case_id: str | None = getattr(fact, "case_id", None)
    helpers = helpers_of(tx, case_id, fact)
    wanted = any(row.to is Relation.WORKING_GROUP for row in rows)
    path: list[str] = list(getattr(fact, "organization_path", []))
    groups = accompanied(tx, path) if wanted else []
    cells = _cells_below(tx, fact) if any(row.to is Relation.CELLS for row in rows) else {}
    receiving: list[str] = list(getattr(fact, "to_path", None) or ())
    places = {**cells, receiving[-1]: receiving} if receiving else cells
    messages: dict[str, Message] = {}
    for row in rows:
        for inbox in recipients(row, fact, helpers=helpers, accompanied=groups, cells=list(cells)):
            identifier = message_id(event.id, inbox)
            if identifier not in messages:
                there = places.get(inbox.partition("@")[2], path) if row.to in ELSEWHERE else path
                messages[identifier] = _message(
                    tx, identifier, inbox=inbox, row=row, event=event, fact=fact, path=there
                )
    for inbox, there in _told_before(tx, fact):
        identifier = message_id(event.id, inbox)
        if identifier not in messages:
            row = msgspec.structs.replace(rows[0], required=False, clause=None)
            messages[identifier] = _message(
                tx, identifier, inbox=inbox, row=row, event=event, fact=fact, path=there
            )
    put(tx, list(messages.values()))
    return list(messages.values())


def _told_before(tx: Transaction, fact: Fact) -> list[tuple[str, list[str]]]:
    """Return the inboxes that were told of the removal which *fact* takes back, each with its path.

    Cells are merged and tables change between the two: whoever was told of the first is told of the second.
    """
    if not isinstance(fact, RemovalReversed):
        return []
    removal = {"case_id": fact.case_id, "event_type": type_of(MemberRemoved).full_name}
    found = tx.collection(Message.kind()).find(removal, ["inbox", "organization_path"], session=tx.session)
    return [(raw["inbox"], raw["organization_path"]) for raw in found]


def _cells_below(tx: Transaction, fact: Fact) -> dict[str, list[str]]:
    """Return the cells below the organisation *fact* is about, each with its path.

    None when the day by which they were to act is over, as for a round that is entered long after it was held.
    """
    due: Any = getattr(fact, "due_on", None)
    path: list[str] = list(getattr(fact, "organization_path", []))
    if not path or (isinstance(due, date) and due < tx.clock.today()):
        return {}
    return {cell[-1]: cell for cell in Tree(tx).cells_below(path[-1])}


def _message(
    tx: Transaction,
    identifier: str,
    *,
    inbox: str,
    row: Told,
    event: Event,
    fact: Fact,
    path: Sequence[str],
) -> Message:
    due: Any = getattr(fact, row.due) if row.due else None
    text = rendered("inbox", row.event, values_of(row, fact), own=tx.store.settings.notification_templates)
    return Message(
        id=identifier,
        inbox=inbox,
        order=newest_first(event.time, identifier),
        about_event=event.id,
        event_type=event.type,
        case_id=getattr(fact, "case_id", None),
        member_id=getattr(fact, "member_id", None),
        organization_path=list(path),
        title=text[".jinja:title"],
        to_do=text[".jinja:to_do"] or None,
        clause=row.clause,
        required=row.required,
        due_on=due if isinstance(due, date) else None,
        since=event.time,
        created_at=tx.clock.now(),
    )


def put(tx: Transaction, messages: Sequence[Message]) -> None:
    """Put new messages into their inboxes, numbered in the order of commits, each with its event."""
    if not messages:
        return
    counter: Any = tx.collection(COUNTERS).find_one_and_update(
        {"_id": "messages"},
        {"$inc": {"number": len(messages)}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
        session=tx.session,
    )
    first = int(counter["number"]) - len(messages) + 1
    for number, message in enumerate(messages, start=first):
        message.number = number
        tx.emit(
            message,
            NotificationSent(
                notification_id=str(message.id),
                about_event=str(message.about_event),
                recipient=str(message.inbox).removeprefix("member:"),
                channel="inbox",
                at=tx.clock.now(),
                **_about(message),
            ),
        )
    tx.insert_many(messages)
    for channel in outward():
        channel.hand_over(tx, messages)


def _about(message: Message) -> dict[str, Any]:
    return {
        "case_id": message.case_id,
        "member_id": message.member_id,
        "event_type": str(message.event_type),
        "required": bool(message.required),
    }


def mark_read(tx: Transaction, message_id: str) -> Message:
    """Mark a message as read by whoever asks; the first reader stays on record."""
    message = tx.load(Message, message_id)
    if message.read_at is None:
        message.read_at = tx.clock.now()
        message.read_by = tx.context.actor.subject
        if message.required:
            tx.emit(
                message,
                NotificationAcknowledged(
                    notification_id=message_id,
                    about_event=str(message.about_event),
                    recipient=str(message.inbox).removeprefix("member:"),
                    channel="inbox",
                    at=tx.clock.now(),
                    **_about(message),
                ),
            )
        tx.save(message)
    acknowledged(tx, message, tx.context.actor.subject)
    return message
