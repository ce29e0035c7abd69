"""The registry of event types: every type the deployment speaks is declared once, typed and versioned.

A type is a frozen msgspec struct with the :func:`event` decorator. Its full name is
``vn.khoi.<producer>.<Name>.v<version>``. Within a version fields may only be added, with a default;
readers ignore fields they do not know. Anything else is a new version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import msgspec

PREFIX = "vn.khoi"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """The data of an event: what a person did or decided, in the past tense."""


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: its producer, name, version and the struct that carries its data."""

    producer: str
    name: str
    version: int
    data: type[Fact]

    @property
    def full_name(self) -> str:
        """Return the CloudEvents ``type``, for example ``vn.khoi.reviews.MemberFlagged.v1``."""
        return f"{PREFIX}.{self.producer}.{self.name}.v{self.version}"

    @property
    def meaning(self) -> str:
        """Return the first line of the struct's docstring: the Vietnamese term and what happened."""
        return (self.data.__doc__ or "").strip().splitlines()[0]


class UnknownEventTypeError(LookupError):
    """No type of that name is registered; the message names it."""


_by_name: dict[str, EventType] = {}
_by_data: dict[type[Fact], EventType] = {}
_F = TypeVar("_F", bound=Fact)


def event(producer: str, *, version: int = 1) -> Callable[[type[_F]], type[_F]]:
    """Register the decorated struct as an event type that *producer* owns."""

    def register(data: type[_F]) -> type[_F]:
        entry = EventType(producer=producer, name=data.__name__, version=version, data=data)
        if entry.full_name in _by_name:
            raise ValueError(f"event type {entry.full_name} is registered twice")
        _by_name[entry.full_name] = entry
        _by_data[data] = entry
        return data

    return register


def type_named(full_name: str) -> EventType:
    """Return the type with that CloudEvents ``type``; raise UnknownEventTypeError."""
    try:
        return _by_name[full_name]
    except KeyError:
        raise UnknownEventTypeError(f"no event type {full_name!r} is registered") from None


def type_of(fact: Fact | type[Fact]) -> EventType:
    """Return the type that *fact* (an instance or its class) belongs to."""
    data = fact if isinstance(fact, type) else type(fact)
    try:
        return _by_data[data]
    except KeyError:
        raise UnknownEventTypeError(f"{data.__name__} is not a registered event type") from None


def all_types() -> Mapping[str, EventType]:
    """Return every registered type by full name, in order of registration (the catalogue must be imported)."""
    return MappingProxyType(_by_name)
