"""What an operator does with generations of a read model: begin, stop, resume, compare, swap, drop. All audited.

Building is the workers' affair (see feeding): they read the topics from their beginning into whatever generation
the register says is being built, and go on there after a crash. So nothing here takes long but comparing, which
reads both generations once.

A swap demands that the generation has applied every event that the one in use has. It touches the counters of the
one in use, which every transaction that applies anything there writes: so none can slip in between the look and
the swap.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import bson
import msgspec

from shared.access.actor import Context
from shared.bus.generations import (
    LETTERS,
    Generation,
    ReadModel,
    Register,
    Shape,
    leftovers,
    make_collections,
    physical,
    register_of,
    write_register,
)
from shared.bus.progress import applied
from shared.clock import Clock
from shared.ids import new_id
from shared.store.connection import Document, Store
from shared.store.errors import StoreError
from shared.store.unit_of_work import Transaction, UnitOfWork

IN_FLUX = 500
"""More documents than these differ for another reason than that both generations are being fed."""
READ_AT_ONCE = 50
"""Documents per read by id: the embedded server's ``$in`` takes time by the square of its list."""
LOOKS = 3
LOOK_AGAIN_SECONDS = 0.5

Sample = Callable[[Store, Clock], Mapping[str, Mapping[str, int]]]


class GenerationError(StoreError):
    """What was asked cannot be done with a generation in its state; the message says why."""


class BehindError(GenerationError):
    """The generation has not applied everything that the one in use has."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How far a generation is."""

    generation: Generation
    applied: int
    """Events of all sources."""
    wanted: int
    """Events that the generation in use has applied."""
    open_letters: int
    """Events it could not apply, and those behind them."""

    @property
    def caught_up(self) -> bool:
        """Say whether it has as many events as the one in use."""
        return self.applied >= self.wanted


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One collection, or the watermarks, of two generations: how many there are, and which differ."""

    live: int
    other: int
    only_live: tuple[str, ...] = ()
    only_other: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Say whether both hold the same."""
        return not (self.only_live or self.only_other or self.differing)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What distinguishes a generation from the one in use."""

    live: Generation
    other: Generation
    collections: Mapping[str, Compared]
    streams: Compared
    """The watermarks: up to which sequence each record's events are applied."""
    reports: int
    """Reports made from both."""
    reports_differing: Mapping[str, Mapping[str, tuple[int, int]]]
    """Name of a report → key of a figure → what it is in the one in use, and in the other."""

    @property
    def documents_equal(self) -> bool:
        """Say whether every document is the same."""
        return all(each.equal for each in self.collections.values())

    @property
    def equal(self) -> bool:
        """Say whether all is the same that should be: two versions may make different documents, not other figures."""
        same_version = self.live.version == self.other.version
        return (
            not self.reports_differing and self.streams.equal and (self.documents_equal or not same_version)
        )


def standings(base: Store, shape: Shape) -> list[Standing]:
    """Return how far every generation is, oldest first."""
    register = register_of(base, shape.version)
    models = {each.number: ReadModel(base, shape, each.number) for each in register.generations}
    sources, topics = _sources(base, shape), _topics(base, shape)
    counts = {
        number: sum(each.events for source, each in applied(model).items() if source in sources)
        for number, model in models.items()
    }
    return [
        Standing(
            generation=each,
            applied=counts[each.number],
            wanted=counts[register.live.number],
            open_letters=models[each.number]
            .collection(LETTERS)
            .count_documents({"status": {"$nin": ["done", "dropped"]}, "topic": {"$in": topics}}),
        )
        for each in register.generations
    ]


def standing(base: Store, shape: Shape, number: int) -> Standing:
    """Return how far one generation is; raise MissingError."""
    register_of(base, shape.version).named(number)
    return next(each for each in standings(base, shape) if each.generation.number == number)


# -- changing the register


def begin(unit_of_work: UnitOfWork, shape: Shape, *, context: Context) -> Generation:
    """Begin a generation of this version beside the one in use, and let the workers build it.

    Raises GenerationError where one of this version is being built already.
    """

    def work(tx: Transaction) -> Generation:
        register = register_of(tx.store, shape.version, session=tx.session)
        if any(each.state == "building" and each.version == shape.version for each in register.generations):
            raise GenerationError(f"a generation of version {shape.version} is being built already")
        new = Generation(
            number=register.last + 1,
            version=shape.version,
            # Not before its collections are there: to create one takes turns with transactions.
            state="stopped",
            begun_at=tx.clock.now(),
            begun_by=context.actor.subject,
        )
        write_register(tx.store, register.changed(new, last=new.number), session=tx.session)
        tx.record("read_model.begin", str(new.number), after=f"v{new.version}")
        return new

    new = unit_of_work.run(context, work)
    return resume(unit_of_work, shape, new.number, context=context)


