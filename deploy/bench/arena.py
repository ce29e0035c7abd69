"""Where all benchmarks of a run are measured: one Mongo-wire and one Kafka-wire server for both sides.

``MONGODB_URL`` and ``KAFKA_BOOTSTRAP_SERVERS`` from outside win over the embedded servers.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import msgspec
import pymongo
from prometheus_client import Counter

from deploy.stack.parts import SESSION_TIMEOUT_MS
from deploy.stack.servers import BrokerServer, MongoServer
from shared.bus.worker import Worker
from shared.settings import Settings

STOP_SECONDS = 15.0


class Arena(msgspec.Struct, frozen=True, kw_only=True):
    """The servers of one run and how often each pair is measured."""

    mongodb_url: str
    kafka_bootstrap_servers: str
    servers: str
    """What the servers are, in words for the page."""
    folder: Path
    repeats: int
    scale: float
    """1 measures the sizes of the targets; less is for trying a benchmark out."""
    say: Callable[[str], None]
    rebuild_events: int = 100_000
    """Events of which a read model is rebuilt."""

    def sized(self, count: int, *, least: int = 1) -> int:
        """Return *count* at the scale of this run."""
        return max(least, int(count * self.scale))

    def deployment(self, *, topic_partitions: int = 6) -> Settings:
        """Return the settings of a new deployment: databases, topics and groups that nobody has used."""
        return Settings(
            khoi_id=f"b{secrets.token_hex(5)}",
            mongodb_url=self.mongodb_url,
            kafka_bootstrap_servers=self.kafka_bootstrap_servers,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            topic_partitions=topic_partitions,
            var=self.folder / "files",
        )

    def environment(self, khoi_id: str) -> dict[str, str]:
        """Return the environment of a stack of processes on these servers."""
        return {
            **os.environ,
            "KHOI_ID": khoi_id,
            "MONGODB_URL": self.mongodb_url,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers,
        }

    def forget(self, *deployments: Settings) -> None:
        """Drop the databases of deployments that are measured, so that the next pair meets a small server."""
        client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(self.mongodb_url)
        with client:
            for name in client.list_database_names():
                if any(name.startswith(f"{settings.khoi_id}_") for settings in deployments):
                    client.drop_database(name)

    @classmethod
    @contextmanager
    def opened(
        cls, *, repeats: int, scale: float, say: Callable[[str], None], rebuild_events: int = 100_000
    ) -> Iterator[Self]:
        """Start what is not given from outside; end it and remove its folder afterwards."""
        given_mongo = os.environ.get("MONGODB_URL")
        given_kafka = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="khoi-bench-")))
            mongo = given_mongo or stack.enter_context(MongoServer(folder / "mongo")).url
            kafka = given_kafka or stack.enter_context(BrokerServer(folder / "broker")).url
            yield cls(
                mongodb_url=mongo,
                kafka_bootstrap_servers=kafka,
                servers=", ".join(
                    (
                        "MONGODB_URL from outside" if given_mongo else "SecantusDB (embedded)",
                        "KAFKA_BOOTSTRAP_SERVERS from outside" if given_kafka else "Tansu (embedded)",
                    )
                ),
                folder=folder,
                repeats=repeats,
                scale=scale,
                say=say,
                rebuild_events=rebuild_events,
            )


@contextmanager
def at_work(worker: Worker) -> Iterator[Worker]:
    """Run a worker in a thread of its own; raise RuntimeError when it does not end well."""
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(worker.run()), name="worker")
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(STOP_SECONDS)
    if codes != [0]:
        raise RuntimeError(f"the worker of {worker.store.service} ended with {codes or 'no code in time'}")


def counted(counter: Counter, service: str) -> int:
    """Return how far one of the bus's counters stands for *service*, over all its other labels."""
    return int(
        sum(
            sample.value
            for metric in counter.collect()
            for sample in metric.samples
            if sample.name.endswith("_total") and sample.labels["service"] == service
        )
    )
