"""Organisations — *tổ chức đảng*: every version of each, by the date from which it holds."""

from __future__ import annotations

from typing import Any

import msgspec

from services.reporting.projection.fold import Document, Entry, Fold, Folds, instant
from shared.events.catalogue import members
from shared.events.envelope import Event

COLLECTION = "organizations"


def _entry(event: Event, fact: Any) -> Entry:
    told = msgspec.to_builtins(fact)
    kept: Entry = {"on": told["on"], "recorded_at": instant(event), "path": told["organization_path"]}
    if isinstance(fact, members.OrganizationDissolved):
        return {**kept, "dissolved": True}
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
    dissolved = [entry["on"] for entry in history if "dissolved" in entry]
    return {
        "versions": versions,
        "name": latest.get("name"),
        "level": latest.get("level"),
        "is_cell": latest.get("is_cell"),
        "path": latest["path"],
        # Moved organisations are few; reports load just them to know the tree as it stood.
        "moved": len({tuple(version["path"]) for version in versions}) > 1,
        "dissolved_on": dissolved[-1] if dissolved else None,
    }


ORGANIZATIONS = Fold(COLLECTION, lambda fact: str(fact.organization_id), _entry, _derive)
FOLDS: Folds = dict.fromkeys(
    (members.OrganizationEstablished, members.OrganizationChanged, members.OrganizationDissolved),
    ORGANIZATIONS,
)
