"""A gunicorn worker of the kind gthread whose application may take a connection over.

A stream that stays open for minutes would hold one of the worker's few threads. An application that finds
``khoi.may_take_over`` in its environment may instead detach the socket (``gunicorn.socket``) once the head of its
answer is written, serve it in its own way, and end the request with BrokenPipeError, which gunicorn takes for a client
that went away. All that is left to do here is not to close what is no longer ours.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

MAY_TAKE_OVER = "khoi.may_take_over"


class StreamingWorker(ThreadWorker):
    """gthread with connections that can be taken over."""

    wsgi: Callable[..., Iterable[bytes]]

    def load_wsgi(self) -> None:
        """Tell the application that it may, where the connection carries nothing but this request's answer."""
        super().load_wsgi()
        application = self.wsgi

        def offering(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            encrypted = isinstance(environ.get("gunicorn.socket"), ssl.SSLSocket)
            shared = environ.get("HTTP_VERSION") == "2"
            environ[MAY_TAKE_OVER] = not encrypted and not shared
            return application(environ, start)

        self.wsgi = offering

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Count a connection that was taken over as gone; anything else is as ever."""
        if conn.sock.fileno() == -1:
            self.nr_conns -= 1
            return
        super().finish_request(conn, fs)
