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
    case_id: str | None = None
    """The case it is about; None for what was published before, and for what is about none."""
    member_id: str | None = None
    event_type: str | None = None
    """CloudEvents ``type`` of the event that was told."""
    required: bool = False
    """Bắt buộc: the member must be told, and this is evidence in the case."""


@event("notifications")
class NotificationSent(_Delivery, frozen=True, kw_only=True):
    """Đã gửi thông báo: the channel took the message."""


@event("notifications")
class NotificationFailed(_Delivery, frozen=True, kw_only=True):
    """Gửi thông báo không thành công: with the code of the reason."""

    reason: str


@event("notifications")
class NotificationAcknowledged(_Delivery, frozen=True, kw_only=True):
    """Đã xem thông báo: whoever it was for opened and acknowledged a notice that is required."""
