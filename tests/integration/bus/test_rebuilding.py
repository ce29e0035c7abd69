"""A read model in generations: built beside the one in use by the workers, compared, swapped, dropped."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.audit.verify import verify
from shared.bus import dead_letters, rebuilding, topics
from shared.bus.generations import NotBuiltError, ReadModel, Register, prepare, register_of, serving
from shared.bus.rebuilding import BehindError, Comparison, GenerationError
from shared.clock import SystemClock
from tests.support.bus import PRODUCER, SHAPE, Cases, Steps, agree, context, letters, running, shape_of
from tests.support.servers import eventually

pytestmark = pytest.mark.integration


def begun(steps: Steps, version: int = 1) -> int:
    return rebuilding.begin(steps.unit_of_work, shape_of(version), context=context()).number


def swapped(steps: Steps, number: int) -> Register:
    return rebuilding.swap(steps.unit_of_work, SHAPE, number, context=context())


def model(steps: Steps, number: int) -> ReadModel:
    return ReadModel(steps.store, SHAPE, number)


def caught_up(steps: Steps, number: int) -> Callable[[], bool]:
    return lambda: rebuilding.standing(steps.store, SHAPE, number).caught_up


def compared(steps: Steps, number: int, **options: Any) -> Comparison:
    return rebuilding.compare(steps.store, SHAPE, number, clock=SystemClock(), **options)


def steps_seen(steps: Steps) -> int:
    return serving(steps.store, SHAPE).collection("steps").count_documents({})


class TestRebuild:
    """A generation is built beside the one in use, which goes on; then it takes its place."""

    def test_built_compared_swapped_and_dropped(self, cases: Cases, steps: Steps) -> None:
        steps.store.collection("steps").create_index("case", name="case_1")
        for number in range(10):
            cases.step(f"case-{number}", times=20)
        with running(cases.worker()), running(steps.worker(shape=SHAPE)) as worker:
            agree(cases, steps)
            steps.store.collection("steps").delete_many({"case": "case-3"})  # the one in use was damaged
            steps.store.collection("steps").insert_one({"_id": "stray", "case": "stray"})
            new = begun(steps)
            with pytest.raises(GenerationError, match="being built already"):
                begun(steps)
            eventually(caught_up(steps, new), within=40)
            found = compared(steps, new)
            assert not found.equal
            assert len(found.collections["steps"].only_other) == 20
            assert found.collections["steps"].only_live == ("stray",)
            assert found.streams.equal
            cases.step("case-0", times=3)
            eventually(lambda: model(steps, new).collection("steps").count_documents({}) == 203)
            swapped(steps, new)
            assert steps_seen(steps) == 203
            eventually(lambda: worker.consumer is not None and worker.consumer.ready)
            cases.step("case-1", times=2)
            eventually(lambda: steps_seen(steps) == 205)
        assert "case_1" in model(steps, new).collection("steps").index_information()
        with pytest.raises(GenerationError, match="in use"):
            rebuilding.drop(steps.unit_of_work, SHAPE, new, context=context())
        rebuilding.drop(steps.unit_of_work, SHAPE, 0, context=context())
        assert steps.store.collection("steps").count_documents({}) == 0
        assert steps_seen(steps) == 205
        assert verify(steps.store).intact

    def test_stopped_then_resumed_then_swapped_back(self, cases: Cases, steps: Steps) -> None:
        cases.step("case", times=5)
        with running(cases.worker()), running(steps.worker(shape=SHAPE)):
            agree(cases, steps)
            new = begun(steps)
            eventually(caught_up(steps, new), within=40)
            rebuilding.stop(steps.unit_of_work, SHAPE, new, context=context())
            cases.step("case", times=2)
            eventually(lambda: steps_seen(steps) == 7)
            with pytest.raises(GenerationError, match="is stopped"):
                swapped(steps, new)
            rebuilding.resume(steps.unit_of_work, SHAPE, new, context=context())
            eventually(caught_up(steps, new), within=40)
            assert compared(steps, new).equal
            swapped(steps, new)
            cases.step("case", times=2)
            eventually(lambda: steps_seen(steps) == 9)
            rebuilding.resume(steps.unit_of_work, SHAPE, 0, context=context())
            eventually(caught_up(steps, 0), within=40)
            swapped(steps, 0)
            assert steps_seen(steps) == 9
        rebuilding.drop(steps.unit_of_work, SHAPE, new, context=context())
        assert not [name for name in steps.store.database.list_collection_names() if "__g" in name]

    def test_one_that_is_behind_is_not_swapped_in(self, cases: Cases, steps: Steps) -> None:
        cases.step("case", times=5)
        with running(cases.worker()), running(steps.worker(shape=SHAPE)):
            agree(cases, steps)
        new = begun(steps)
        with pytest.raises(BehindError, match="0 of 5 events"):
            swapped(steps, new)
        assert steps_seen(steps) == 5

    def test_it_passes_over_what_a_person_dropped(self, cases: Cases, steps: Steps) -> None:
        steps.poisoned = lambda event: event.sequence == 2
        cases.step("case", times=3)
        with running(cases.worker()), running(steps.worker(shape=SHAPE)):
            [parked] = eventually(lambda: letters(steps, "parked"))
            dead_letters.drop(steps.unit_of_work, parked["_id"], context=context(), reason="ghi nhầm")
            eventually(lambda: steps.seen() == {"case": [1, 3]})
            new = begun(steps)
            eventually(caught_up(steps, new), within=40)
            assert compared(steps, new).equal

    def test_what_it_cannot_apply_is_parked_beside_and_not_in_the_one_in_use(
        self, cases: Cases, steps: Steps
    ) -> None:
        cases.step("case", times=3)
        with running(cases.worker()), running(steps.worker(shape=SHAPE)):
            agree(cases, steps)
            steps.poisoned = lambda event: event.sequence == 2
            new = begun(steps)
            eventually(lambda: rebuilding.standing(steps.store, SHAPE, new).open_letters == 2, within=40)
            assert letters(steps, "parked") == []
            with pytest.raises(BehindError):
                swapped(steps, new)


class TestLostTopic:
    """What a topic has lost is filled in again from the outbox, and built from that."""

    def test_built_from_the_refilled_topic(self, cases: Cases, steps: Steps) -> None:
        for number in range(5):
            cases.step(f"case-{number}", times=4)
        with running(cases.worker()), running(steps.worker(shape=SHAPE)):
            agree(cases, steps)
            topics.delete(steps.settings, PRODUCER)
            new = begun(steps)
            eventually(caught_up(steps, new), within=60)
            assert compared(steps, new).equal
            swapped(steps, new)
        assert letters(steps, "parked") == []


class TestTwoVersions:
    """The new version is built by its own workers while the one before serves; each reads its own."""

    def test_side_by_side(self, cases: Cases, steps: Steps) -> None:
        other = Steps(steps.settings)
        second = shape_of(2)
        cases.step("case", times=4)
        with running(cases.worker()), running(steps.worker(shape=SHAPE)):
            agree(cases, steps)
            prepare(steps.store, SHAPE)
            with pytest.raises(NotBuiltError):
                serving(steps.store, second)
            with running(other.worker(shape=second)):
                new = begun(other, version=2)
                eventually(caught_up(steps, new), within=40)
                rebuilding.swap(other.unit_of_work, second, new, context=context())
                cases.step("case", times=2)
                for shape in (SHAPE, second):
                    eventually(
                        lambda shape=shape: (
                            serving(steps.store, shape).collection("steps").count_documents({}) == 6
                        )
                    )
        register = register_of(steps.store, 2)
        assert [(each.number, each.version, each.state) for each in register.generations] == [
            (0, 1, "kept"),
            (new, 2, "live"),
        ]
        other.close()
