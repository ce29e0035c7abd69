"""What the reviews service holds about one person: their cases as they themselves may read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.reviews.answers import Viewer, case_answer, timeline_answer
from services.reviews.documents import Attachment, CaseRecord, PaperRecord
from services.reviews.domain.papers import FOR_THE_MEMBER
from services.reviews.roster import ROSTER, RosterReader
from services.reviews.told import TOLD
from shared.held import Held, without
from shared.store.connection import Document, Store

_AS_THE_MEMBER = Viewer(role="member", own=True)
"""Whoever asks on the member's behalf: no ballot's totals, no name of anybody else."""


def _place(store: Store, member_id: str) -> Sequence[str] | None:
    known = RosterReader(store).known(member_id)
    if known is not None and known.placements:
        return known.placements[-1].path
    case = store.collection(CaseRecord.kind()).find_one({"member_id": member_id}, ["organization_path"])
    return None if case is None else list(case["organization_path"])


def _records(store: Store, member_id: str) -> Mapping[str, Sequence[Document]]:
    cases = [
        CaseRecord.from_document(raw)
        for raw in store.collection(CaseRecord.kind()).find({"member_id": member_id}).sort("_id", 1)
    ]
    return {
        "Danh sách tại chỗ": list(store.collection(ROSTER).find({"_id": member_id})),
        "Vụ việc": [case_answer(case, _AS_THE_MEMBER) for case in cases],
        "Diễn biến vụ việc": [{"case_id": str(case.id), "items": timeline_answer(case)} for case in cases],
        "Tệp đính kèm": [
            without(raw, "attached_by", "removed_by", "sequence")
            for raw in store.collection(Attachment.kind()).find({"member_id": member_id}).sort("_id", 1)
        ],
        "Văn bản gửi cho đảng viên": list(
            store.collection(PaperRecord.kind()).find(
                {"member_id": member_id, "kind_of_paper": {"$in": list(FOR_THE_MEMBER)}},
                ["kind_of_paper", "sha256", "size", "made_at"],
            )
        ),
        "Thông báo bắt buộc đã gửi": list(store.collection(TOLD).find({"member_id": member_id})),
        "Thời hạn": list(store.collection("deadlines").find({"member_id": member_id})),
    }


HELD = Held(place=_place, records=_records)
