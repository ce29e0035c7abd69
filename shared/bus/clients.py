"""Kafka clients with the settings this project relies on. Make them after fork; none is shared by threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.net.compat import KafkaNetClient

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
        **_security(settings, service),
    }


def _security(settings: Settings, service: str) -> dict[str, Any]:
    """Sign in as *service* where the deployment has passwords; trust its own authority where it has one."""
    password = settings.password("kafka", service)
    kinds = {
        (False, False): "PLAINTEXT",
        (False, True): "SSL",
        (True, False): "SASL_PLAINTEXT",
        (True, True): "SASL_SSL",
    }
    found: dict[str, Any] = {"security_protocol": kinds[password is not None, settings.tls_ca is not None]}
    if password is not None:
        found["sasl_mechanism"] = "SCRAM-SHA-512"
        found["sasl_plain_username"] = settings.user(service)
        found["sasl_plain_password"] = password
    if settings.tls_ca is not None:
        found["ssl_cafile"] = str(settings.tls_ca)
    return found


def _built(kind: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Make a client; when no broker answers, end the thread and the sockets it has begun with.

    kafka-python leaves both behind when its constructor raises, and an outage makes many attempts.
    """
    begun: list[Any] = []

    def network(**settings: Any) -> Any:
        client = KafkaNetClient(**settings)
        # kafka-python keeps the option from the metadata it asks for: a broker that lost a topic would make it
        # anew for a consumer or producer that merely looks, with its own partitions and retention.
        client.cluster.config["allow_auto_create_topics"] = False
        begun.append(client)
        return client

    try:
        return kind(**options, kafka_client=network)
    except BaseException:
        for client in begun:
            client.close()
            client._manager._net.stop()  # noqa: SLF001 -- what the library's own close() would do
        raise


def admin(settings: Settings, service: str) -> Any:
    """Return an admin client; raises KafkaError when no broker answers in time."""
    return _built(KafkaAdminClient, {**_common(settings, service, "admin"), "request_timeout_ms": REQUEST_MS})


def producer(settings: Settings, service: str, role: str, *, linger_ms: int = 5) -> Any:
    """Return an idempotent producer that waits for all in-sync replicas and never creates a topic.

    No ``transactional_id``: exactly-once comes from outbox and inbox, not from the broker's transactions.
    """
    return _built(
        KafkaProducer,
        {
            **_common(settings, service, role),
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": linger_ms,
            "batch_size": 64 * 1024,
            "request_timeout_ms": REQUEST_MS,
            "delivery_timeout_ms": DELIVERY_MS,
            "max_block_ms": REQUEST_MS,
            "allow_auto_create_topics": False,
        },
    )


def consumer(settings: Settings, service: str, *, group: str | None, **more: Any) -> Any:
    """Return a consumer from the earliest offset that commits only when told; *group* None only assigns."""
    options: dict[str, Any] = {
        **_common(settings, service, "consumer" if group else "replay"),
        "group_id": group,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "allow_auto_create_topics": False,
        "request_timeout_ms": 30_000,
        **more,
    }
    if group is not None:
        options["session_timeout_ms"] = settings.session_timeout_ms
        options["heartbeat_interval_ms"] = min(3_000, settings.session_timeout_ms // 3)
    return _built(KafkaConsumer, options)
