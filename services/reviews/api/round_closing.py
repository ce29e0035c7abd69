"""Kết thúc đợt rà soát: the closing record, and papers made of it."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews import effects, queries
from services.reviews import rounds as reads
from services.reviews.api.papers import MIME
from services.reviews.commands import rounds as commands
from services.reviews.documents import RoundPaper
from services.reviews.profiles import profile_named
from services.reviews.round_schemas import ClosingRecordOut, RoundPaperIn, RoundPaperOut
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, runtime


def blueprint() -> Blueprint:
    """Return the blueprint of how rounds end."""
    bp = Blueprint(
        "round_closing", __name__, url_prefix="/api/reviews/rounds", description="Kết thúc đợt rà soát"
    )

    @bp.get("/<string:round_id>/closing-record")
    @bp.response(200, ClosingRecordOut)
    @action("rounds.record")
    def closing_record(round_id: str) -> Response:
        """Xem biên bản kết thúc đợt: chi bộ nào chưa báo cáo; đính chính về sau ghi riêng."""
        store = runtime().store
        current = queries.round_of(store, round_id)
        allow(path=current.organization_path)
        commands.record_of(current)
        return record_answer(
            {
                **current.record,
                "corrected_after": reads.corrected_after_close(store, round_id),
                "papers": reads.papers_of(store, round_id),
                "assumed": effects.of_round(profile_named(current.profile)),
            }
        )

    @bp.post("/<string:round_id>/papers")
    @bp.arguments(RoundPaperIn)
    @bp.response(201, RoundPaperOut)
    @action("rounds.write_paper")
    def make_paper(data: dict[str, Any], round_id: str) -> Response:
        """Lập biên bản kết thúc đợt thành văn bản theo mẫu của đơn vị; bản lập được giữ lại cùng mã băm."""
        context = allow(path=queries.round_of(runtime().store, round_id).organization_path)
        templates = runtime().settings.paper_templates
        paper_id = new_id()

        def work(tx: Transaction) -> RoundPaper:
            return commands.make_closing_paper(tx, round_id, paper_id=paper_id, templates=templates, **data)

        return commit(
            context,
            work,
            lambda made: reads.paper_answer(made.to_document()),
            status=201,
            location=lambda made: f"/api/reviews/rounds/{round_id}/papers/{made.id}",
        )

    @bp.get("/<string:round_id>/papers/<string:paper_id>")
    @bp.response(200, content_type=MIME)
    @action("rounds.record")
    def read_paper(round_id: str, paper_id: str) -> Response:
        """Tải một văn bản kết thúc đợt đã lập; lần tải được ghi nhật ký."""
        context = allow(path=queries.round_of(runtime().store, round_id).organization_path)
        found = runtime().unit_of_work.run(
            context, lambda tx: commands.read_closing_paper(tx, round_id, paper_id)
        )
        answer = Response(bytes(found.content), content_type=MIME)
        answer.headers.set("Content-Disposition", "attachment", filename=f"round_closing-{paper_id}.docx")
        answer.set_etag(found.sha256)
        return answer

    return bp
