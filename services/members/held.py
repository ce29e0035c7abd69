"""What the members service holds about one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.members.keys import open_record
from shared.held import Held, without
from shared.store.connection import Document, Store

_INTERNAL = ("search_terms", "order", "organization_path")


def _place(store: Store, member_id: str) -> Sequence[str] | None:
    found = store.collection("members").find_one({"_id": member_id}, ["organization_path"])
    return None if found is None else list(found["organization_path"])


def _records(store: Store, member_id: str) -> Mapping[str, Sequence[Document]]:
    record = store.collection("members").find({"_id": member_id})
    transfers = store.collection("transfers").find({"member_id": member_id}).sort("_id", 1)
    differences = store.collection("reconciliation_differences").find({"member_id": member_id})
    return {
        "Hồ sơ đảng viên": [without(open_record(store.sealing, each), *_INTERNAL) for each in record],
        "Chuyển sinh hoạt đảng": [without(each, "paths") for each in transfers],
        "Đối chiếu danh sách": list(differences),
    }


HELD = Held(place=_place, records=_records)
