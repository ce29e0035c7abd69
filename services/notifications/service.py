"""The notifications service: thông báo. Its composition."""

from __future__ import annotations

from services.notifications.handlers import HANDLERS
from services.notifications.relations import INDEXES as RELATION_INDEXES
from services.notifications.table import configure
from shared.held import Held
from shared.service import Runtime, ServiceDefinition
from shared.store.indexes import Index


def _blueprints() -> list[object]:
    from services.notifications.api import inbox, texts  # noqa: PLC0415 -- a blueprint belongs to one application

    return [inbox.blueprint, texts.blueprint]


def _held() -> Held:
    from services.notifications.held import HELD  # noqa: PLC0415 -- only who asks for a copy needs it

    return HELD


def _prepare(runtime: Runtime) -> None:
    from services.notifications.texts import check_texts  # noqa: PLC0415 -- only the prepare step makes them all

    check_texts(runtime.settings)


SERVICE = ServiceDefinition(
    name="notifications",
    title="Khối — Thông báo",
    blueprints=_blueprints,
    held=_held,
    indexes=(Index("messages", (("inbox", 1), ("order", 1))), *RELATION_INDEXES),
    consumes=("members", "reviews"),
    handlers=HANDLERS,
    configure=configure,
    prepare=_prepare,
)
"""What `deploy.process` runs."""
