"""The notifications service: thông báo. Its composition."""

from __future__ import annotations

from services.notifications.handlers import HANDLERS
from shared.held import Held
from shared.service import ServiceDefinition
from shared.store.indexes import Index


def _blueprints() -> list[object]:
    from services.notifications.api import inbox  # noqa: PLC0415 -- a blueprint belongs to one application

    return [inbox.blueprint]


def _held() -> Held:
    from services.notifications.held import HELD  # noqa: PLC0415 -- only who asks for a copy needs it

    return HELD


SERVICE = ServiceDefinition(
    name="notifications",
    title="Khối — Thông báo",
    blueprints=_blueprints,
    held=_held,
    indexes=(Index("messages", (("inbox", 1), ("order", 1))),),
    consumes=("members", "reviews"),
    handlers=HANDLERS,
)
"""What `deploy.process` runs."""
