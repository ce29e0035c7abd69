"""Servers and waiting, for every test that goes over real sockets."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from deploy.kafka.server import KafkaServer
from deploy.stack.servers import BrokerServer, MongoServer

T = TypeVar("T")


def eventually(condition: Callable[[], T], *, within: float = 15.0, every: float = 0.05) -> T:
    """Ask until the answer is truthy and return it; AssertionError once ``within`` seconds have passed.

    An AssertionError of the condition counts as "not yet", and the last one is shown at the end.
    """
    deadline = time.monotonic() + within
    while True:
        refusal: AssertionError | None = None
        answer = None
        try:
            answer = condition()
        except AssertionError as error:
            refusal = error
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within} s: {refusal or repr(answer)}") from refusal
        time.sleep(every)


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="module")
def mongodb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """MONGODB_URL where given from outside, else an embedded server for the module.

    One for the whole session would pile up the databases of a thousand tests, which the embedded server bears badly.
    """
    given = os.environ.get("MONGODB_URL")
    if given:
        yield given
        return
    with MongoServer(tmp_path_factory.mktemp("mongo")) as server:
        yield server.url
        server.kill()  # nobody needs its data, and closing them neatly takes seconds


@pytest.fixture(scope="session")
def kafka_bootstrap(servers_folder: Path) -> Iterator[str]:
    """KAFKA_BOOTSTRAP_SERVERS where given from outside, else an embedded broker for the session."""
    given = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if given:
        yield given
        return
    with BrokerServer(servers_folder / "broker") as server:
        yield server.url


@pytest.fixture
def deployment() -> str:
    """A KHOI_ID nobody else uses: databases, topics and groups of this test carry it as their prefix."""
    return f"t{secrets.token_hex(5)}"


@pytest.fixture
def own_mongo(tmp_path: Path) -> Iterator[MongoServer]:
    """A Mongo-wire server of this test alone, to be killed and started again."""
    with MongoServer(tmp_path / "own-mongo") as server:
        yield server


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[BrokerServer | KafkaServer]:
    """A broker of this test alone; killed and started again it is empty. Real Kafka with KHOI_OWN_BROKER=kafka."""
    folder = tmp_path / "own-broker"
    real = os.environ.get("KHOI_OWN_BROKER") == "kafka"
    with KafkaServer(folder, forgets=True) if real else BrokerServer(folder) as server:
        yield server
