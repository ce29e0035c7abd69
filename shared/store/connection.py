"""The connection of one service to its own database. Made after fork; one per process."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Any

import mongoengine
import pymongo
from pymongo import MongoClient, WriteConcern
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern

from shared.settings import Settings
from shared.store.sealed import Sealing

Document = dict[str, Any]
"""A Mongo document."""


def security(settings: Settings, service: str, *, database: str) -> dict[str, Any]:
    """Return pymongo's options to sign in as *service*, known to *database*, over TLS where the settings say so."""
    found: dict[str, Any] = {}
    password = settings.password("mongo", service)
    if password is not None:
        found |= {"username": settings.user(service), "password": password, "authSource": database}
    if settings.tls_ca is not None:
        found |= {"tls": True, "tlsCAFile": str(settings.tls_ca)}
    return found


class Store:
    """One service's database: the client, the collections, and the kernel's own collections beside them.

    Documents of the service name ``db_alias=<service>`` in their meta, so that mongoengine finds this client.
    """

    def __init__(self, settings: Settings, service: str) -> None:
        """Connect lazily to the database that *service* owns; nothing is sent until the first use."""
        self.settings = settings
        self.service = service
        self.metric_name = service
        self.client: MongoClient[Document] = mongoengine.connect(
            db=settings.database(service),
            alias=service,
            host=settings.mongodb_url,
            tz_aware=True,
            uuidRepresentation="standard",
            serverSelectionTimeoutMS=3_000,
            connectTimeoutMS=3_000,
            socketTimeoutMS=60_000,
            retryWrites=True,
            appname=f"{settings.khoi_id}-{service}",
            **security(settings, service, database=settings.database(service)),
        )
        self.database: Database[Document] = self.client.get_database(
            settings.database(service),
            write_concern=WriteConcern("majority"),
            read_concern=ReadConcern("majority"),
        )
        # Commands of one process queue here instead of fighting over the ledger document (see unit_of_work).
        self.command_lock = threading.Lock()

    @cached_property
    def sealing(self) -> Sealing:
        """Return what seals and opens sensitive fields; raise SettingsError when the keys cannot be read."""
        return Sealing.under(self.settings.field_keys)

    def collection(self, name: str) -> Collection[Document]:
        """Return a collection of the service's own database, majority in both directions."""
        return self.database[name]

    def start_session(self) -> ClientSession:
        """Start a session for one transaction."""
        return self.client.start_session()

    def ping(self, within_ms: int = 1_000) -> None:
        """Ask the server whether it is there; raise pymongo's error when it does not answer in time."""
        with pymongo.timeout(within_ms / 1000):
            self.database.command("ping")

    def close(self) -> None:
        """Close the client; mongoengine forgets the alias."""
        mongoengine.disconnect(alias=self.service)
