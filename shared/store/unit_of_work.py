"""The unit of work: aggregate, audit entry and outbox entry in one Mongo transaction, or none of them.

Why one document, the ledger, is written by every command: it carries the position of the newest
event and the head of the audit chain. Two commands of one service can therefore never commit
interleaved, positions have no gaps, and the order of the outbox is the order of commit: the relay
may publish up to the highest position it sees.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
import pymongo
from pymongo import ReadPreference, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.read_concern import ReadConcern

from shared.access.actor import Context
from shared.audit.chain import AuditEntry, chained
from shared.clock import Clock
from shared.events.envelope import Event
from shared.events.registry import Fact, type_of
from shared.ids import new_id
from shared.store.abandoned import PATIENCE_SECONDS, Sessions
from shared.store.aggregate import Aggregate
from shared.store.connection import Document, Store
from shared.store.errors import AlreadyExistsError, MissingError, StoreBusyError, VersionConflictError

T = TypeVar("T")
A = TypeVar("A", bound=Aggregate)

COMMAND_LIMIT_SECONDS = 10.0
"""How long one command may wait for the store and be retried before the caller is told to come back."""
LEDGER = "ledger"
_HEAD = "head"
_DUPLICATE_KEY = 11000


class Emitted(msgspec.Struct, frozen=True, kw_only=True):
    """What a command's reply says of each event it produced; a client can wait for it at a read model."""

    type: str
    subject: str
    sequence: int
    position: int


class Transaction:
    """What a command sees: loads, inserts, saves, events and audit entries of one attempt.

    The function that is handed one may run several times: it must have no effect outside the transaction.
    """

    def __init__(self, store: Store, session: ClientSession, clock: Clock, context: Context) -> None:
        """Belong to one attempt of one transaction."""
        self.store = store
        self.session = session
        self.clock = clock
        self.context = context
        self._events: list[tuple[Context, str, int, str, Fact]] = []
        self._entries: list[AuditEntry] = []
        self.emitted: list[Emitted] = []
        self.trusting = False
        """Whether what seems to begin here may be written as new, unread: whoever is contradicted by the store is run
        again without this. Only the inbox grants it."""

    def collection(self, name: str) -> Collection[Document]:
        """Return a collection; pass ``session=tx.session`` to every call on it."""
        return self.store.collection(name)

    # -- aggregates

    def find(self, kind: type[A], record_id: str) -> A | None:
        """Return the aggregate as this transaction sees it, or None."""
        raw = self.collection(kind.kind()).find_one({"_id": record_id}, session=self.session)
        return None if raw is None else kind.from_document(raw)

    def load(self, kind: type[A], record_id: str) -> A:
        """Return the aggregate as this transaction sees it; raise MissingError."""
        found = self.find(kind, record_id)
        if found is None:
            raise MissingError(kind.kind(), record_id)
        return found

    def load_version(self, kind: type[A], record_id: str, version: int | None) -> A:
        """Return the aggregate if it still has *version* (None: any); raise VersionConflictError."""
        found = self.load(kind, record_id)
        if version is not None and found.version != version:
            raise VersionConflictError(kind.kind(), record_id)
        return found

    def insert(self, aggregate: Aggregate) -> None:
        """Add a new aggregate; raise AlreadyExistsError when an id or a unique field is taken."""
        self.insert_many([aggregate])

    def insert_many(self, aggregates: Sequence[Aggregate]) -> None:
        """Add many new aggregates of one kind in one write; their events must be emitted before."""
        if not aggregates:
            return
        kind = aggregates[0].kind()
        documents = [aggregate.to_document() for aggregate in aggregates]
        try:
            if len(documents) == 1:
                self.collection(kind).insert_one(documents[0], session=self.session)
            else:
                self.collection(kind).insert_many(documents, session=self.session)
        except DuplicateKeyError as error:
            raise AlreadyExistsError(kind, _taken(error.details)) from error
        except BulkWriteError as error:
            first: Document = next(iter((error.details or {}).get("writeErrors", [])), {})
            if first.get("code") == _DUPLICATE_KEY:
                raise AlreadyExistsError(kind, _taken(first)) from error
            raise

    def save(self, aggregate: Aggregate) -> None:
        """Replace the aggregate if nobody else changed it since it was loaded; its version goes up by one.

        Raises VersionConflictError, or AlreadyExistsError when a unique field is taken.
        """
        loaded = aggregate.version
        aggregate.version = loaded + 1
        document = aggregate.to_document()
        try:
            result = self.collection(aggregate.kind()).replace_one(
                {"_id": aggregate.id, "version": loaded}, document, session=self.session
            )
        except DuplicateKeyError as error:
            raise AlreadyExistsError(aggregate.kind(), _taken(error.details)) from error
        if result.matched_count != 1:
            raise VersionConflictError(aggregate.kind(), str(aggregate.id))

    # -- events and audit

    def emit(self, aggregate: Aggregate, *facts: Fact) -> None:
        """Count *facts* on the aggregate and put them into the outbox with this transaction.

        Call it before ``insert`` or ``save`` of the aggregate, which store the count.
        """
        for fact in facts:
            aggregate.sequence += 1
            # The context as of now: one transaction may apply several events, each with its own correlation.
            self._events.append(
                (self.context, str(aggregate.id), aggregate.sequence, aggregate.partition_key, fact)
            )

    def record(
        self,
        action: str,
        subject: str,
        *,
        reason: str | None = None,
        before: str | None = None,
        after: str | None = None,
        member_id: str | None = None,
        organization: str | None = None,
    ) -> None:
        """Put an entry into the audit chain: dotted *action*, *subject* id, references before and after."""
        context = self.context
        self._entries.append(
            AuditEntry(
                at=self.clock.now(),
                actor=context.actor.subject,
                role=context.role,
                organization=organization or context.organization,
                action=action,
                subject=subject,
                member_id=member_id,
                reason=reason,
                before=before,
                after=after,
                request_id=context.request_id,
            )
        )

    def flush(self) -> None:
        """Write outbox and audit behind one ledger step; a second call writes only what came after the first."""
        if not self._events and not self._entries:
            return
        ledger = self.collection(LEDGER)
        head = ledger.find_one({"_id": _HEAD}, session=self.session)
        if head is None:
            raise RuntimeError(f"{self.store.service}: no ledger; run the prepare step before the service")
        position, number, link = int(head["position"]), int(head["entry"]), str(head["hash"])
        events = [
            self._envelope(position + offset, context, subject, sequence=sequence, key=key, fact=fact)
            for offset, (context, subject, sequence, key, fact) in enumerate(self._events, start=1)
        ]
        entries = []
        for offset, entry in enumerate(self._entries, start=1):
            document = chained(entry, number=number + offset, previous=link)
            link = document["hash"]
            entries.append(document)
        ledger.replace_one(
            {"_id": _HEAD},
            {
                "_id": _HEAD,
                "position": position + len(events),
                "entry": number + len(entries),
                "hash": link,
            },
            session=self.session,
        )
        if events:
            self.collection("outbox").insert_many(
                [event.to_document() for event in events], session=self.session
            )
        if entries:
            self.collection("audit").insert_many(entries, session=self.session)
        self._events, self._entries = [], []
        self.emitted += [
            Emitted(type=event.type, subject=event.subject, sequence=event.sequence, position=event.position)
            for event in events
        ]

    def _envelope(
        self, position: int, context: Context, subject: str, *, sequence: int, key: str, fact: Fact
    ) -> Event:
        return Event(
            id=new_id(),
            type=type_of(fact).full_name,
            source=self.store.settings.event_source(self.store.service),
            subject=subject,
            time=self.clock.now(),
            partition_key=key,
            sequence=sequence,
            position=position,
            correlation_id=context.correlation_id,
            traceparent=context.traceparent,
            data=msgspec.json.encode(fact),
        )


