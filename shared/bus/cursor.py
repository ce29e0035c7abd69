"""The cursor of a topic: how far its producer is, and of which topic, for topics are lost and made anew.

One document per topic. Whoever publishes puts the token of its lease on it first; a process that slept through its
lease finds its moves refused.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog

from shared.bus import metrics, topics
from shared.store.connection import Store

_log = structlog.get_logger(__name__)


class LostLeadershipError(RuntimeError):
    """Another process leads; nothing may be written any more under our token."""


class Cursor:
    """How far *topic* of one service is published, and the id of the topic that this is true of."""

    def __init__(self, store: Store, topic: str) -> None:
        """Keep the cursor of *topic* in *store*."""
        self.topic = topic
        self.position = 0
        self.topic_id: str | None = None
        self._settings = store.settings
        self._service = store.service
        self._cursors = store.collection("relay")

    def take(self, token: int) -> None:
        """Put our token on it and read it; raise LostLeadershipError when another's is newer."""
        self._cursors.update_one(
            {"_id": self.topic},
            {"$set": {"token": token}, "$setOnInsert": {"topic_id": None, "position": 0}},
            upsert=True,
        )
        document = self._cursors.find_one({"_id": self.topic})
        if document is None or document["token"] != token:
            raise LostLeadershipError
        self.position, self.topic_id = int(document["position"]), document["topic_id"]

    def check_identity(self, admin: Any, token: int) -> bool:
        """Go back to 0 when the topic is another one than the cursor's; say whether it was lost and made anew."""
        current = topics.create_missing(admin, self._settings, [self.topic])[self.topic]
        if current == self.topic_id:
            return False
        lost = self.topic_id is not None
        if lost:
            metrics.RELAY_REFILLS.labels(self._service).inc()
            _log.warning(
                "the topic was lost or recreated and is refilled from the log",
                topic=self.topic,
                was=self.topic_id,
                now=current,
            )
        self.move(token, 0, topic_id=current)
        return lost

    def move(self, token: int, position: int, *, topic_id: str | None = None) -> None:
        """Keep *position* as published; raise LostLeadershipError when our token does not stand on it any more."""
        change: dict[str, Any] = {"position": position, "updated_at": datetime.now(UTC)}
        if topic_id is not None:
            change["topic_id"] = topic_id
        moved = self._cursors.update_one({"_id": self.topic, "token": token}, {"$set": change})
        if moved.matched_count != 1:
            raise LostLeadershipError
        self.position = position
        self.topic_id = topic_id or self.topic_id
