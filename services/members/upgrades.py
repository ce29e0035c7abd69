"""What an upgraded deployment brings along: records that earlier versions wrote, and how they get today's shape."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import UpdateOne

from services.members.commands.clocks import keep_clocks, replay_clocks, running
from services.members.documents import Member, Transfer, index_keys
from shared.events.catalogue.members import TransferClockTold
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


def _tell_clocks(tx: Transaction, documents: Sequence[Document]) -> int:
    """Tell of the clocks that run, in case the transfer's events were published before they carried them."""
    told = 0
    for raw in documents:
        # A transfer has told nothing by itself so far: what happens to it is told by its member.
        if raw.get("clock") is None or raw.get("sequence", 0) > 0:
            continue
        transfer: Transfer = Transfer.from_document(raw)
        term = running(transfer)
        path = transfer.to_path if term.kind == "transfer_stay" else transfer.from_path
        tx.emit(
            transfer,
            TransferClockTold(
                member_id=str(transfer.member_id),
                transfer_id=str(transfer.id),
                organization_path=list(path),
                kind=term.kind,
                started_on=term.started_on,
                due_on=term.due_on,
                on=tx.clock.today(),
                assumed=term.assumed,
            ),
        )
        counted = {"$set": {"sequence": transfer.sequence}}
        tx.collection(Transfer.kind()).update_one({"_id": raw["_id"]}, counted, session=tx.session)
        told += 1
    return told


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
    DataStep(
        name="members.transfer-clocks-told.2026-11",
        collection=Transfer.kind(),
        why_vi="Dịch vụ khác chưa biết thời hạn của lượt chuyển, sinh hoạt tạm thời bắt đầu trước khi nâng cấp.",
        change=_tell_clocks,
        batch=100,
    ),
)
