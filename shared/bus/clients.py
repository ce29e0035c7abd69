"""Kafka clients with the settings this project relies on. Make them after fork; none is shared by threads."""

from __future__ import annotations

from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from shared.settings import Settings

BOOTSTRAP_MS = 5_000
"""How long making a client may take before it raises: the caller waits and tries again."""
REQUEST_MS = 10_000
DELIVERY_MS = 30_000
"""The outbox is the retry of the relay, so the producer gives up early."""
METADATA_MAX_AGE_MS = 10_000


def _common(settings: Settings, service: str, role: str) -> dict[str, Any]:
    return {
        "bootstrap_servers": [part.strip() for part in settings.kafka_bootstrap_servers.split(",")],
        "client_id": f"{settings.khoi_id}-{service}-{role}",
        "bootstrap_timeout_ms": BOOTSTRAP_MS,
        "reconnect_backoff_max_ms": 1_000,
        "metadata_max_age_ms": METADATA_MAX_AGE_MS,
    }


def admin(settings: Settings, service: str) -> Any:
    """Return an admin client; raises KafkaError when no broker answers in time."""
    return KafkaAdminClient(**_common(settings, service, "admin"), request_timeout_ms=REQUEST_MS)


def producer(settings: Settings, service: str, role: str, *, linger_ms: int = 5) -> Any:
    """Return an idempotent producer that waits for all in-sync replicas and never creates a topic.

    No ``transactional_id``: exactly-once comes from outbox and inbox, not from the broker's transactions.
    """
    return KafkaProducer(
        **_common(settings, service, role),
        acks="all",
        enable_idempotence=True,
        linger_ms=linger_ms,
        batch_size=64 * 1024,
        request_timeout_ms=REQUEST_MS,
        delivery_timeout_ms=DELIVERY_MS,
        max_block_ms=REQUEST_MS,
        allow_auto_create_topics=False,
    )


def consumer(settings: Settings, service: str, *, group: str | None, **more: Any) -> Any:
    """Return a consumer from the earliest offset that commits only when told; *group* None only assigns."""
    joined: dict[str, Any] = {"group_id": group}
    if group is not None:
        joined["session_timeout_ms"] = settings.session_timeout_ms
        joined["heartbeat_interval_ms"] = min(3_000, settings.session_timeout_ms // 3)
    return KafkaConsumer(
        **_common(settings, service, "consumer" if group else "replay"),
        **joined,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        allow_auto_create_topics=False,
        request_timeout_ms=30_000,
        **more,
    )
