"""Contacts (nơi nhận): what a person wants to be told outside the inbox, and where; kept by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.notifications.documents import Contact
from services.notifications.domain.recipients import office, person
from shared.access.actor import Actor
from shared.clock import Clock
from shared.store.connection import Document, Store
from shared.store.errors import VersionConflictError
from shared.store.indexes import Index
from shared.store.unit_of_work import Transaction

OFFICE_DAYS = 90
"""How long somebody is taken to hold an office after they were last here with it."""
_SEEN_EVERY = timedelta(days=1)
INDEXES = (
    Index("contacts", (("inboxes", 1),)),
    Index("contacts", (("member_id", 1),)),
)


def account(subject: str) -> str:
    """Return the inbox of one account: what concerns the person across their offices."""
    return f"account:{subject}"


def own_inboxes(actor: Actor) -> list[str]:
    """Return the inboxes an actor reads: their own, and one for each role they hold somewhere."""
    own = [account(actor.subject), *(office(grant.role, grant.organization) for grant in actor.grants)]
    return [person(actor.member_id), *own] if actor.member_id else own


def contact_of(store: Store, actor: Actor) -> Document | None:
    """Return what the actor has set, or None."""
    return store.collection("contacts").find_one({"_id": actor.subject})


def change(tx: Transaction, version: int, changes: dict[str, Any]) -> Contact:
    """Set the caller's own address and choices; version 0 is that of a contact not set before."""
    actor = tx.context.actor
    contact = tx.find(Contact, actor.subject)
    if (0 if contact is None else contact.version) != version:
        raise VersionConflictError(Contact.kind(), actor.subject)
    new = contact is None
    contact = contact or Contact(id=actor.subject)
    for name, value in changes.items():
        setattr(contact, name, value)
    contact.member_id = actor.member_id
    contact.inboxes = own_inboxes(actor)
    contact.seen_at = tx.clock.now()
    # The address itself is personal: the audit says that it changed, not what it is.
    tx.record("contact.change", actor.subject, member_id=actor.member_id, after=",".join(sorted(changes)))
    if new:
        tx.insert(contact)
    else:
        tx.save(contact)
    return contact


def seen(store: Store, actor: Actor, clock: Clock) -> None:
    """Note that the actor is here with the offices they hold now, if they have a contact; at most once a day."""
    now, inboxes = clock.now(), own_inboxes(actor)
    store.collection("contacts").update_one(
        {
            "_id": actor.subject,
            "$or": [{"seen_at": {"$lt": now - _SEEN_EVERY}}, {"inboxes": {"$ne": inboxes}}],
        },
        {"$set": {"seen_at": now, "inboxes": inboxes}, "$inc": {"version": 1}},
    )


def readers(tx: Transaction, inboxes: Sequence[str]) -> list[Contact]:
    """Return the contacts that read one of *inboxes*."""
    found = tx.collection("contacts").find({"inboxes": {"$in": list(inboxes)}}, session=tx.session)
    return [Contact.from_document(raw) for raw in found]


def reads(contact: Contact, inbox: str, tx: Transaction) -> bool:
    """Say whether *inbox* is the contact's: a person's for good, an office's while they show up with it."""
    if inbox not in contact.inboxes:
        return False
    fresh: bool = contact.seen_at > tx.clock.now() - timedelta(days=OFFICE_DAYS)
    return inbox.startswith(("member:", "account:")) or fresh


def forget(tx: Transaction, member_id: str) -> None:
    """Erase the address and the choices of a member whose personal data is erased."""
    tx.collection("contacts").delete_many({"member_id": member_id}, session=tx.session)
