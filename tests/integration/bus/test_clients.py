"""Clients of a broker that is not there."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from kafka.errors import KafkaError

from deploy.stack.servers import free_ports
from shared.bus import clients
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
