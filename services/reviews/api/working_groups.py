"""Đoàn công tác: a working group sees the rounds and the reports of its own organisations, and of no other."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.reviews import queries
from services.reviews import rounds as reads
from services.reviews import working_groups as groups
from services.reviews.answers import round_answer
from services.reviews.documents import Round
from services.reviews.roster import RosterReader, path_on
from services.reviews.round_cells import Tree
from services.reviews.round_schemas import (
    AsOfQuery,
    GroupRoundOut,
    GroupRoundQuery,
    GroupRoundsOut,
    GroupsOut,
)
from shared.store.connection import Document
from shared.web.commit import record_answer
from shared.web.requests import action, actor, allow, roots, runtime


def blueprint() -> Blueprint:
    """Return the blueprint of what working groups see."""
    bp = Blueprint(
        "working_groups", __name__, url_prefix="/api/reviews/working-groups", description="Đoàn công tác"
    )

    @bp.get("")
    @bp.arguments(AsOfQuery, location="query")
    @bp.response(200, GroupsOut)
    @action("rounds.follow")
    def list_groups(query: dict[str, Any]) -> Response:
        """Liệt kê đoàn công tác mà mình là thành viên hoặc phụ trách tổ chức của mình, với các tổ chức của đoàn."""
        day = query["as_of"] or runtime().clock.today()
        tree = RosterReader(runtime().store).tree()
        seen = roots()
        items = []
        for group in groups.groups(runtime().store):
            mandate = groups.mandate_on(group, day)
            own = _own(group, tree, day, seen)
            if mandate is not None and own:
                items.append(
                    {
                        "id": group["_id"],
                        "name": mandate["name"],
                        "since": mandate["from"],
                        "organization_ids": own,
                    }
                )
        return record_answer({"as_of": day, "items": items, "next": None})

    @bp.get("/<string:group_id>/rounds")
    @bp.arguments(AsOfQuery, location="query")
    @bp.response(200, GroupRoundsOut)
    @action("rounds.follow")
    def list_rounds(query: dict[str, Any], group_id: str) -> Response:
        """Liệt kê các đợt rà soát ở những tổ chức của đoàn công tác, mới nhất trước."""
        day = query["as_of"] or runtime().clock.today()
        tree = RosterReader(runtime().store).tree()
        own = _allowed(groups.group_of(runtime().store, group_id), tree, day)
        found = [
            each for each in queries.rounds(runtime().store) if each.on <= day and _touches(each, own, tree)
        ]
        return record_answer({"as_of": day, "items": [_shown(each) for each in found], "next": None})

    @bp.get("/<string:group_id>/rounds/<string:round_id>")
    @bp.arguments(GroupRoundQuery, location="query")
    @bp.response(200, GroupRoundOut)
    @action("rounds.follow")
    def get_round(query: dict[str, Any], group_id: str, round_id: str) -> Response:
        """Xem các chi bộ của đoàn công tác trong một đợt: đã báo cáo, chưa báo cáo, quá hạn."""
        day = query["as_of"] or runtime().clock.today()
        store = runtime().store
        group = groups.group_of(store, group_id)
        own = _allowed(group, RosterReader(store).tree(), day)
        found = reads.RoundReads(store, round_id, day)
        cells = found.under(own)
        rows = [found.cell_row(each) for each in cells]
        standing = query["standing"]
        rows = [each for each in rows if standing is None or each["standing"]["code"] == standing]
        rows.sort(key=lambda row: (row["name"], row["organization_id"]))
        items, following = reads.page_of_rows(rows, after=query["after"], limit=query["limit"])
        return record_answer(
            {
                "group_id": group_id,
                "round": _shown(found.current),
                "as_of": day,
                "total": found.sums(cells),
                "items": items,
                "next": following,
            }
        )

    return bp


def _allowed(group: Document, tree: Tree, day: date) -> list[str]:
    """Return the organisations of the group that the actor may follow, or end with 403."""
    seen = roots()
    own = _own(group, tree, day, seen)
    if own or seen is None:
        return own
    last = group["mandates"][-1]["organization_ids"]
    holds = any(seen.intersection(path_on(tree, str(each), day)) for each in last)
    allow(path=sorted(seen) if holds else [], member_id=actor().member_id if _is_member(group) else None)
    return own


def _own(group: Document, tree: Tree, day: date, seen: frozenset[str] | None) -> list[str]:
    """Return the group's organisations of that day: to whoever is in it today all, to others those they hold."""
    mandate = groups.mandate_on(group, day)
    if mandate is None:
        return []
    organization_ids = [str(each) for each in mandate["organization_ids"]]
    if seen is None or _is_member(group):
        return organization_ids
    return [each for each in organization_ids if seen.intersection(path_on(tree, each, day))]


def _is_member(group: Document) -> bool:
    """Say whether the actor is in the group today: who left it sees nothing of it, not of earlier days either."""
    today = groups.mandate_on(group, runtime().clock.today())
    member_id = actor().member_id
    return today is not None and member_id is not None and member_id in today["member_ids"]


def _touches(current: Round, organization_ids: list[str], tree: Tree) -> bool:
    root = str(current.organization_id)
    return any(
        root in path_on(tree, each, current.on) or each in current.organization_path
        for each in organization_ids
    )


def _shown(current: Round) -> dict[str, Any]:
    """Return a round without what it says of cells that are not the group's."""
    shown = round_answer(current)
    del shown["not_reported"]
    return shown
