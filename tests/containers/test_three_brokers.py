"""Three brokers: what was acknowledged is there although one of them is killed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.containers.compose import Deployment, deployment, docker
from tests.support.servers import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

PATIENTLY = """
import sys, time
from kafka import TopicPartition
from kafka.errors import KafkaError
from shared.bus import clients
from shared.settings import Settings
settings = Settings.from_environment()
def made(client):
    # who asks the broker that is gone first waits for it in vain and tries again, as the services do
    for _ in range(40):
        try:
            return client()
        except KafkaError as error:
            print(error, file=sys.stderr)
            time.sleep(1)
"""

WRITE = f"""{PATIENTLY}
producer = made(lambda: clients.producer(settings, "members", "test"))
for number in range(int(sys.argv[1]), int(sys.argv[2])):
    future = producer.send(settings.dead_letter_topic("members"), value=str(number).encode(), key=str(number).encode())
    try:
        future.get(timeout=40)
        print(number, flush=True)
    except Exception as error:
        print("lost", number, error, file=sys.stderr)
"""

READ = f"""{PATIENTLY}
consumer = made(lambda: clients.consumer(settings, "khoi", group=None))
topic = settings.dead_letter_topic("members")
parts = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
consumer.assign(parts)
consumer.seek_to_beginning(*parts)
ends = consumer.end_offsets(parts)
while any(consumer.position(part) < end for part, end in ends.items()):
    for records in consumer.poll(timeout_ms=500).values():
        for record in records:
            print(record.value.decode())
"""


@pytest.fixture(scope="module")
def khoi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Three brokers with TLS, a database, the prepare step and one worker; nothing else is needed."""
    files = (
        *("compose.yaml", "compose.kafka3.yaml", "compose.tls.yaml"),
        *("compose.kafka3-tls.yaml", "compose.trial.yaml"),
    )
    needed = ("kafka", "kafka-2", "kafka-3", "mongo", "prepare", "members-worker")
    with deployment(
        tmp_path_factory.mktemp("three"), files=files, only=needed, KAFKA_HEAP_OPTS="-Xms96m -Xmx256m"
    ) as running:
        eventually(lambda: running.status("prepare").startswith("Exited (0)"), within=400, every=1)
        yield running


class TestAKilledBroker:
    """Two of three acknowledge every event, so one may go at any moment."""

    def test_nothing_acknowledged_is_lost_and_writing_goes_on(self, khoi):
        before = khoi.run_in("members-worker", "python", "-c", WRITE, "0", "50", within=300).split()
        docker("kill", khoi.containers["kafka-2"])
        after = khoi.run_in("members-worker", "python", "-c", WRITE, "50", "100", within=300).split()
        acknowledged = {*before, *after}
        assert len(before) == len(after) == 50
        read = khoi.compose("run", "--rm", "--entrypoint", "python", "khoi", "-c", READ, within=300).split()
        assert set(read) == acknowledged

    def test_topics_are_on_three_and_need_two(self, khoi):
        code = f"""{PATIENTLY}
for topic in made(lambda: clients.admin(settings, "members")).describe_topics([settings.topic("members")]):
    print({{len(part["replica_nodes"]) for part in topic["partitions"]}})
"""
        assert khoi.run_in("members-worker", "python", "-c", code, within=300).strip() == "{3}"
