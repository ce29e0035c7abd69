"""E-mail on its way: whom it goes to, made with the message in one transaction, and what the worker does about it."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.channels.email.transport import EMAIL, LOG
from services.notifications.contacts import readers, reads
from services.notifications.documents import Contact, Delivery, Message
from services.notifications.domain.recipients import message_id
from services.notifications.domain.sending import not_before, read_hours
from services.notifications.restored import hold
from shared.clock import VIETNAM
from shared.store.indexes import Index
from shared.store.unit_of_work import Transaction

JOB = EMAIL
INDEXES: tuple[Index, ...] = ()
LOGS = (LOG,)


def hand_over(tx: Transaction, messages: Sequence[Message]) -> None:
    """Make the e-mails of new *messages*: at most one to a person for one event, as far as they want it."""
    if not tx.store.settings.smtp_host:
        return
    found: dict[str, Delivery] = {}
    contacts = readers(tx, [str(message.inbox) for message in messages])
    for message in messages:
        for contact in contacts:
            if wants_email(contact, message) and reads(contact, str(message.inbox), tx):
                delivery = _delivery(tx, message, contact)
                found.setdefault(str(delivery.id), delivery)
    hold(tx, messages, list(found.values()))
    tx.insert_many(list(found.values()))


def wants_email(contact: Contact, message: Message) -> bool:
    """Say whether *contact* is to get an e-mail about *message*: what is required cannot be switched off."""
    if not contact.email:
        return False
    name = ".".join(str(message.event_type).split(".")[2:4])
    return bool(message.required or (contact.email_on and name not in contact.muted))


def _delivery(tx: Transaction, message: Message, contact: Contact) -> Delivery:
    now = tx.clock.now()
    quiet = read_hours(str(contact.quiet_hours or tx.store.settings.quiet_hours))
    return Delivery(
        id=message_id(f"email:{message.about_event}", str(contact.id)),
        channel="email",
        message_id=message.id,
        recipient=contact.id,
        inbox=message.inbox,
        about_event=message.about_event,
        causes=list(message.causes),
        event_type=message.event_type,
        case_id=message.case_id,
        member_id=message.member_id,
        required=message.required,
        created_at=now,
        next_try_at=not_before(now, quiet, VIETNAM),
    )
