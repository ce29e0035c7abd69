"""Bằng chứng thông báo: what became of the required notices to the member, as the notifications service tells it.

Kept beside the case, for it is no step of it: sent, failed, acknowledged, over which channel and when.
"""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import ReplaceOne

from shared.events.catalogue.notifications import (
    NotificationAcknowledged,
    NotificationFailed,
    NotificationSent,
)
from shared.store.connection import Document, Store
from shared.store.indexes import Index
from shared.store.unit_of_work import Transaction

TOLD = "told"
Notification = NotificationSent | NotificationFailed | NotificationAcknowledged
INDEXES = (Index(TOLD, (("case_id", 1), ("at", 1))), Index(TOLD, (("member_id", 1),)))
STATE_VI = {"sent": "đã gửi", "failed": "gửi không thành công", "acknowledged": "đảng viên đã xem, xác nhận"}


def keep(tx: Transaction, facts: Sequence[Notification]) -> None:
    """Keep what *facts* say of required notices to the member of a case; others are none of a case's evidence."""
    documents = [_document(fact) for fact in facts if fact.required and fact.case_id is not None]
    writes = [ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in documents]
    if writes:
        tx.collection(TOLD).bulk_write(writes, ordered=False, session=tx.session)


def _document(fact: Notification) -> Document:
    state = {NotificationSent: "sent", NotificationFailed: "failed", NotificationAcknowledged: "acknowledged"}
    code = state[type(fact)]
    return {
        "_id": f"{fact.notification_id}:{fact.channel}:{code}",
        "case_id": fact.case_id,
        "member_id": fact.member_id,
        "event_type": fact.event_type,
        "channel": fact.channel,
        "state": code,
        "at": fact.at,
        "reason": fact.reason if isinstance(fact, NotificationFailed) else None,
    }


def told(store: Store, case_id: str) -> list[Document]:
    """Return what became of the required notices of a case, oldest first."""
    found = store.collection(TOLD).find({"case_id": case_id}).sort("at", 1)
    return [
        {
            "id": raw["_id"],
            "event_type": raw["event_type"],
            "channel": raw["channel"],
            "state": {"code": raw["state"], "label": STATE_VI[raw["state"]]},
            "at": raw["at"],
            "reason": raw["reason"],
        }
        for raw in found
    ]
