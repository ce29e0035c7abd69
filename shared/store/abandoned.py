"""Transactions that a dead process left open.

A server keeps the open transaction of a client that vanished for a minute (``transactionLifetimeLimitSeconds``),
and until then nobody else can write what it wrote: the ledger, for one, which every command of the service
writes. So each process leaves word of the sessions it works in, and whoever has been kept waiting for longer
than any transaction takes ends all the others. A living process merely tries again: its driver is told that
the transaction is gone by a transient error.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta

from bson import Binary
from pymongo.client_session import ClientSession

from shared.store.connection import Document, Store

# Not structlog: web processes load this too, and have no other need of it (4 MB each).
_log = logging.getLogger("khoi.store")

SESSIONS = "sessions"
PATIENCE_SECONDS = 4.0
"""So long a command bears conflicts before it ends the sessions of the others."""
_REPEAT_SECONDS = 3_600.0
_FORGET_AFTER = timedelta(days=1)


class Sessions:
    """The sessions in which the processes of one service have transactions."""

    def __init__(self, store: Store) -> None:
        """Know of none yet."""
        self._store = store
        self._noted: dict[bytes, float] = {}

    def note(self, session: ClientSession) -> None:
        """Leave word of *session*, once an hour; call it before its transaction begins."""
        session_id = bytes(session.session_id["id"])
        now = time.monotonic()
        if now - self._noted.get(session_id, -_REPEAT_SECONDS) < _REPEAT_SECONDS:
            return
        sessions = self._store.collection(SESSIONS)
        today = datetime.now(UTC)
        sessions.update_one({"_id": session.session_id["id"]}, {"$set": {"at": today}}, upsert=True)
        sessions.delete_many({"at": {"$lt": today - _FORGET_AFTER}})
        self._noted[session_id] = now

    def end_others(self, session: ClientSession) -> None:
        """End what is open in every session but *session*."""
        self._end(
            {"_id": {"$ne": session.session_id["id"]}},
            "%s is kept waiting by another transaction; all %d others are ended",
        )

    def end_all(self) -> None:
        """End what is open in every session, also this process' own."""
        self._end({}, "%s: what is open in all %d sessions is ended")

    def _end(self, which: Document, said: str) -> None:
        found = self._store.collection(SESSIONS).find(which, ["_id"])
        sessions = [{"id": Binary.from_uuid(document["_id"])} for document in found]
        _log.warning(said, self._store.service, len(sessions))
        if sessions:
            self._store.client.admin.command("killSessions", sessions)
