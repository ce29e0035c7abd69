"""``python -m deploy.compose.prepare``: what must exist before the services start; may be run again at any time.

Waits for MongoDB and makes it a replica set when it is none yet (one node, at the address the services use), gives
every service its own account where the deployment has passwords, then creates indexes and topics of all services.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

import pymongo
from kafka.errors import KafkaError
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from deploy.compose import accounts
from deploy.process import SERVICES, definition
from shared.bus.topics import TopicsMissingError
from shared.programs import prepare
from shared.settings import Settings, SettingsError
from shared.store.connection import security

WAIT_SECONDS = 300.0
_ALREADY_INITIALIZED = 23
"""MongoDB's error code: somebody else was faster."""


class NotReadyError(RuntimeError):
    """A server did not become ready in time; the message says which and what it last answered."""


def main() -> int:
    """Prepare everything; 1 with one sentence when a server stays away or refuses."""
    try:
        settings = Settings.from_environment()
        _wait_for_primary(settings)
        if settings.secrets is not None:
            _make_accounts(settings)
        for name in SERVICES:
            if prepare(definition(name), settings).left:
                print(
                    f"{name}: chạy `khoi upgrade` khi mọi tiến trình đã chạy bản mới (run it to finish the upgrade)"
                )
    except (NotReadyError, TopicsMissingError, SettingsError, accounts.AccountsError) as error:
        print(error, file=sys.stderr)
        return 1
    print("đã chuẩn bị xong tài khoản, chỉ mục và chủ đề (accounts, indexes and topics are there)")
    return 0


def _make_accounts(settings: Settings) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            accounts.ensure(settings)
        except (KafkaError, PyMongoError) as error:
            if time.monotonic() >= deadline:
                raise NotReadyError(f"no accounts after {WAIT_SECONDS:.0f} s: {str(error)[:300]}") from error
            time.sleep(1)
        else:
            return


def _wait_for_primary(settings: Settings) -> None:
    signed_in: dict[str, Any] = security(settings, accounts.ADMIN, database=accounts.ADMIN)
    deadline = time.monotonic() + WAIT_SECONDS
    answered = "no answer"
    while time.monotonic() < deadline:
        try:
            with pymongo.MongoClient[dict[str, object]](
                settings.mongodb_url, serverSelectionTimeoutMS=2_000, **signed_in
            ) as client:
                client.admin.command("ping")
                client.admin.command("hello")
                return
        except PyMongoError as error:
            answered = str(error)
        _initiate(settings.mongodb_url, signed_in)
        time.sleep(1)
    raise NotReadyError(f"MongoDB has no primary after {WAIT_SECONDS:.0f} s: {answered[:300]}")


def _initiate(url: str, signed_in: dict[str, Any]) -> None:
    """Make the first named server a replica set of one, unless it belongs to one already."""
    parsed = parse_uri(url)
    host, port = parsed["nodelist"][0]
    name = parsed["options"].get("replicaSet", "rs0")
    in_url = {key: parsed[key] for key in ("username", "password") if parsed[key]}
    try:
        with pymongo.MongoClient[dict[str, object]](
            host, port, directConnection=True, serverSelectionTimeoutMS=2_000, **{**in_url, **signed_in}
        ) as client:
            if not client.admin.command("hello").get("setName"):
                members = [{"_id": 0, "host": f"{host}:{port}"}]
                client.admin.command("replSetInitiate", {"_id": name, "members": members})
    except OperationFailure as error:
        if error.code != _ALREADY_INITIALIZED:
            print(f"replSetInitiate: {error}", file=sys.stderr)
    except PyMongoError as error:
        print(f"{os.fspath(host)}:{port}: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
