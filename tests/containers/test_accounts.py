"""Separate credentials, really asked for: what a service's own account may not do in the running deployment."""

from __future__ import annotations

import pytest

from tests.containers.compose import Deployment

pytestmark = [pytest.mark.containers, pytest.mark.timeout(600)]

MONGO = """
from shared.settings import Settings
from shared.store.connection import Store
from pymongo.errors import OperationFailure
store = Store(Settings.from_environment(), "members")
def answer(work):
    try:
        work()
        return "allowed"
    except OperationFailure as error:
        return error.details.get("codeName", str(error.code))
"""

KAFKA = """
from kafka import TopicPartition
from kafka.errors import KafkaError, NoError, for_code
from shared.bus import clients
from shared.settings import Settings
settings = Settings.from_environment()
def answer(work):
    try:
        work()
        return "allowed"
    except NoError:
        return "allowed"
    except KafkaError as error:
        return type(error).__name__
def write(topic):
    producer = clients.producer(settings, "members", "test")
    try:
        producer.send(settings.dead_letter_topic(topic), value=b"x").get(timeout=20)
    finally:
        producer.close(timeout=1)
def read(topic):
    raise for_code(clients.admin(settings, "members").describe_topics([topic])[0]["error_code"])
def read_in(group, topic):
    clients.consumer(settings, "members", group=group).committed(TopicPartition(topic, 0))
"""


def asked(khoi: Deployment, part: str, preface: str, question: str) -> str:
    """What a program in the container of a service gets for an answer, with the service's own account."""
    return khoi.run_in(part, "python", "-c", f"{preface}\nprint(answer(lambda: {question}))").strip()


class TestTheAccountOfMembers:
    """It reads and writes its own database and topics, and nothing of another service."""

    @pytest.mark.parametrize(
        ("question", "expected"),
        [
            ('store.database["organizations"].find_one()', "allowed"),
            ('store.client["khoi_reviews"]["cases"].find_one()', "Unauthorized"),
            ('store.client["khoi_reporting"]["cases"].insert_one({})', "Unauthorized"),
            ('store.client["khoi_reviews"].list_collection_names()', "Unauthorized"),
            ('store.database.command("createUser", "x", pwd="x", roles=["readWrite"])', "Unauthorized"),
            ("store.client.list_database_names()", "Unauthorized"),
        ],
    )
    def test_at_mongodb(self, khoi, question, expected):
        assert asked(khoi, "members-web", MONGO, question) == expected

    @pytest.mark.parametrize(
        ("question", "expected"),
        [
            ('write("members")', "allowed"),
            ('write("reviews")', "TopicAuthorizationFailedError"),
            ('read(settings.topic("reviews"))', "allowed"),
            ('read(settings.topic("notifications"))', "TopicAuthorizationFailedError"),
            ('read_in(settings.group("reporting"), settings.topic("reviews"))', "GroupAuthorizationFailedError"),
            ('clients.admin(settings, "members").delete_topics([settings.topic("members")])',
             "TopicAuthorizationFailedError"),
            ('clients.admin(settings, "members").create_topics({"khoi.members.more": {}})',
             "TopicAuthorizationFailedError"),
        ],
    )  # fmt: skip
    def test_at_kafka(self, khoi, question, expected):
        assert asked(khoi, "members-worker", KAFKA, question) == expected

    @pytest.mark.parametrize("part", ["members-web", "members-worker", "reporting-worker"])
    def test_no_container_has_the_password_of_another_service(self, khoi, part):
        service, kind = part.split("-")
        passwords = {f"mongo-{service}"} | ({f"kafka-{service}"} if kind == "worker" else set())
        sealing = {"field-keys"} if service == "members" else set()
        found = set(khoi.run_in(part, "ls", "/run/secrets").split())
        assert found == passwords | sealing | {"ca.crt", "service.crt", "service.key"}


class TestStrangers:
    """Without an account, or without TLS, nobody gets anything from the servers."""

    def test_mongodb_asks_everybody_who_they_are(self, khoi):
        code = """
import os, pymongo
client = pymongo.MongoClient(os.environ["MONGODB_URL"], tls=True, tlsCAFile="/run/secrets/ca.crt")
try:
    print(client["khoi_members"]["members"].find_one())
except pymongo.errors.OperationFailure as error:
    print(error.details["codeName"])
"""
        assert khoi.run_in("members-web", "python", "-c", code).strip() == "Unauthorized"

    def test_a_wrong_password_is_refused_by_kafka(self, khoi):
        code = """
import msgspec, pathlib
from kafka.errors import KafkaError
from shared.bus import clients
from shared.settings import Settings
pathlib.Path("/tmp/kafka-members").write_text("wrong")
settings = msgspec.structs.replace(Settings.from_environment(), secrets=pathlib.Path("/tmp"))
try:
    clients.admin(settings, "members")
    print("allowed")
except KafkaError as error:
    print("refused")
"""
        assert khoi.run_in("members-worker", "python", "-c", code).strip() == "refused"

    @pytest.mark.parametrize(("part", "port"), [("mongo", 27017), ("kafka", 9092), ("members-web", 8000)])
    def test_every_part_shows_a_certificate_of_our_own_authority(self, khoi, part, port):
        code = f"""
import socket, ssl
context = ssl.create_default_context(cafile="/run/secrets/ca.crt")
with socket.create_connection(("{part}", {port}), timeout=10) as plain:
    with context.wrap_socket(plain, server_hostname="{part}") as secured:
        print(secured.version())
"""
        assert khoi.run_in("members-web", "python", "-c", code).strip() in {"TLSv1.2", "TLSv1.3"}

    def test_the_gateway_reaches_neither_mongodb_nor_kafka(self, khoi):
        for name in ("mongo", "kafka"):
            with pytest.raises(RuntimeError):
                khoi.run_in("gateway", "getent", "hosts", name)
