"""The inbox over a real store, handed events as a consumer hands them on; no broker is needed."""

import pytest

from shared.bus import outbox
from shared.bus.delivery import Delivery
from shared.bus.inbox import Inbox
from shared.events.catalogue.reviews import EducationExtended
from tests.support.bus import Cases, Steps

pytestmark = pytest.mark.integration


def deliveries(cases: Cases) -> list[Delivery]:
    """Every event of the outbox as one partition would bring it."""
    return [
        Delivery.read(
            topic=cases.settings.topic("reviews"),
            partition=0,
            offset=event.position - 1,
            headers=event.headers(),
            key=event.partition_key,
            value=event.data,
        )
        for event in outbox.events_from(cases.store, 1)
    ]


class TestDeliveredAgain:
    """What was applied by a process before is a duplicate, though this one remembers nothing of it."""

    @pytest.fixture(params=["one by one", "in batches"])
    def inbox(self, request: pytest.FixtureRequest, steps: Steps) -> Inbox:
        """An inbox whose handlers refuse what they have seen before, as an insert does."""
        if request.param == "in batches":
            return Inbox(steps.unit_of_work, {}, steps.apply_many)
        return Inbox(steps.unit_of_work, {EducationExtended: steps.apply})

    def test_the_handler_is_not_believed_before_the_store(
        self, cases: Cases, steps: Steps, inbox: Inbox
    ) -> None:
        for case in ("a", "b"):
            cases.step(case, times=2)
        inbox.apply(deliveries(cases), topic_ids={})
        cases.step("b")
        cases.step("c")
        inbox.forget()  # as after a rebalance, or in a new process
        outcome = inbox.apply(deliveries(cases), topic_ids={})
        assert [len(outcome.duplicates), len(outcome.applied), len(outcome.gaps)] == [4, 2, 0]
        assert steps.seen() == {"a": [1, 2], "b": [1, 2, 3], "c": [1]}

    def test_a_forgotten_stream_beside_a_remembered_one(self, cases: Cases, steps: Steps) -> None:
        inbox = Inbox(steps.unit_of_work, {})
        for case in ("a", "b"):
            cases.step(case)
        inbox.apply(deliveries(cases), topic_ids={})
        cases.step("b", times=2)
        inbox.forget()
        a1, _, b2, b3 = deliveries(cases)
        inbox.apply([b2], topic_ids={})
        outcome = inbox.apply([a1, b3], topic_ids={})
        assert (outcome.duplicates, outcome.applied) == ([a1], [b3])
