"""The notifications service: thông báo. Its composition."""

from __future__ import annotations

from services.notifications.channels.outward import outward
from services.notifications.configuration import configure
from services.notifications.contacts import INDEXES as CONTACT_INDEXES
from services.notifications.deadlines import INDEXES as DEADLINE_INDEXES
from services.notifications.deliveries import INDEXES as DELIVERY_INDEXES
from services.notifications.handlers import HANDLERS
from services.notifications.relations import INDEXES as RELATION_INDEXES
from services.notifications.reminders import REMIND
from services.notifications.restored import hold_what_waits
from services.notifications.sent_log import INDEXES as SENT_LOG_INDEXES
from shared.held import Held
from shared.service import Runtime, ServiceDefinition
from shared.store.indexes import Index, RetiredIndex


def _blueprints() -> list[object]:
    from services.notifications.api import (  # noqa: PLC0415 -- a blueprint belongs to one application
        contact,
        deliveries,
        inbox,
        stream,
        texts,
        webhooks,
    )

    return [
        inbox.blueprint,
        contact.blueprint,
        texts.blueprint,
        deliveries.blueprint,
        webhooks.blueprint,
        stream.blueprint,
    ]


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
    indexes=(
        Index("messages", (("inbox", 1), ("order", 1))),
        Index("messages", (("inbox", 1), ("number", 1))),
        Index("messages", (("number", 1),)),
        Index("messages", (("case_id", 1),)),
        *RELATION_INDEXES,
        *CONTACT_INDEXES,
        *DELIVERY_INDEXES,
        *SENT_LOG_INDEXES,
        *DEADLINE_INDEXES,
        *(index for channel in outward() for index in channel.INDEXES),
    ),
    retired_indexes=(
        RetiredIndex("messages", (("about_event", 1),), "nobody asks for messages by event"),
        RetiredIndex("case_helpers", (("helpers", 1),), "helpers are kept with the relations of a case"),
    ),
    consumes=("members", "reviews"),
    logs=tuple(log for channel in outward() for log in channel.LOGS),
    handlers=HANDLERS,
    jobs=(*(channel.JOB for channel in outward()), REMIND),
    configure=configure,
    prepare=_prepare,
    restored=hold_what_waits,
)
"""What `deploy.process` runs."""
