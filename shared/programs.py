"""The programs of a service that are not its web application: the prepare step and the worker."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from types import FrameType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import make_wsgi_app

from shared.bus import topics
from shared.bus.worker import Timer, Worker
from shared.service import Runtime, ServiceDefinition
from shared.settings import Settings
from shared.store.indexes import create_indexes

_log = structlog.get_logger(__name__)


def prepare(definition: ServiceDefinition, settings: Settings) -> None:
    """Create what is missing of the service's indexes and topics; may be run again at any time."""
    runtime = Runtime(definition, settings)
    try:
        create_indexes(runtime.store, definition.indexes)
        if definition.prepare is not None:
            definition.prepare(runtime)
    finally:
        runtime.close()
    topics.ensure(settings, definition.name)


def run_worker(definition: ServiceDefinition, settings: Settings) -> int:
    """Run relay, consumer and jobs of the service until SIGTERM or SIGINT; return the exit status."""
    runtime = Runtime(definition, settings)
    worker = Worker(
        runtime.store,
        runtime.unit_of_work,
        settings,
        handlers=definition.handlers,
        topics=definition.consumes,
        timers=[
            Timer(job.name, job.every_seconds, lambda job=job: job.run(runtime))  # type: ignore[misc]  # mypy takes the bound default for a parameter
            for job in definition.jobs
        ],
        batch_handler=definition.batch_handler,
    )

    def stop(number: int, _: FrameType | None) -> None:
        _log.info("stopping", service=definition.name, signal=signal.Signals(number).name)
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    probes = _probes(worker, settings.probe_port)
    try:
        return worker.run()
    finally:
        probes.shutdown()
        probes.server_close()
        runtime.close()


class _ProbeServer(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name the base class gives it
        """Say nothing: probes come every few seconds."""


def _probes(worker: Worker, port: int) -> WSGIServer:
    """Serve /livez, /readyz and /metrics beside the worker, on every interface: an orchestrator asks."""
    metrics = make_wsgi_app()

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            answer: Iterable[bytes] = metrics(environ, start)
            return answer
        if path == "/livez":
            status, body = "200 OK", b"ok\n"
        elif path == "/readyz":
            ready = worker.ready()
            status, body = ("200 OK", b"ready\n") if ready else ("503 Service Unavailable", b"not ready\n")
        else:
            status, body = "404 Not Found", b"not found\n"
        start(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    server = make_server(
        "0.0.0.0",  # noqa: S104 -- probes come from outside the container; no data is served
        port,
        application,
        server_class=_ProbeServer,
        handler_class=_QuietHandler,
    )
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server
