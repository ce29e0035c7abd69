"""``python -m tests.support.containers COMMAND...``: the command with MongoDB and Apache Kafka as containers.

Not testcontainers' ready-made modules: its Kafka needs ZooKeeper or a Confluent image, and its MongoDB is a
standalone server, which knows no transactions.
"""

import os
import subprocess
import sys

import pymongo
from testcontainers.core.container import DockerContainer

from deploy.kafka.libraries import version
from deploy.stack.pings import kafka_answers, mongo_answers, wait_until
from deploy.stack.servers import free_ports

MONGO_IMAGE = "mongo:8.0"
KAFKA_IMAGE = f"apache/kafka:{version()}"
START_SECONDS = 120.0


def mongo(port: int) -> DockerContainer:
    """A replica set of one; it knows itself by the same address as its clients, so the port is the same inside."""
    command = f"--replSet rs0 --bind_ip_all --port {port}"
    return DockerContainer(MONGO_IMAGE).with_command(command).with_bind_ports(port, port)


def kafka(port: int) -> DockerContainer:
    """One KRaft node that creates no topic by itself."""
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
    }.items():
        container.with_env(name, value)
    return container


def initiate(port: int) -> str:
    """Make the started server a replica set and return its URL; RuntimeError when it does not become primary."""
    direct = f"mongodb://localhost:{port}/?directConnection=true"

    def asked() -> bool:
        with pymongo.MongoClient(direct, serverSelectionTimeoutMS=2000) as client:
            try:
                client.admin.command(
                    "replSetInitiate", {"_id": "rs0", "members": [{"_id": 0, "host": f"localhost:{port}"}]}
                )
            except pymongo.errors.OperationFailure as error:
                return error.codeName == "AlreadyInitialized"
            except pymongo.errors.PyMongoError:
                return False
            return True

    url = f"mongodb://localhost:{port}/?replicaSet=rs0"
    if not wait_until(asked, within=START_SECONDS) or not wait_until(
        lambda: mongo_answers(url), within=START_SECONDS
    ):
        raise RuntimeError("MongoDB's replica set has no primary")
    return url


def main(command: list[str]) -> int:
    mongo_port, kafka_port = free_ports(2)
    with mongo(mongo_port), kafka(kafka_port):
        url = initiate(mongo_port)
        brokers = f"localhost:{kafka_port}"
        if not wait_until(lambda: kafka_answers(brokers), within=START_SECONDS):
            raise RuntimeError("Kafka does not answer")
        environment = {**os.environ, "MONGODB_URL": url, "KAFKA_BOOTSTRAP_SERVERS": brokers}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
