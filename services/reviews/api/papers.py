"""Văn bản của vụ việc: which papers the case can give, making them as DOCX, and reading those that were made."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reviews.answers import Viewer
from services.reviews.api.acting import admitted
from services.reviews.commands import papers as commands
from services.reviews.documents import CaseRecord, PaperRecord
from services.reviews.domain.case import Case
from services.reviews.domain.papers import FOR_THE_MEMBER, LAYOUT_SOURCE, TITLE_VI, papers
from services.reviews.schemas import PaperIn, PaperOut, PapersOut
from shared.ids import new_id
from shared.store.connection import Document
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, runtime

MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def blueprint() -> Blueprint:
    """Return the blueprint of papers."""
    bp = Blueprint("papers", __name__, url_prefix="/api/reviews/cases", description="Văn bản của vụ việc")

    @bp.get("/<string:case_id>/papers")
    @bp.response(200, PapersOut)
    @action("cases.papers")
    def list_papers(case_id: str) -> Response:
        """Xem vụ việc lập được văn bản nào và đã lập những văn bản nào; lần xem được ghi nhật ký."""
        context, _, member_id = admitted(case_id, as_member=True)
        viewer = Viewer.of(context, member_id)

        def read(tx: Transaction) -> tuple[CaseRecord, list[Document]]:
            record = tx.load(CaseRecord, case_id)
            made = tx.collection(PaperRecord.kind()).find(
                {"case_id": case_id}, {"content": 0}, session=tx.session
            )
            tx.record("case.read_papers", case_id, member_id=member_id)
            return record, sorted(made, key=lambda raw: str(raw["_id"]))

        record, made = runtime().unit_of_work.run(context, read)
        case = msgspec.convert(record.case, Case)
        return record_answer(
            {
                "case_id": case_id,
                "layout": LAYOUT_SOURCE,
                "available": []
                if viewer.own
                else [{"kind": kind, "title": TITLE_VI[kind]} for kind in papers(case, name="")],
                "made": [
                    _shown(raw) for raw in made if not viewer.own or raw["kind_of_paper"] in FOR_THE_MEMBER
                ],
            }
        )

    @bp.post("/<string:case_id>/papers")
    @bp.arguments(PaperIn)
    @bp.response(201, PaperOut)
    @action("cases.write_paper")
    def make(data: dict[str, Any], case_id: str) -> Response:
        """Lập một văn bản từ vụ việc theo mẫu của đơn vị; bản lập được giữ lại cùng mã băm."""
        context, _, member_id = admitted(case_id)
        viewer = Viewer.of(context, member_id)
        templates = runtime().settings.paper_templates
        paper_id = new_id()

        def work(tx: Transaction) -> PaperRecord:
            return commands.make_paper(
                tx, case_id, paper_id=paper_id, viewer=viewer, templates=templates, **data
            )

        return commit(
            context,
            work,
            lambda made: _shown(made.to_document()),
            status=201,
            location=lambda made: f"/api/reviews/cases/{case_id}/papers/{made.id}",
        )

    @bp.get("/<string:case_id>/papers/<string:paper_id>")
    @bp.response(200, content_type=MIME)
    @action("cases.papers")
    def read_paper(case_id: str, paper_id: str) -> Response:
        """Tải một văn bản đã lập; lần tải được ghi nhật ký. Đảng viên tải văn bản gửi cho mình."""
        context, _, member_id = admitted(case_id, as_member=True)
        viewer = Viewer.of(context, member_id)
        found = runtime().unit_of_work.run(
            context, lambda tx: commands.read_paper(tx, case_id, paper_id, viewer=viewer)
        )
        answer = Response(bytes(found.content), content_type=MIME)
        answer.headers.set(
            "Content-Disposition", "attachment", filename=f"{found.kind_of_paper}-{paper_id}.docx"
        )
        answer.set_etag(found.sha256)
        return answer

    return bp


def _shown(raw: Document) -> dict[str, Any]:
    return {
        "id": raw["_id"],
        "kind": raw["kind_of_paper"],
        "title": TITLE_VI[raw["kind_of_paper"]],
        "size": raw["size"],
        "sha256": raw["sha256"],
        "template_sha256": raw["template_sha256"],
        "case_version": raw["case_version"],
        "made_at": raw["made_at"],
        "role": raw.get("role"),
    }
