"""What the reporting service holds about one person: facts by id, no names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.held import Held
from shared.store.connection import Document, Store


def _place(store: Store, member_id: str) -> Sequence[str] | None:
    found = store.collection("members").find_one({"_id": member_id}, ["history"])
    paths = [entry["path"] for entry in (found or {}).get("history", []) if "path" in entry]
    return list(paths[-1]) if paths else None


def _records(store: Store, member_id: str) -> Mapping[str, Sequence[Document]]:
    return {
        "Nơi sinh hoạt theo thời gian": list(store.collection("members").find({"_id": member_id})),
        "Lần chuyển sinh hoạt dùng để tính tiến độ": list(
            store.collection("transfers").find({"member_id": member_id})
        ),
        "Hồ sơ sàng lọc dùng để tính báo cáo": list(store.collection("cases").find({"member_id": member_id})),
    }


HELD = Held(place=_place, records=_records)