class UnitOfWork:
    """Runs a function within one Mongo transaction and commits what it did with its events and audit."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Work on *store*, with the time from *clock*."""
        self.store = store
        self.clock = clock
        self._sessions = Sessions(store)

    def run(self, context: Context, work: Callable[[Transaction], T]) -> T:
        """Run *work* and commit; the driver retries transient errors and unknown commit results.

        Anything *work* raises aborts everything. Returns what the committed attempt returned.
        """
        patient_until: float | None = None

        def attempt(session: ClientSession) -> T:
            nonlocal patient_until
            now = time.monotonic()
            if patient_until is None:
                patient_until = now + PATIENCE_SECONDS
            elif now > patient_until:
                self._sessions.end_others(session)
                patient_until = math.inf
            tx = Transaction(self.store, session, self.clock, context)
            result = work(tx)
            tx.flush()
            return result

        if not self.store.command_lock.acquire(timeout=COMMAND_LIMIT_SECONDS):
            raise StoreBusyError(f"{self.store.service}: another command held the store for too long")
        try:
            with pymongo.timeout(COMMAND_LIMIT_SECONDS), self.store.start_session() as session:
                self._sessions.note(session)
                return session.with_transaction(
                    attempt,
                    read_concern=ReadConcern("snapshot"),
                    write_concern=WriteConcern("majority"),
                    read_preference=ReadPreference.PRIMARY,
                )
        finally:
            self.store.command_lock.release()

    def end_abandoned(self) -> None:
        """End whatever transaction the service has open: one of them has kept a plain write from its turn too long.

        A server tries a write outside transactions again for as long as another's stands in its way, and the young
        embedded one looks after forgotten transactions only when the next begins. Whoever lives tries again.
        """
        self._sessions.end_all()


def _taken(details: Any) -> dict[str, object]:
    found = (details or {}).get("keyValue") or {}
    return {str(name): value for name, value in found.items()} or {"id": None}


def ids_of(aggregates: Iterable[Aggregate]) -> list[str]:
    """Return the ids of *aggregates* in their order."""
    return [str(aggregate.id) for aggregate in aggregates]
