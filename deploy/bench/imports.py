"""The import of a large roster against a bare insert_many of the very documents it leaves."""

from __future__ import annotations

from pathlib import Path

import msgspec
from pymongo import MongoClient

from deploy.bench.arena import Arena
from deploy.bench.measuring import Figure, Outcome, Target, timed
from deploy.bench.memory import memory_of
from deploy.bench.parts import Imported, import_roster, roster_of, running
from deploy.process import definition
from shared.settings import Settings
from shared.store.connection import Document

MEMBERS = 60_000
"""Imported once: it takes minutes. A tenth of it, imported as often as the other pairs, shows the spread."""
SMALLER_MEMBERS = 6_000
SMALLER_AT_MOST = 3
AT_MOST = 6.0
MEMORY_AT_MOST_MB = 300

METHOD = (
    "A workbook of the official form is uploaded to the members API, previewed by the worker (every row read, "
    "checked and matched against the records) and executed (batches of one transaction each: records, events in "
    "the outbox, audit; the worker's relay publishes them meanwhile). The other services stand still, for they "
    "would do their own work on the same two cores. Against it one insert_many of the same documents into an empty "
    "collection with the same indexes (and, for information, into one without any). Execution is counted "
    "from the order to the last row; preview and execution together from the upload, without the moment in "
    "which a person would look."
)
LIMIT = (
    "Each member is three documents (record, event, the row kept from preview to execution) and five index entries "
    "where the bare side writes one document; the server spends most of the time, and it is one Python process."
)


class _Pair(msgspec.Struct, frozen=True, kw_only=True):
    """One import and the bare writing of what it left, in seconds, and the worker's peak in MB."""

    imported: Imported
    indexed: float
    plain: float
    peak_mb: float

    @property
    def execution(self) -> float:
        """Return the execution as a multiple of the bare writing with indexes."""
        return self.imported.execute_seconds / self.indexed

    @property
    def whole(self) -> float:
        """Return preview and execution as a multiple of the bare writing with indexes."""
        return (self.imported.preview_seconds + self.imported.execute_seconds) / self.indexed


def measure(arena: Arena) -> Outcome:
    """Import into a new deployment each time, then write the same documents bare."""
    size, smaller_size = arena.sized(MEMBERS, least=600), arena.sized(SMALLER_MEMBERS, least=600)
    smaller = []
    turns = min(arena.repeats, SMALLER_AT_MOST)
    for turn in range(turns):
        arena.say(f"imports {turn + 1}/{turns}")
        smaller.append(_pair(arena, roster_of(arena, smaller_size)))
    arena.say(f"imports of {size:,} members")
    large = _pair(arena, roster_of(arena, size))
    target = Target(at_most=AT_MOST)
    return Outcome(
        key="imports",
        title="Import",
        method=f"{METHOD} {size:,} members once, {smaller_size:,} members {turns} times.",
        figures=(
            Figure(
                name=f"execution of {size:,}, without preview ÷ insert_many",
                unit="×",
                samples=(large.execution,),
                target=target,
            ),
            Figure(
                name=f"preview and execution of {size:,} ÷ insert_many",
                unit="×",
                samples=(large.whole,),
                target=target,
            ),
            Figure(
                name=f"peak memory of the worker, {size:,} members",
                unit="MB",
                samples=(large.peak_mb,),
                target=Target(at_most=MEMORY_AT_MOST_MB),
            ),
            Figure(
                name=f"execution of {smaller_size:,} ÷ insert_many",
                unit="×",
                samples=tuple(each.execution for each in smaller),
            ),
            Figure(
                name=f"preview and execution of {smaller_size:,} ÷ insert_many",
                unit="×",
                samples=tuple(each.whole for each in smaller),
            ),
            Figure(
                name=f"execution of {size:,} ÷ insert_many into a collection without indexes",
                unit="×",
                samples=(large.imported.execute_seconds / large.plain,),
            ),
            Figure(name=f"preview of {size:,}", unit="s", samples=(large.imported.preview_seconds,)),
            Figure(name=f"execution of {size:,}", unit="s", samples=(large.imported.execute_seconds,)),
            Figure(name=f"insert_many of {size:,}", unit="s", samples=(large.indexed,)),
            Figure(name=f"insert_many of {size:,} without indexes", unit="s", samples=(large.plain,)),
        ),
        limit=LIMIT,
    )


def _pair(arena: Arena, roster: Path) -> _Pair:
    settings = arena.deployment()
    with running(arena, settings, ["members-web", "members-worker"]) as parts:
        imported = import_roster(parts.addresses, roster)
        peak = memory_of(parts.pids["members-worker"])["VmHWM"] / 1024
    documents = _members(settings)
    plain = _insert(settings, documents, indexed=False)
    indexed = _insert(settings, documents, indexed=True)
    arena.forget(settings)
    return _Pair(imported=imported, indexed=indexed, plain=plain, peak_mb=peak)


def _members(settings: Settings) -> list[Document]:
    """Return the records that the import left."""
    client: MongoClient[Document] = MongoClient(settings.mongodb_url)
    with client:
        return list(client[settings.database("members")]["members"].find({}))


def _insert(settings: Settings, documents: list[Document], *, indexed: bool) -> float:
    """Return the seconds of one insert_many into a new collection."""
    client: MongoClient[Document] = MongoClient(settings.mongodb_url)
    with client:
        collection = client[f"{settings.khoi_id}_bare"]["indexed" if indexed else "plain"]
        if indexed:
            indexes = definition("members").indexes
            collection.create_indexes([each.model() for each in indexes if each.collection == "members"])
        else:
            collection.insert_one({"_id": ""})  # the first write creates the collection, untimed
        with timed() as watch:
            collection.insert_many(documents)
    return watch.seconds
