"""Indexes: declared as data, created and dropped by explicit steps that can be run again at any time.

What a new version reads by is created before it starts; what only an older one read by is dropped when none of that is
left running (``drop_retired``): each write pays for every index.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pymongo
from pymongo import IndexModel

from shared.audit.chain import GENESIS
from shared.store.connection import Store

BUILD_SECONDS = 1_800.0


@dataclass(frozen=True, slots=True)
class Index:
    """One index of one collection. ``only_where`` makes it partial."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    only_where: dict[str, Any] | None = field(default=None, hash=False)
    expire_after_seconds: int | None = None

    def model(self) -> IndexModel:
        """Return the driver's model of it."""
        options: dict[str, Any] = {"unique": True} if self.unique else {}
        if self.only_where is not None:
            options["partialFilterExpression"] = self.only_where
        if self.expire_after_seconds is not None:
            options["expireAfterSeconds"] = self.expire_after_seconds
        return IndexModel(list(self.keys), **options)


@dataclass(frozen=True, slots=True)
class RetiredIndex:
    """An index that an earlier version created and this one has no use for; ``reason`` says what came instead."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    reason: str

    @property
    def name(self) -> str:
        """Return collection and name, as the step that created it called it."""
        return f"{self.collection}.{'_'.join(f'{field}_{way}' for field, way in self.keys)}"


KERNEL_INDEXES = (
    # A range of positions: the embedded server reads one from a declared index only (measured 43 ms against the
    # whole collection for 1,000 events); a MongoDB has _id_ for it and bears this one beside.
    Index("outbox", (("_id", 1), ("event_id", 1))),
    Index("audit", (("_id", 1), ("at", 1))),  # the same: 0.1 against 2.3 s for 500 of 20,000 links
    Index("audit", (("subject", 1),)),
    Index("audit", (("member_id", 1),)),
    Index("audit", (("actor", 1),)),
    Index("dead_letters", (("status", 1), ("key", 1))),
    Index("idempotency", (("created_at", 1),), expire_after_seconds=30 * 24 * 3600),
    Index("revocations", (("until", 1),), expire_after_seconds=0),
)
KERNEL_RETIRED = (
    RetiredIndex(
        "outbox", (("event_id", 1),), "the relay and refills read by position; ids are UUIDv7 and unique"
    ),
    RetiredIndex("outbox", (("subject", 1), ("sequence", 1)), "nobody asks the outbox for one subject"),
    RetiredIndex("inbox", (("applied_at", 1),), "the inbox is a watermark of each stream and is never swept"),
)


def create_indexes(store: Store, indexes: Iterable[Index]) -> list[str]:
    """Create the kernel's and the service's indexes and the ledger where they are missing; return their names.

    Run outside any transaction, before the new code starts: building an index blocks transactions.
    """
    names: list[str] = []
    by_collection: dict[str, list[IndexModel]] = {}
    for index in (*KERNEL_INDEXES, *indexes):
        by_collection.setdefault(index.collection, []).append(index.model())
    existing = set(store.database.list_collection_names())
    for kernel in ("outbox", "audit", "ledger", "inbox", "consumed", "control", "relay", "leases"):
        if kernel not in existing and kernel not in by_collection:
            store.database.create_collection(kernel)
    for collection, models in by_collection.items():
        if collection not in existing:
            store.database.create_collection(collection)
        # Longer than any other operation may take: an index of a collection that is large already.
        with pymongo.timeout(BUILD_SECONDS):
            names += [f"{collection}.{name}" for name in store.collection(collection).create_indexes(models)]
    ledger = store.collection("ledger")
    ledger.update_one(
        {"_id": "head"}, {"$setOnInsert": {"position": 0, "entry": 0, "hash": GENESIS}}, upsert=True
    )
    return names


def retired_left(store: Store, retired: Iterable[RetiredIndex]) -> list[RetiredIndex]:
    """Return which of the kernel's and the service's retired indexes the database still has."""
    names = set(store.database.list_collection_names())
    every = (*KERNEL_RETIRED, *retired)
    known: dict[str, set[tuple[tuple[str, int], ...]]] = {
        collection: {
            tuple((field, int(direction)) for field, direction in index["key"])
            for index in store.collection(collection).index_information().values()
        }
        for collection in {each.collection for each in every} & names
    }
    return [each for each in every if each.keys in known.get(each.collection, ())]


def drop_retired(store: Store, retired: Iterable[RetiredIndex]) -> list[str]:
    """Drop what is left of retired indexes, once no process of an earlier version runs; return their names.

    An earlier version would still answer, only slower.
    """
    dropped: list[str] = []
    for index in retired_left(store, retired):
        store.collection(index.collection).drop_index(list(index.keys))
        dropped.append(index.name)
    return dropped
