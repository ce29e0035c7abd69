"""Recipients (người nhận): the relations to a case by which somebody is told, and the inboxes they lead to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum


class Relation(StrEnum):
    """How somebody stands to the case an event is about."""

    MEMBER = "member"
    """The member concerned (đảng viên)."""
    HELPERS = "helpers"
    """The members who help (đảng viên được phân công giúp đỡ)."""
    CELL_SECRETARY = "cell_secretary"
    """The secretary of the member's cell (bí thư chi bộ)."""
    RECEIVING_CELL = "receiving_cell"
    """The secretary of the cell that a member or a case comes to (bí thư chi bộ nơi đến)."""
    CELLS = "cells"
    """The secretaries of all cells below (bí thư các chi bộ trực thuộc)."""
    ACTING_NEXT = "acting_next"
    """The level that must act next (cấp xem xét tiếp theo): above the one that voted, else above the cell."""
    SUPERIOR = "superior"
    """The committee directly above the cell (cấp ủy cấp trên trực tiếp)."""
    STANDING_COMMITTEE = "standing_committee"
    """The standing committee of the whole deployment (ban thường vụ)."""
    WORKING_GROUP = "working_group"
    """The working groups that go with an organisation of the path (đoàn công tác)."""


ELSEWHERE = frozenset({Relation.CELLS, Relation.RECEIVING_CELL})
"""Relations that lead to another place than where the case stands."""


def person(member_id: str) -> str:
    """Return the inbox of one person."""
    return f"member:{member_id}"


def office(role: str, organization: str) -> str:
    """Return the inbox of whoever holds *role* for *organization*."""
    return f"{role}@{organization}"


def message_id(cause: str, inbox: str) -> str:
    """Return the id of the message by which *cause* (an event, a reminder) is told to *inbox*.

    The same cause never makes a second message, and the id gives away nobody: it travels in e-mails and webhooks.
    """
    return hashlib.sha256(f"{cause}\x00{inbox}".encode()).hexdigest()[:32]


def inboxes(
    relation: Relation,
    *,
    path: Sequence[str],
    member_id: str | None,
    helpers: Sequence[str] = (),
    voted: str | None = None,
    accompanied: Sequence[str] = (),
    cells: Sequence[str] = (),
    receiving: str | None = None,
) -> list[str]:
    """Return the inboxes that *relation* leads to; *path* runs from the root to the cell.

    *voted* is the level whose vote was recorded; *accompanied* the organisations that a working group goes with;
    *cells* those below the organisation at the end of *path*; *receiving* the cell that somebody comes to.
    The committee above a cell that stands directly under the root is the root's standing committee.
    """
    people = {
        Relation.MEMBER: [person(member_id)] if member_id else [],
        Relation.HELPERS: [person(helper) for helper in helpers],
        Relation.CELLS: [office("cell_secretary", cell) for cell in cells],
        Relation.RECEIVING_CELL: [office("cell_secretary", receiving)] if receiving else [],
    }
    if relation in people:
        return people[relation]
    if not path:
        return []
    if relation is Relation.WORKING_GROUP:
        return [office("working_group", each) for each in path if each in accompanied]
    if relation is Relation.CELL_SECRETARY:
        return [office("cell_secretary", path[-1])]
    place = {Relation.STANDING_COMMITTEE: 0, Relation.ACTING_NEXT: _level_above(voted, path)}
    return [_committee(path, place.get(relation, len(path) - 2))]


def _level_above(voted: str | None, path: Sequence[str]) -> int:
    """Return where on *path* the committee above the level that *voted* stands."""
    directly_above = max(0, len(path) - 2)
    above = {"part_committee": min(1, directly_above), "grassroots_committee": 0, "standing_committee": 0}
    return directly_above if voted is None else above.get(voted, directly_above)


def _committee(path: Sequence[str], place: int) -> str:
    place = max(0, place)
    return office("standing_committee" if place == 0 else "grassroots_committee", path[place])
