"""Vụ việc: reading cases, their timelines, and the roll. Every read of one member's case is logged."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews import effects, queries
from services.reviews.answers import Viewer, case_answer, roll_answer, row_answer, timeline_answer
from services.reviews.api.acting import admitted
from services.reviews.commands.steps import applicable_profile
from services.reviews.documents import CaseRecord
from services.reviews.domain.ballot import build_roll, votes_needed
from services.reviews.roster import RosterReader
from services.reviews.schemas import (
    CaseOut,
    CasesOut,
    CasesQuery,
    RollOut,
    RollQuery,
    TimelineOut,
    ToldOut,
)
from services.reviews.told import told
from shared.access.actor import Context
from shared.store.unit_of_work import Transaction
from shared.web.commit import record_answer
from shared.web.requests import action, allow, roots, runtime


def blueprint() -> Blueprint:
    """Return the blueprint of reading."""
    bp = Blueprint("cases", __name__, url_prefix="/api/reviews", description="Vụ việc")

    @bp.get("/cases")
    @bp.arguments(CasesQuery, location="query")
    @bp.response(200, CasesOut)
    @action("cases.read")
    def list_cases(query: dict[str, Any]) -> Response:
        """Liệt kê vụ việc của các tổ chức trong phạm vi của mình."""
        page = queries.cases(runtime().store, visible=roots(), **query)
        return record_answer({"items": [row_answer(raw) for raw in page.items], "next": page.next})

    @bp.get("/cases/<string:case_id>")
    @bp.response(200, CaseOut)
    @action("cases.read")
    def get_case(case_id: str) -> Response:
        """Xem một vụ việc; lần xem được ghi nhật ký."""
        context, _, member_id = admitted(case_id, as_member=True)
        record = _read(context, case_id, "case.read")
        return record_answer(case_answer(record, Viewer.of(context, member_id)), record.version)

    @bp.get("/cases/<string:case_id>/timeline")
    @bp.response(200, TimelineOut)
    @action("cases.read")
    def get_timeline(case_id: str) -> Response:
        """Xem diễn biến của một vụ việc; lần xem được ghi nhật ký."""
        context, _, _ = admitted(case_id, as_member=True)
        record = _read(context, case_id, "case.read_timeline")
        return record_answer({"id": case_id, "items": timeline_answer(record)}, record.version)

    @bp.get("/cases/<string:case_id>/notifications")
    @bp.response(200, ToldOut)
    @action("cases.read")
    def get_notifications(case_id: str) -> Response:
        """Xem các thông báo bắt buộc đã gửi cho đảng viên và kết quả gửi; lần xem được ghi nhật ký."""
        context, _, _ = admitted(case_id, as_member=True)
        record = _read(context, case_id, "case.read_notifications")
        return record_answer({"id": case_id, "items": told(runtime().store, case_id)}, record.version)

    @bp.get("/members/<string:member_id>/cases")
    @bp.response(200, CasesOut)
    @action("cases.read")
    def cases_of_member(member_id: str) -> Response:
        """Xem các vụ việc của một đảng viên (đảng viên xem vụ việc của chính mình)."""
        found = queries.cases_of_member(runtime().store, member_id)
        known = RosterReader(runtime().store).known(member_id)
        path = found[-1]["organization_path"] if found else None
        if path is None and known is not None and known.placements:
            path = known.placements[-1].path
        context = allow(path=path, member_id=member_id)
        runtime().unit_of_work.run(
            context, lambda tx: tx.record("case.list_of_member", member_id, member_id=member_id)
        )
        return record_answer({"items": [row_answer(raw) for raw in found], "next": None})

    @bp.get("/roll")
    @bp.arguments(RollQuery, location="query")
    @bp.response(200, RollOut)
    @action("cases.ballot")
    def get_roll(query: dict[str, Any]) -> Response:
        """Xem trước danh sách tính cơ số của chi bộ vào một ngày: ai được tính, ai không và vì sao."""
        roster = RosterReader(runtime().store)
        allow(path=roster.path(query["organization"], query["on"]))
        profile = applicable_profile(query["on"])
        settings = profile.settings
        listing = query["purpose"] == "listing"
        rule = settings.flag_base.value if listing else settings.removal_base.value
        share = settings.flag_share.value if listing else settings.shares.cell.value
        roll = build_roll(
            roster.entries(query["organization"], query["on"]),
            as_of=query["on"],
            subject_id=query["member_id"] or "",
            rule=rule,
            transit_counted=settings.transit_counted.value,
        )
        body = {
            "organization_id": query["organization"],
            **roll_answer(roll),
            "share": str(share),
            "needed": votes_needed(base=roll.base, share=share),
            "assumed": effects.of_roll(profile, listing=listing),
        }
        return record_answer(body)

    return bp


def _read(context: Context, case_id: str, act: str) -> CaseRecord:
    """Return the case as it is, with the entry of this read in the audit."""

    def read(tx: Transaction) -> CaseRecord:
        record = tx.load(CaseRecord, case_id)
        tx.record(act, case_id, member_id=record.member_id)
        return record

    return runtime().unit_of_work.run(context, read)
