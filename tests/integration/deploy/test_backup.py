"""Backup and restore over real sockets: a producing and a consuming service, lost while commands flow."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.backup.changes import ChangesError, follow
from deploy.backup.drill import drill
from deploy.backup.manifest import Manifest
from deploy.backup.restoring import RestoreError, restore
from deploy.backup.sealing import SealError
from deploy.backup.verifying import verify
from deploy.backup.writing import create
from shared.audit import verify as chain
from shared.settings import Settings
from shared.store.restored import restored_mark
from tests.support.bus import CONSUMER, PRODUCER, Cases, Steps, agree, context, running
from tests.support.servers import eventually

pytestmark = pytest.mark.integration

KEY = b"k" * 32


class Deployment:
    """Both services, and what an operator does with them."""

    def __init__(self, settings: Settings, cases: Cases, steps: Steps, folder: Path) -> None:
        self.settings, self.cases, self.steps, self.folder = settings, cases, steps, folder
        self.stores = {PRODUCER: cases.store, CONSUMER: steps.store}

    def backup(self) -> tuple[Path, Manifest]:
        return create(self.stores, self.folder, KEY)

    def lose_everything(self) -> None:
        for store in self.stores.values():
            store.client.drop_database(store.database.name)

    def restore(
        self, path: Path, *services: str, replace: bool = False, until: datetime | None = None
    ) -> None:
        chosen = services or tuple(self.stores)
        restore(
            path,
            [KEY],
            {name: self.stores[name] for name in chosen},
            {name: store for name, store in self.stores.items() if name not in chosen},
            settings=self.settings,
            replace=replace,
            reason="thử khôi phục",
            context=context(),
            until=until,
        )

    def follow(self, manifest: Manifest) -> Path:
        return follow(self.stores, self.folder, [KEY], manifest)[0]

    def lease_runs_out(self) -> None:
        """Wait until no worker of ours counts as running."""

        def over() -> bool:
            leases = [store.collection("leases").find_one({"_id": "relay"}) for store in self.stores.values()]
            return all(each is None or each["until"].year == 2000 for each in leases)

        eventually(over)


@pytest.fixture
def operated(settings: Settings, cases: Cases, steps: Steps, tmp_path: Path) -> Deployment:
    return Deployment(settings, cases, steps, tmp_path / "backups")


@pytest.fixture
def flowing(cases: Cases) -> Iterator[Callable[[], int]]:
    """Commands on ten cases that go on until the test ends them; returns how many there were."""
    stopping, done = threading.Event(), []

    def flow() -> None:
        while not stopping.is_set():
            done.append(cases.step(f"case-{len(done) % 10}"))

    thread = threading.Thread(target=flow)
    thread.start()

    def stop() -> int:
        stopping.set()
        thread.join()
        return len(done)

    yield stop
    stop()


class TestEverythingLost:
    """A backup taken while commands flow, everything lost after it, and all goes on from the cut."""

    def test_no_event_lost_and_none_applied_twice(self, operated, cases, steps, flowing):
        with running(cases.worker()), running(steps.worker()):
            eventually(lambda: len(steps.seen()) == 10)
            path, manifest = operated.backup()
            reached = {name: part.position for name, part in manifest.services.items()}
            eventually(lambda: sum(map(len, steps.seen().values())) > reached[PRODUCER] + 10)
            flowing()
        operated.lease_runs_out()
        operated.lose_everything()

        operated.restore(path)
        for store in operated.stores.values():
            assert chain.verify(store).intact
            mark = restored_mark(store)
            assert mark is not None
            assert (mark.backup, mark.cut_at.replace(microsecond=0)) == (
                manifest.id,
                manifest.cut_at.replace(microsecond=0),
            )
        # What the broker still holds of the time after the cut did not happen, and nobody may apply it.
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)
            assert sum(map(len, steps.seen().values())) == reached[PRODUCER]
            for number in range(10):
                cases.step(f"case-{number}")
            agree(cases, steps)


class TestOneCut:
    """What a consumer has applied, its producer has committed, however fast they run meanwhile."""

    def test_holds_in_every_backup(self, operated, cases, steps, flowing):
        with running(cases.worker()), running(steps.worker()):
            eventually(lambda: len(steps.seen()) == 10)
            for _ in range(3):
                path, manifest = operated.backup()
                found = verify(path, [KEY])
                assert found.manifest == manifest
                assert sum(found.marks[CONSUMER].values()) <= manifest.services[PRODUCER].position
                path.unlink()
            total = flowing()
            agree(cases, steps)  # the pauses lost nothing
        assert sum(map(len, steps.seen().values())) == total


class TestRefused:
    """What a restore must not do, it says before it touches anything."""

    def test_data_that_is_there(self, operated, cases):
        cases.step("a")
        path, _ = operated.backup()
        cases.step("b")
        with pytest.raises(RestoreError, match="--replace"):
            operated.restore(path)
        assert cases.store.collection("outbox").count_documents({}) == 2
        operated.restore(path, replace=True)
        assert cases.store.collection("outbox").count_documents({}) == 1

    def test_while_a_worker_runs(self, operated, cases):
        cases.step("a")
        path, _ = operated.backup()
        with running(cases.worker()) as worker:
            eventually(lambda: worker.relay.lease.token is not None)
            with pytest.raises(RestoreError, match="worker"):
                operated.restore(path, replace=True)

    def test_a_producer_alone_when_others_know_more(self, operated, cases, steps):
        cases.step("a")
        path, _ = operated.backup()
        cases.step("a")
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)
        operated.lease_runs_out()
        with pytest.raises(RestoreError, match="restore all services together"):
            operated.restore(path, PRODUCER, replace=True)
        assert cases.store.collection("outbox").count_documents({}) == 2

    def test_a_consumer_alone_catches_up(self, operated, cases, steps):
        with running(cases.worker()), running(steps.worker()):
            cases.step("a")
            agree(cases, steps)
            path, _ = operated.backup()
            cases.step("a", times=3)
            agree(cases, steps)
        operated.lease_runs_out()
        operated.restore(path, CONSUMER, replace=True)
        assert steps.seen() == {"a": [1]}
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)

    def test_the_backup_of_another_deployment(self, operated, cases):
        cases.step("a")
        path, _ = operated.backup()
        operated.settings = Settings(khoi_id="khac")
        with pytest.raises(RestoreError, match="another deployment"):
            operated.restore(path, replace=True)


class TestVerified:
    """A backup says what is wrong in the state it was taken of."""

    def test_an_audit_entry_changed_by_hand(self, operated, cases):
        cases.step("a")
        cases.step("a")
        cases.store.collection("audit").update_one({"_id": 1}, {"$set": {"actor": "nobody"}})
        path, _ = operated.backup()
        with pytest.raises(SealError, match="mắt xích 1 "):
            verify(path, [KEY])

    def test_an_event_taken_out_by_hand(self, operated, cases):
        cases.step("a", times=3)
        cases.store.collection("outbox").delete_one({"_id": 2})
        path, _ = operated.backup()
        with pytest.raises(SealError, match="events are missing"):
            verify(path, [KEY])

    def test_nothing_half_written_stays(self, operated, cases):
        operated.stores[CONSUMER].collection("ledger").delete_many({})
        with pytest.raises(RuntimeError, match="no ledger"):
            operated.backup()
        assert list(operated.folder.iterdir()) == []
        assert operated.stores[PRODUCER].collection("control").find_one({"_id": "pause"}) is None


def the_next_second() -> datetime:
    """Wait until the second is over, and return the moment: the database's clock counts seconds."""
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    eventually(lambda: datetime.now(UTC) > moment + timedelta(seconds=1))
    return moment


