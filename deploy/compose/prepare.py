"""``python -m deploy.compose.prepare``: what must exist before the services start; may be run again at any time.

Waits for MongoDB and makes it a replica set when it is none yet (one node, at the address the services use), then
waits for Kafka and creates indexes and topics of all services.
"""

from __future__ import annotations

import os
import sys
import time

import pymongo
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.uri_parser import parse_uri

from deploy.process import SERVICES, definition
from shared.bus.topics import TopicsMissingError
from shared.programs import prepare
from shared.settings import Settings, SettingsError

WAIT_SECONDS = 120.0
_ALREADY_INITIALIZED = 23
"""MongoDB's error code: somebody else was faster."""


class NotReadyError(RuntimeError):
    """A server did not become ready in time; the message says which and what it last answered."""


def main() -> int:
    """Prepare everything; 1 with one sentence when a server stays away."""
    try:
        settings = Settings.from_environment()
        _wait_for_primary(settings.mongodb_url)
        for name in SERVICES:
            prepare(definition(name), settings)
    except (NotReadyError, TopicsMissingError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    print("đã chuẩn bị xong chỉ mục và chủ đề (indexes and topics are there)")
    return 0


def _wait_for_primary(url: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    answered = "no answer"
    while time.monotonic() < deadline:
        try:
            with pymongo.MongoClient[dict[str, object]](url, serverSelectionTimeoutMS=2_000) as client:
                client.admin.command("hello")
                return
        except PyMongoError as error:
            answered = str(error)
        _initiate(url)
        time.sleep(1)
    raise NotReadyError(f"MongoDB has no primary after {WAIT_SECONDS:.0f} s: {answered[:300]}")


def _initiate(url: str) -> None:
    """Make the first named server a replica set of one, unless it belongs to one already."""
    parsed = parse_uri(url)
    host, port = parsed["nodelist"][0]
    name = parsed["options"].get("replicaSet", "rs0")
    credentials = {key: parsed[key] for key in ("username", "password") if parsed[key]}
    try:
        with pymongo.MongoClient[dict[str, object]](
            host, port, directConnection=True, serverSelectionTimeoutMS=2_000, **credentials
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
