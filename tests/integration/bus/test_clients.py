"""Clients of a broker that is not there."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError

from deploy.stack.servers import free_ports
from shared.bus import clients, topics
from shared.settings import Settings
from tests.support.bus import REFUSED_CONNECTIONS

pytestmark = pytest.mark.integration


@REFUSED_CONNECTIONS
class TestUnreachableBroker:
    """An attempt that fails leaves no thread behind: an outage makes many of them."""

    @pytest.mark.parametrize(
        "attempt",
        [
            lambda settings: clients.admin(settings, "test"),
            lambda settings: clients.producer(settings, "test", "relay"),
            lambda settings: clients.consumer(settings, "test", group="g"),
        ],
        ids=["admin", "producer", "consumer"],
    )
    def test_nothing_is_left(
        self, attempt: Callable[[Settings], Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clients, "BOOTSTRAP_MS", 300)
        settings = Settings(khoi_id="nowhere", kafka_bootstrap_servers=f"127.0.0.1:{free_ports(1)[0]}")
        with pytest.raises(KafkaError):
            attempt(settings)
        assert [thread.name for thread in threading.enumerate() if "nowhere" in thread.name] == []


class TestMissingTopic:
    """Who merely looks for a topic does not make one: it would have the broker's partitions and retention."""

    @pytest.fixture
    def settings(self, deployment: str, kafka_bootstrap: str) -> Settings:
        return Settings(khoi_id=deployment, kafka_bootstrap_servers=kafka_bootstrap)

    def exists(self, settings: Settings, topic: str) -> bool:
        admin = clients.admin(settings, "test")
        try:
            return bool(topics.topic_ids(admin, [topic]))
        finally:
            admin.close()

    def test_consumer(self, settings: Settings) -> None:
        topic = settings.topic("reviews")
        consumer = clients.consumer(settings, "test", group=None)
        try:
            consumer.assign([TopicPartition(topic, 0)])
            consumer.poll(timeout_ms=500)
        finally:
            consumer.close()
        assert not self.exists(settings, topic)

    def test_producer(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clients, "REQUEST_MS", 1_000)
        monkeypatch.setattr(clients, "DELIVERY_MS", 2_000)
        topic = settings.topic("reviews")
        producer = clients.producer(settings, "test", "relay")
        try:
            with pytest.raises(KafkaError):
                producer.send(topic, value=b"{}").get(timeout=5)
        finally:
            producer.close(timeout=0)
        assert not self.exists(settings, topic)


class TestClockAhead:
    """What a process with a wrong clock sends is taken: Kafka refuses the time of a client an hour ahead."""

    def test_two_hours(self, deployment: str, kafka_bootstrap: str) -> None:
        settings = Settings(khoi_id=deployment, kafka_bootstrap_servers=kafka_bootstrap)
        topics.ensure(settings, "reviews")
        producer = clients.producer(settings, "reviews", "relay")
        ahead = int((time.time() + 7_200) * 1_000)
        try:
            sent = producer.send(settings.topic("reviews"), value=b"{}", key=b"k", timestamp_ms=ahead)
            assert sent.get(timeout=30).offset == 0
        finally:
            producer.close()
