"""Webhooks on their way: to every target in use, made with the message in one transaction; what the worker does."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.channels.webhook.transport import LOG, WEBHOOK, delivery_id
from services.notifications.documents import Delivery, Message
from services.notifications.domain.recipients import message_id
from services.notifications.restored import hold
from services.notifications.webhooks import INDEXES
from shared.store.unit_of_work import Transaction

__all__ = ["INDEXES", "JOB", "LOGS", "hand_over"]
JOB = WEBHOOK
LOGS = (LOG,)


def hand_over(tx: Transaction, messages: Sequence[Message]) -> None:
    """Make the deliveries of new *messages* to every target in use."""
    if not tx.store.settings.webhook_allowed:
        return
    now = tx.clock.now()
    targets = [raw["_id"] for raw in tx.collection("webhooks").find({"active": True}, session=tx.session)]
    made = [
        Delivery(
            id=delivery_id(str(message.id), target),
            channel="webhook",
            message_id=message.id,
            recipient=target,
            inbox=f"webhook:{target}",
            about_event=message.about_event,
            causes=[message_id(f"reminder:{cause}", str(message.inbox)) for cause in message.causes],
            event_type=message.event_type,
            created_at=now,
            next_try_at=now,
        )
        for message in messages
        for target in targets
    ]
    hold(tx, messages, made)
    tx.insert_many(made)