def resume(unit_of_work: UnitOfWork, shape: Shape, number: int, *, context: Context) -> Generation:
    """Let the workers go on building a generation, from where it stands; raise MissingError or GenerationError."""
    base = unit_of_work.store
    found = register_of(base, shape.version).named(number)
    if found.version != shape.version:
        raise GenerationError(
            f"generation {number} is of version {found.version}, this software of {shape.version}"
        )
    make_collections(base, shape, [number])
    _copy_decisions(base, shape, number)
    return _set_state(unit_of_work, shape, number, "building", of=("stopped", "kept"), context=context)


def stop(unit_of_work: UnitOfWork, shape: Shape, number: int, *, context: Context) -> Generation:
    """Stop building a generation; what it has stays. Raises MissingError or GenerationError."""
    return _set_state(unit_of_work, shape, number, "stopped", of=("building",), context=context)


def _set_state(
    unit_of_work: UnitOfWork,
    shape: Shape,
    number: int,
    state: Any,
    *,
    of: Sequence[str],
    context: Context,
) -> Generation:
    def work(tx: Transaction) -> Generation:
        register = register_of(tx.store, shape.version, session=tx.session)
        found = register.named(number)
        if found.state not in of:
            raise GenerationError(f"generation {number} is {found.state}, not {' or '.join(of)}")
        changed = msgspec.structs.replace(found, state=state)
        write_register(tx.store, register.changed(changed), session=tx.session)
        tx.record(f"read_model.{state}", str(number), before=found.state, after=state)
        return changed

    return unit_of_work.run(context, work)


def _copy_decisions(base: Store, shape: Shape, number: int) -> None:
    """Tell a generation which events a person gave up in the one in use: it passes over them as well."""
    live = ReadModel(base, shape, register_of(base, shape.version).live.number)
    letters = ReadModel(base, shape, number).collection(LETTERS)
    for letter in live.collection(LETTERS).find({"status": "dropped"}):
        letters.replace_one({"_id": letter["_id"]}, letter, upsert=True)


def swap(unit_of_work: UnitOfWork, shape: Shape, number: int, *, context: Context) -> Register:
    """Put a generation in the place of the one in use, which is kept.

    Raises MissingError, GenerationError when it is not being built, BehindError when it has not caught up.
    """

    def work(tx: Transaction) -> Register:
        register = register_of(tx.store, shape.version, session=tx.session)
        old, new = register.live, register.named(number)
        if new.state != "building":
            raise GenerationError(f"generation {number} is {new.state}, not building")
        sources = _sources(tx.store, shape)
        counters = tx.collection(physical("consumed", old.number))
        counters.update_many(
            {"source": {"$in": sources}}, {"$set": {"handed_over": new_id()}}, session=tx.session
        )
        _refuse_behind(tx, old, new, sources)
        changed = register.changed(
            msgspec.structs.replace(old, state="kept"), msgspec.structs.replace(new, state="live")
        )
        write_register(tx.store, changed, session=tx.session)
        tx.record("read_model.swap", str(new.number), before=str(old.number), after=str(new.number))
        return changed

    return unit_of_work.run(context, work)


def _refuse_behind(tx: Transaction, old: Generation, new: Generation, sources: Sequence[str]) -> None:
    has, has_other = (_reached(tx, each.number, sources) for each in (old, new))
    for source, (events, position) in has.items():
        events_other, position_other = has_other.get(source, (0, 0))
        if events_other < events or position_other < position:
            raise BehindError(
                f"generation {new.number} has applied {events_other} of {events} events of {source}, "
                f"up to position {position_other} of {position}"
            )


