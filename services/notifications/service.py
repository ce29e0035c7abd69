"""The notifications service: thông báo. Its composition."""

from __future__ import annotations

from services.notifications.handlers import HANDLERS
from shared.service import ServiceDefinition
from shared.store.indexes import Index


def _blueprints() -> list[object]:
    from services.notifications.api import inbox  # noqa: PLC0415 -- a blueprint belongs to one application

    return [inbox.blueprint]


SERVICE = ServiceDefinition(
    name="notifications",
    title="Khối — Thông báo",
    blueprints=_blueprints,
    indexes=(Index("messages", (("inbox", 1), ("order", 1))),),
    consumes=("members", "reviews"),
    handlers=HANDLERS,
)
"""What `deploy.process` runs."""
