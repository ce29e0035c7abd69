"""The audit chain on a topic of its own, for the one service that shows all chains together: slowly, and in order.

A link becomes one event: its number is its place in the stream, its hash gives the id, so a link published twice is
the same event. The text of a reason stays behind; its digest goes, so that the hash can be made again elsewhere. A
link that is not there (somebody deleted it) is published as missing: what follows must not wait for it.

Some hundred links go at a time, and nothing else of the relay waits longer than that takes.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from kafka.errors import KafkaError

from shared.audit.chain import entry_of, link_hash, reason_digest
from shared.audit.verify import head_of
from shared.bus import clients, topics
from shared.bus.cursor import Cursor
from shared.events.catalogue.audit import AuditEntryKept, AuditEntryMissing
from shared.events.envelope import Event
from shared.events.registry import Fact, type_of
from shared.store.connection import Document, Store

_log = structlog.get_logger(__name__)

MOST = 500
"""Links in one turn."""
EVERY_SECONDS = 15.0
"""Between two turns, when one took all there was; otherwise the next comes sooner."""
BUSY_SECONDS = 1.0
IDENTITY_SECONDS = 15.0
AWAY_SECONDS = 30.0
HOLE_SECONDS = 2.0
"""How long a link that is not there is waited for before it is missing."""
CHAIN = "chain"
"""Subject and key of every event of a chain: one stream, in its order."""


class AuditLog:
    """Publishes the links of one service's chain while the relay leads."""

    def __init__(self, store: Store) -> None:
        """Publish the chain of *store*."""
        self.store = store
        self.settings = store.settings
        self.log = topics.audit_log(store.service)
        self._cursor = Cursor(store, store.settings.topic(self.log))
        self._due = 0.0
        self._identity_checked = 0.0
        self._hole: tuple[int, float] | None = None

    def take(self, token: int) -> None:
        """Put our token on the cursor; raise LostLeadershipError."""
        self._cursor.take(token)
        self._identity_checked = 0.0

    def is_due(self) -> bool:
        """Say whether it is time for a turn."""
        return time.monotonic() >= self._due

    def publish(self, token: int, *, admin: Any, producer: Callable[[], Any]) -> None:
        """Publish the next links; an audit topic that cannot be written to never stops the events themselves.

        Raises LostLeadershipError, and the store's errors.
        """
        self._due = time.monotonic() + EVERY_SECONDS
        try:
            if time.monotonic() - self._identity_checked > IDENTITY_SECONDS:
                self._cursor.check_identity(admin, token)
                self._identity_checked = time.monotonic()
            after = self._cursor.position
            end = min(head_of(self.store)[0], after + MOST)
            found = self._next(after, end)
            if not found:
                return
            send = producer().send
            futures = [
                send(self._cursor.topic, value=event.data, key=CHAIN.encode(), headers=event.headers())
                for event in found
            ]
            deadline = time.monotonic() + (clients.DELIVERY_MS + clients.REQUEST_MS) / 1000
            for future in futures:
                future.get(timeout=max(0.001, deadline - time.monotonic()))
        except (KafkaError, topics.TopicsMissingError) as error:
            self._due = time.monotonic() + AWAY_SECONDS
            self._identity_checked = 0.0
            _log.warning("the audit chain is not published", topic=self._cursor.topic, error=error)
            return
        self._cursor.move(token, found[-1].position)
        if len(found) == MOST:
            self._due = time.monotonic() + BUSY_SECONDS

    def _next(self, after: int, end: int) -> list[Event]:
        """Return the events of the links in (*after*, *end*]; only those before a hole that is new."""
        if end <= after:
            return []
        raws = self.store.collection("audit").find({"_id": {"$gt": after, "$lte": end}})
        links = {int(raw["_id"]): raw for raw in raws}
        found: list[Event] = []
        for number in range(after + 1, end + 1):
            link = links.get(number)
            if link is None and not self._is_missing(number):
                break
            found.append(event_of(self.store, number, link))
        return found

    def _is_missing(self, number: int) -> bool:
        """Say whether a link was not there for a while: what is committed is seen at once, so somebody took it."""
        now = time.monotonic()
        if self._hole is None or self._hole[0] != number:
            self._hole = (number, now)
            self._due = now + HOLE_SECONDS
        return now - self._hole[1] >= HOLE_SECONDS


def event_of(store: Store, number: int, link: Document | None) -> Event:
    """Return the event that carries link *number* of the chain of *store*, or tells that it is missing."""
    source = store.settings.event_source(topics.audit_log(store.service))
    if link is None:
        fact: Fact = AuditEntryMissing(number=number)
        unique = hashlib.sha256(f"{source}#{number}".encode()).hexdigest()
        at, request = datetime.now(UTC), CHAIN
    else:
        entry = entry_of(link)
        told = {name: value for name, value in msgspec.structs.asdict(entry).items() if name != "reason"}
        fact = AuditEntryKept(
            number=number,
            **told,
            reason_digest=reason_digest(entry),
            # Where its hash was made over something else than is published, only the service itself can check it.
            checkable=entry.reason is None or link["hash"] == link_hash(link),
            previous=str(link["previous"]),
            hash=str(link["hash"]),
        )
        unique, at, request = str(link["hash"]), entry.at, entry.request_id
    return Event(
        id=str(uuid.UUID(unique[:32])),
        type=type_of(fact).full_name,
        source=source,
        subject=CHAIN,
        time=at,
        partition_key=CHAIN,
        sequence=number,
        position=number,
        correlation_id=request,
        data=msgspec.json.encode(fact),
    )
