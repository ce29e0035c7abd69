"""The cut: one moment at which all services are read, so that together they are a state that once was.

What must hold in it: no service has applied an event that its producer has not committed. Else the producer would,
restored, give the same numbers to other events, and the consumer would take those for known. So applying is paused in
all services (commands go on), a snapshot of each is begun, and applying goes on at once: whatever a consumer had
applied by then was committed before the pause, and every snapshot was begun after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from deploy.backup.manifest import LEFT_OUT
from shared.bus.inbox import CONTROL, PAUSE
from shared.bus.replay import SUFFIX
from shared.ids import new_id
from shared.store.connection import Document, Store
from shared.store.unit_of_work import LEDGER

PAUSE_SECONDS = 30.0


class CutError(RuntimeError):
    """The services could not be read at one moment; nothing was changed. The message says why."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One service as of the cut."""

    service: str
    head: Document
    collections: Sequence[str]
    _database: Database[Any]
    _session: ClientSession

    def documents(self, collection: str) -> Iterator[bytes]:
        """Yield the documents of *collection*, BSON each."""
        for document in self._database[collection].find({}, session=self._session, batch_size=1_000):
            yield bytes(document.raw)

    def found(self, collection: str, match: Document, *, order_by: str) -> Iterator[bytes]:
        """Yield the documents of *collection* that *match*, in the order of a field."""
        matching = self._database[collection].find(match, session=self._session)
        for document in matching.sort(order_by, 1):
            yield bytes(document.raw)


@contextmanager
def cut(stores: Mapping[str, Store]) -> Iterator[tuple[datetime, list[Snapshot]]]:
    """Yield the moment and the snapshots of *stores*; raises CutError and pymongo's errors."""
    with ExitStack() as stack:
        with _paused(list(stores.values())):
            moment = datetime.now(UTC)
            snapshots = [stack.enter_context(_snapshot(name, store)) for name, store in stores.items()]
        yield moment, snapshots


@contextmanager
def _paused(stores: Sequence[Store]) -> Iterator[None]:
    """Pause applying; a pause that is not ended (we were killed) runs out by itself."""
    token, until = new_id(), datetime.now(UTC) + timedelta(seconds=PAUSE_SECONDS)
    begun: list[Store] = []
    try:
        for store in stores:
            control = store.collection(CONTROL)
            current = control.find_one({"_id": PAUSE})
            if current is not None and current["until"] > datetime.now(UTC):
                raise CutError(
                    f"{store.service}: đang dựng lại mô hình đọc hoặc sao lưu; thử lại sau (paused by another)"
                )
            begun.append(store)
            control.replace_one({"_id": PAUSE}, {"token": token, "until": until}, upsert=True)
        yield
        if datetime.now(UTC) > until:
            raise CutError("các dịch vụ không dừng áp dụng đủ lâu (the pause ran out before the cut)")
    finally:
        for store in begun:
            store.collection(CONTROL).delete_one({"_id": PAUSE, "token": token})


@contextmanager
def _snapshot(service: str, store: Store) -> Iterator[Snapshot]:
    """Begin to read *store*: in a snapshot session where the server has them, else in a transaction."""
    options: bson.CodecOptions[Any] = bson.CodecOptions(document_class=RawBSONDocument)
    database = store.client.get_database(store.database.name, codec_options=options)
    names = sorted(
        name
        for name in store.database.list_collection_names()
        if name not in LEFT_OUT and not name.endswith(SUFFIX) and not name.startswith("system.")
    )
    with store.client.start_session(snapshot=True) as session:
        head = _head(store, session)
        heeded = _stands_still(store, session)
        if heeded:
            yield Snapshot(service, head, names, database, session)
    if not heeded:
        with store.client.start_session() as session, session.start_transaction(ReadConcern("snapshot")):
            yield Snapshot(service, _head(store, session), names, database, session)


def _stands_still(store: Store, session: ClientSession) -> bool:
    """Say whether the session sees nothing of what is written now: the embedded server only pretends."""
    word = {"_id": "cut", "word": new_id()}
    store.collection(CONTROL).replace_one({"_id": "cut"}, word, upsert=True)
    seen = store.client[store.database.name][CONTROL].find_one({"_id": "cut"}, session=session)
    return seen != word


def _head(store: Store, session: ClientSession) -> Document:
    """Read the ledger: the first read of a session fixes what it sees."""
    head = store.client[store.database.name][LEDGER].find_one({"_id": "head"}, session=session)
    if head is None:
        raise CutError(f"{store.service}: chưa có sổ cái, chưa được chuẩn bị (no ledger)")
    return head
