"""Open streams on the real web process: more of them than it has threads, each told what happens."""

import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from deploy.demo.history import Story
from tests.support.stacks import Khoi

pytestmark = pytest.mark.e2e

CLIENTS = 24
"""Three times the threads of a web process."""


@pytest.fixture
def open_streams(khoi: Khoi) -> Iterator[Sequence[socket.socket]]:
    """Streams of the standing committee, each with its head read."""
    address = urlsplit(khoi.stack.url("notifications"))
    token = khoi.token("standing_committee", khoi.cells[0].path[0])
    with ExitStack() as closing:
        lines = []
        for _ in range(CLIENTS):
            line = closing.enter_context(
                socket.create_connection((address.hostname, address.port), timeout=60)
            )
            line.sendall(
                b"GET /api/notifications/inbox/stream HTTP/1.1\r\nHost: khoi\r\n"
                + f"Authorization: Bearer {token}\r\n\r\n".encode()
            )
            lines.append(line)
        for line in lines:
            _until(line, b"event: here")
        yield lines


def _until(line: socket.socket, text: bytes) -> None:
    told = b""
    while text not in told:
        piece = line.recv(65536)
        assert piece, told
        told += piece


class TestStreams:
    """All that are open hear of what is for them, and requests beside them are answered."""

    def test_they_hear_of_a_recognition(self, khoi: Khoi, open_streams: Sequence[socket.socket]) -> None:
        khoi.tell(khoi.cells[4], Story("recognized", "C1"))
        for line in open_streams:
            _until(line, b"reviews.ProgressRecognized")
        answer = khoi.ask("GET", "/api/notifications/inbox/unread", token=khoi.token("standing_committee"))
        assert answer.status_code == 200
