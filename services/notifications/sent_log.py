"""Sổ đã gửi: what a channel's server took, kept outside the database, so that a restored one does not send it again.

A backup of the database knows nothing of what went out after it. So each e-mail is noted on a topic of its own as soon
as the mail server took it, each call of a webhook as soon as its target answered, and the database keeps how far it
knows each topic. A process that begins to send first reads on from there: nothing, as a rule; after a restore
everything since the backup. What is found there counts as sent and goes out no more, but where a person asks for it.

A reminder that gathers several deadlines is noted with each of them: in other company, after the restore, it is the
same reminder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import structlog
from kafka import TopicPartition
from kafka.errors import KafkaError
from pymongo import UpdateOne

from services.notifications.documents import Delivery
from shared.bus import clients, topics
from shared.clock import Clock
from shared.service import Runtime
from shared.store.connection import Store
from shared.store.indexes import Index

_log = structlog.get_logger(__name__)

SENT, _KNOWN = "already_sent", "sent_log"
_REMEMBERED_SECONDS = 90 * 24 * 3600
INDEXES = (Index(SENT, (("at", 1),), expire_after_seconds=_REMEMBERED_SECONDS),)
_WITHIN_SECONDS = 30.0
_AT_ONCE = 50


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery that was taken: the ids by which it would be sent again."""

    ids: list[str]
    at: datetime


Ids = Callable[[Delivery], Sequence[str]]
"""The ids of a delivery: its own, or for a gathered reminder those that each of its deadlines would have by itself."""


class SentLog:
    """The log of a channel as one process writes it, and what an earlier state of the database did not know."""

    def __init__(self, store: Store, clock: Clock, log: str, ids_of: Ids) -> None:
        """Keep what is known of the topic *log* in *store*."""
        self._store = store
        self._clock = clock
        self._topic = store.settings.topic(log)
        self._ids_of = ids_of
        self._producer: Any = None
        self._topic_id: str | None = None
        self._more_than_known = False

    def has(self, delivery: Delivery) -> bool:
        """Say whether *delivery* was taken before; raise KafkaError when the log cannot be read.

        What a person asks for once more is as if it never was: they know why.
        """
        if delivery.again:
            return False
        if self._topic_id is None:
            self._catch_up()
        if not self._more_than_known:
            return False
        ids = list(self._ids_of(delivery))
        known = self._store.collection(SENT).count_documents({"_id": {"$in": ids}})
        return known == len(ids)

    def note(self, delivery: Delivery) -> None:
        """Note that *delivery* was taken; a broker that is away costs the note, not the delivery."""
        value = msgspec.json.encode(Note(ids=list(self._ids_of(delivery)), at=self._clock.now()))
        try:
            if self._producer is None:
                self._producer = clients.producer(self._store.settings, self._store.service, "sent-log")
            sent = self._producer.send(self._topic, value=value, key=str(delivery.id).encode())
            offset = int(sent.get(timeout=clients.REQUEST_MS / 1000).offset)
        except KafkaError as error:
            _log.warning("what was sent is not noted", delivery=str(delivery.id), error=repr(error))
            self.close()
            return
        # Up to the one before: that this one is sent stands in the database only a moment later.
        self._store.collection(_KNOWN).update_one(
            {"_id": self._topic, "topic_id": self._topic_id}, {"$max": {"next": offset}}
        )

    def close(self) -> None:
        """Let go of the broker."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=0)

    def _catch_up(self) -> None:
        """Read what the database does not know of the log, and remember it."""
        admin = clients.admin(self._store.settings, self._store.service)
        try:
            current = topics.create_missing(admin, self._store.settings, [self._topic])[self._topic]
        finally:
            admin.close()
        known = self._store.collection(_KNOWN).find_one({"_id": self._topic}) or {}
        begin = int(known["next"]) if known.get("topic_id") == current else 0
        end = self._read(begin)
        self._store.collection(_KNOWN).replace_one(
            {"_id": self._topic}, {"_id": self._topic, "topic_id": current, "next": end}, upsert=True
        )
        if end > begin + 1:
            _log.warning("more went out than the database knows of", log=self._topic, count=end - begin)
        self._more_than_known = self._store.collection(SENT).find_one({}, ["_id"]) is not None
        self._topic_id = current

    def _read(self, begin: int) -> int:
        """Remember the notes from *begin* on; return the end of the log."""
        reader = clients.consumer(self._store.settings, self._store.service, group=None)
        partition = TopicPartition(self._topic, 0)
        deadline = time.monotonic() + _WITHIN_SECONDS
        try:
            reader.assign([partition])
            end = int(reader.end_offsets([partition])[partition])
            reader.seek(partition, begin)
            position = begin
            while position < end:
                if time.monotonic() > deadline:
                    raise KafkaError(f"{self._topic}: read up to {position} of {end} in time")
                records = reader.poll(timeout_ms=500).get(partition, ())
                notes = [msgspec.json.decode(record.value, type=Note) for record in records]
                self._remember(notes)
                if records:
                    position = records[-1].offset + 1
                    deadline = time.monotonic() + _WITHIN_SECONDS
        finally:
            reader.close()
        return end

    def _remember(self, notes: list[Note]) -> None:
        found = {identifier: note.at for note in notes for identifier in note.ids}
        writes = [UpdateOne({"_id": each}, {"$set": {"at": at}}, upsert=True) for each, at in found.items()]
        for start in range(0, len(writes), _AT_ONCE):
            self._store.collection(SENT).bulk_write(writes[start : start + _AT_ONCE], ordered=False)


class Logs:
    """The log of one channel for each runtime: a process has one, tests have several."""

    def __init__(self, log: str, ids_of: Ids) -> None:
        """Keep logs on the topic *log*."""
        self._log = log
        self._ids_of = ids_of
        self._open: WeakKeyDictionary[Runtime, SentLog] = WeakKeyDictionary()

    def of(self, runtime: Runtime) -> SentLog:
        """Return the log as *runtime*'s process has it open."""
        found = self._open.get(runtime)
        if found is None:
            found = self._open[runtime] = SentLog(runtime.store, runtime.clock, self._log, self._ids_of)
        return found

    def forget(self, runtime: Runtime) -> None:
        """Let go of the log of *runtime*: what comes next reads it anew, as a new process does."""
        found = self._open.pop(runtime, None)
        if found is not None:
            found.close()