class TestToAMoment:
    """With the changes since a backup, any moment between can be gone back to."""

    def test_each_moment_as_it_was(self, operated, cases, steps):
        with running(cases.worker()), running(steps.worker()):
            cases.step("a", times=2)
            agree(cases, steps)
            path, manifest = operated.backup()
            cases.step("a")
            cases.step("b", times=2)
            agree(cases, steps)
            first = the_next_second()
            cases.step("b")
            operated.follow(manifest)
            agree(cases, steps)
            second = the_next_second()
            cases.step("c", times=50)
            operated.follow(manifest)
        operated.lease_runs_out()
        with pytest.raises(ChangesError, match="the changes end there"):
            operated.restore(path, replace=True, until=datetime.now(UTC) + timedelta(hours=1))
        for moment, length in ((second, 6), (first, 5)):
            operated.restore(path, replace=True, until=moment)
            assert cases.store.collection("outbox").count_documents({}) == length
            assert sum(map(len, steps.seen().values())) == length
            assert chain.verify(cases.store).intact
        with running(cases.worker()), running(steps.worker()):
            cases.step("b")
            agree(cases, steps)
        assert steps.seen() == {"a": [1, 2, 3], "b": [1, 2, 3]}

    def test_a_file_of_changes_that_is_missing(self, operated, cases):
        cases.step("a")
        path, manifest = operated.backup()
        cases.step("a")
        missing = operated.follow(manifest)
        cases.step("a")
        operated.follow(manifest)
        missing.unlink()
        with pytest.raises(ChangesError, match="is missing"):
            operated.restore(path, replace=True, until=datetime.now(UTC))
        assert cases.store.collection("outbox").count_documents({}) == 3


class TestDrill:
    """A drill restores beside the live data and leaves nothing behind."""

    def test_times_every_step(self, operated, cases, settings):
        cases.step("a", times=3)
        path, _ = operated.backup()
        before = set(cases.store.client.list_database_names())
        taken = drill(path, [KEY], settings)
        assert len(taken) == 4
        assert all(step.seconds > 0 for step in taken)
        assert set(cases.store.client.list_database_names()) == before
        assert cases.store.collection("outbox").count_documents({}) == 3
