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
        history: list[Entry] = [] if document is None else document["history"]
        place = (event.subject, event.sequence)
        if document is not None and any(_place(entry) == place for entry in history):
            return document
        entry = {"subject": place[0], "sequence": place[1], **self.entry(event, fact)}
        entries = sorted([*history, entry], key=_place)
        return {"_id": self.key(fact), "history": entries, **self.derive(self.key(fact), entries)}


Folds = Mapping[type[Fact], Fold]
"""Which fold takes which type of event."""


def _place(entry: Entry) -> tuple[str, int]:
    return entry["subject"], entry["sequence"]


def instant(event: Event) -> str:
    """Return when the event became known, as ISO text in UTC: it sorts and loses no digit in the store."""
    return event.time.isoformat()
