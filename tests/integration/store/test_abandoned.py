"""A process that dies in the midst of a transaction holds up nobody for long."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest

from deploy.stack.servers import leashed
from shared.access.actor import Context, system_actor
from shared.audit.verify import verify
from shared.bus.worker import Timer, Worker
from shared.clock import SystemClock
from shared.settings import Settings
from shared.store import unit_of_work
from shared.store.connection import Store
from shared.store.indexes import create_indexes
from shared.store.unit_of_work import COMMAND_LIMIT_SECONDS, Transaction, UnitOfWork

pytestmark = pytest.mark.integration

TRANSACTION_LIFETIME_SECONDS = 60
ROOT = Path(__file__).parents[3]
CONTEXT = Context(actor=system_actor("test"), request_id="request", correlation_id="correlation")


@pytest.fixture
def store(deployment: str, mongodb_url: str) -> Iterator[Store]:
    opened = Store(Settings(khoi_id=deployment, mongodb_url=mongodb_url), "members")
    create_indexes(opened, ())
    yield opened
    opened.close()


class TestKilledInTheMidst:
    """Its transaction has written the ledger; the server would keep that locked for a minute."""

    @pytest.fixture
    def killed(self, store: Store) -> None:
        settings = store.settings
        with subprocess.Popen(
            leashed([sys.executable, "-m", __name__, settings.khoi_id, settings.mongodb_url]),
            cwd=ROOT,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"open\n"
            process.kill()

    def test_the_next_command_waits_no_longer_than_its_patience(
        self, store: Store, killed: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(unit_of_work, "PATIENCE_SECONDS", 0.3)
        began = time.monotonic()
        UnitOfWork(store, SystemClock()).run(CONTEXT, lambda tx: tx.record("done", "after"))
        assert time.monotonic() - began < COMMAND_LIMIT_SECONDS
        assert [entry["action"] for entry in store.collection("audit").find()] == ["done"]
        assert verify(store).intact

    def test_a_plain_write_of_a_timer_gets_its_turn(self, store: Store, killed: None) -> None:
        worker = Worker(store, UnitOfWork(store, SystemClock()), store.settings, handlers={}, topics=())
        stopping = threading.Event()
        tried = []

        def write() -> None:
            tried.append(1)
            with pymongo.timeout(2):
                store.collection("ledger").update_one({"_id": "head"}, {"$set": {"seen": len(tried)}})
            stopping.set()

        began = time.monotonic()
        worker._tick(Timer("writing", 0.1, write), stopping)
        assert len(tried) > 1  # the first was in vain
        assert time.monotonic() - began < TRANSACTION_LIFETIME_SECONDS

    def test_a_living_one_tries_again(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(unit_of_work, "PATIENCE_SECONDS", 0.3)
        attempts = []

        def slow(tx: Transaction) -> None:
            attempts.append(1)
            tx.record("done", "slowly")
            tx.flush()
            if len(attempts) == 1:  # another process comes and waits for us in vain
                other = Store(store.settings, "members")
                UnitOfWork(other, SystemClock()).run(CONTEXT, lambda tx: tx.record("done", "at once"))

        UnitOfWork(store, SystemClock()).run(CONTEXT, slow)
        assert len(attempts) > 1
        assert [entry["subject"] for entry in store.collection("audit").find()] == ["at once", "slowly"]
        assert verify(store).intact


def main(khoi_id: str, mongodb_url: str) -> None:
    """Open a transaction that has written the ledger, say so, and never end it."""

    def work(tx: Transaction) -> None:
        tx.record("left", "open")
        tx.flush()
        sys.stdout.write("open\n")
        sys.stdout.flush()
        time.sleep(60)

    store = Store(Settings(khoi_id=khoi_id, mongodb_url=mongodb_url), "members")
    UnitOfWork(store, SystemClock()).run(CONTEXT, work)


if __name__ == "__main__":
    main(*sys.argv[1:])
