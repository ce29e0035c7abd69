"""Is a server really there? Asked in its own protocol, never by a bare TCP connect.

``khoi up`` asks, and lives as long as its stack: it has no driver and no HTTP library in memory for that.
"""

import http.client
import socket
import struct
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

_API_VERSIONS = 18  # Kafka protocol: the one request every broker answers before anything else
_OP_MSG = 2013
# MongoDB wire protocol: {hello: 1, $db: "admin"} as the one section of a message without flags.
_HELLO = b"\0\0\0\0" + b"\0" + b"\x1f\0\0\0" + b"\x10hello\0\1\0\0\0" + b"\x02$db\0\6\0\0\0admin\0" + b"\0"
_WRITABLE = b"\x08isWritablePrimary\0\1"


def mongo_is_writable(host: str, port: int, *, within: float = 1.0) -> bool:
    """Whether a server without TLS says within that many seconds that it is primary (``hello`` needs no user)."""
    request = 7
    message = struct.pack("<iiii", 16 + len(_HELLO), request, 0, _OP_MSG) + _HELLO
    try:
        with socket.create_connection((host, port), timeout=within) as connection:
            connection.sendall(message)
            with connection.makefile("rb") as answer:
                head = answer.read(16)
                if len(head) < struct.calcsize("<iiii"):
                    return False
                length, _, answered, operation = struct.unpack("<iiii", head)
                body = answer.read(length - len(head))
    except OSError:
        return False
    return bool(answered == request and operation == _OP_MSG and _WRITABLE in body)


def mongo_answers(url: str, *, within: float = 1.0) -> bool:
    """Whether a writable member answers ``hello`` at ``url`` within that many seconds."""
    import pymongo  # noqa: PLC0415 - only for a server that is given from outside
    import pymongo.errors  # noqa: PLC0415

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
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=within)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_until(answers: Callable[[], bool], *, within: float, every: float = 0.05) -> bool:
    """Ask again and again until the answer is yes; False once ``within`` seconds have passed."""
    deadline = time.monotonic() + within
    while not answers():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True
