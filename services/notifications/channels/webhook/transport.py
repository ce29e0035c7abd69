"""POST to a registered target: signed, dated, to the very address that was checked, never along a redirect."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from kafka.errors import KafkaError

from services.notifications.channels.webhook import NAME
from services.notifications.channels.webhook.signing import headers
from services.notifications.documents import Delivery, Webhook
from services.notifications.domain.recipients import message_id
from services.notifications.domain.targets import (
    NotAllowedError,
    Target,
    pinned,
    read_allowed,
    read_target,
)
from services.notifications.sending import AwayError, NotNowError, RefusedError, Sending
from services.notifications.sent_log import Logs, SentLog
from services.notifications.texts import rendered, values_outside
from services.notifications.webhooks import secrets_in_use
from shared.bus.failpoints import reached
from shared.bus.topics import TopicsMissingError
from shared.service import Job, Runtime

if TYPE_CHECKING:
    from urllib3 import HTTPConnectionPool

LIMIT_SECONDS = 10.0
_GONE = 410


def delivery_id(message: str, target: str) -> str:
    """Return the id under which *message* goes to *target*, however often: its receiver knows a repetition by it."""
    return message_id(f"webhook:{message}", target)


def resolved(host: str, port: int) -> list[str]:
    """Return every address that *host* stands for; none when the name is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class WebhookLine:
    """Sends each delivery to its own target."""

    def __init__(self, runtime: Runtime, log: SentLog) -> None:
        """Send for *runtime*'s deployment what is not in *log*."""
        self._runtime = runtime
        self._log = log

    def send(self, delivery: Delivery) -> None:
        """POST one delivery, unless its target took it before; raise RefusedError, NotNowError or AwayError."""
        try:
            if self._log.has(delivery):
                return
        except (KafkaError, TopicsMissingError) as error:
            raise AwayError("sent_log") from error
        raw = self._runtime.store.collection("webhooks").find_one({"_id": delivery.recipient})
        if raw is None or not raw["active"]:
            raise RefusedError("target_removed")
        webhook: Webhook = Webhook.from_document(raw)
        body = self._body(delivery)
        now = self._runtime.clock.now()
        signed = headers(secrets_in_use(webhook, now), int(now.timestamp()), body)
        try:
            target = read_target(str(webhook.url))
            address = pinned(
                target,
                resolved(target.host, target.port),
                read_allowed(self._runtime.settings.webhook_allowed),
            )
        except NotAllowedError as error:
            # A name that is not known may come back; what is not allowed stays so until an operator acts.
            kind = NotNowError if str(error) == "name_unknown" else RefusedError
            raise kind(str(error)) from error
        self._post(target, address, body, {**signed, "Khoi-Delivery": str(delivery.id)})
        reached("notifications.after-acceptance", self._runtime.settings)
        self._log.note(delivery)

    def _body(self, delivery: Delivery) -> bytes:
        settings = self._runtime.settings
        values = values_outside(settings, str(delivery.message_id), required=False)
        event = ".".join(str(delivery.event_type).split(".")[2:4])
        text = rendered(NAME, event, values, own=settings.notification_templates)
        said: dict[str, Any] = {
            "id": str(delivery.id),
            "title": text[".jinja:title"],
            "see": values["see"],
            "at": delivery.created_at,
        }
        return msgspec.json.encode(said)

    def _post(self, target: Target, address: str, body: bytes, signed: Mapping[str, str]) -> None:
        from urllib3.exceptions import HTTPError  # noqa: PLC0415 -- loaded with the first webhook

        default = target.port == (443 if target.secure else 80)
        host = target.host if default else f"{target.host}:{target.port}"
        sent = {"Host": host, "Content-Type": "application/json", "User-Agent": "khoi", **signed}
        pool = _pool(target, address)
        try:
            answer = pool.urlopen(
                "POST", target.path, body=body, headers=sent, redirect=False, retries=False, assert_same_host=False,
                preload_content=False,
            )  # fmt: skip
            status = answer.status
            answer.release_conn()
        except (HTTPError, OSError) as error:
            raise NotNowError(f"unreachable_{type(error).__name__}") from error
        finally:
            pool.close()
        if status == _GONE:
            raise RefusedError("answered_410")
        if not 200 <= status < 300:  # noqa: PLR2004 -- HTTP's class of success
            raise NotNowError(f"answered_{status}")


def _pool(target: Target, address: str) -> HTTPConnectionPool:
    """Return connections to *address* alone; over TLS the certificate must be that of the target's name."""
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout  # noqa: PLC0415 -- with the first webhook

    timeout = Timeout(total=LIMIT_SECONDS)
    if not target.secure:
        return HTTPConnectionPool(address, target.port, timeout=timeout)
    return HTTPSConnectionPool(
        address,
        target.port,
        timeout=timeout,
        ssl_context=ssl.create_default_context(),
        server_hostname=target.host,
        assert_hostname=target.host,
    )


def _ids(delivery: Delivery) -> list[str]:
    causes = list(delivery.causes)
    return [delivery_id(cause, str(delivery.recipient)) for cause in causes] or [str(delivery.id)]


LOG = "webhooks-sent"
SENT_LOGS = Logs(LOG, _ids)


@contextmanager
def _line(runtime: Runtime) -> Iterator[WebhookLine]:
    yield WebhookLine(runtime, SENT_LOGS.of(runtime))


_SENDING = Sending(NAME, _line)


def send_due(runtime: Runtime) -> None:
    """Send the webhooks that are due, when the deployment allows any target."""
    if runtime.settings.webhook_allowed:
        _SENDING.run(runtime)


WEBHOOK = Job(name="webhooks", every_seconds=5, run=send_due)
"""What the worker does for this channel."""
