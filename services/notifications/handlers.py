"""What the notifications service does with events: every type in the table tells its recipients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from services.notifications.commands import tell
from services.notifications.contacts import forget
from services.notifications.deadlines import Organization, Round, Transfer, follow
from services.notifications.domain.who_is_told import types
from services.notifications.relations import follow_group
from services.notifications.table import table
from shared.bus.handlers import Handler
from shared.events.catalogue.members import (
    MemberErased,
    OrganizationDissolved,
    WorkingGroupChanged,
    WorkingGroupEstablished,
)
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.unit_of_work import Transaction

_FOLLOWED = {
    MemberErased,
    WorkingGroupEstablished,
    WorkingGroupChanged,
    *get_args(Transfer),
    *get_args(Round),
    *get_args(Organization),
    OrganizationDissolved,
    *(kind for kind in types().values() if "clocks" in kind.__struct_fields__),
}
"""Types that are acted on whether or not somebody is told of them."""


def _apply(tx: Transaction, event: Event, fact: Fact) -> None:
    if isinstance(fact, WorkingGroupEstablished | WorkingGroupChanged):
        follow_group(tx, fact)
    if isinstance(fact, MemberErased):
        forget(tx, fact.member_id)
    follow(tx, fact)
    tell(tx, event, fact)


class _ByTable(Mapping[type[Fact], Handler]):
    """The types of this deployment's table, read when the worker starts: the table is known by then."""

    def __getitem__(self, kind: type[Fact]) -> Handler:
        if kind in _FOLLOWED or table().get(kind):
            return _apply
        raise KeyError(kind)

    def __iter__(self) -> Iterator[type[Fact]]:
        return (kind for kind in types().values() if kind in _FOLLOWED or table().get(kind))

    def __len__(self) -> int:
        return sum(1 for _ in self)


HANDLERS = _ByTable()
"""Event type → handler."""
