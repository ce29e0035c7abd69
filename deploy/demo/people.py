"""The people of the demo: one client per role and organisation, made when first needed."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from deploy.demo.caller import Addresses, Person
from shared.access.actor import Role


class People:
    """Who acts where. Closing it closes every client."""

    def __init__(self, addresses: Addresses, root: str) -> None:
        """Know the stack's *addresses* and the id of the organisation at the *root* of the tree."""
        self.addresses = addresses
        self.root = root
        self._known: dict[tuple[Role, str], Person] = {}

    def __enter__(self) -> Self:
        """Be a context."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every client."""
        for person in self._known.values():
            person.close()

    def _holding(self, role: Role, organization: str) -> Person:
        key: tuple[Role, str] = (role, organization)
        if key not in self._known:
            self._known[key] = Person(self.addresses, role=role, organization=organization)
        return self._known[key]

    def secretary(self, path: Sequence[str]) -> Person:
        """Return the secretary of the cell at *path* (bí thư chi bộ)."""
        return self._holding("cell_secretary", path[-1])

    def superior(self, path: Sequence[str]) -> Person:
        """Return who speaks for the committee directly above the cell at *path*."""
        return self.standing if len(path) <= 2 else self._holding("grassroots_committee", path[-2])  # noqa: PLR2004 -- root and cell

    @property
    def standing(self) -> Person:
        """Return who speaks for the standing committee of the Khối."""
        return self._holding("standing_committee", self.root)

    @property
    def board(self) -> Person:
        """Return the officer of the organising board."""
        return self._holding("organizing_board", self.root)

    def member(self, member_id: str) -> Person:
        """Return the member in their own case."""
        key: tuple[Role, str] = ("member", member_id)
        if key not in self._known:
            self._known[key] = Person(self.addresses, role="member", member_id=member_id)
        return self._known[key]
