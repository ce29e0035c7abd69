"""An event that cannot be applied: what it blocks, where it goes, how it is settled."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.audit.verify import verify
from shared.bus import clients, dead_letters, progress
from shared.bus.dead_letters import NotParkedError
from shared.events.envelope import Event
from shared.ids import new_id
from shared.settings import Settings
from shared.store.errors import MissingError
from tests.support.bus import CONSUMER, PRODUCER, Cases, Steps, agree, context, letters, running
from tests.support.servers import eventually

pytestmark = pytest.mark.integration


@pytest.fixture
def producer(settings: Settings) -> Iterator[Any]:
    """A stranger's producer: puts whatever it likes onto the topic of the producing service."""
    stranger = clients.producer(settings, "test", "stranger")
    yield stranger
    stranger.close(timeout=1)


def an_event(settings: Settings, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "id": new_id(),
        "type": "vn.khoi.reviews.EducationExtended.v1",
        "source": settings.event_source(PRODUCER),
        "subject": "case-x",
        "time": datetime.now(UTC),
        "partition_key": "case-x",
        "sequence": 1,
        "position": 1_000,
        "correlation_id": new_id(),
        "data": b'{"case_id":"case-x","member_id":"case-x","organization_path":["khoi"],'
        b'"on":"2021-06-01","until":"2022-06-01"}',
    }
    return Event(**(fields | changes))


def publish(producer: Any, settings: Settings, *events: Event) -> None:
    for event in events:
        producer.send(
            settings.topic(PRODUCER),
            value=event.data,
            key=event.partition_key.encode(),
            headers=event.headers(),
        ).get(timeout=10)


class TestPoisonEvent:
    """A poison event stops only its own key, is parked after the ladder, and can be settled."""

    @pytest.mark.parametrize("batches", [False, True], ids=["one by one", "in batches"])
    def test_only_its_key_waits(self, cases: Cases, steps: Steps, *, batches: bool) -> None:
        steps.poisoned = lambda event: event.subject == "bad" and event.sequence == 2
        for name in ("good-1", "bad", "good-2"):
            cases.step(name, times=3)
        with running(cases.worker()), running(steps.worker(batches=batches)):
            eventually(lambda: letters(steps, "behind"))
            eventually(lambda: steps.seen() == {"good-1": [1, 2, 3], "bad": [1], "good-2": [1, 2, 3]})
            [parked] = letters(steps, "parked")
            assert (parked["sequence"], parked["reason"]) == (2, "failed")
            assert parked["error"] == "ValueError: poisoned: bad 2"
            assert parked["tries"] == len(steps.settings.retry_ladder_seconds)

            cases.step("bad")
            cases.step("good-1")
            eventually(lambda: len(letters(steps, "behind")) == 2)
            eventually(lambda: steps.seen()["good-1"] == [1, 2, 3, 4])

            steps.poisoned = lambda _: False
            dead_letters.retry(steps.unit_of_work, parked["_id"], context=context())
            agree(cases, steps)
            cases.step("bad")
            agree(cases, steps)
        assert dead_letters.list_open(steps.store) == []
        assert verify(steps.store).intact

    def test_it_is_on_the_dead_letter_topic_with_its_error(
        self, cases: Cases, steps: Steps, settings: Settings
    ) -> None:
        steps.poisoned = lambda _: True
        cases.step("bad")
        with running(cases.worker()), running(steps.worker()):
            eventually(lambda: letters(steps, "parked"))
        reader = clients.consumer(settings, "test", group=None)
        try:
            reader.subscribe([settings.dead_letter_topic(CONSUMER)])
            [[record]] = eventually(lambda: list(reader.poll(timeout_ms=500).values()))
        finally:
            reader.close()
        headers = dict(record.headers)
        assert Event.from_record(record.headers, record.value).subject == "bad"
        assert headers["khoi_dead_reason"] == b"failed"
        assert headers["khoi_dead_error"] == b"ValueError: poisoned: bad 1"

    def test_a_dropped_event_lets_those_behind_it_pass(self, cases: Cases, steps: Steps) -> None:
        steps.poisoned = lambda event: event.sequence == 2
        cases.step("bad", times=3)
        with running(cases.worker()), running(steps.worker()):
            [behind] = eventually(lambda: letters(steps, "behind"))
            [parked] = dead_letters.list_open(steps.store)[:1]
            assert parked.status == "parked"
            with pytest.raises(ValueError, match="reason"):
                dead_letters.drop(steps.unit_of_work, parked.id, context=context(), reason=" ")
            with pytest.raises(NotParkedError):
                dead_letters.retry(steps.unit_of_work, behind["_id"], context=context())
            with pytest.raises(MissingError):
                dead_letters.retry(steps.unit_of_work, "nothing", context=context())
            dead_letters.drop(steps.unit_of_work, parked.id, context=context(), reason="ghi nhầm")
            eventually(lambda: steps.seen() == {"bad": [1, 3]})
            cases.step("bad")
            eventually(lambda: steps.seen() == {"bad": [1, 3, 4]})
        assert progress.applied(steps.store)[cases.settings.event_source(PRODUCER)].events == 4
        [entry] = steps.store.collection("audit").find({"action": "dead_letter.dropped"})
        assert (entry["subject"], entry["reason"]) == (parked.id, "ghi nhầm")

    def test_a_retry_that_fails_again_is_parked_again(self, cases: Cases, steps: Steps) -> None:
        steps.poisoned = lambda _: True
        cases.step("bad", times=2)
        with running(cases.worker()), running(steps.worker()):
            eventually(lambda: letters(steps, "behind"))
            [parked] = letters(steps, "parked")
            dead_letters.retry(steps.unit_of_work, parked["_id"], context=context())
            eventually(lambda: [one for one in letters(steps, "parked") if one["tries"] > parked["tries"]])
            assert len(letters(steps, "behind")) == 1
            assert steps.seen() == {}


