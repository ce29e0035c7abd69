"""A read model rebuilt beside the live one, compared, and swapped in."""

import pytest

from shared.bus import dead_letters, replay
from shared.bus.replay import RebuildError, Rebuilt
from tests.support.bus import PRODUCER, Cases, Steps, agree, context, letters, running
from tests.support.servers import eventually

pytestmark = pytest.mark.integration


def rebuilt(steps: Steps) -> Rebuilt:
    return replay.rebuild(
        steps.store,
        sources=(PRODUCER,),
        batch_handler=steps.apply_many,
        projections=("steps",),
        grace_seconds=1.0,
    )


class TestRebuild:
    """The rebuilt model holds exactly what the live one has applied, while everything runs on."""

    def test_it_equals_the_live_model(self, cases: Cases, steps: Steps) -> None:
        for number in range(10):
            cases.step(f"case-{number}", times=20)
        with running(cases.worker()), running(steps.worker(batches=True)):
            agree(cases, steps)
            seen = steps.seen()
            result = rebuilt(steps)
            assert (result.before, result.after, result.events) == ({"steps": 200}, {"steps": 200}, 200)
            assert steps.seen() == seen
            cases.step("case-0", times=3)
            agree(cases, steps)
        assert not [name for name in steps.store.database.list_collection_names() if "shadow" in name]

    def test_it_mends_a_model_that_was_damaged(self, cases: Cases, steps: Steps) -> None:
        steps.store.collection("steps").create_index("case", name="by_case")
        for number in range(5):
            cases.step(f"case-{number}", times=4)
        with running(cases.worker()), running(steps.worker(batches=True)):
            agree(cases, steps)
            steps.store.collection("steps").delete_many({"case": "case-3"})
            steps.store.collection("steps").insert_one({"_id": "stray", "case": "stray"})
            result = rebuilt(steps)
            assert (result.before, result.after) == ({"steps": 17}, {"steps": 20})
            agree(cases, steps)
        assert "by_case" in steps.store.collection("steps").index_information()

    def test_it_passes_over_what_a_person_dropped(self, cases: Cases, steps: Steps) -> None:
        steps.poisoned = lambda event: event.sequence == 2
        cases.step("case", times=3)
        with running(cases.worker()), running(steps.worker(batches=True)):
            [parked] = eventually(lambda: letters(steps, "parked"))
            dead_letters.drop(steps.unit_of_work, parked["_id"], context=context(), reason="ghi nhầm")
            eventually(lambda: steps.seen() == {"case": [1, 3]})
            assert rebuilt(steps).after == {"steps": 2}
            assert steps.seen() == {"case": [1, 3]}

    def test_a_failing_event_leaves_the_live_model_alone(self, cases: Cases, steps: Steps) -> None:
        cases.step("case", times=3)
        with running(cases.worker()), running(steps.worker(batches=True)):
            agree(cases, steps)
            steps.poisoned = lambda event: event.sequence == 2
            with pytest.raises(RebuildError, match="could not be applied"):
                rebuilt(steps)
            steps.poisoned = lambda _: False
            agree(cases, steps)
            cases.step("case")
            agree(cases, steps)

    def test_a_service_without_projections_is_refused(self, steps: Steps) -> None:
        with pytest.raises(RebuildError, match="no read model"):
            replay.rebuild(steps.store, sources=(PRODUCER,), batch_handler=None, projections=())
