"""Sao lưu (backup): when the newest one was made, as the backup leaves word of it and the worker tells Prometheus."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import Gauge

from shared.store.connection import Store

COLLECTION = "control"
BACKUP = "backup"
AGE = Gauge("khoi_backup_age_seconds", "Since the newest backup; not there while there is none", ["service"])


def mark_backed_up(store: Store, backup_id: str, cut_at: datetime) -> None:
    """Leave word of the newest backup, which holds the state of *cut_at*."""
    document = {"_id": BACKUP, "id": backup_id, "at": cut_at}
    store.collection(COLLECTION).replace_one({"_id": BACKUP}, document, upsert=True)


def tell_age(store: Store) -> None:
    """Tell how old the newest backup is."""
    made = store.collection(COLLECTION).find_one({"_id": BACKUP}, ["at"])
    if made is not None:
        AGE.labels(store.service).set(max(0.0, (datetime.now(UTC) - made["at"]).total_seconds()))
