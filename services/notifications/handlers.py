"""What the notifications service does with events: every type in the table tells its recipients."""

from __future__ import annotations

from services.notifications.commands import tell
from services.notifications.domain.who_is_told import WHO_IS_TOLD
from shared.bus.handlers import Handlers
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.unit_of_work import Transaction


def _tell(tx: Transaction, event: Event, fact: Fact) -> None:
    tell(tx, event, fact)


HANDLERS: Handlers = dict.fromkeys(WHO_IS_TOLD, _tell)
"""Event type → handler."""
