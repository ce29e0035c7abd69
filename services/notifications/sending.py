"""The sending loop (vòng gửi) of the worker: one for each channel that reaches outside.

For each delivery that is due, soonest first:

1. leave it for later if its recipient was sent enough within the hour;
2. take it in hand: move its ``next_try_at`` on by HOLD on the condition that nobody did so before
   (exactly one record must change). Whoever dies from here on leaves it due again after HOLD;
3. give it to the channel;
4. mark it: sent, failed, or due again later, with the event, in one transaction.

Killed within 3, before what was taken is noted (``sent_log``), the message goes out once more, under the same id
(``Message-ID``, ``Khoi-Delivery``); killed anywhere it is never lost.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from prometheus_client import Counter

from services.notifications import deliveries
from services.notifications.documents import Delivery
from services.notifications.domain.sending import has_failed, room_at, wait_after
from shared.access.actor import Context, system_actor
from shared.bus.failpoints import reached
from shared.service import Runtime
from shared.store.errors import VersionConflictError
from shared.store.unit_of_work import Transaction

_log = structlog.get_logger(__name__)
TRIES = Counter("khoi_deliveries", "Tries to send a message outside", ["channel", "outcome"])
"""``outcome``: ``sent``, ``refused`` for good, ``later``, or ``away`` when the channel's server does not answer."""
HOLD = timedelta(minutes=5)
"""Longer than any channel takes for one delivery."""
AWAY = timedelta(seconds=30)
BATCH = 50


class RefusedError(Exception):
    """The channel will never take this delivery; the message is the code of the reason."""


class NotNowError(Exception):
    """The channel did not take this delivery; later it may."""


class AwayError(Exception):
    """The channel itself is away: no other delivery would fare better, and it is no fault of this one."""


class Line(Protocol):
    """An open line to a channel's server."""

    def send(self, delivery: Delivery) -> None:
        """Return when the channel took *delivery*; raise RefusedError, NotNowError or AwayError."""


class Sending:
    """Sends what is due on one channel; what it knows between two turns is only that the channel is away."""

    def __init__(
        self,
        channel: str,
        line: Callable[[Runtime], AbstractContextManager[Line]],
        *,
        per_hour: Callable[[Runtime], int] | None = None,
    ) -> None:
        """Send on *channel* over lines opened by *line*, at most *per_hour* to one recipient."""
        self._channel = channel
        self._line = line
        self._per_hour = per_hour
        self._away_until: datetime | None = None

    def run(self, runtime: Runtime) -> None:
        """Send what is due now."""
        now = runtime.clock.now()
        if self._away_until is not None and now < self._away_until:
            return
        self._away_until = None
        query = {"channel": self._channel, "state": "pending", "next_try_at": {"$lte": now}}
        due = list(runtime.store.collection("deliveries").find(query).sort("next_try_at", 1).limit(BATCH))
        if not due:
            return
        with self._line(runtime) as line:
            for raw in due:
                delivery: Delivery = Delivery.from_document(raw)
                if not self._take(runtime, delivery):
                    continue
                if not self._send(runtime, line, delivery):
                    return

    def _take(self, runtime: Runtime, delivery: Delivery) -> bool:
        """Take *delivery* in hand, or put it off; say whether it is ours to send now."""
        now = runtime.clock.now()
        later = self._room(runtime, delivery, now)
        if later > now:
            _move(runtime, delivery, to=later, attempts=0)
            return False
        return _move(runtime, delivery, to=now + HOLD, attempts=1)

    def _room(self, runtime: Runtime, delivery: Delivery, now: datetime) -> datetime:
        if self._per_hour is None:
            return now
        query = {"recipient": delivery.recipient, "ended_at": {"$gt": now - timedelta(hours=1)}}
        found = runtime.store.collection("deliveries").find(query, ["ended_at", "attempts", "state"])
        sent = [each["ended_at"] for each in found if each["attempts"] and each["state"] != "failed"]
        return room_at(sent, per_hour=self._per_hour(runtime), now=now)

    def _send(self, runtime: Runtime, line: Line, delivery: Delivery) -> bool:
        """Send what was taken in hand and mark it; say whether to go on with the next."""
        identifier, version = str(delivery.id), int(delivery.version)
        try:
            line.send(delivery)
        except RefusedError as error:
            reason = str(error)
            TRIES.labels(self._channel, "refused").inc()
            _mark(runtime, lambda tx: deliveries.failed(tx, identifier, version, reason))
        except NotNowError as error:
            TRIES.labels(self._channel, "later").inc()
            self._later(runtime, delivery, str(error))
        except AwayError as error:
            TRIES.labels(self._channel, "away").inc()
            now = runtime.clock.now()
            self._away_until = now + AWAY
            _move(runtime, delivery, to=self._away_until, attempts=-1, reason=str(error))
            _log.warning("channel away", channel=self._channel, reason=str(error))
            return False
        else:
            TRIES.labels(self._channel, "sent").inc()
            reached("notifications.after-send", runtime.settings)
            _mark(runtime, lambda tx: deliveries.sent(tx, identifier, version))
        return True

    def _later(self, runtime: Runtime, delivery: Delivery, reason: str) -> None:
        now, identifier, version = runtime.clock.now(), str(delivery.id), int(delivery.version)
        if has_failed(attempts=int(delivery.attempts), created_at=delivery.created_at, now=now):
            _mark(runtime, lambda tx: deliveries.failed(tx, identifier, version, reason))
        else:
            _move(runtime, delivery, to=now + wait_after(int(delivery.attempts)), attempts=0, reason=reason)


def _move(
    runtime: Runtime, delivery: Delivery, *, to: datetime, attempts: int, reason: str | None = None
) -> bool:
    """Move a delivery's next try on if nobody else did meanwhile; *delivery* then stands as stored."""
    changes: dict[str, object] = {"next_try_at": to}
    if reason is not None:
        changes["reason"] = reason
    moved = runtime.store.collection("deliveries").update_one(
        {"_id": delivery.id, "version": delivery.version, "state": "pending"},
        {"$set": changes, "$inc": {"version": 1, "attempts": attempts}},
    )
    if moved.modified_count != 1:
        return False
    delivery.version += 1
    delivery.attempts += attempts
    return True


def _mark(runtime: Runtime, work: Callable[[Transaction], None]) -> None:
    identifier = f"send-{uuid.uuid4()}"
    context = Context(
        actor=system_actor(runtime.definition.name), request_id=identifier, correlation_id=identifier
    )
    try:
        runtime.unit_of_work.run(context, work)
    except VersionConflictError as error:
        # Its reader acknowledged it meanwhile, or it took longer than HOLD and another worker has it in hand.
        _log.warning("delivery changed while it was sent", delivery=error.record_id)