class TestStrangeRecords:
    """Records that are no events of ours are parked at once and stop nobody else."""

    def test_unreadable_and_unknown_records_are_parked_at_once(
        self, cases: Cases, steps: Steps, settings: Settings, producer: Any
    ) -> None:
        producer.send(settings.topic(PRODUCER), value=b"noise", key=b"k").get(timeout=10)
        publish(
            producer,
            settings,
            an_event(
                settings, type="vn.khoi.reviews.EducationExtended.v9", subject="new", partition_key="new"
            ),
            an_event(settings, data=b'{"case_id": 7}', subject="torn", partition_key="torn"),
        )
        cases.step("good")
        with running(cases.worker()), running(steps.worker()):
            eventually(lambda: len(letters(steps, "parked")) == 3)
            eventually(lambda: steps.seen() == {"good": [1]})
        assert {letter["reason"] for letter in letters(steps, "parked")} == {"undecodable"}
        for letter in dead_letters.list_open(steps.store):
            dead_letters.drop(steps.unit_of_work, letter.id, context=context(), reason="không phải của ta")
        assert dead_letters.list_open(steps.store) == []

    def test_a_gap_is_never_skipped(self, steps: Steps, settings: Settings, producer: Any) -> None:
        first, second, third = (
            an_event(settings, sequence=number, position=1_000 + number) for number in (1, 2, 3)
        )
        publish(producer, settings, first, third)
        with running(steps.worker()):
            [parked] = eventually(lambda: letters(steps, "parked"))
            assert (parked["reason"], parked["sequence"]) == ("gap", 3)
            assert steps.seen() == {"case-x": [1]}
            publish(producer, settings, second)
            eventually(lambda: letters(steps, "behind"))
            dead_letters.retry(steps.unit_of_work, parked["_id"], context=context())
            eventually(lambda: steps.seen() == {"case-x": [1, 2, 3]})

    def test_a_late_predecessor_heals_the_gap_before_it_is_parked(
        self, steps: Steps, settings: Settings, producer: Any
    ) -> None:
        events = [an_event(settings, sequence=number, position=1_000 + number) for number in (1, 2, 3, 4)]
        publish(producer, settings, events[0], events[2], events[3], events[1])
        with running(steps.worker()):
            eventually(lambda: steps.seen() == {"case-x": [1, 2, 3, 4]})
        assert letters(steps, "parked") == []

    def test_the_same_record_twice_has_one_effect(
        self, steps: Steps, settings: Settings, producer: Any
    ) -> None:
        event = an_event(settings)
        publish(producer, settings, event, event, an_event(settings, sequence=2, position=1_001), event)
        with running(steps.worker()):
            eventually(lambda: steps.seen() == {"case-x": [1, 2]})
