"""What an upgraded deployment brings along: records that earlier versions wrote, and how they get today's shape."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import UpdateOne

from services.members.commands.clocks import keep_clocks, replay_clocks
from services.members.documents import Member, Transfer, index_keys
from shared.store.connection import Document
from shared.store.data_steps import DataStep
from shared.store.unit_of_work import Transaction


def _index_again(tx: Transaction, documents: Sequence[Document]) -> int:
    """Set what members are found and sorted by; their records, and so their versions, stay what they are."""
    writes = []
    for raw in documents:
        keys = index_keys(raw)
        if any(raw.get(name) != value for name, value in keys.items()):
            writes.append(UpdateOne({"_id": raw["_id"]}, {"$set": keys}))
    if writes:
        tx.collection(Member.kind()).bulk_write(writes, ordered=False, session=tx.session)
    return len(writes)


def _clocks_of_steps(tx: Transaction, documents: Sequence[Document]) -> int:
    """Give transfers that began before clocks were kept the clocks that their steps started and ended."""
    changed = 0
    for raw in documents:
        if raw.get("clocks"):
            continue
        transfer: Transfer = Transfer.from_document(raw)
        replay_clocks(transfer)
        made = transfer.to_document()
        keys = {name: made[name] for name in ("clocks", "clock", "due_on", "late") if name in made}
        gone = {name: "" for name in ("clock", "due_on") if name not in made}
        tx.collection(Transfer.kind()).update_one(
            {"_id": raw["_id"]}, {"$set": keys, "$unset": {**gone, "due_order": ""}}, session=tx.session
        )
        keep_clocks(tx, transfer)
        changed += 1
    return changed


STEPS = (
    DataStep(
        name="members.search-terms.2026-11",
        collection=Member.kind(),
        why_vi="Hồ sơ cũ chỉ được đối chiếu theo số thẻ, số lý lịch; chưa theo họ tên và ngày sinh.",
        change=_index_again,
    ),
    DataStep(
        name="members.transfer-clocks.2026-11",
        collection=Transfer.kind(),
        why_vi="Lượt chuyển bắt đầu trước khi nâng cấp chưa có trong danh sách thời hạn.",
        change=_clocks_of_steps,
        batch=100,
    ),
)
