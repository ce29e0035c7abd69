"""Organisations — *tổ chức đảng*: every version of each, by the date from which it holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from services.reporting.domain.moved_organizations import Ending, MovedOrganizations, OrganizationVersion
from services.reporting.projection.fold import Document, Entry, Fold, Folds, instant
from shared.events.catalogue import members
from shared.events.envelope import Event

COLLECTION = "organizations"


def _entry(event: Event, fact: Any) -> Entry:
    told = msgspec.to_builtins(fact)
    kept: Entry = {"on": told["on"], "recorded_at": instant(event), "path": told["organization_path"]}
    if isinstance(fact, members.OrganizationDissolved):
        return {**kept, "dissolved": True, "successor_id": told["successor_id"]}
    return {**kept, **{name: told[name] for name in ("name", "level", "is_cell", "parent_id")}}


def _derive(_: str, history: list[Entry]) -> Document:
    versions = [
        {name: entry[name] for name in ("on", "recorded_at", "name", "level", "is_cell", "parent_id", "path")}
        for entry in history
        if "dissolved" not in entry
    ]
    # Of two versions of one day the one recorded later corrects the other.
    versions.sort(key=lambda version: (version["on"], version["recorded_at"]))
    latest = versions[-1] if versions else history[-1]
    endings = [
        {"on": entry["on"], "recorded_at": entry["recorded_at"], "successor_id": entry.get("successor_id")}
        for entry in history
        if "dissolved" in entry
    ]
    return {
        "versions": versions,
        "endings": endings,
        "name": latest.get("name"),
        "level": latest.get("level"),
        "is_cell": latest.get("is_cell"),
        "path": latest["path"],
        # Moved and merged organisations are few; reports load just them to know the tree as it stood.
        "moved": len({tuple(version["path"]) for version in versions}) > 1
        or any(ending["successor_id"] is not None for ending in endings),
        "dissolved_on": endings[-1]["on"] if endings else None,
    }


def successors_of(documents: Iterable[Document]) -> set[str]:
    """Return what organisations were merged into: its versions are needed to say where their cases stand."""
    return {
        ending["successor_id"]
        for document in documents
        for ending in document.get("endings", ())
        if ending["successor_id"] is not None
    }


def tree_of(documents: Iterable[Document], *, known_before: datetime) -> MovedOrganizations:
    """Return the tree that the documents of moved and merged organisations and of their successors tell of."""
    kept = list(documents)
    return MovedOrganizations(
        {document["_id"]: versions_of(document) for document in kept},
        endings={document["_id"]: found for document in kept if (found := endings_of(document))},
        known_before=known_before,
    )


def versions_of(document: Document) -> tuple[OrganizationVersion, ...]:
    """Return the versions of an organisation, oldest first."""
    return tuple(msgspec.convert(version, OrganizationVersion) for version in document["versions"])


def endings_of(document: Document) -> tuple[Ending, ...]:
    """Return the endings that were recorded of an organisation: one, unless records contradict themselves.

    A document that an earlier version wrote knows the day alone, until the read model is built anew.
    """
    if "endings" in document:
        return tuple(msgspec.convert(ending, Ending) for ending in document["endings"])
    on = document.get("dissolved_on")
    return (Ending(on=date.fromisoformat(on), recorded_at=datetime.min.replace(tzinfo=UTC)),) if on else ()


ORGANIZATIONS = Fold(COLLECTION, lambda fact: str(fact.organization_id), _entry, _derive)
FOLDS: Folds = dict.fromkeys(
    (members.OrganizationEstablished, members.OrganizationChanged, members.OrganizationDissolved),
    ORGANIZATIONS,
)
