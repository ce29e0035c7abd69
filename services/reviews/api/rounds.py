"""Đợt rà soát: rounds and the reports of cells."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews import queries
from services.reviews.answers import report_answer, round_answer
from services.reviews.commands import rounds
from services.reviews.roster import RosterReader
from services.reviews.schemas import OnIn, ReportIn, ReportOut, RoundIn, RoundOut, RoundsOut
from shared.events.catalogue.members import Document
from shared.web.commit import commit, record_answer
from shared.web.problems import Problem
from shared.web.requests import action, allow, if_match, roots, runtime


def blueprint() -> Blueprint:
    """Return the blueprint of rounds."""
    bp = Blueprint("rounds", __name__, url_prefix="/api/reviews/rounds", description="Đợt rà soát")

    @bp.post("")
    @bp.arguments(RoundIn)
    @bp.response(201, RoundOut)
    @action("rounds.open")
    def open_round(data: dict[str, Any]) -> Response:
        """Mở đợt rà soát."""
        path = RosterReader(runtime().store).path(data["organization_id"], data["on"])
        context = allow(path=path)
        given = data["document"]
        document = None if given is None else Document(**given)
        return commit(
            context,
            lambda tx: rounds.open_round(
                tx,
                name=data["name"],
                organization_id=data["organization_id"],
                on=data["on"],
                due_on=data["due_on"],
                document=document,
            ),
            round_answer,
            status=201,
            location=lambda opened: f"/api/reviews/rounds/{opened.id}",
        )

    @bp.get("")
    @bp.response(200, RoundsOut)
    @action("rounds.read")
    def list_rounds() -> Response:
        """Liệt kê các đợt rà soát của mình và của cấp trên."""
        store = runtime().store
        visible = roots()
        found = queries.rounds(store)
        if visible is not None:
            own, above = queries.reach_of(store, visible)
            found = [each for each in found if _concerns(each.organization_path, own, above)]
        return record_answer({"items": [round_answer(each) for each in found], "next": None})

    @bp.get("/<string:round_id>")
    @bp.response(200, RoundOut)
    @action("rounds.read")
    def get_round(round_id: str) -> Response:
        """Xem một đợt rà soát: chi bộ nào đã báo cáo, chi bộ nào chưa."""
        store = runtime().store
        current = queries.round_of(store, round_id)
        visible = roots()
        own: set[str] | None = None
        if visible is not None:
            own, above = queries.reach_of(store, visible)
            if not _concerns(current.organization_path, own, above):
                raise Problem(
                    "forbidden",
                    "Đợt rà soát này không thuộc tổ chức của đồng chí.",
                    "This round does not concern your organisations.",
                )
        cells = queries.round_cells(store, current, visible=own, today=runtime().clock.today())
        reported = sum(cell["reported"] for cell in cells)
        body = {
            **round_answer(current),
            "cells": cells,
            "counts": {
                "cells": len(cells),
                "reported": reported,
                "not_reported": len(cells) - reported,
                "overdue": sum(cell["overdue"] for cell in cells),
                "reviewed": sum(cell["reviewed"] or 0 for cell in cells),
                "proposed": sum(cell["proposed"] or 0 for cell in cells),
            },
        }
        answer = record_answer(body)
        # The tag is for closing the round; reports change the cells shown here and not the round itself.
        answer.set_etag(f"v{current.version}")
        return answer

    @bp.post("/<string:round_id>/reports")
    @bp.arguments(ReportIn)
    @bp.response(201, ReportOut)
    @action("rounds.report")
    def report(data: dict[str, Any], round_id: str) -> Response:
        """Chi bộ báo cáo kết quả rà soát, kể cả khi không dự kiến ai."""
        path = RosterReader(runtime().store).path(data["organization_id"], data["on"])
        context = allow(path=path)
        return commit(context, lambda tx: rounds.report(tx, round_id, **data), report_answer, status=201)

    @bp.post("/<string:round_id>/close")
    @bp.arguments(OnIn)
    @bp.response(200, RoundOut)
    @action("rounds.close", conditional=True)
    def close(data: dict[str, Any], round_id: str) -> Response:
        """Kết thúc đợt rà soát, ghi lại chi bộ chưa báo cáo."""
        current = queries.round_of(runtime().store, round_id)
        context = allow(path=current.organization_path)
        version = if_match()
        return commit(
            context, lambda tx: rounds.close_round(tx, round_id, version, on=data["on"]), round_answer
        )

    return bp


def _concerns(path: Any, own: set[str], above: set[str]) -> bool:
    """Say whether a round at *path* lies within what one sees, or above it."""
    return bool(own.intersection(path)) or path[-1] in above
