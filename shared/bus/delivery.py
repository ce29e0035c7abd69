"""A delivery: one record of a topic as the consumer holds it until it is settled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import shared.events.catalogue  # noqa: F401 -- registers every type a record can have
from shared.events.envelope import Event, UndecodableEventError
from shared.events.registry import Fact

_LAST = 2**63 - 1
Lane = tuple[str, str]
"""Topic and partition key: what keeps its order, and what a failing event blocks."""


@dataclass(slots=True, eq=False)
class Delivery:
    """One record with what could be read of it. ``error`` says why it is no event we can apply."""

    topic: str
    partition: int
    offset: int
    headers: list[tuple[str, bytes]]
    key: str
    value: bytes | None
    event: Event | None = None
    fact: Fact | None = None
    error: Exception | None = None
    settled: bool = False
    held: bool = False
    tries: int = field(default=0)

    @classmethod
    def of_record(cls, record: Any) -> Delivery:
        """Read a consumer record; what cannot be decoded is kept as it came, with the error."""
        return cls.read(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            headers=record.headers or (),
            key=(record.key or b"").decode("utf-8", "replace"),
            value=record.value,
        )

    @classmethod
    def read(
        cls,
        *,
        topic: str,
        partition: int,
        offset: int,
        headers: Iterable[tuple[str, bytes]],
        key: str,
        value: bytes | None,
    ) -> Delivery:
        """Decode envelope and data as far as they go."""
        delivery = cls(
            topic=topic, partition=partition, offset=offset, headers=list(headers), key=key, value=value
        )
        try:
            delivery.event = event = Event.from_record(delivery.headers, value)
            # A type this software does not know (a newer version, perhaps) is an error too: skipping it
            # would lose its effect.
            delivery.fact = event.fact()
        except UndecodableEventError as error:
            delivery.error = error
        return delivery

    @property
    def id(self) -> str:
        """Return the event's id, or the record's coordinates where it has none."""
        return self.event.id if self.event is not None else f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def lane(self) -> Lane:
        """Return what must stay in order with it."""
        return self.topic, self.event.partition_key if self.event is not None else self.key

    @property
    def order(self) -> int:
        """Return its place within the lane: the producer's position, the last where there is none."""
        return self.event.position if self.event is not None else _LAST

    @property
    def stream(self) -> str | None:
        """Return the stream whose sequence it belongs to."""
        return None if self.event is None else self.event.stream
