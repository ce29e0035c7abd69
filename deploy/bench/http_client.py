"""A client that costs next to nothing: one prepared request over one kept connection, again and again."""

from __future__ import annotations

import socket
import time
from types import TracebackType
from typing import Self

import orjson

from deploy.stack.servers import HOST

_HEAD_END = b"\r\n\r\n"


class Repeated:
    """GET of one address, as often as asked. Its own cost is a few dozen microseconds on both sides."""

    def __init__(self, port: int, path: str, *, token: str | None = None) -> None:
        """Prepare GET *path* at *port* of the loopback."""
        authorization = f"Authorization: Bearer {token}\r\n" if token is not None else ""
        self._request = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\n{authorization}\r\n".encode()
        self._socket = socket.create_connection((HOST, port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        """Be a context."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._socket.close()

    def body(self) -> bytes:
        """Ask once and return the body; raise RuntimeError when the answer is not 200."""
        self._socket.sendall(self._request)
        received = b""
        while _HEAD_END not in received:
            received += self._more()
        head, _, body = received.partition(_HEAD_END)
        lines = head.decode("latin-1").split("\r\n")
        length = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:"))
        parts, got = [body], len(body)
        while got < length:
            parts.append(self._more())
            got += len(parts[-1])
        whole = b"".join(parts)
        if " 200 " not in lines[0]:
            raise RuntimeError(f"{lines[0]}: {whole[:500]!r}")
        return whole

    def json(self) -> dict[str, object]:
        """Ask once and return the JSON object."""
        found = orjson.loads(self.body())
        if not isinstance(found, dict):
            raise TypeError("the answer is no object")
        return found

    def seconds(self, times: int) -> float:
        """Ask *times* one after the other and return the seconds of one on average."""
        started = time.perf_counter()
        for _ in range(times):
            self.body()
        return (time.perf_counter() - started) / times

    def _more(self) -> bytes:
        found = self._socket.recv(256 * 1024)
        if not found:
            raise ConnectionError("the server closed the connection")
        return found
