"""The service's own list of revoked access: kept by events, held in memory, read again every few seconds."""

from __future__ import annotations

import threading
import time
from datetime import datetime

import structlog
from pymongo.errors import PyMongoError

from shared.access.actor import Actor
from shared.access.revoked import refused
from shared.clock import Clock
from shared.events.catalogue.members import AccessRevoked
from shared.store.connection import Store
from shared.store.unit_of_work import Transaction

_log = structlog.get_logger(__name__)

COLLECTION = "revocations"
FRESH_SECONDS = 10.0
"""How long the list is used before it is read again."""
BELIEVED_SECONDS = 60.0
"""How long it is used at most while it cannot be read; after that nobody is let in (ADR 28)."""


def keep(tx: Transaction, fact: AccessRevoked) -> None:
    """Take a revocation into the service's own list; one that has nothing left to refuse is passed over."""
    if fact.until > tx.clock.now():
        document = {
            "_id": fact.revocation_id,
            "subject": fact.subject,
            "issued_before": fact.issued_before,
            "until": fact.until,
        }
        tx.collection(COLLECTION).replace_one(
            {"_id": fact.revocation_id}, document, upsert=True, session=tx.session
        )


class Revocations:
    """What one process knows of revoked access."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Read from *store*, when somebody first asks."""
        self._store = store
        self._clock = clock
        self._revoked: dict[str, datetime] = {}
        self._reading = threading.Lock()
        self._read_at: float | None = None
        self._try_at = 0.0

    def refuse(self, actor: Actor) -> bool:
        """Say whether the token that *actor* came with was revoked.

        Raises the driver's error when the list was never read, or not for ``BELIEVED_SECONDS``.
        """
        self._refresh()
        return actor.issued_at is not None and refused(self._revoked, actor.subject, actor.issued_at)

    def _refresh(self) -> None:
        now = time.monotonic()
        if now < self._try_at:
            return
        believed = self._read_at is not None and now - self._read_at < BELIEVED_SECONDS
        # One thread reads; the others go on with what is known, unless that is too old to go by.
        if not self._reading.acquire(blocking=not believed):
            return
        try:
            if time.monotonic() >= self._try_at:
                self._read(believed=believed)
        finally:
            self._reading.release()

    def _read(self, *, believed: bool) -> None:
        found: dict[str, datetime] = {}
        begun = time.monotonic()
        try:
            current = self._store.collection(COLLECTION).find(
                {"until": {"$gt": self._clock.now()}}, ["subject", "issued_before"]
            )
            for each in current:
                subject, before = str(each["subject"]), each["issued_before"]
                found[subject] = max(before, found.get(subject, before))
        except PyMongoError as error:
            if not believed:
                raise
            _log.warning("the list of revoked access is not read", service=self._store.service, error=error)
        else:
            self._revoked, self._read_at = found, begun
        self._try_at = time.monotonic() + FRESH_SECONDS
