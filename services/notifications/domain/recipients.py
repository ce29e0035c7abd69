"""Recipients (người nhận): the relations to a case by which somebody is told, and the inboxes they lead to."""

from __future__ import annotations

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
    SUPERIOR = "superior"
    """The committee directly above the cell (cấp ủy cấp trên trực tiếp)."""
    STANDING_COMMITTEE = "standing_committee"
    """The standing committee of the whole deployment (ban thường vụ)."""


def person(member_id: str) -> str:
    """Return the inbox of one person."""
    return f"member:{member_id}"


def office(role: str, organization: str) -> str:
    """Return the inbox of whoever holds *role* for *organization*."""
    return f"{role}@{organization}"


def inboxes(
    relation: Relation, *, path: Sequence[str], member_id: str | None, helpers: Sequence[str] = ()
) -> list[str]:
    """Return the inboxes that *relation* leads to; *path* runs from the root to the cell.

    The committee above a cell that stands directly under the root is the root's standing committee.
    """
    if relation is Relation.MEMBER:
        return [person(member_id)] if member_id else []
    if relation is Relation.HELPERS:
        return [person(helper) for helper in helpers]
    if not path:
        return []
    if relation is Relation.CELL_SECRETARY:
        return [office("cell_secretary", path[-1])]
    if relation is Relation.STANDING_COMMITTEE:
        return [office("standing_committee", path[0])]
    above = path[-2] if len(path) > 1 else path[0]
    role = "standing_committee" if above == path[0] else "grassroots_committee"
    return [office(role, above)]
