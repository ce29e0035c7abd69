"""Sau khi khôi phục (after a restore): nothing goes out by itself that may have gone out before.

The inboxes are made anew from the events, for they were lost; what went out was not. The log beside the database
(``sent_log``) knows it. Where that log was lost as well nobody does: then every delivery about something from before
the restore is held, and an operator who knows better lets it go (``POST …/deliveries/{id}/retry``).
"""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.documents import Delivery, Message
from shared.access.actor import Context
from shared.store.restored import Restored, restored_mark
from shared.store.unit_of_work import Transaction, UnitOfWork

HELD = "held"
REASON = "restored"


def hold(tx: Transaction, messages: Sequence[Message], made: Sequence[Delivery]) -> None:
    """Hold those of the new deliveries *made* whose message is about something from before a restore."""
    restored = restored_mark(tx.store, tx.session) if made else None
    if restored is None or restored.logs_kept:
        return
    older = {str(each.id) for each in messages if (each.since or each.created_at) <= restored.at}
    for delivery in made:
        if str(delivery.message_id) in older:
            delivery.state = HELD
            delivery.reason = REASON


def hold_what_waits(unit_of_work: UnitOfWork, context: Context, restored: Restored) -> None:
    """Hold every delivery that waited at the cut, unless the log is there: its time may have come before the loss."""
    if restored.logs_kept:
        return

    def work(tx: Transaction) -> None:
        changed = tx.collection("deliveries").update_many(
            {"state": "pending"},
            {"$set": {"state": HELD, "reason": REASON}, "$inc": {"version": 1}},
            session=tx.session,
        )
        tx.record("deliveries.held", restored.backup, after=str(changed.modified_count))

    unit_of_work.run(context, work)
