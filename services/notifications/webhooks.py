"""Webhooks: the targets that were registered, and their secrets."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from services.notifications.documents import Webhook
from shared.ids import new_id
from shared.store.connection import Document, Store
from shared.store.indexes import Index
from shared.store.pages import Page, page_of
from shared.store.unit_of_work import Transaction

INDEXES = (Index("webhooks", (("active", 1),)),)
OLD_SECRET = timedelta(days=7)
"""How long the secret before is signed with as well, so that the target can change over."""


def register(tx: Transaction, url: str, description: str) -> Webhook:
    """Register a target with a secret of its own."""
    webhook = Webhook(
        id=new_id(),
        url=url,
        description=description,
        active=True,
        secret=secrets.token_urlsafe(32),
        secret_since=tx.clock.now(),
    )
    tx.record("webhook.register", str(webhook.id), after=url)
    tx.insert(webhook)
    return webhook


def rotate(tx: Transaction, webhook_id: str, version: int) -> Webhook:
    """Give the target a new secret; the one before is signed with beside it for a while."""
    webhook = tx.load_version(Webhook, webhook_id, version)
    webhook.old_secret = webhook.secret
    webhook.secret = secrets.token_urlsafe(32)
    webhook.secret_since = tx.clock.now()
    tx.record("webhook.rotate_secret", webhook_id)
    tx.save(webhook)
    return webhook


def remove(tx: Transaction, webhook_id: str, version: int) -> Webhook:
    """Take a target out of use; its deliveries stay on record."""
    webhook = tx.load_version(Webhook, webhook_id, version)
    webhook.active = False
    tx.record("webhook.remove", webhook_id)
    tx.save(webhook)
    return webhook


def secrets_in_use(webhook: Webhook, now: datetime) -> list[str]:
    """Return the secrets to sign with: the present one, and the one before while it is still honoured."""
    old = webhook.old_secret if webhook.old_secret and now < webhook.secret_since + OLD_SECRET else None
    return [str(webhook.secret), *([str(old)] if old else [])]


def listed(store: Store, *, after: str | None, limit: int) -> Page[Document]:
    """Return one page of targets by id."""
    return page_of(store.collection("webhooks"), {}, order_by="_id", after=after, limit=limit)
