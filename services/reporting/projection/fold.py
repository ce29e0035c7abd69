"""Folding: one event into one document, purely."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from shared.events.envelope import Event
from shared.events.registry import Fact

Document = dict[str, Any]
Entry = dict[str, Any]


class Fold(NamedTuple):
    """How one collection is folded: which document a fact belongs to, what is kept of it, what follows from all."""

    collection: str
    key: Callable[[Any], str]
    entry: Callable[[Event, Any], Entry]
    """What is kept of one event."""
    derive: Callable[[str, list[Entry]], Document]
    """The fields that follow from the document's id and its entries, which come in order of (subject, sequence)."""

    def apply(self, document: Document | None, event: Event, fact: Fact) -> Document:
        """Return the document with the event in it; the very same object when it was in it already."""
        key = self.key(fact)
        history: list[Entry] = [] if document is None else document["history"]
        # Nearly every document holds the events of the one record it is named after: that needs no saying.
        place: Entry = {"sequence": event.sequence}
        if event.subject != key:
            place["subject"] = event.subject
        if document is not None and any(_place(entry) == _place(place) for entry in history):
            return document
        entries = sorted([*history, {**place, **self.entry(event, fact)}], key=_place)
        return {"_id": key, "history": entries, **self.derive(key, entries)}


Folds = Mapping[type[Fact], Fold]
"""Which fold takes which type of event."""


def _place(entry: Entry) -> tuple[str, int]:
    return entry.get("subject", ""), entry["sequence"]


def instant(event: Event) -> str:
    """Return when the event became known, as ISO text in UTC: it sorts and loses no digit in the store."""
    return event.time.isoformat()
