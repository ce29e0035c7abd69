"""The drill (diễn tập): restores a backup beside the live data, times every step, and leaves nothing behind.

A backup that was never restored is a hope. The copy gets databases under a name of its own on the same server, or on
another that ``MONGODB_URL`` names; no topic is touched, nothing is sent.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec
from pymongo import MongoClient

from deploy.backup.restoring import ADMINISTRATOR, fill_all
from deploy.backup.verifying import verify
from deploy.process import definition
from shared.audit.verify import verify as verify_chain
from shared.settings import Settings
from shared.store.connection import Document, Store, security
from shared.store.indexes import create_indexes

T = TypeVar("T")


class DrillError(RuntimeError):
    """The restored copy is not what the backup says; the message names the service."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a drill and the seconds it took."""

    name: str
    seconds: float


@dataclass(slots=True)
class _Clock:
    """Takes the time of each step."""

    steps: list[Step] = field(default_factory=list)

    def timed(self, name: str, work: Callable[[], T]) -> T:
        began = time.monotonic()
        result = work()
        self.steps.append(Step(name, time.monotonic() - began))
        return result


def drill(path: Path, keys: Sequence[bytes], settings: Settings) -> list[Step]:
    """Restore the backup at *path* into scratch databases and check them; raises SealError or DrillError."""
    clock = _Clock()
    manifest = clock.timed("kiểm tra tệp (verify)", lambda: verify(path, keys).manifest)
    scratch = msgspec.structs.replace(settings, khoi_id=f"drill-{secrets.token_hex(4)}")
    client: MongoClient[Document] = MongoClient(
        settings.mongodb_url,
        tz_aware=True,
        uuidRepresentation="standard",
        **security(settings, ADMINISTRATOR, database="admin"),  # no service may make databases of other names
    )
    stores: dict[str, Store] = {name: _Scratch(scratch, name, client) for name in manifest.services}
    try:
        clock.timed("ghi dữ liệu (fill)", lambda: fill_all(path, keys, stores))
        clock.timed("chỉ mục (indexes)", lambda: _indexes(stores))
        clock.timed("nhật ký kiểm toán (audit chains)", lambda: _intact(stores))
        for name, part in manifest.services.items():
            for collection, expected in part.collections.items():
                count = stores[name].collection(collection).count_documents({})
                if count < expected.documents:
                    raise DrillError(f"{name}.{collection}: {count} ≠ {expected.documents}")
    finally:
        for store in stores.values():
            client.drop_database(store.database.name)
        client.close()
    return clock.steps


class _Scratch(Store):
    """A database of the drill's own; its client is no other's, so that the live stores of this process stay theirs."""

    def __init__(self, settings: Settings, service: str, client: MongoClient[Document]) -> None:
        self.settings = settings
        self.service = service
        self.client = client
        self.database = client[settings.database(service)]
        self.command_lock = threading.Lock()


def _indexes(stores: Mapping[str, Store]) -> None:
    for name, store in stores.items():
        create_indexes(store, definition(name).indexes)


def _intact(stores: Mapping[str, Store]) -> None:
    for name, store in stores.items():
        found = verify_chain(store)
        if not found.intact:
            raise DrillError(f"{name}: nhật ký hỏng ở mắt xích {found.broken_at}: {found.why}")
