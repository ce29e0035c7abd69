"""The outbox as it is read: the service's event log by position, and how much of it is on the topic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from shared.events.envelope import Event
from shared.store.connection import Document, Store
from shared.store.unit_of_work import LEDGER

STEP = 500


class OutboxStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log ends, how far it is published, and how long the oldest unpublished event waits."""

    head: int
    published: int
    depth: int
    oldest_age_seconds: float


def head(store: Store) -> int:
    """Return the position of the newest committed event; 0 when there is none."""
    ledger = store.collection(LEDGER).find_one({"_id": "head"}, ["position"])
    return 0 if ledger is None else int(ledger["position"])


def cursor(store: Store) -> int:
    """Return the position up to which the relay has published to the service's topic."""
    document = store.collection("relay").find_one({"_id": store.settings.topic(store.service)})
    return 0 if document is None else int(document["position"])


def status(store: Store) -> OutboxStatus:
    """Say how far the relay is; costs three reads by id."""
    published = cursor(store)  # read first: a cursor read after the head could lie beyond it
    end = head(store)
    oldest = (
        store.collection("outbox").find_one({"_id": published + 1}, ["time"]) if end > published else None
    )
    age = (datetime.now(UTC) - oldest["time"]).total_seconds() if oldest else 0.0
    return OutboxStatus(
        head=end, published=published, depth=end - published, oldest_age_seconds=max(0.0, age)
    )


def documents(store: Store, *, after: int, up_to: int) -> list[Document]:
    """Return the outbox documents with positions in (*after*, *up_to*], in order and without a hole.

    Stops before the first missing position: what follows a hole is not ours to hand on.
    """
    found = store.collection("outbox").find(
        {"_id": {"$gt": after, "$lte": up_to}}, batch_size=max(2, up_to - after)
    )
    ordered = sorted(found, key=lambda document: int(document["_id"]))
    return [
        document
        for expected, document in enumerate(ordered, start=after + 1)
        if int(document["_id"]) == expected  # behind a hole no position fits its place any more
    ]


def events_from(store: Store, position: int) -> Iterator[Event]:
    """Yield every event from *position* (the first is 1) to the head as of the start, in order."""
    end, after = head(store), max(0, position - 1)
    while after < end:
        found = documents(store, after=after, up_to=min(after + STEP, end))
        if not found:
            raise LookupError(
                f"outbox of {store.service}: position {after + 1} is missing below the head {end}"
            )
        for document in found:
            yield Event.from_document(document)
        after = int(found[-1]["_id"])
