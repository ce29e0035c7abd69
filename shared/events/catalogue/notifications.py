"""Events of the notifications service: what was delivered, to whom by id, never what it said."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from shared.events.registry import Fact, event


class _Delivery(Fact, frozen=True, kw_only=True):
    notification_id: str
    about_event: str
    recipient: str
    """Member id or ``role@organisation``."""
    channel: Literal["inbox", "email", "webhook"]
    at: datetime


@event("notifications")
class NotificationSent(_Delivery, frozen=True, kw_only=True):
    """Đã gửi thông báo: the channel took the message."""


@event("notifications")
class NotificationFailed(_Delivery, frozen=True, kw_only=True):
    """Gửi thông báo không thành công: with the code of the reason."""

    reason: str
