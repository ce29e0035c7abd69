"""What the notifications service holds about one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.notifications.domain.recipients import person
from shared.held import Held, without
from shared.store.connection import Document, Store


def _place(store: Store, member_id: str) -> Sequence[str] | None:
    found = store.collection("messages").find({"inbox": person(member_id)}, ["organization_path"])
    newest = next(iter(found.sort("order", 1).limit(1)), None)
    return None if newest is None else list(newest["organization_path"])


def _records(store: Store, member_id: str) -> Mapping[str, Sequence[Document]]:
    messages = store.collection("messages").find({"inbox": person(member_id)}).sort("order", 1)
    contacts = store.collection("contacts").find({"member_id": member_id})
    deliveries = store.collection("deliveries").find({"inbox": person(member_id)})
    deadlines = store.collection("deadlines").find({"member_id": member_id})
    return {
        "Thông báo trong hộp thư": [without(each, "order", "number") for each in messages],
        "Nơi nhận và lựa chọn nhận thông báo": [without(each, "seen_at") for each in contacts],
        "Các lần gửi thông báo": list(deliveries),
        "Thời hạn đang theo dõi để nhắc": [without(each, "taken", "next_on") for each in deadlines],
    }


HELD = Held(place=_place, records=_records)
