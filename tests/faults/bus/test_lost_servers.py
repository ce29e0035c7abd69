"""The broker replaced by an empty one, Mongo away and back, the whole topic delivered twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kafka import OffsetAndMetadata, TopicPartition

from deploy.stack.servers import BrokerServer, MongoServer
from shared.audit.verify import verify
from shared.bus import clients, outbox, topics
from shared.settings import Settings
from tests.support.bus import (
    CONSUMER,
    PRODUCER,
    REFUSED_CONNECTIONS,
    Cases,
    Steps,
    agree,
    letters,
    make_topics,
    running,
    settings_of,
)
from tests.support.servers import eventually

pytestmark = [pytest.mark.faults, pytest.mark.integration]

OTHER = "members"
"""A second source, of which nothing is sent."""


@REFUSED_CONNECTIONS
class TestEmptyBroker:
    """A broker that lost everything is filled again from the outbox, and nobody notices twice."""

    @pytest.fixture
    def settings(self, deployment: str, mongodb_url: str, own_broker: BrokerServer) -> Settings:
        found = settings_of(deployment, mongodb_url, own_broker.url)
        make_topics(found)
        return found

    def test_killed_and_replaced_while_running(
        self, cases: Cases, steps: Steps, own_broker: BrokerServer
    ) -> None:
        for number in range(5):
            cases.step(f"case-{number}", times=4)
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)
            own_broker.kill()
            for number in range(5):
                cases.step(f"case-{number}")  # commands go on without a broker
            own_broker.start()
            cases.step("case-new", times=3)
            agree(cases, steps, within=60)
            cases.step("case-0")
            agree(cases, steps)
        assert letters(steps, "parked") == []

    def test_consumers_are_members_of_their_group_again(
        self, cases: Cases, steps: Steps, own_broker: BrokerServer
    ) -> None:
        cases.step("case", times=4)
        reader = steps.worker()
        with running(cases.worker()), running(reader):
            agree(cases, steps)
            own_broker.kill()
            own_broker.start()
            # The topic comes back while they are joining. The new broker takes offsets from members only.
            eventually(lambda: committed(cases.settings) >= 4, within=60)
            eventually(reader.ready, within=30)

    def test_a_topic_is_back_after_the_group_has_settled_without_it(
        self, cases: Cases, steps: Steps, own_broker: BrokerServer
    ) -> None:
        topics.ensure(cases.settings, OTHER)
        cases.step("case", times=4)
        sources = (PRODUCER, OTHER)
        with running(steps.worker(sources=sources)) as reader, running(steps.worker(sources=sources)):
            with running(cases.worker()):
                agree(cases, steps)
                eventually(lambda: len(identified(steps)) == 6)
            own_broker.kill()
            cases.step("case")
            own_broker.start()
            topics.ensure(cases.settings, OTHER)
            # Members of a settled group commit the beginning of a topic that is another one.
            eventually(lambda: offsets(cases.settings, OTHER) == [0, 0, 0], within=60)
            assert offsets(cases.settings, PRODUCER) == [None, None, None]
            with running(cases.worker()):
                agree(cases, steps, within=60)
                cases.step("case")
                agree(cases, steps)
            eventually(reader.ready, within=30)
        assert letters(steps, "parked") == []

    def test_replaced_while_everything_was_stopped(
        self, cases: Cases, steps: Steps, own_broker: BrokerServer
    ) -> None:
        cases.step("case", times=4)
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)
        own_broker.kill()
        own_broker.start()
        cases.step("case", times=2)
        with running(steps.worker()), running(cases.worker()):
            agree(cases, steps, within=60)
        assert letters(steps, "parked") == []


class TestMongoAway:
    """An outage of the store is nobody's fault: nothing is parked, everything goes on by itself."""

    @pytest.fixture
    def settings(self, deployment: str, own_mongo: MongoServer, kafka_bootstrap: str) -> Settings:
        found = settings_of(deployment, own_mongo.url, kafka_bootstrap)
        make_topics(found)
        return found

    def test_killed_and_back_under_load(self, cases: Cases, steps: Steps, own_mongo: MongoServer) -> None:
        for number in range(10):
            cases.step(f"case-{number}", times=30)
        with running(cases.worker()), running(steps.worker()):
            eventually(steps.seen, every=0.01)
            own_mongo.kill()
            own_mongo.start()
            agree(cases, steps, within=60)
            cases.step("case-0", times=2)
            agree(cases, steps, within=60)
        assert letters(steps, "parked") == []
        assert verify(cases.store).intact


class TestReplayedTopic:
    """The whole topic twice more changes nothing."""

    def test_published_again_and_read_again(self, cases: Cases, steps: Steps, settings: Settings) -> None:
        for number in range(5):
            cases.step(f"case-{number}", times=4)
        with running(cases.worker()), running(steps.worker()):
            agree(cases, steps)
        for _ in range(2):
            cases.store.collection("relay").update_one({}, {"$set": {"position": 0}})
            rewind(settings)
            with running(cases.worker()), running(steps.worker()):
                eventually(lambda: outbox.status(cases.store).depth == 0)
                cases.step("case-0")
                agree(cases, steps)
        assert letters(steps, "parked") == []


def rewind(settings: Settings) -> None:
    """Commit offset 0 for the stopped consumer's group."""
    with group(settings) as (member, parts):
        member.commit({part: OffsetAndMetadata(0, "", -1) for part in parts}, timeout_ms=5_000)


def identified(steps: Steps) -> list[str]:
    """The partitions of which the consumer knows to which topic they belong."""
    found = steps.store.collection("consumed").find({"topic_id": {"$ne": None}}, ["_id"])
    return [str(document["_id"]) for document in found]


def committed(settings: Settings) -> int:
    """How many records the consumer's group has behind it, by the offsets that the broker keeps."""
    return sum(offset or 0 for offset in offsets(settings))


def offsets(settings: Settings, source: str = PRODUCER) -> list[int | None]:
    """The offset of the consumer's group for each partition, None where the broker keeps none."""
    with group(settings, source) as (member, parts):
        return [member.committed(part) for part in parts]


@contextmanager
def group(settings: Settings, source: str = PRODUCER) -> Iterator[tuple[Any, list[TopicPartition]]]:
    """A client that speaks for the consumer's group without joining it, and the partitions it reads."""
    client = clients.consumer(settings, "test", group=settings.group(CONSUMER))
    try:
        topic = settings.topic(source)
        parts = [TopicPartition(topic, number) for number in range(settings.topic_partitions)]
        client.assign(parts)
        yield client, parts
    finally:
        client.close()
