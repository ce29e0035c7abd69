"""Reads of the notifications service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.notifications.contacts import own_inboxes
from shared.access.actor import Actor
from shared.store.connection import Document, Store
from shared.store.pages import Page, page_of


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


def newest_number(store: Store) -> int:
    """Return the number of the newest message of all; 0 before the first."""
    counter = store.collection("counters").find_one({"_id": "messages"})
    return 0 if counter is None else int(counter["number"])


def numbered_after(store: Store, inboxes: Sequence[str], number: int, *, limit: int = 100) -> list[Document]:
    """Return the messages of *inboxes* behind *number*, in the order in which they were committed."""
    query = {"inbox": {"$in": list(inboxes)}, "number": {"$gt": number}}
    return list(store.collection("messages").find(query).sort("number", 1).limit(limit))