def _reached(tx: Transaction, number: int, sources: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return events applied and highest position by source, as this transaction sees them."""
    found: dict[str, tuple[int, int]] = {}
    counters = tx.collection(physical("consumed", number))
    for document in counters.find({"source": {"$in": list(sources)}}, session=tx.session):
        events, position = found.get(document["source"], (0, 0))
        found[document["source"]] = (
            events + int(document["applied"]),
            max(position, int(document.get("last_position", 0))),
        )
    return found


def drop(unit_of_work: UnitOfWork, shape: Shape, number: int, *, context: Context) -> None:
    """Drop a generation that is not in use, and whatever one dropped before left behind.

    Raises MissingError, or GenerationError for the one in use.
    """
    base = unit_of_work.store

    def work(tx: Transaction) -> Register:
        register = register_of(tx.store, shape.version, session=tx.session)
        if register.named(number).state == "live":
            raise GenerationError(f"generation {number} is in use")
        changed = register.without(number)
        write_register(tx.store, changed, session=tx.session)
        tx.record("read_model.drop", str(number))
        return changed

    register = unit_of_work.run(context, work)
    if number == 0:
        _empty(base, shape)
    for name in leftovers(base, shape, register):
        base.database.drop_collection(name)


def _empty(base: Store, shape: Shape) -> None:
    """Empty the collections under the plain names of what is the read model's: they stay, and others use them too."""
    sources = _sources(base, shape)
    for name in shape.projections:
        base.collection(name).delete_many({})
    base.collection("consumed").delete_many({"source": {"$in": sources}})
    base.collection(LETTERS).delete_many({"topic": {"$in": _topics(base, shape)}})
    for source in sources:
        base.collection("inbox").delete_many({"_id": {"$regex": f"^{re.escape(source)}#"}})


def _sources(store: Store, shape: Shape) -> list[str]:
    return [store.settings.event_source(source) for source in shape.sources]


def _topics(store: Store, shape: Shape) -> list[str]:
    return [store.settings.topic(source) for source in shape.sources]


# -- comparing


def compare(
    base: Store,
    shape: Shape,
    number: int,
    *,
    clock: Clock,
    sample: Sample | None = None,
    read: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Compare a generation with the one in use; raise MissingError. *read* is told each collection it comes to.

    Both go on being fed meanwhile, so what differs is looked at again a few times before it is said.
    """
    register = register_of(base, shape.version)
    live, other = (
        ReadModel(base, shape, each) for each in (register.live.number, register.named(number).number)
    )
    collections = {}
    for name in shape.projections:
        read(name)
        collections[name] = _compared(live, other, name, dict)
    read("inbox")
    prefixes = tuple(f"{source}#" for source in _sources(base, shape))
    streams = _compared(
        live, other, "inbox", lambda mark: _mark(mark) if str(mark["_id"]).startswith(prefixes) else None
    )
    reports, differing = _compared_reports(live, other, clock, sample, read)
    return Comparison(
        live=register.live,
        other=register.named(number),
        collections=collections,
        streams=streams,
        reports=reports,
        reports_differing=differing,
    )


def _mark(document: Document) -> Document:
    return {"_id": document["_id"], "sequence": document["sequence"]}


def _compared(live: Store, other: Store, name: str, taken: Callable[[Document], Document | None]) -> Compared:
    one, two = (
        dict(_digests(store.collection(name).find({}, batch_size=1_000), taken)) for store in (live, other)
    )
    count_live, count_other = len(one), len(two)
    suspects = sorted(id_ for id_ in one.keys() | two.keys() if one.get(id_) != two.get(id_))
    for _ in range(LOOKS if len(suspects) <= IN_FLUX else 0):
        if not suspects:
            break
        one, two = (_digests_of(store, name, suspects, taken) for store in (live, other))
        suspects = [id_ for id_ in suspects if one.get(id_) != two.get(id_)]
        if suspects:
            time.sleep(LOOK_AGAIN_SECONDS)  # an event on its way into the second one is no difference
    return Compared(
        live=count_live,
        other=count_other,
        only_live=tuple(id_ for id_ in suspects if id_ not in two),
        only_other=tuple(id_ for id_ in suspects if id_ not in one),
        differing=tuple(id_ for id_ in suspects if id_ in one and id_ in two),
    )


def _digests_of(
    store: Store, name: str, ids: Sequence[str], taken: Callable[[Document], Document | None]
) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for start in range(0, len(ids), READ_AT_ONCE):
        some = store.collection(name).find({"_id": {"$in": list(ids[start : start + READ_AT_ONCE])}})
        found |= dict(_digests(some, taken))
    return found


def _digests(documents: Any, taken: Callable[[Document], Document | None]) -> Iterator[tuple[str, bytes]]:
    """Yield id and digest of each document, whatever the order of its fields."""
    for document in documents:
        kept = taken(document)
        if kept is None:
            continue
        ordered = bson.encode(_ordered(kept))
        yield str(document["_id"]), hashlib.blake2b(ordered, digest_size=16).digest()


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _ordered(value[name]) for name in sorted(value)}
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def _compared_reports(
    live: Store, other: Store, clock: Clock, sample: Sample | None, read: Callable[[str], None]
) -> tuple[int, Mapping[str, Mapping[str, tuple[int, int]]]]:
    if sample is None:
        return 0, {}
    read("reports")
    differing: dict[str, dict[str, tuple[int, int]]] = {}
    one: Mapping[str, Mapping[str, int]] = {}
    for look in range(LOOKS):
        if look:
            time.sleep(LOOK_AGAIN_SECONDS)
        one, two = sample(live, clock), sample(other, clock)
        differing = {
            name: {
                key: (figures.get(key, 0), others.get(key, 0))
                for key in sorted({*figures, *others})
                if figures.get(key, 0) != others.get(key, 0)
            }
            for name in sorted({*one, *two})
            if (figures := one.get(name, {})) != (others := two.get(name, {}))
        }
        if not differing:
            break
    return len(one), differing
