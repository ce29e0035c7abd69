"""The relay: puts the outbox onto the topic, in order, at least once.

One document per topic, the cursor, says how far it is. A round:

1. read the next positions of the outbox (a closed range: the positions have no gaps);
2. send them with an idempotent producer, keyed by ``partitionkey``;
3. wait for every acknowledgement (while the next batch is read and packed);
4. move the cursor, if our lease still stands behind it.

A crash between 3 and 4 sends the batch again: the inbox of every consumer skips what it has seen. A topic
whose id is not the cursor's was lost or recreated: the cursor goes back to 0 and the whole log is published
again. Between rounds, unhurried, the links of the audit chain go onto a topic of their own.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import structlog
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from shared.bus import clients, metrics, outbox, topics
from shared.bus.audit_log import AuditLog
from shared.bus.cursor import Cursor, LostLeadershipError
from shared.bus.failpoints import reached
from shared.bus.lease import Lease
from shared.events.envelope import Event
from shared.ids import new_id
from shared.store.connection import Document, Store
from shared.store.unit_of_work import LEDGER

_log = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0
"""The safety net under the change stream."""
IDENTITY_SECONDS = 3.0
"""How often the topic's id is compared while all goes well."""
MEASURE_SECONDS = 5.0
BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch handed to the producer: the positions in (after, last] and what the broker says to each."""

    after: int
    last: int
    futures: list[Any]


class Relay:
    """Publishes the outbox of one service while it holds the service's lease."""

    def __init__(self, store: Store, *, batch: int = 1_000, lease_seconds: float = 6.0) -> None:
        """Publish *batch* events per round; another process takes over *lease_seconds* after our death."""
        self.store = store
        self.settings = store.settings
        self.service = store.service
        self.topic = store.settings.topic(store.service)
        self.batch = batch
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
        self.lease = Lease(store, "relay", owner=self.owner, seconds=lease_seconds)
        self._cursor = Cursor(store, self.topic)
        self._audit = AuditLog(store)
        self._wake = threading.Event()
        self._has_events = threading.Event()
        self._producer: Any = None
        self._admin: Any = None
        self._identity_checked = 0.0
        self._measured = 0.0

    # -- the thread

    def run(self, stopping: threading.Event) -> None:
        """Lead whenever the lease allows, until *stopping* is set. Errors are waited out, never fatal."""
        watcher = threading.Thread(target=self._watch, args=(stopping,), name="outbox-watch", daemon=True)
        watcher.start()
        self.lease.start()
        failures = 0
        try:
            while not stopping.is_set():
                token = self.lease.token
                metrics.RELAY_LEADER.labels(self.service).set(0 if token is None else 1)
                if token is None:
                    self.lease.wait_changed(0.2)
                    continue
                try:
                    self._lead(token, stopping)
                    failures = 0
                except LostLeadershipError:
                    _log.warning("the relay's lease passed to another process", service=self.service)
                except (KafkaError, PyMongoError, topics.TopicsMissingError) as error:
                    metrics.RELAY_ERRORS.labels(self.service).inc()
                    _log.warning("relay waits", service=self.service, error=error)
                    self._forget_clients()
                    self._measure()
                    stopping.wait(BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)])
                    failures += 1
        finally:
            self.lease.stop()
            self._forget_clients()
            watcher.join(3)

    def wake(self) -> None:
        """Look at the outbox now; for a process that knows it has just committed."""
        self._wake.set()

    def _watch(self, stopping: threading.Event) -> None:
        """Wake the relay on every commit. A stream that breaks is opened again; the sweep covers the hole.

        Where nothing was ever emitted, as by a service that only reads, there is none: the sweep finds the first
        event, and the server need not look through all its log for us till then.
        """
        while not stopping.is_set():
            if not self._has_events.wait(SWEEP_SECONDS):
                continue
            try:
                with self.store.collection(LEDGER).watch(
                    [{"$project": {"_id": 1}}], max_await_time_ms=500
                ) as stream:
                    self._wake.set()
                    while not stopping.is_set() and stream.alive:
                        if stream.try_next() is not None:
                            self._wake.set()
            except PyMongoError as error:
                _log.info("outbox watch is opened again", service=self.service, error=error)
                stopping.wait(1.0)

    # -- leading

    def _lead(self, token: int, stopping: threading.Event) -> None:
        self._cursor.take(token)
        self._audit.take(token)
        self._check_identity(token)
        while not stopping.is_set():
            self._wake.clear()
            if time.monotonic() - self._identity_checked > IDENTITY_SECONDS:
                self._check_identity(token)
            end = outbox.head(self.store)
            if end > 0:
                self._has_events.set()
            if end > self._cursor.position:
                self._publish_up_to(end, token, stopping)
            if self._audit.is_due():
                self._audit.publish(token, admin=self._admin_client(), producer=self._producer_client)
            if self.lease.token != token:
                raise LostLeadershipError
            self._measure()
            if self._cursor.position >= end:
                self._wake.wait(SWEEP_SECONDS)

    def _check_identity(self, token: int) -> None:
        """Publish from the beginning where the topic is another one than the cursor's."""
        if self._cursor.check_identity(self._admin_client(), token):
            # The old producer counts its batches for a topic that is gone.
            self._forget_producer()
        self._identity_checked = time.monotonic()

    def _publish_up_to(self, end: int, token: int, stopping: threading.Event) -> None:
        """Publish from behind the cursor to *end*.

        Three things overlap: the store reads the next batch, the producer packs this one, the broker
        acknowledges the one before. The order is the producer's affair: it is idempotent per partition.
        """
        in_flight: deque[_Sent] = deque()
        position = self._cursor.position
        with ThreadPoolExecutor(1, thread_name_prefix="outbox-read") as reader:
            following = reader.submit(self._read, position, end)
            while batch := following.result():
                if self.lease.token != token:
                    raise LostLeadershipError
                last = int(batch[-1]["_id"])
                following = reader.submit(self._read, last, end)
                reached("relay.before-publish", self.settings)
                in_flight.append(_Sent(position, last, self._send(batch)))
                position = last
                if len(in_flight) > 1:
                    self._settle(in_flight.popleft(), token)
                if stopping.is_set() or time.monotonic() - self._identity_checked > IDENTITY_SECONDS:
                    break  # a long refill must notice as well that its topic vanished
        while in_flight:
            self._settle(in_flight.popleft(), token)

    def _read(self, position: int, end: int) -> list[Document]:
        if position >= end:
            return []
        return outbox.documents(self.store, after=position, up_to=min(position + self.batch, end))

    def _settle(self, sent: _Sent, token: int) -> None:
        """Wait for the acknowledgements of a batch and move the cursor over what has them."""
        acknowledged, failure = self._await(sent.futures)
        reached("relay.after-publish", self.settings)
        if acknowledged:
            self._cursor.move(token, sent.after + acknowledged)
            metrics.RELAY_PUBLISHED.labels(self.service).inc(acknowledged)
        if failure is not None:
            self._identity_checked = 0.0
            raise failure

    def _send(self, batch: Sequence[Document]) -> list[Any]:
        send = self._producer_client().send
        futures = []
        for document in batch:
            event = Event.from_document(document)
            futures.append(
                send(self.topic, value=event.data, key=event.partition_key.encode(), headers=event.headers())
            )
        return futures

    @staticmethod
    def _await(futures: Sequence[Any]) -> tuple[int, KafkaError | None]:
        """Wait for all; return how many from the first on were acknowledged, and the first failure."""
        acknowledged, failure = 0, None
        deadline = time.monotonic() + (clients.DELIVERY_MS + clients.REQUEST_MS) / 1000
        for future in futures:
            try:
                future.get(timeout=max(0.001, deadline - time.monotonic()))
            except KafkaError as error:
                failure = failure or error
            if failure is None:
                acknowledged += 1
        return acknowledged, failure

    # -- around it

    def _measure(self) -> None:
        """Set the outbox metrics, at most once a second: they cost reads that a busy relay has better use for."""
        now = time.monotonic()
        if now < self._measured + MEASURE_SECONDS:
            return
        self._measured = now
        try:
            status = outbox.status(self.store)
        except PyMongoError as error:
            _log.info("outbox not measured", service=self.service, error=error)
            return
        metrics.OUTBOX_DEPTH.labels(self.service).set(status.depth)
        metrics.OUTBOX_OLDEST_SECONDS.labels(self.service).set(status.oldest_age_seconds)

    def _admin_client(self) -> Any:
        if self._admin is None:
            self._admin = clients.admin(self.settings, self.service)
        return self._admin

    def _producer_client(self) -> Any:
        if self._producer is None:
            self._producer = clients.producer(self.settings, self.service, "relay")
        return self._producer

    def _forget_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            # What is still buffered will be sent again from the outbox; waiting for a dead broker is no use.
            producer.close(timeout=0)

    def _forget_clients(self) -> None:
        self._forget_producer()
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()
