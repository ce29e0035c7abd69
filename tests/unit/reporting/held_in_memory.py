"""A read model that reporting's projection can write into without a server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import bson
from pymongo import ReplaceOne
from pymongo.errors import BulkWriteError

from services.reporting.projection.batch import apply_batch
from shared.events.envelope import Event
from shared.events.registry import Fact

Document = dict[str, Any]


class Kept:
    """One collection: documents as bytes, as the store would have them."""

    def __init__(self) -> None:
        self._bytes: dict[str, bytes] = {}

    def find(self, where: Document, **_: Any) -> Iterator[Document]:
        """Yield the documents of the ids asked for."""
        return (self.read(id_) for id_ in where["_id"]["$in"] if id_ in self._bytes)

    def insert_many(self, documents: Sequence[Document], **_: Any) -> None:
        """Keep new documents; one that is there already is an error, as it is in the store."""
        for document in documents:
            if document["_id"] in self._bytes:
                raise BulkWriteError({"writeErrors": [{"code": 11000}]})
            self._bytes[document["_id"]] = bson.encode(document)

    def bulk_write(self, writes: Sequence[ReplaceOne[Any]], **_: Any) -> None:
        """Replace documents that are there."""
        for write in writes:
            document: Document = write._doc  # pymongo has no other way to read a write back
            assert document["_id"] in self._bytes
            self._bytes[document["_id"]] = bson.encode(document)

    def copy(self) -> Kept:
        """The same documents, to go back to."""
        other = Kept()
        other._bytes = dict(self._bytes)
        return other

    def read(self, id_: str) -> Document:
        return bson.decode(self._bytes[id_])

    def all(self) -> dict[str, Document]:
        return {id_: self.read(id_) for id_ in self._bytes}


class HeldInMemory:
    """The read model; stands in for the transaction of a batch."""

    session = None

    def __init__(self) -> None:
        self.trusting = False
        self._collections: dict[str, Kept] = {}

    def collection(self, name: str) -> Kept:
        """Return a collection by name."""
        return self._collections.setdefault(name, Kept())

    def reads(self, batch: Sequence[tuple[Event, Fact]]) -> None:
        """Take in one batch by reporting's own projection, as the inbox runs it: trusting, then reading if need be."""
        before = {name: kept.copy() for name, kept in self._collections.items()}
        try:
            self._applies(batch, trusting=True)
        except BulkWriteError:
            self._collections = before
            self._applies(batch, trusting=False)

    def _applies(self, batch: Sequence[tuple[Event, Fact]], *, trusting: bool) -> None:
        self.trusting = trusting
        apply_batch(self, batch)  # type: ignore[arg-type]  # all that a batch asks of a transaction is here

    def held(self) -> dict[str, dict[str, Document]]:
        """Return everything, collection by collection."""
        return {name: kept.all() for name, kept in self._collections.items()}
