"""Is a server really there? Asked in its own protocol, never by a bare TCP connect."""

import socket
import struct
import time
from collections.abc import Callable
from http import HTTPStatus

import pymongo
import pymongo.errors
import requests

_API_VERSIONS = 18  # Kafka protocol: the one request every broker answers before anything else


def mongo_answers(url: str, *, within: float = 1.0) -> bool:
    """Whether a writable member answers ``hello`` at ``url`` within that many seconds."""
    milliseconds = max(1, int(within * 1000))
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
        url,
        serverSelectionTimeoutMS=milliseconds,
        connectTimeoutMS=milliseconds,
        socketTimeoutMS=milliseconds,
    )
    with client:
        try:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
        except pymongo.errors.PyMongoError:
            return False


def kafka_answers(bootstrap_servers: str, *, within: float = 1.0) -> bool:
    """Whether one of the brokers answers an ApiVersions request within that many seconds."""
    return any(_broker_answers(address.strip(), within) for address in bootstrap_servers.split(","))


def _broker_answers(address: str, within: float) -> bool:
    host, _, port = address.rpartition(":")
    correlation = 7
    # Request header v1: api key, api version, correlation id, client id. ApiVersions v0 has no body.
    client = b"khoi-ping"
    body = struct.pack(">hhih", _API_VERSIONS, 0, correlation, len(client)) + client
    try:
        with socket.create_connection((host, int(port)), timeout=within) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            with connection.makefile("rb") as answer:
                head = answer.read(10)
    except OSError:
        return False
    if len(head) < struct.calcsize(">iih"):
        return False
    _, answered, error = struct.unpack(">iih", head)
    return bool(answered == correlation and error == 0)


def http_answers(url: str, *, within: float = 1.0) -> bool:
    """Whether a GET of ``url`` is answered with 200 within that many seconds."""
    try:
        with requests.get(url, timeout=within) as answer:
            return answer.status_code == HTTPStatus.OK
    except requests.RequestException:
        return False


def wait_until(answers: Callable[[], bool], *, within: float, every: float = 0.05) -> bool:
    """Ask again and again until the answer is yes; False once ``within`` seconds have passed."""
    deadline = time.monotonic() + within
    while not answers():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True
