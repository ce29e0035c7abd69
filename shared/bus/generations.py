"""Generations of a read model: the one in use, those beside it, and which version of the software feeds which.

A generation is the projections of a service with an inbox, counters and dead letters of their own, under names
of their own (``cases__g2``), fed by a consumer group of its own. So each is a complete reader of the topics, which
goes on after a crash as any consumer does, and none can disturb another. Generation 0 has the plain names: it is
what every deployment begins with.

One document, the register, says which generation is in use. It is changed in one transaction, and whoever reads it
reads another generation from then on. Every process asks for the generation of its own version of the projections:

- the one in use, where that was made by this version;
- else the newest of this version that once was in use: a process of the version before, after the swap;
- else none: a process of a new version, before its generation is swapped in.

So two versions run side by side, each fed by its own workers, for as long as an operator likes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from shared.settings import Settings
from shared.store.connection import Document, Store
from shared.store.errors import MissingError, StoreError
from shared.store.indexes import Index

COLLECTION = "generations"
REGISTER = "register"
LETTERS = "dead_letters"
OWN = ("inbox", "consumed", LETTERS)
"""What every generation has beside the projections."""

State = Literal["building", "stopped", "live", "kept"]
"""Fed beside the live one; not fed until resumed; in use; was in use before."""

_SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)


class NotBuiltError(StoreError):
    """No generation of this version of the read model is in use yet (503); the one before serves elsewhere."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A read model as the software at hand makes it."""

    version: int
    sources: tuple[str, ...]
    """The services of whose events it is made."""
    projections: tuple[str, ...]
    indexes: tuple[Index, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the collections of which every generation has its own."""
        return (*self.projections, *OWN)


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """One generation as the register knows it."""

    number: int
    version: int
    """Of the projections that make it."""
    state: State
    begun_at: datetime
    begun_by: str


class Register(msgspec.Struct, frozen=True, kw_only=True):
    """All generations there are, oldest first. Numbers are never used again."""

    generations: tuple[Generation, ...]
    last: int

    @property
    def live(self) -> Generation:
        """Return the generation in use."""
        return next(each for each in self.generations if each.state == "live")

    def named(self, number: int) -> Generation:
        """Return a generation by its number; raise MissingError."""
        found = next((each for each in self.generations if each.number == number), None)
        if found is None:
            raise MissingError("generation", str(number))
        return found

    def serving(self, version: int) -> Generation | None:
        """Return the generation that processes of a version read; None before there is one."""
        if self.live.version == version:
            return self.live
        kept = [each for each in self.generations if each.version == version and each.state == "kept"]
        return kept[-1] if kept else None

    def fed(self, version: int) -> tuple[Generation, ...]:
        """Return the generations that workers of a version feed: what its processes read, and what is built."""
        serving = self.serving(version)
        return tuple(
            each
            for each in self.generations
            if each == serving or (each.version == version and each.state == "building")
        )

    def changed(self, *changed: Generation, last: int | None = None) -> Register:
        """Return the register with generations replaced or added."""
        by_number = {each.number: each for each in (*self.generations, *changed)}
        return Register(
            generations=tuple(by_number[number] for number in sorted(by_number)),
            last=self.last if last is None else last,
        )

    def without(self, number: int) -> Register:
        """Return the register without a generation."""
        return Register(
            generations=tuple(each for each in self.generations if each.number != number), last=self.last
        )


class ReadModel(Store):
    """One generation: the service's database, with the generation's own collections under their plain names."""

    def __init__(self, base: Store, shape: Shape, number: int) -> None:
        """See generation *number* of *shape* through the client of *base*."""
        self.settings = base.settings
        self.service = base.service
        self.client = base.client
        self.database = base.database
        self.command_lock = threading.Lock()
        self.metric_name = base.service if number == 0 else f"{base.service}/{number}"
        self.number = number
        self._own = frozenset(shape.names)

    def collection(self, name: str) -> Collection[Document]:
        """Return the generation's own collection, or the service's where generations have none of their own."""
        return self.database[physical(name, self.number) if name in self._own else name]

    def close(self) -> None:
        """Leave the client open: it is the base store's."""


def group_of(settings: Settings, service: str, generation: Generation) -> str:
    """Return the consumer group of a generation.

    With the second of its beginning: a restore may give the number again, and the broker still knows the old group.
    """
    if generation.number == 0:
        return settings.group(service)
    return f"{settings.group(service)}.g{generation.number}.{int(generation.begun_at.timestamp())}"


def groups_of(base: Store, shape: Shape | None) -> list[str]:
    """Return every consumer group that the service's workers may be in."""
    settings, service = base.settings, base.service
    if shape is None:
        return [settings.group(service)]
    register = register_of(base, shape.version)
    generations = [group_of(settings, service, each) for each in register.generations]
    return [settings.group(service), audit_group_of(settings, service), *generations]


def audit_group_of(settings: Settings, service: str) -> str:
    """Return the consumer group of what copies audit chains beside the generations."""
    return f"{settings.group(service)}.audit"


def physical(name: str, number: int) -> str:
    """Return what a collection of a generation is called in the database."""
    return name if number == 0 else f"{name}__g{number}"


def number_of(collection: str) -> int:
    """Return to which generation a collection of the database belongs: 0 for plain names."""
    number = collection.rpartition("__g")[2] if "__g" in collection else ""
    return int(number) if number.isdecimal() else 0


def plain(collection: str) -> str:
    """Return the plain name of a collection of any generation."""
    return collection.rpartition("__g")[0] if number_of(collection) else collection


def register_of(store: Store, version: int, *, session: ClientSession | None = None) -> Register:
    """Read the register; where none was written yet, generation 0 is in use, made by *version*."""
    found = store.collection(COLLECTION).find_one({"_id": REGISTER}, session=session)
    if found is None:
        first = Generation(number=0, version=version, state="live", begun_at=_SINCE_EVER, begun_by="prepare")
        return Register(generations=(first,), last=0)
    return msgspec.convert({name: value for name, value in found.items() if name != "_id"}, Register)


def write_register(store: Store, register: Register, *, session: ClientSession | None = None) -> None:
    """Write the register."""
    document: Any = msgspec.to_builtins(register, builtin_types=(datetime,))
    store.collection(COLLECTION).replace_one(
        {"_id": REGISTER}, {"_id": REGISTER, **document}, upsert=True, session=session
    )


def serving(base: Store, shape: Shape) -> Store:
    """Return the read model that processes of this version read now; raise NotBuiltError when there is none."""
    found = register_of(base, shape.version).serving(shape.version)
    if found is None:
        raise NotBuiltError(f"{base.service}: no read model of version {shape.version} is in use yet")
    return ReadModel(base, shape, found.number)


def make_collections(base: Store, shape: Shape, numbers: Iterable[int]) -> None:
    """Create what is missing of the collections and indexes of generations; safe to repeat."""
    existing = set(base.database.list_collection_names())
    for number in numbers:
        model = ReadModel(base, shape, number)
        for name in shape.names:
            if physical(name, number) not in existing:
                base.database.create_collection(physical(name, number))
            models = [index.model() for index in shape.indexes if index.collection == name]
            if models:
                model.collection(name).create_indexes(models)


def prepare(base: Store, shape: Shape) -> None:
    """Write the register of a deployment that has none, and make what a new version of the software adds."""
    if base.collection(COLLECTION).find_one({"_id": REGISTER}, ["_id"]) is None:
        write_register(base, register_of(base, shape.version))
    register = register_of(base, shape.version)
    make_collections(
        base, shape, [each.number for each in register.generations if each.version == shape.version]
    )


def leftovers(base: Store, shape: Shape, register: Register) -> Sequence[str]:
    """Return the collections of generations that the register does not know any more."""
    known = {each.number for each in register.generations}
    ours = set(shape.names)
    return sorted(
        name
        for name in base.database.list_collection_names()
        if (number := number_of(name)) and number not in known and plain(name) in ours
    )
