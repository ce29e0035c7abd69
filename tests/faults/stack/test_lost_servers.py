"""The broker and the database killed under a whole stack while people work; and every event delivered again."""

from collections.abc import Mapping
from typing import Any

import pytest
from kafka import OffsetAndMetadata, TopicPartition

from deploy.demo.history import STORIES
from deploy.process import SERVICES
from deploy.stack.parts import BROKER, MONGO
from shared.bus import clients
from tests.faults.stack.traffic import traffic
from tests.support.agreement import depths, everything_agrees
from tests.support.bus import REFUSED_CONNECTIONS
from tests.support.servers import eventually
from tests.support.stacks import CONSUMES, Khoi

pytestmark = [pytest.mark.faults, REFUSED_CONNECTIONS]


class TestEmptyBroker:
    """A broker that lost every topic is filled again from the outboxes while commands go on."""

    def test_killed_and_replaced(self, khoi: Khoi) -> None:
        if BROKER not in khoi.stack.names:
            pytest.skip("KAFKA_BOOTSTRAP_SERVERS names a broker that others use too")
        with traffic(khoi, khoi.cells[3:]) as people:
            people.is_under_way(commands=10)
            khoi.stack.kill(BROKER)
            people.is_under_way(commands=10)  # commands do not need it
            khoi.stack.start_part(BROKER)
        everything_agrees(khoi)


class TestDatabaseAway:
    """Mongo dies by SIGKILL and comes back: what was acknowledged is there, the rest is done when it is back."""

    def test_killed_and_back(self, khoi: Khoi) -> None:
        if MONGO not in khoi.stack.names:
            pytest.skip("MONGODB_URL names a server that others use too")
        with traffic(khoi, khoi.cells) as people:
            people.is_under_way(commands=10)
            khoi.stack.kill(MONGO)
            khoi.stack.start_part(MONGO)
            people.is_under_way(commands=10)
        everything_agrees(khoi)


class TestDeliveredAgain:
    """Every topic published again from its beginning and read again from its beginning changes nothing."""

    def test_changes_nothing(self, khoi: Khoi) -> None:
        khoi.tell(khoi.cells[0], STORIES[0])
        everything_agrees(khoi)
        before = standing(khoi)
        workers = [f"{service}-worker" for service in SERVICES]
        for worker in workers:
            khoi.stack.stop(worker)  # a killed one would stay in its group for a while
        for service in SERVICES:
            khoi.stores[service].collection("relay").update_many({}, {"$set": {"position": 0}})
            rewind(khoi, service)
        for worker in workers:
            khoi.stack.start_part(worker, wait=False)
        eventually(lambda: depths(khoi) == {}, within=60, every=0.1)
        eventually(lambda: all(has_read_all(khoi, service) for service in SERVICES), within=60, every=0.3)
        assert standing(khoi) == before
        everything_agrees(khoi)


AUDIT_STREAM = "-audit#"
"""Chains come at their own pace, some seconds behind: what has arrived of them says nothing of the events."""


def standing(khoi: Khoi) -> Mapping[str, Any]:
    """What readers see: figures, the register, the inboxes; and how far each log goes."""
    found: dict[str, Any] = {"figures": khoi.report(khoi.root["id"])["figures"]}
    for service, names in {
        "members": ("members", "ledger", "inbox"),
        "reviews": ("cases", "roster", "tree", "ledger", "inbox"),
        "notifications": ("messages", "ledger", "inbox"),
        "reporting": ("cases", "organizations", "ledger", "inbox"),
    }.items():
        for name in names:
            documents = khoi.stores[service].collection(name).find()
            found[f"{service}.{name}"] = {
                str(document["_id"]): document
                for document in documents
                if AUDIT_STREAM not in str(document["_id"])
            }
    return found


def rewind(khoi: Khoi, service: str) -> None:
    """Commit offset 0 of everything for the stopped consumer's group."""
    parts = partitions(khoi, service)
    member = clients.consumer(khoi.stack.settings, "test", group=khoi.stack.settings.group(service))
    try:
        member.assign(parts)
        member.commit({part: OffsetAndMetadata(0, "", -1) for part in parts}, timeout_ms=5_000)
    finally:
        member.close()


def has_read_all(khoi: Khoi, service: str) -> bool:
    """Whether the group's offsets stand at the ends of its topics."""
    parts = partitions(khoi, service)
    member = clients.consumer(khoi.stack.settings, "test", group=khoi.stack.settings.group(service))
    try:
        member.assign(parts)
        ends = member.end_offsets(parts)
        # The embedded broker gives the first offset of the last batch for the end.
        return all((member.committed(part) or 0) >= ends[part] for part in parts)
    finally:
        member.close()


def partitions(khoi: Khoi, service: str) -> list[TopicPartition]:
    """Every partition that the service reads."""
    settings = khoi.stack.settings
    return [
        TopicPartition(settings.topic(source), number)
        for source in CONSUMES[service]
        for number in range(settings.topic_partitions)
    ]
