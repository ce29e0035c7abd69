"""Who stood on the roll of an organisation and everything under it on a day, cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

import msgspec

from services.members.documents import Member, Organization, places_of, versions_of
from services.members.domain.organization import OrganizationTree, OrganizationVersion
from services.members.domain.stay import stay_on
from services.members.levels import SCHEME
from shared.store.connection import Document, Store
from shared.text import fold

_CELLS_AT_ONCE = 20


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Một đảng viên tại một ngày: the record, and the cell it belonged to then."""

    raw: Document
    cell_id: str


class Roll:
    """Danh sách đảng viên tại một ngày, with the tree as it stood then.

    The record itself has no other memory of names and numbers than the present one; place, state and leaving are
    those of the day.
    """

    def __init__(self, store: Store, organization_id: str, *, as_of: date) -> None:
        """Read the tree; the members are read when asked for."""
        self._store = store
        self.as_of = as_of
        self._day = as_of.isoformat()
        documents = list(store.collection(Organization.kind()).find({}, ["versions"]))
        tree = OrganizationTree(
            (version for raw in documents for version in versions_of(raw["_id"], raw["versions"])),
            levels=SCHEME,
        )
        self.organizations = _subtree(tree, organization_id, on=as_of)
        """In force on the day, superiors before their own, by name among equals."""
        root = tree.version(organization_id, on=as_of)
        parent_id = None if root is None else root.parent_id
        self.superior = None if parent_id is None else tree.version(parent_id, on=as_of)
        self.cells = {
            each.organization_id: each for each in self.organizations if SCHEME.kind(each.level).is_cell
        }

    def cell_of(self, raw: Document) -> str | None:
        """Return the cell a record belonged to on the day, gone or not; None if to none of this roll."""
        if raw["admitted_on"] > self._day:
            return None
        stay = stay_on(places_of(raw), self.as_of)
        return None if stay is None or stay.cell_id not in self.cells else stay.cell_id

    def had_left(self, raw: Document) -> bool:
        """Say whether somebody had left by the day (and was not restored by then)."""
        leaving = raw.get("leaving")
        if leaving and leaving["on"] <= self._day:
            return True
        return any(each["on"] <= self._day < each["reversed_on"] for each in raw.get("reversed_leavings", ()))

    def optional(self, stand: Stand, fields: Collection[str]) -> dict[str, str]:
        """Return those of a record's sensitive *fields* that it has; raise SealedValueError."""
        held = stand.raw.get("optional", {})
        return self._store.sealing.opened_all({name: held[name] for name in fields if name in held})

    def members(self, *, gone: bool) -> Iterator[Stand]:
        """Yield who belonged to the cells, cell by cell and by given name; with *gone* those who had left, too."""
        members = self._store.collection(Member.kind())
        cells = list(self.cells)
        for start in range(0, len(cells), _CELLS_AT_ONCE):
            chunk = cells[start : start + _CELLS_AT_ONCE]
            found = {
                raw["_id"]: raw
                for field in ("cell_id", "past_stays.cell_id")
                for raw in members.find({field: {"$in": chunk}})
            }
            standing: dict[str, list[Document]] = {}
            for raw in found.values():
                cell_of = self.cell_of(raw)
                if cell_of is not None and (gone or not self.had_left(raw)):
                    standing.setdefault(cell_of, []).append(raw)
            for cell_id in chunk:
                for raw in sorted(standing.get(cell_id, ()), key=lambda each: str(each["order"])):
                    yield Stand(raw=raw, cell_id=cell_id)


def _subtree(tree: OrganizationTree, organization_id: str, *, on: date) -> list[OrganizationVersion]:
    children: dict[str | None, list[OrganizationVersion]] = {}
    for version in tree.in_force(on):
        children.setdefault(version.parent_id, []).append(version)
    root = tree.version(organization_id, on=on)
    found: list[OrganizationVersion] = []
    waiting = [] if root is None else [root]
    while waiting:
        version = waiting.pop()
        found.append(version)
        below = children.get(version.organization_id, [])
        waiting.extend(sorted(below, key=lambda each: fold(each.name), reverse=True))
    return found
