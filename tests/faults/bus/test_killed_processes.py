"""SIGKILL between every two steps from commit to committed offset: nothing lost, nothing twice."""

import signal
from typing import Any

import pytest
from kafka import TopicPartition

from shared.audit.verify import verify
from shared.bus import clients, outbox, rebuilding
from shared.bus.generations import serving
from shared.clock import SystemClock
from shared.settings import Settings
from tests.support.bus import PRODUCER, SHAPE, Cases, Steps, agree, context, letters, running
from tests.support.bus_process import process
from tests.support.servers import eventually

pytestmark = [pytest.mark.faults, pytest.mark.integration]


def records_on_topic(settings: Settings) -> int:
    """How many records the producing service's topic holds, duplicates included, read one by one."""
    reader: Any = clients.consumer(settings, "test", group=None)
    try:
        topic = settings.topic(PRODUCER)
        reader.assign([TopicPartition(topic, number) for number in range(settings.topic_partitions)])
        count = 0
        while found := reader.poll(timeout_ms=2_000):
            count += sum(map(len, found.values()))
        return count
    finally:
        reader.close()


def killed_itself(service: Any) -> bool:
    return service.poll() == -signal.SIGKILL


class TestKilledRelay:
    """The relay dies between commit and publish, or between publish and the cursor's move."""

    @pytest.mark.parametrize(
        ("failpoint", "published_before"),
        [("relay.before-publish", 0), ("relay.after-publish", 9)],
        ids=["between commit and publish", "between publish and mark"],
    )
    def test_the_next_relay_goes_on(
        self, cases: Cases, steps: Steps, settings: Settings, failpoint: str, published_before: int
    ) -> None:
        for number in range(3):
            cases.step(f"case-{number}", times=3)
        with process("cases", settings, failpoint=failpoint) as relay:
            eventually(lambda: killed_itself(relay))
        assert outbox.cursor(cases.store) == 0
        assert records_on_topic(settings) == published_before
        with running(steps.worker()), process("cases", settings):
            agree(
                cases, steps
            )  # perhaps on the first relay's records alone, where a broker lets readers in at once
            eventually(lambda: outbox.cursor(cases.store) == outbox.head(cases.store))
        assert records_on_topic(settings) == 9 + published_before


class TestKilledConsumer:
    """The consumer dies between the Mongo commit of the effect and the commit of the offset."""

    def test_the_next_consumer_skips_what_was_applied(
        self, cases: Cases, steps: Steps, settings: Settings
    ) -> None:
        for number in range(3):
            cases.step(f"case-{number}", times=3)
        with running(cases.worker()):
            with process("steps", settings, failpoint="consumer.after-effect") as consumer:
                eventually(lambda: killed_itself(consumer), within=30)
            assert sum(map(len, steps.seen().values())) > 0
            cases.step("case-0", times=2)
            with running(steps.worker()):
                agree(cases, steps)

    def test_a_consumer_killed_again_and_again_under_load(
        self, cases: Cases, steps: Steps, settings: Settings
    ) -> None:
        with process("cases", settings):
            for turn in range(2):
                for number in range(10):
                    cases.step(f"case-{number}", times=20)
                with process("steps", settings, failpoint=f"consumer.after-effect:{turn + 1}") as consumer:
                    eventually(lambda consumer=consumer: killed_itself(consumer), within=60)
            with process("steps", settings):
                agree(cases, steps, within=60)
        assert verify(cases.store).intact


class TestKilledRebuild:
    """The worker dies in mid-rebuild; whoever comes next builds on, and what is built equals the one in use."""

    def test_built_on_from_where_it_died(self, cases: Cases, steps: Steps, settings: Settings) -> None:
        for number in range(40):
            cases.step(f"case-{number}", times=50)
        with running(cases.worker()):
            with process("read model", settings):
                agree(cases, steps, within=60)
            new = rebuilding.begin(steps.unit_of_work, SHAPE, context=context()).number
            for _ in range(2):
                with process("read model", settings, failpoint="consumer.after-effect") as worker:
                    eventually(lambda worker=worker: killed_itself(worker), within=60)
                died_at = rebuilding.standing(steps.store, SHAPE, new)
                assert 0 < died_at.applied < died_at.wanted == 2_000
            with process("read model", settings):
                eventually(lambda: rebuilding.standing(steps.store, SHAPE, new).caught_up, within=60)
                found = rebuilding.compare(steps.store, SHAPE, new, clock=SystemClock())
                assert found.equal, found
                assert found.collections["steps"].other == 2_000
                rebuilding.swap(steps.unit_of_work, SHAPE, new, context=context())
                cases.step("case-0")
                eventually(
                    lambda: serving(steps.store, SHAPE).collection("steps").count_documents({}) == 2_001
                )
        assert letters(steps, "parked") == []


class TestGracefulStop:
    """SIGTERM finishes the batch, commits, leaves the group, and ends with 0 in time."""

    def test_sigterm_under_load(self, cases: Cases, steps: Steps, settings: Settings) -> None:
        for number in range(10):
            cases.step(f"case-{number}", times=50)
        with running(cases.worker()):
            with process("steps", settings) as consumer:
                eventually(steps.seen, within=30, every=0.01)
                consumer.send_signal(signal.SIGTERM)
                assert consumer.wait(10) == 0
            with running(steps.worker()):
                agree(cases, steps)
