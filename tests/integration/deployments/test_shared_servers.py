"""Two deployments, two Khối, on one Kafka and one MongoDB: nothing of the one is found at the other."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pymongo
import pytest
import requests
from kafka import TopicPartition

from deploy.process import SERVICES, definition
from deploy.stack.stack import Stack
from shared.bus import clients, topics
from tests.support.servers import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

CARD = "097000012345"
"""Both Khối have a member with this card: numbers are unique within a deployment only."""


@dataclass(frozen=True)
class Deployed:
    """One deployment, and the one member of its one cell."""

    stack: Stack
    organization: str
    member: str

    @property
    def khoi_id(self) -> str:
        return self.stack.settings.khoi_id

    @property
    def ids(self) -> frozenset[str]:
        """What only this deployment may know."""
        return frozenset({self.organization, self.member})

    def token(self) -> str:
        grant = {"role": "organizing_board", "organization": "*"}
        return self.stack.token(f"board of {self.khoi_id}", grants=[grant])

    def ask(self, service: str, path: str, *, token: str) -> requests.Response:
        bearer = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.stack.api(service)}/{path}", headers=bearer, timeout=20)


def registered(stack: Stack) -> Deployed:
    """Register the Khối, which is one cell, and its member."""
    grant = {"role": "organizing_board", "organization": "*"}
    bearer = {"Authorization": f"Bearer {stack.token('board', grants=[grant])}"}

    def post(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {**bearer, "Idempotency-Key": secrets.token_hex(8)}
        answer = requests.post(f"{stack.api('members')}/{path}", json=body, headers=headers, timeout=20)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    root = post(
        "organizations",
        {"name": "Đảng bộ Khối", "level": "dang_bo_khoi", "on": "2010-01-04", "is_cell": False},
    )
    cell = post(
        "organizations",
        {
            "name": "Chi bộ",
            "level": "chi_bo_co_so",
            "on": "2010-01-04",
            "is_cell": True,
            "parent_id": root["id"],
        },
    )
    member = post(
        "members",
        {
            "full_name": "Nguyễn Văn A",
            "gender": "male",
            "admitted_on": "2009-03-02",
            "official_on": "2010-03-02",
            "cell_id": cell["id"],
            "since": "2010-02-01",
            "card_number": CARD,
        },
    )
    return Deployed(stack, cell["id"], member["id"])


@pytest.fixture(scope="module")
def shared_servers(mongodb_url, kafka_bootstrap) -> dict[str, str]:
    return {**os.environ, "MONGODB_URL": mongodb_url, "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap}


@pytest.fixture(scope="module")
def both(shared_servers) -> Iterator[tuple[Deployed, Deployed]]:
    """Two Khối whose ids begin alike, each with its own issuer, when all they say has arrived."""
    name = f"t{secrets.token_hex(4)}"
    with (
        Stack(khoi_id=name, environment=shared_servers) as one,
        Stack(khoi_id=f"{name}-2", environment=shared_servers) as other,
    ):
        two = registered(one), registered(other)
        for each in two:
            for service in ("reviews", "notifications", "reporting"):
                eventually(lambda each=each, service=service: has_caught_up(each, service), within=180)
        yield two
        with pymongo.MongoClient(shared_servers["MONGODB_URL"]) as client:
            for each in two:
                for service in SERVICES:
                    client.drop_database(each.stack.settings.database(service))


def has_caught_up(deployed: Deployed, service: str) -> bool:
    """Whether the service has applied every event of members."""
    token = deployed.token()
    produced = deployed.ask("members", "progress", token=token).json()["produced"]
    applied = deployed.ask(service, "progress", token=token).json()["applied"]
    reached = applied.get("members", {"events": 0})["events"]
    assert produced == reached, f"{service}: {reached} of {produced}"
    return bool(produced >= 3)


def everything_in(deployed: Deployed) -> str:
    """The text of every document in every database of the deployment."""
    with pymongo.MongoClient(deployed.stack.mongodb_url) as client:
        return "\n".join(
            repr(document)
            for service in SERVICES
            for name in client[deployed.stack.settings.database(service)].list_collection_names()
            for document in client[deployed.stack.settings.database(service)][name].find()
        )


def everything_on_the_topics_of(deployed: Deployed) -> str:
    """The text of every record of every topic of the deployment."""
    settings = deployed.stack.settings
    consumer = clients.consumer(settings, "test", group=None)
    try:
        parts = [
            TopicPartition(topic, number)
            for service in SERVICES
            for topic in topics.of_service(settings, service)
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        ends = consumer.end_offsets(parts)
        read: list[str] = []
        while any(consumer.position(part) < end for part, end in ends.items()):
            for records in consumer.poll(timeout_ms=300).values():
                read += [f"{record.headers} {record.value!r}" for record in records]
        return "\n".join(read)
    finally:
        consumer.close()


class TestTwoDeployments:
    """They share servers and nothing else."""

    def test_each_has_its_own_data(self, both):
        one, other = both
        for mine, theirs in ((one, other), (other, one)):
            kept = everything_in(mine)
            assert [each for each in mine.ids if each not in kept] == []
            assert [each for each in theirs.ids if each in kept] == []

    def test_each_has_its_own_events(self, both):
        one, other = both
        for mine, theirs in ((one, other), (other, one)):
            said = everything_on_the_topics_of(mine)
            assert [each for each in mine.ids if each not in said] == []
            assert [each for each in theirs.ids if each in said] == []
            assert f"/khoi/{theirs.khoi_id}/" not in said

    def test_no_name_of_the_one_is_a_name_of_the_other(self, both):
        names = [
            {
                name
                for service in SERVICES
                for name in (
                    each.stack.settings.database(service),
                    each.stack.settings.group(service),
                    each.stack.settings.user(service),
                    *topics.of_service(each.stack.settings, service),
                )
            }
            for each in both
        ]
        assert names[0] & names[1] == set()

    def test_each_group_reads_the_topics_of_its_own_deployment(self, both):
        for each in both:
            settings = each.stack.settings
            admin = clients.admin(settings, "test")
            try:
                for service in SERVICES:
                    offsets = admin.list_group_offsets({settings.group(service): None})
                    read = {part.topic for found in offsets.values() for part in found}
                    made = definition(service)
                    sources = (*made.consumes, *map(topics.audit_log, made.keeps_audit_of))
                    assert read <= {settings.topic(source) for source in sources}
                    assert service == "members" or settings.topic("members") in read
            finally:
                admin.close()

    def test_a_token_of_the_one_opens_nothing_at_the_other(self, both):
        one, other = both
        for mine, theirs in ((one, other), (other, one)):
            for service in SERVICES:
                assert mine.ask(service, "progress", token=mine.token()).status_code == 200
                assert mine.ask(service, "progress", token=theirs.token()).status_code == 401

    def test_a_record_of_the_one_is_not_there_at_the_other(self, both):
        one, other = both
        found = other.ask("members", f"members/{one.member}", token=other.token())
        assert found.status_code == 404
