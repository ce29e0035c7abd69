"""Reads of the notifications service."""

from __future__ import annotations

from typing import Any

from services.notifications.domain.recipients import office, person
from shared.access.actor import Actor
from shared.store.connection import Document, Store
from shared.store.pages import Page, page_of


def own_inboxes(actor: Actor) -> list[str]:
    """Return the inboxes an actor reads: their own, and one for each role they hold somewhere."""
    own = [office(grant.role, grant.organization) for grant in actor.grants]
    return [person(actor.member_id), *own] if actor.member_id else own


def messages(store: Store, actor: Actor, *, unread: bool, after: str | None, limit: int) -> Page[Document]:
    """Return one page of the actor's messages, newest first."""
    match: dict[str, Any] = {"inbox": {"$in": own_inboxes(actor)}}
    if unread:
        match["read_at"] = None
    return page_of(store.collection("messages"), match, order_by="order", after=after, limit=limit)


def unread_count(store: Store, actor: Actor) -> int:
    """Return how many unread messages wait in the actor's inboxes."""
    return store.collection("messages").count_documents(
        {"inbox": {"$in": own_inboxes(actor)}, "read_at": None}
    )
