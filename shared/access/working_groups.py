"""Đoàn công tác: the role of a working group is worth what a group in force goes with, whatever a token says.

A token says that somebody goes with an organisation, and outlives the decision by which they do. So a grant of the
role holds for that of its organisation with which a group goes today, and for whom that group's decision names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from shared.access.actor import Actor, Grant, Role
from shared.access.table import EVERYWHERE

GROUP: Role = "working_group"


class InForce(msgspec.Struct, frozen=True, kw_only=True):
    """Đoàn đang có hiệu lực: the organisations it goes with today, each with everything below, and its members."""

    organization_ids: tuple[str, ...]
    member_ids: frozenset[str]


def claims(actor: Actor) -> bool:
    """Say whether the token claims the role at all."""
    return any(grant.role == GROUP for grant in actor.grants)


def places_named(actor: Actor, groups: Iterable[InForce]) -> set[str]:
    """Return the organisations whose paths ``narrowed`` has to know."""
    claimed = {grant.organization for grant in actor.grants if grant.role == GROUP}
    return (claimed | {each for group in groups for each in group.organization_ids}) - {EVERYWHERE}


def narrowed(actor: Actor, groups: Iterable[InForce], paths: Mapping[str, Sequence[str]]) -> Actor:
    """Return the actor with those grants of the role that *groups* bear out; all others stay as they are.

    *paths* are the present ones; an organisation without one bears out nothing. Whoever is a member of the register
    counts in the groups that name them; an account that is none, in all.
    """
    assigned = [
        each
        for group in groups
        if actor.member_id is None or actor.member_id in group.member_ids
        for each in group.organization_ids
    ]
    kept: dict[Grant, None] = {}
    for grant in actor.grants:
        if grant.role != GROUP:
            kept[grant] = None
            continue
        for each in assigned:
            if grant.organization == EVERYWHERE or grant.organization in paths.get(each, ()):
                kept[Grant(GROUP, each)] = None
            elif each in paths.get(grant.organization, ()):
                kept[grant] = None
    return msgspec.structs.replace(actor, grants=tuple(kept))
