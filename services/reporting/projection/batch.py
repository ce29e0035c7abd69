"""Applying a batch: folded in memory, read in a few reads and written with at most two writes per collection."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo import ReplaceOne

from services.reporting.projection import cases, members, organizations, rounds, transfers
from services.reporting.projection.fold import Document, Fold, Folds
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.unit_of_work import Transaction

FOLDS: Folds = {**organizations.FOLDS, **members.FOLDS, **cases.FOLDS, **rounds.FOLDS}

BESIDE: Folds = transfers.FOLDS
"""Folds of events that may have another in ``FOLDS``: a completed transfer is told to the member as well."""

COLLECTIONS = (
    organizations.COLLECTION,
    members.COLLECTION,
    cases.COLLECTION,
    rounds.COLLECTION,
    transfers.COLLECTION,
)
"""Everything here is a projection: a replay may rebuild it."""

READ_AT_ONCE = 50
"""Documents per read: the embedded server's ``$in`` takes time by the square of its list (measured 5 against 280 ms
for 50 and 500), and a real server does not mind ten reads."""


def apply_batch(tx: Transaction, batch: Sequence[tuple[Event, Fact]]) -> None:
    """Bring the read model up to date with the events of *batch*; those it already holds change nothing."""
    sorted_out: dict[str, tuple[Fold, list[tuple[Event, Fact]]]] = {}
    for event, fact in batch:
        for fold in (folds[type(fact)] for folds in (FOLDS, BESIDE) if type(fact) in folds):
            sorted_out.setdefault(fold.collection, (fold, []))[1].append((event, fact))
    for fold, events in sorted_out.values():
        _apply(tx, fold, events)


def _apply(tx: Transaction, fold: Fold, events: Sequence[tuple[Event, Fact]]) -> None:
    collection = tx.collection(fold.collection)
    # Most documents begin with the first event of the record they are named after. Not all: another stream may have
    # come first. Then the insert fails, and we are run again to read.
    begun = {event.subject for event, _ in events if event.sequence == 1} if tx.trusting else set()
    ids = [key for key in dict.fromkeys(fold.key(fact) for _, fact in events) if key not in begun]
    stored: dict[str, Document] = {
        document["_id"]: document
        for start in range(0, len(ids), READ_AT_ONCE)
        for document in collection.find(
            {"_id": {"$in": ids[start : start + READ_AT_ONCE]}}, session=tx.session
        )
    }
    folded = dict(stored)
    for event, fact in events:
        key = fold.key(fact)
        folded[key] = fold.apply(folded.get(key), event, fact)
    new = [document for key, document in folded.items() if key not in stored]
    changed = [document for key, document in folded.items() if document is not stored.get(key, document)]
    if new:
        collection.insert_many(new, session=tx.session)
    if changed:
        collection.bulk_write(
            [ReplaceOne({"_id": document["_id"]}, document) for document in changed],
            ordered=False,
            session=tx.session,
        )
