"""The organisations an import may name, by code: those in force, and those its own file brings along."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID, uuid5

import msgspec
from pymongo.client_session import ClientSession

from services.members.documents import Organization
from services.members.levels import SCHEME
from services.members.roster import KnownOrganization, OrganizationRow
from shared.store.connection import Store

_FIELDS = ["name", "code", "level", "is_cell", "parent_id", "path", "in_force", "established_on"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Tổ chức trong danh mục: where an organisation stands."""

    id: str
    code: str
    name: str
    level: str
    is_cell: bool
    parent_id: str | None
    path: tuple[str, ...]
    established_on: date


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Phạm vi được giao: where the importer may write."""

    roots: frozenset[str]
    everywhere: bool

    def covers(self, path: Sequence[str]) -> bool:
        """Say whether an organisation at *path* lies within."""
        return self.everywhere or not self.roots.isdisjoint(path)


def places(
    store: Store, codes: Collection[str] | None = None, session: ClientSession | None = None
) -> dict[str, Place]:
    """Return the organisations in force by code: all that have one, or those of *codes*."""
    match = {} if codes is None else {"code": {"$in": sorted(codes)}}
    return {
        raw["code"]: Place(
            id=raw["_id"],
            code=raw["code"],
            name=raw["name"],
            level=raw["level"],
            is_cell=raw["is_cell"],
            parent_id=raw.get("parent_id"),
            path=tuple(raw["path"]),
            established_on=date.fromisoformat(raw["established_on"]),
        )
        for raw in store.collection(Organization.kind()).find(match, _FIELDS, session=session)
        if raw["in_force"] and raw.get("code")
    }


def known(found: dict[str, Place]) -> dict[str, KnownOrganization]:
    """Return what the workbook reader must know of them."""
    return {
        place.code: KnownOrganization(name=place.name, level=place.level)
        for place in found.values()
        if SCHEME.find(place.level) is not None
    }


def place_of(import_id: str, row: OrganizationRow, parent: Place | None) -> Place:
    """Return the place an organisation of the file will have."""
    organization_id = str(uuid5(UUID(import_id), f"organization {row.code}"))
    return Place(
        id=organization_id,
        code=row.code,
        name=row.name,
        level=row.level,
        is_cell=SCHEME.kind(row.level).is_cell,
        parent_id=None if parent is None else parent.id,
        path=(*(() if parent is None else parent.path), organization_id),
        established_on=row.established_on,
    )


def member_id_of(import_id: str, row: int) -> str:
    """Return the id that the member of a row gets, the same however often the row is executed."""
    return str(uuid5(UUID(import_id), f"member {row}"))
