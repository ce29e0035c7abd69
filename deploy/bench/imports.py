"""The import of a large roster against a bare insert_many of the very documents it leaves."""

from __future__ import annotations

from pymongo import MongoClient

from deploy.bench.arena import Arena
from deploy.bench.measuring import Figure, Outcome, Target, ratios, timed
from deploy.bench.memory import memory_of
from deploy.bench.parts import Imported, import_roster, roster_of, running
from deploy.process import definition
from shared.settings import Settings
from shared.store.connection import Document

MEMBERS = 60_000
REPEATS_AT_MOST = 2
"""One import takes a minute; the spread of two says enough."""
AT_MOST = 6.0
MEMORY_AT_MOST_MB = 300

METHOD = (
    "A workbook of the official form is uploaded to the members API, previewed by the worker (every row read, "
    "checked and matched against the records) and executed (batches of one transaction each: records, events in "
    "the outbox, audit; the worker's relay publishes them meanwhile). The other services stand still, for they "
    "would do their own work on the same two cores. Against it one insert_many of the same documents into an empty "
    "collection with the same indexes, and into one without any. Execution is counted from the order to the last "
    "row; preview and execution together from the upload, without the moment in which a person would look."
)
LIMIT = (
    "Each member is three documents (record, event, the row kept from preview to execution) and five index entries "
    "where the bare side writes one document; the server spends most of the time, and it is one Python process."
)


def measure(arena: Arena) -> Outcome:
    """Import into a new deployment each time, then write the same documents bare."""
    size = arena.sized(MEMBERS, least=600)
    roster = roster_of(arena, size)
    imports: list[Imported] = []
    peaks: list[float] = []
    indexed: list[float] = []
    plain: list[float] = []
    turns = min(arena.repeats, REPEATS_AT_MOST)
    for turn in range(turns):
        arena.say(f"imports {turn + 1}/{turns}")
        settings = arena.deployment()
        with running(arena, settings, ["members-web", "members-worker"]) as parts:
            imports.append(import_roster(parts.addresses, roster))
            peaks.append(memory_of(parts.pids["members-worker"])["VmHWM"] / 1024)
        documents = _members(settings)
        plain.append(_insert(settings, documents, indexed=False))
        indexed.append(_insert(settings, documents, indexed=True))
        arena.forget(settings)
    executed = [each.execute_seconds for each in imports]
    whole = [each.execute_seconds + each.preview_seconds for each in imports]
    target = Target(at_most=AT_MOST)
    return Outcome(
        key="imports",
        title="Import",
        method=f"{METHOD} {size:,} members, {turns} times.",
        figures=(
            Figure(
                name="execution (without preview) ÷ insert_many with the same indexes",
                unit="×",
                samples=ratios(executed, indexed),
                target=target,
            ),
            Figure(
                name="preview and execution ÷ insert_many with the same indexes",
                unit="×",
                samples=ratios(whole, indexed),
                target=target,
            ),
            Figure(
                name="peak memory of the worker",
                unit="MB",
                samples=tuple(peaks),
                target=Target(at_most=MEMORY_AT_MOST_MB),
            ),
            Figure(name="execution ÷ insert_many without indexes", unit="×", samples=ratios(executed, plain)),
            Figure(name="preview", unit="s", samples=tuple(each.preview_seconds for each in imports)),
            Figure(name="execution", unit="s", samples=tuple(executed)),
            Figure(name="insert_many with the same indexes", unit="s", samples=tuple(indexed)),
            Figure(name="insert_many without indexes", unit="s", samples=tuple(plain)),
        ),
        limit=LIMIT,
    )


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
