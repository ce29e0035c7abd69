"""Theo dõi đợt rà soát: summaries by organisation, overdue cells, a cell's report and its corrections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews import effects, queries
from services.reviews import rounds as reads
from services.reviews.answers import report_answer
from services.reviews.commands import rounds as commands
from services.reviews.documents import Round, RoundReport
from services.reviews.profiles import profile_named
from services.reviews.roster import RosterReader
from services.reviews.round_schemas import (
    CorrectionIn,
    NotReportedOut,
    OverdueOut,
    OverdueQuery,
    SummaryOut,
    SummaryQuery,
)
from services.reviews.schemas import ReportOut
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.problems import Problem
from shared.web.requests import action, allow, if_match, roots, runtime


def blueprint() -> Blueprint:
    """Return the blueprint of how rounds go on."""
    bp = Blueprint(
        "round_progress", __name__, url_prefix="/api/reviews/rounds", description="Theo dõi đợt rà soát"
    )

    @bp.get("/<string:round_id>/summary")
    @bp.arguments(SummaryQuery, location="query")
    @bp.response(200, SummaryOut)
    @action("rounds.read")
    def summary(query: dict[str, Any], round_id: str) -> Response:
        """Tổng hợp đợt rà soát theo tổ chức: phải báo cáo, đã báo cáo, muộn, chưa báo cáo, số đã rà soát, dự kiến."""
        day = query["as_of"] or runtime().clock.today()
        found = reads.RoundReads(runtime().store, round_id, day)
        organization, seen = _sight(found.current, query["organization"], day)
        if organization is not None:
            cells, below = found.under([organization]), found.below(organization)
        else:
            cells = found.under(seen)
            below = [each for each in sorted(seen) if found.under([each])]
        items, following = reads.page_of_rows(
            found.rows(below, sort=query["sort"]), after=query["after"], limit=query["limit"]
        )
        return record_answer(
            {
                "round_id": round_id,
                "organization_id": organization,
                "as_of": day,
                "total": found.sums(cells),
                "items": items,
                "next": following,
                "assumed": _assumed(found.current),
            }
        )

    @bp.get("/<string:round_id>/not-reported")
    @bp.arguments(OverdueQuery, location="query")
    @bp.response(200, NotReportedOut)
    @action("rounds.read")
    def list_not_reported(query: dict[str, Any], round_id: str) -> Response:
        """Liệt kê chi bộ chưa báo cáo, hiện nay hoặc vào một ngày; đợt đã kết thúc thì theo biên bản kết thúc đợt."""
        day = query["as_of"] or runtime().clock.today()
        found = reads.RoundReads(runtime().store, round_id, day)
        organization, seen = _sight(found.current, query["organization"], day)
        items, following = reads.page_of_rows(
            found.silent(seen if organization is None else [organization]),
            after=query["after"],
            limit=query["limit"],
        )
        return _cells(found.current, day, items, following)

    @bp.get("/<string:round_id>/overdue")
    @bp.arguments(OverdueQuery, location="query")
    @bp.response(200, OverdueOut)
    @action("rounds.read")
    def list_overdue(query: dict[str, Any], round_id: str) -> Response:
        """Liệt kê chi bộ quá hạn báo cáo, hiện nay hoặc vào một ngày, theo tổ chức của ngày đó."""
        store = runtime().store
        day = query["as_of"] or runtime().clock.today()
        current = queries.round_of(store, round_id)
        organization, seen = _sight(current, query["organization"], day)
        items, following = reads.overdue_cells(
            store,
            current,
            under=seen if organization is None else [organization],
            day=day,
            after=query["after"],
            limit=query["limit"],
        )
        return _cells(current, day, items, following)

    @bp.get("/<string:round_id>/reports/<string:organization_id>")
    @bp.response(200, ReportOut)
    @action("rounds.read")
    def get_report(round_id: str, organization_id: str) -> Response:
        """Xem báo cáo của một chi bộ và mọi lần đính chính."""
        found = reads.report_of(runtime().store, round_id, organization_id)
        allow(path=found.organization_path)
        return record_answer(report_answer(found), found.version)

    @bp.post("/<string:round_id>/reports/<string:organization_id>/corrections")
    @bp.arguments(CorrectionIn)
    @bp.response(200, ReportOut)
    @action("rounds.report", conditional=True)
    def correct(data: dict[str, Any], round_id: str, organization_id: str) -> Response:
        """Đính chính báo cáo của chi bộ, cả khi đợt đã kết thúc; lần báo cáo trước vẫn xem được."""
        context = allow(path=reads.report_of(runtime().store, round_id, organization_id).organization_path)
        version = if_match()

        def work(tx: Transaction) -> RoundReport:
            return commands.correct_report(tx, round_id, organization_id, version, **data)

        return commit(context, work, report_answer)

    return bp


def _cells(current: Round, day: Any, items: Sequence[Any], following: str | None) -> Response:
    """Answer with a page of cells of a round as they stood on a day."""
    return record_answer(
        {
            "round_id": str(current.id),
            "as_of": day,
            "items": items,
            "next": following,
            "assumed": _assumed(current),
        }
    )


def _assumed(current: Round) -> list[dict[str, Any]]:
    return effects.of_round(profile_named(current.profile))


def _sight(current: Round, organization: str | None, day: Any) -> tuple[str | None, frozenset[str]]:
    """Return the one organisation asked about, or None and those that the actor holds within the round.

    Without an organisation, whoever holds the round's own sees all of it. Ends with 403 for what is not theirs.
    """
    root = str(current.organization_id)
    if organization is not None:
        allow(path=RosterReader(runtime().store).path(organization, day))
        return organization, frozenset()
    seen = roots()
    if seen is None or seen.intersection(current.organization_path):
        return root, frozenset()
    own, above = queries.reach_of(runtime().store, seen)
    if root not in above:
        raise Problem(
            "forbidden",
            "Đợt rà soát này không thuộc tổ chức của đồng chí.",
            "This round does not concern your organisations.",
        )
    return None, frozenset(own)
