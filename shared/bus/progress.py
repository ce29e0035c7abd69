"""How far a service is with the events of the others: what a reader needs to wait for its own write."""

from __future__ import annotations

from datetime import datetime

import msgspec

from shared.store.connection import Store


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What was applied of one source: how many distinct events, the highest position, and its time.

    All events up to ``position`` are applied when ``events`` equals it: positions count from 1 without gaps.
    """

    source: str
    events: int
    position: int
    time: datetime | None


def applied(store: Store) -> dict[str, Progress]:
    """Return how far the service of *store* is, by CloudEvents source."""
    found: dict[str, Progress] = {}
    for document in store.collection("consumed").find():
        source = str(document["source"])
        so_far = found.get(source, Progress(source=source, events=0, position=0, time=None))
        position = int(document.get("last_position", 0))
        found[source] = Progress(
            source=source,
            events=so_far.events + int(document["applied"]),
            position=max(so_far.position, position),
            time=document["last_time"] if position > so_far.position else so_far.time,
        )
    return found


def stream_sequence(store: Store, source: str, subject: str) -> int:
    """Return the sequence up to which the events of *subject* from *source* were applied; 0 for none."""
    document = store.collection("inbox").find_one({"_id": f"{source}#{subject}"}, ["sequence"])
    return 0 if document is None else int(document["sequence"])
