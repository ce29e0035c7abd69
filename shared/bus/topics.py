"""Topics: created explicitly, with the settings of the deployment; their ids tell when one was recreated."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaError, TopicAlreadyExistsError

from shared.bus import clients
from shared.settings import Settings

DEADLINE_SECONDS = 30.0


class TopicsMissingError(RuntimeError):
    """The broker did not give us the topics in time; the message names them."""


_AUDIT = "-audit"


def audit_log(service: str) -> str:
    """Return the name under which the audit chain of *service* is a source of events and has its topic."""
    return f"{service}{_AUDIT}"


def of_service(settings: Settings, service: str) -> tuple[str, str, str]:
    """Return the topics that *service* owns: its events, its audit chain and its dead letters."""
    return settings.topic(service), settings.topic(audit_log(service)), settings.dead_letter_topic(service)


def _partitions(settings: Settings, name: str) -> int:
    """Return how many partitions a topic has: a log beside a service's events is one stream, more would stay empty."""
    log = name.removeprefix(f"{settings.khoi_id}.").removesuffix(".events")
    return 1 if "-" in log and name.endswith(".events") else settings.topic_partitions


def topic_ids(admin: Any, names: Iterable[str]) -> dict[str, str]:
    """Return the id of every one of *names* that exists; raises KafkaError."""
    return {
        str(found["name"]): str(found["topic_id"])
        for found in admin.describe_topics(list(names))
        if found["error_code"] == 0
    }


def _is_ready(topic: dict[str, Any]) -> bool:
    partitions = topic["partitions"]
    return (
        topic["error_code"] == 0
        and bool(partitions)
        and all(part["error_code"] == 0 and part["leader_id"] >= 0 for part in partitions)
    )


def holds_beginning(settings: Settings, service: str, topic: str) -> bool:
    """Say whether *topic* still holds the first record of every partition; raises KafkaError.

    A missing topic does: it is made anew, and its owner's relay fills it from the outbox.
    """
    reader = clients.consumer(settings, service, group=None)
    try:
        partitions = [TopicPartition(topic, number) for number in reader.partitions_for_topic(topic) or ()]
        beginnings = reader.beginning_offsets(partitions) if partitions else {}
        return not any(beginnings.values())
    finally:
        reader.close()


def delete(settings: Settings, service: str) -> None:
    """Delete the events topic of *service*: its relay makes it anew and fills it from the outbox.

    Raises KafkaError.
    """
    admin = clients.admin(settings, service)
    try:
        admin.delete_topics([settings.topic(service)])
    finally:
        admin.close()


def create_missing(
    admin: Any, settings: Settings, names: Iterable[str], *, within: float = DEADLINE_SECONDS
) -> dict[str, str]:
    """Create those of *names* that are missing, wait until all have leaders, and return their ids.

    Raises TopicsMissingError after *within* seconds, KafkaError when the broker refuses.
    """
    wanted = list(names)
    deadline = time.monotonic() + within
    while True:
        found = {str(topic["name"]): topic for topic in admin.describe_topics(wanted)}
        if all(name in found and _is_ready(found[name]) for name in wanted):
            return {name: str(found[name]["topic_id"]) for name in wanted}
        for name in wanted:
            if name not in found or found[name]["error_code"] != 0:
                _create(admin, settings, name)
        if time.monotonic() >= deadline:
            raise TopicsMissingError(f"the broker has no leader yet for {', '.join(wanted)}")
        time.sleep(0.05)


def _create(admin: Any, settings: Settings, name: str) -> None:
    specification = {
        "num_partitions": _partitions(settings, name),
        "replication_factor": settings.topic_replication,
        "configs": {
            "cleanup.policy": "delete",
            # A new read model starts from the first event, so the log is kept whole.
            "retention.ms": "-1",
            # The broker's clock, whatever a relay's says: a broker refuses records from more than an hour ahead.
            "message.timestamp.type": "LogAppendTime",
            "min.insync.replicas": str(settings.min_insync_replicas),
        },
    }
    try:
        admin.create_topics({name: specification})
    except TopicAlreadyExistsError:
        return  # another process was quicker, which is as good


def ensure(
    settings: Settings, service: str, names: Iterable[str] | None = None, *, within: float = DEADLINE_SECONDS
) -> dict[str, str]:
    """Create the topics of *service* (or *names*) where missing and return their ids; safe to repeat.

    Waits for the broker up to *within* seconds; raises TopicsMissingError.
    """
    wanted = list(of_service(settings, service) if names is None else names)
    deadline = time.monotonic() + within
    while True:
        try:
            admin = clients.admin(settings, service)
            try:
                return create_missing(admin, settings, wanted, within=deadline - time.monotonic())
            finally:
                admin.close()
        except KafkaError as error:
            if time.monotonic() >= deadline:
                raise TopicsMissingError(f"the broker gave no {', '.join(wanted)}: {error}") from error
            time.sleep(0.2)
