"""A connection that the application takes over lives on, and the worker goes on without it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.stack.servers import free_ports

APPLICATION = """
import errno, socket, threading, time

def later(line):
    time.sleep(0.3)
    line.sendall(b"6\\r\\nsecond\\r\\n0\\r\\n\\r\\n")
    line.close()

def application(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] != "/stream":
        yield b"answer"
        return
    assert environ["khoi.may_take_over"]
    yield b"first"
    line = socket.socket(fileno=environ["gunicorn.socket"].detach())
    threading.Thread(target=later, args=(line,)).start()
    raise BrokenPipeError(errno.EPIPE, "handed over")
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[int]:
    """gunicorn with this worker, one thread, and the application above; its log must stay empty."""
    (tmp_path / "taking_over.py").write_text(APPLICATION)
    (port,) = free_ports(1)
    command = [
        *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--chdir", str(tmp_path)),
        *("--worker-class", "deploy.streaming_worker.StreamingWorker", "--threads", "1"),
        *("--log-level", "warning", "--no-control-socket", "taking_over:application"),
    ]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stderr=output, stdout=output, cwd=Path.cwd())
    try:
        yield port
    finally:
        process.terminate()
        process.wait(20)
    assert log.read_text() == ""


def asked(port: int, path: str) -> socket.socket:
    """A connection on which one request was made; waits for the server to come up."""
    deadline = time.monotonic() + 20
    while True:
        try:
            line = socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            return line


def until(line: socket.socket, text: bytes) -> bytes:
    told = b""
    while text not in told:
        piece = line.recv(4096)
        assert piece, told
        told += piece
    return told


class TestStreamingWorker:
    """One thread serves others while a connection that was taken over is still told something."""

    def test_it_lives_on_beside_others(self, server: int) -> None:
        with closing(asked(server, "/stream")) as stream:
            told = until(stream, b"first")
            with closing(asked(server, "/")) as other:
                until(other, b"answer")
            told += until(stream, b"0\r\n\r\n")
            assert stream.recv(10) == b""
        head, _, body = told.partition(b"\r\n\r\n")
        assert b"200 OK" in head
        assert body == b"5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n"
