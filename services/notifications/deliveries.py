"""Deliveries (các lần gửi): made with the message, in one transaction; sent by the worker, step by step."""

from __future__ import annotations

from typing import Any

from services.notifications.documents import Delivery, Message
from shared.events.catalogue.notifications import NotificationFailed, NotificationSent
from shared.store.connection import Document, Store
from shared.store.indexes import Index
from shared.store.pages import Page, page_of
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem

INDEXES = (
    Index("deliveries", (("channel", 1), ("state", 1), ("next_try_at", 1))),
    Index("deliveries", (("recipient", 1), ("ended_at", 1))),
    Index("deliveries", (("message_id", 1),)),
)


def sent(tx: Transaction, delivery_id: str, version: int) -> None:
    """Mark as sent what the channel took; raise VersionConflictError when somebody else has it in hand."""
    delivery = tx.load_version(Delivery, delivery_id, version)
    delivery.state = "sent"
    delivery.again = False
    delivery.ended_at = tx.clock.now()
    delivery.reason = None
    tx.emit(delivery, NotificationSent(**_facts(tx, delivery)))
    tx.save(delivery)


def failed(tx: Transaction, delivery_id: str, version: int, reason: str) -> None:
    """Mark as failed what the channel will not take."""
    delivery = tx.load_version(Delivery, delivery_id, version)
    delivery.state = "failed"
    delivery.ended_at = tx.clock.now()
    delivery.reason = reason
    tx.emit(delivery, NotificationFailed(**_facts(tx, delivery), reason=reason))
    tx.save(delivery)


def _facts(tx: Transaction, delivery: Delivery) -> dict[str, Any]:
    return {
        "notification_id": str(delivery.message_id),
        "about_event": str(delivery.about_event),
        "recipient": str(delivery.inbox).removeprefix("member:"),
        "channel": str(delivery.channel),
        "at": tx.clock.now(),
        "case_id": delivery.case_id,
        "member_id": delivery.member_id,
        "event_type": str(delivery.event_type),
        "required": bool(delivery.required),
    }


def retry(tx: Transaction, delivery_id: str) -> Delivery:
    """Let a failed or held delivery go out now; to a webhook also what was sent, for its receiver may have lost it."""
    delivery = tx.load(Delivery, delivery_id)
    again = {"failed", "held", "sent"} if delivery.channel == "webhook" else {"failed", "held"}
    if delivery.state not in again:
        raise Problem(
            "conflict",
            f"Chỉ gửi lại được lần gửi không thành công hoặc đang giữ; lần gửi này đang là «{delivery.state}».",
            f"Only a failed or held delivery can be tried again; this one is {delivery.state}.",
        )
    delivery.again = bool(delivery.again) or delivery.state == "sent"
    delivery.state = "pending"
    delivery.attempts = 0
    delivery.created_at = delivery.next_try_at = tx.clock.now()
    delivery.ended_at = None
    tx.record("delivery.retry", delivery_id)
    tx.save(delivery)
    return delivery


def acknowledged(tx: Transaction, message: Message, subject: str) -> None:
    """End the deliveries by which the reader *subject* was to hear of *message*: what waits need not go out."""
    waiting = ["pending", "sent", "held"]
    query = {"message_id": message.id, "recipient": subject, "state": {"$in": waiting}}
    for raw in list(tx.collection("deliveries").find(query, session=tx.session)):
        delivery: Delivery = Delivery.from_document(raw)
        delivery.state = "acknowledged"
        delivery.ended_at = delivery.ended_at or tx.clock.now()
        tx.save(delivery)


def listed(
    store: Store,
    *,
    channel: str | None,
    state: str | None,
    webhook: str | None,
    after: str | None,
    limit: int,
) -> Page[Document]:
    """Return one page of deliveries by id."""
    wanted = (("channel", channel), ("state", state), ("recipient", webhook))
    match = {name: value for name, value in wanted if value is not None}
    return page_of(store.collection("deliveries"), match, order_by="_id", after=after, limit=limit)
