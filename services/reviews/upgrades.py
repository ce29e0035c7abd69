"""What an upgraded deployment brings along: records that earlier versions wrote, and how they get today's shape."""

from __future__ import annotations

from collections.abc import Sequence

from services.reviews import round_cells
from services.reviews.documents import Round
from shared.store.connection import Document
from shared.store.data_steps import DataStep
from shared.store.unit_of_work import Transaction


def _clocks_of_rounds(tx: Transaction, documents: Sequence[Document]) -> int:
    """Give rounds that were opened before cells' reports had clocks the clocks that they would have today."""
    tree = round_cells.tree_of(tx)
    return sum(round_cells.catch_up(tx, tree, Round.from_document(raw)) for raw in documents)


STEPS = (
    DataStep(
        name="reviews.round-clocks.2026-11",
        collection=Round.kind(),
        why_vi="Đợt rà soát mở trước khi nâng cấp chưa có trong danh sách thời hạn và chi bộ quá hạn báo cáo.",
        change=_clocks_of_rounds,
        batch=10,
    ),
)
