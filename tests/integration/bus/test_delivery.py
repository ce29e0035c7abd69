"""From commit to effect, over real sockets."""

from typing import Any

import pytest
from prometheus_client import REGISTRY
from pymongo.collection import Collection
from pymongo.errors import ConnectionFailure

from shared.bus import outbox, progress
from shared.store.connection import Document
from tests.support.bus import Cases, Steps, agree, running
from tests.support.servers import eventually

pytestmark = pytest.mark.integration


class TestDelivery:
    """What one service commits, the other applies: once, and in order."""

    def test_every_event_is_applied_once_and_in_order(self, cases: Cases, steps: Steps) -> None:
        for number in range(5):
            cases.step(f"case-{number}", times=3)
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)
            for number in range(5):
                cases.step(f"case-{number}")
            agree(cases, steps)
        status = outbox.status(cases.store)
        assert (status.head, status.published, status.depth) == (20, 20, 0)

    def test_a_projection_gets_its_events_in_batches(self, cases: Cases, steps: Steps) -> None:
        for number in range(40):
            cases.step(f"case-{number}", times=10)
        with running(cases.worker()), running(steps.worker(batches=True)):
            agree(cases, steps)

    def test_progress_says_how_far_the_reader_is(self, cases: Cases, steps: Steps) -> None:
        cases.step("case", times=4)
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)
        source = cases.settings.event_source("reviews")
        reached = progress.applied(steps.store)[source]
        assert (reached.events, reached.position) == (4, 4)
        assert reached.time is not None
        assert progress.stream_sequence(steps.store, source, "case") == 4
        assert progress.stream_sequence(steps.store, source, "nobody") == 0

    def test_events_close_behind_one_another_share_a_transaction(
        self, cases: Cases, steps: Steps, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shared.bus.consumer.GATHER_SECONDS", 5.0)
        with running(cases.worker()), running(steps.worker()):
            cases.step("case")
            agree(cases, steps)
            before = _transactions(steps)
            for number in range(6):
                cases.step(f"case-{number}")
            agree(cases, steps)
            assert _transactions(steps) - before < 4

    def test_a_commit_wakes_the_relay_at_once(self, cases: Cases) -> None:
        cases.step("case")
        with running(cases.worker()):
            eventually(lambda: outbox.cursor(cases.store) == 1)
            for number in range(2, 7):
                cases.step("case")
                eventually(lambda wanted=number: outbox.cursor(cases.store) == wanted, within=0.9, every=0.01)

    def test_who_never_emitted_is_not_watched_and_its_first_event_goes_out(
        self, cases: Cases, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        watched: list[str] = []

        def watch(collection: Collection[Document], *_: Any, **__: Any) -> None:
            watched.append(collection.name)
            raise ConnectionFailure("no change stream for this test")

        monkeypatch.setattr(Collection, "watch", watch)
        with running(cases.worker()) as worker:
            eventually(lambda: cases.store.collection("relay").find_one({"topic_id": {"$ne": None}}))
            assert watched == []
            cases.step("case")
            eventually(lambda: outbox.cursor(cases.store) == 1)  # by the sweep
            eventually(lambda: watched)
            assert worker.ready()

    def test_a_worker_is_ready_once_it_has_joined_its_group(self, cases: Cases, steps: Steps) -> None:
        worker = steps.worker()
        assert not worker.ready()
        with running(worker):
            eventually(worker.ready)
        assert not worker.ready()

    def test_what_an_operator_sees_of_it(self, cases: Cases, steps: Steps) -> None:
        cases.step("case", times=4)
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)
            topic = cases.settings.topic("reviews")

            def lag() -> list[float]:
                return [
                    sample.value
                    for metric in REGISTRY.collect()
                    if metric.name == "khoi_consumer_lag"
                    for sample in metric.samples
                    if sample.labels["topic"] == topic
                ]

            eventually(lambda: lag() == [0.0, 0.0, 0.0])
        assert REGISTRY.get_sample_value("khoi_outbox_depth", {"service": "reviews"}) == 0
        assert (REGISTRY.get_sample_value("khoi_relay_published_total", {"service": "reviews"}) or 0) >= 4
        assert REGISTRY.get_sample_value("khoi_dead_letters_open", {"service": "reporting"}) == 0


def _transactions(steps: Steps) -> float:
    return REGISTRY.get_sample_value("khoi_handler_seconds_count", {"service": steps.store.service}) or 0.0
