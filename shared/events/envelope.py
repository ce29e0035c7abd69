"""The envelope: CloudEvents 1.0 over Kafka in binary mode (``ce_*`` headers, JSON value)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from shared.events.registry import EventType, Fact, type_named

SPEC_VERSION = "1.0"
_SPEC_VERSION = SPEC_VERSION.encode()
CONTENT_TYPE = b"application/json"


class UndecodableEventError(ValueError):
    """A record is no event of ours: a header is missing or its data does not fit its type. Never retried."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it is stored in the outbox and travels on a topic.

    ``sequence`` counts the events of one aggregate (``subject``) from 1 without gaps; ``position``
    counts all events of one service from 1 without gaps, in commit order.
    """

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    partition_key: str
    sequence: int
    position: int
    correlation_id: str
    traceparent: str | None = None
    data: bytes

    @property
    def event_type(self) -> EventType:
        """Return the registered type; raise UnknownEventTypeError."""
        return type_named(self.type)

    @property
    def name(self) -> str:
        """Return the bare name of the type: ``MemberFlagged``."""
        return self.type.split(".")[-2]

    @property
    def stream(self) -> str:
        """Return what ``sequence`` counts within: the source and the subject."""
        return f"{self.source}#{self.subject}"

    def fact(self) -> Fact:
        """Decode the data; raise UndecodableEventError when it does not fit its type's struct."""
        try:
            return msgspec.json.decode(self.data, type=self.event_type.data)
        except (msgspec.DecodeError, LookupError) as error:
            raise UndecodableEventError(f"{self.type} {self.id}: {error}") from error

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the Kafka headers of the binary mode."""
        # Spelled out rather than looped over: the relay does this for every event of a refill.
        headers = [
            ("content-type", CONTENT_TYPE),
            ("ce_specversion", _SPEC_VERSION),
            ("ce_id", self.id.encode()),
            ("ce_source", self.source.encode()),
            ("ce_type", self.type.encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", self.time.isoformat().replace("+00:00", "Z").encode()),
            ("ce_partitionkey", self.partition_key.encode()),
            ("ce_sequence", b"%d" % self.sequence),
            ("ce_position", b"%d" % self.position),
            ("ce_correlationid", self.correlation_id.encode()),
        ]
        if self.traceparent:
            headers.append(("ce_traceparent", self.traceparent.encode()))
        return headers

    @classmethod
    def from_record(cls, headers: Iterable[tuple[str, bytes]], value: bytes | None) -> Event:
        """Read an event back from a record's headers and value; raise UndecodableEventError."""
        if value is None:
            raise UndecodableEventError("the record is a tombstone and carries no event")
        found = {name: raw for name, raw in headers if name.startswith("ce_")}

        def text(name: str) -> str:
            try:
                return found[f"ce_{name}"].decode()
            except (KeyError, UnicodeDecodeError) as error:
                raise UndecodableEventError(f"header ce_{name} is missing or not UTF-8") from error

        try:
            return cls(
                id=text("id"),
                type=text("type"),
                source=text("source"),
                subject=text("subject"),
                time=datetime.fromisoformat(text("time")),
                partition_key=text("partitionkey"),
                sequence=int(text("sequence")),
                position=int(text("position")),
                correlation_id=text("correlationid"),
                traceparent=text("traceparent") if "ce_traceparent" in found else None,
                data=value,
            )
        except ValueError as error:
            if isinstance(error, UndecodableEventError):
                raise
            raise UndecodableEventError(f"a header cannot be read: {error}") from error

    def to_document(self) -> dict[str, Any]:
        """Return the outbox document; ``_id`` is the position."""
        document = msgspec.structs.asdict(self)
        document["_id"] = document.pop("position")
        document["event_id"] = document.pop("id")
        document["data"] = self.data.decode()
        return document

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Event:
        """Read an event back from its outbox document."""
        return cls(
            id=document["event_id"],
            type=document["type"],
            source=document["source"],
            subject=document["subject"],
            time=document["time"],
            partition_key=document["partition_key"],
            sequence=document["sequence"],
            position=document["_id"],
            correlation_id=document["correlation_id"],
            traceparent=document["traceparent"],
            data=document["data"].encode(),
        )
