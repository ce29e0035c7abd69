"""Aggregate, event and audit entry commit together or not at all."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from threading import Barrier, Thread

import pytest
from mongoengine import StringField

from shared.access.actor import Context, system_actor
from shared.audit.verify import verify
from shared.clock import FixedClock
from shared.events.catalogue.members import MemberErased
from shared.settings import Settings
from shared.store.aggregate import Aggregate
from shared.store.connection import Store
from shared.store.errors import AlreadyExistsError, MissingError, VersionConflictError
from shared.store.indexes import Index, create_indexes
from shared.store.pages import BadCursorError, page_of
from shared.store.unit_of_work import Transaction, UnitOfWork

pytestmark = pytest.mark.integration


class Folder(Aggregate):
    label = StringField(required=True, unique=False)
    meta = {"collection": "folders", "db_alias": "members", "strict": False}  # noqa: RUF012 -- mongoengine's own form


CONTEXT = Context(
    actor=system_actor("test"), request_id="request", correlation_id="correlation", traceparent="00-trace"
)
FACT = MemberErased(member_id="m", on=date(2022, 1, 1))


@pytest.fixture
def store(deployment: str, mongodb_url: str) -> Iterator[Store]:
    opened = Store(Settings(khoi_id=deployment, mongodb_url=mongodb_url), "members")
    create_indexes(opened, [Index("folders", (("label", 1),), unique=True)])
    yield opened
    opened.close()


@pytest.fixture
def unit_of_work(store: Store) -> UnitOfWork:
    return UnitOfWork(store, FixedClock(datetime(2022, 9, 20, 2, 30, tzinfo=UTC)))


def written(tx: Transaction, folder_id: str, label: str) -> Folder:
    folder = Folder(id=folder_id, label=label)
    tx.emit(folder, FACT)
    tx.record("folder.written", folder_id)
    tx.insert(folder)
    return folder


def state(store: Store) -> tuple[int, int, int]:
    """How many folders, events and audit entries there are."""
    names = ("folders", "outbox", "audit")
    folders, events, entries = (len(list(store.collection(name).find())) for name in names)
    return folders, events, entries


class TestCommit:
    """No event without its state change, no state change without its event."""

    def test_all_three_are_written(self, store: Store, unit_of_work: UnitOfWork) -> None:
        unit_of_work.run(CONTEXT, lambda tx: written(tx, "f1", "một"))
        assert state(store) == (1, 1, 1)
        [event] = store.collection("outbox").find()
        assert (event["_id"], event["sequence"], event["subject"]) == (1, 1, "f1")
        assert (event["correlation_id"], event["traceparent"]) == ("correlation", "00-trace")
        assert event["source"] == store.settings.event_source("members")

    def test_anything_raised_undoes_all_three(self, store: Store, unit_of_work: UnitOfWork) -> None:
        def work(tx: Transaction) -> None:
            written(tx, "f1", "một")
            raise RuntimeError("after the write")

        with pytest.raises(RuntimeError, match="after the write"):
            unit_of_work.run(CONTEXT, work)
        assert state(store) == (0, 0, 0)

    def test_positions_and_chain_go_on_over_commands(self, store: Store, unit_of_work: UnitOfWork) -> None:
        for number in range(1, 6):
            unit_of_work.run(CONTEXT, lambda tx, number=number: written(tx, f"f{number}", str(number)))
        assert [event["_id"] for event in store.collection("outbox").find().sort("_id", 1)] == [1, 2, 3, 4, 5]
        found = verify(store)
        assert (found.entries, found.intact) == (5, True)

    def test_an_event_carries_the_context_of_its_moment(self, store: Store, unit_of_work: UnitOfWork) -> None:
        def work(tx: Transaction) -> None:
            written(tx, "f1", "một")
            tx.context = Context(actor=CONTEXT.actor, request_id="r2", correlation_id="second")
            written(tx, "f2", "hai")

        unit_of_work.run(CONTEXT, work)
        found = {event["subject"]: event["correlation_id"] for event in store.collection("outbox").find()}
        assert found == {"f1": "correlation", "f2": "second"}


class TestConflicts:
    """Nobody's change is overwritten unseen."""

    def test_a_taken_unique_field(self, store: Store, unit_of_work: UnitOfWork) -> None:
        unit_of_work.run(CONTEXT, lambda tx: written(tx, "f1", "một"))
        with pytest.raises(AlreadyExistsError) as refused:
            unit_of_work.run(CONTEXT, lambda tx: written(tx, "f2", "một"))
        assert refused.value.kind == "folders"
        assert state(store) == (1, 1, 1)

    def test_a_missing_record_and_an_old_version(self, unit_of_work: UnitOfWork) -> None:
        unit_of_work.run(CONTEXT, lambda tx: written(tx, "f1", "một"))
        with pytest.raises(MissingError):
            unit_of_work.run(CONTEXT, lambda tx: tx.load(Folder, "f2"))
        with pytest.raises(VersionConflictError):
            unit_of_work.run(CONTEXT, lambda tx: tx.load_version(Folder, "f1", 7))

    def test_writers_at_the_same_time_lose_nothing(self, store: Store, unit_of_work: UnitOfWork) -> None:
        unit_of_work.run(CONTEXT, lambda tx: written(tx, "f1", "0"))
        start = Barrier(4)

        def work(tx: Transaction) -> None:
            folder = tx.load(Folder, "f1")
            folder.label = str(int(folder.label) + 1)
            tx.emit(folder, FACT)
            tx.record("folder.changed", "f1")
            tx.save(folder)

        def write() -> None:
            # A store of its own does not share the lock: these meet in the database, as processes do.
            other = UnitOfWork(Store(store.settings, "members"), unit_of_work.clock)
            start.wait()
            for _ in range(5):
                other.run(CONTEXT, work)

        threads = [Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        folder = store.collection("folders").find_one({"_id": "f1"})
        assert folder is not None
        assert (folder["label"], folder["version"], folder["sequence"]) == ("20", 21, 21)
        assert [event["_id"] for event in store.collection("outbox").find().sort("_id", 1)] == [*range(1, 22)]
        assert verify(store).intact


class TestAuditVerify:
    """The first broken link is named."""

    @pytest.mark.parametrize(
        ("damage", "at"),
        [
            (lambda audit: audit.update_one({"_id": 2}, {"$set": {"actor": "someone else"}}), 2),
            (lambda audit: audit.delete_one({"_id": 3}), 3),
            (lambda audit: audit.delete_one({"_id": 4}), 4),
        ],
        ids=["changed", "missing", "cut off"],
    )
    def test_damage(self, store: Store, unit_of_work: UnitOfWork, damage: object, at: int) -> None:
        for number in range(4):
            unit_of_work.run(CONTEXT, lambda tx, number=number: written(tx, f"f{number}", str(number)))
        assert callable(damage)
        damage(store.collection("audit"))
        found = verify(store)
        assert (found.intact, found.broken_at) == (False, at)


class TestPages:
    """Each page starts behind the last key of the one before."""

    def test_every_record_once(self, store: Store, unit_of_work: UnitOfWork) -> None:
        for number in range(7):
            unit_of_work.run(CONTEXT, lambda tx, number=number: written(tx, f"f{number}", str(number)))
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = page_of(store.collection("folders"), {}, order_by="_id", after=cursor, limit=3)
            seen += [item["_id"] for item in page.items]
            cursor = page.next
            if cursor is None:
                break
        assert seen == [f"f{number}" for number in range(7)]

    @pytest.mark.parametrize("cursor", ["", "???", "bm90IGpzb24", "bnVsbA"])
    def test_a_strange_cursor_is_refused(self, store: Store, cursor: str) -> None:
        with pytest.raises(BadCursorError):
            page_of(store.collection("folders"), {}, order_by="_id", after=cursor, limit=3)
