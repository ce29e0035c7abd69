"""One leader per service: the lease, its end, and the fence behind it."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from shared.bus.cursor import Cursor, LostLeadershipError
from shared.bus.lease import Lease
from tests.support.bus import Cases, Steps, agree, running
from tests.support.bus_process import process
from tests.support.servers import eventually

pytestmark = pytest.mark.integration


class TestLease:
    """At most one holds it; whoever comes later has a higher token."""

    def test_only_one_holds_it(self, cases: Cases) -> None:
        first, second = (Lease(cases.store, "relay", owner=name, seconds=30) for name in ("a", "b"))
        assert first.take_or_renew()
        assert not second.take_or_renew()
        assert first.take_or_renew()
        assert (first.token, second.token) == (1, None)

    def test_it_passes_on_when_it_is_given_back(self, cases: Cases) -> None:
        first, second = (Lease(cases.store, "relay", owner=name, seconds=30) for name in ("a", "b"))
        assert first.take_or_renew()
        first.stop()
        assert first.token is None
        assert second.take_or_renew()
        assert second.token == 2

    def test_it_passes_on_when_its_holder_is_silent(self, cases: Cases) -> None:
        first, second = (Lease(cases.store, "relay", owner=name, seconds=0.5) for name in ("a", "b"))
        assert first.take_or_renew()
        eventually(second.take_or_renew, within=5)
        assert first.token is None
        assert not first.take_or_renew()

    def test_it_passes_on_when_the_clock_of_its_dead_holder_ran_ahead(self, cases: Cases) -> None:
        first, second = (Lease(cases.store, "relay", owner=name, seconds=0.5) for name in ("a", "b"))
        assert first.take_or_renew()
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        cases.store.collection("leases").update_one({"_id": "relay"}, {"$set": {"until": tomorrow}})
        assert not second.take_or_renew()
        eventually(second.take_or_renew, within=5)
        assert second.token == 2

    def test_a_holder_whose_clock_runs_ahead_keeps_it_while_it_lives(self, cases: Cases) -> None:
        first, second = (Lease(cases.store, "relay", owner=name, seconds=0.5) for name in ("a", "b"))
        assert first.take_or_renew()
        for renewal in range(8):
            ahead = datetime.now(UTC) + timedelta(days=1, seconds=renewal)
            cases.store.collection("leases").update_one({"_id": "relay"}, {"$set": {"until": ahead}})
            assert not second.take_or_renew()
            time.sleep(0.1)  # longer, in all, than a lease that is not renewed would last

    def test_a_relay_that_slept_cannot_move_the_cursor(self, cases: Cases) -> None:
        cursor = Cursor(cases.store, cases.settings.topic(cases.store.service))
        cursor.take(1)
        cursor.take(2)
        with pytest.raises(LostLeadershipError):
            cursor.move(1, 5)


class TestTwoWorkers:
    """Two workers of each service share the work and neither lose nor repeat."""

    def test_they_agree(self, cases: Cases, steps: Steps, settings: object) -> None:
        with running(cases.worker()), running(steps.worker()) as ours:
            cases.step("case-0", times=5)
            agree(cases, steps)
            with process("cases", cases.settings), process("steps", cases.settings):
                for number in range(12):
                    cases.step(f"case-{number}", times=5)
                # Ours gives part of its partitions to the newcomer.
                consumer = ours.consumer
                assert consumer is not None
                eventually(lambda: 0 < len(consumer._assigned) < 3, within=60)
                for number in range(12):
                    cases.step(f"case-{number}", times=5)
                agree(cases, steps, within=60)
            cases.step("case-1", times=5)
            agree(cases, steps, within=60)
