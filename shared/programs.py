"""The programs of a service that are not its web application: the prepare step and the worker."""

from __future__ import annotations

import signal
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from socketserver import ThreadingMixIn
from types import FrameType
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog
from prometheus_client import make_wsgi_app

from shared.access.actor import Context
from shared.audit.watch import watch
from shared.bus import generations, topics
from shared.bus.worker import Timer, Worker
from shared.service import Job, Runtime, ServiceDefinition
from shared.settings import Settings
from shared.store.backups import tell_age
from shared.store.data_steps import DataStep, pass_over, pending, run_step
from shared.store.indexes import RetiredIndex, create_indexes, drop_retired, retired_left

_log = structlog.get_logger(__name__)
_BACKUP = Job("backup age", 60, lambda runtime: tell_age(runtime.base))
_WATCH = Job("audit watch", 60, lambda runtime: watch(runtime.base, runtime.unit_of_work, runtime.clock))
"""What every worker does about its service's audit chain."""


def prepare(definition: ServiceDefinition, settings: Settings) -> Unfinished:
    """Create what is missing of the service's indexes and topics; may be run again at any time.

    It takes nothing away and rewrites nothing, for processes of an earlier version may still run; returns what there is
    left to do when none does (``finish_upgrade``).
    """
    runtime = Runtime(definition, settings)
    try:
        create_indexes(runtime.base, definition.indexes)
        if definition.shape is not None:
            generations.prepare(runtime.base, definition.shape)
        pass_over(runtime.base, definition.data_steps)
        if definition.prepare is not None:
            definition.prepare(runtime)
        left = unfinished(runtime)
    finally:
        runtime.close()
    logs = [settings.topic(log) for log in definition.logs]
    topics.ensure(settings, definition.name, [*topics.of_service(settings, definition.name), *logs])
    return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What an upgrade still has to do to one service."""

    steps: Sequence[DataStep]
    indexes: Sequence[RetiredIndex]
    read_model: bool
    """Whether the read model in use is of another version, so that this one answers only after a rebuild."""

    @property
    def left(self) -> bool:
        """Say whether there is anything for ``finish_upgrade``; a rebuild is a command of its own."""
        return bool(self.steps or self.indexes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What an upgrade did: documents changed by each data step, and the indexes dropped."""

    changed: Mapping[str, int]
    dropped: Sequence[str]


def unfinished(runtime: Runtime) -> Unfinished:
    """Return what an upgrade still has to do to the service."""
    shape = runtime.definition.shape
    return Unfinished(
        steps=pending(runtime.base, runtime.definition.data_steps),
        indexes=retired_left(runtime.base, runtime.definition.retired_indexes),
        read_model=shape is not None
        and generations.register_of(runtime.base, shape.version).serving(shape.version) is None,
    )


def finish_upgrade(
    runtime: Runtime,
    *,
    context: Context,
    progress: Callable[[str, int, int], None] = lambda _step, _done, _all: None,
) -> Finished:
    """Bring old records to today's shape, then drop the indexes that only earlier versions read by.

    To be run when no process of an earlier version is left; the services may work meanwhile. May be broken off and run
    again. *progress* is told the step, how many documents are done, and of how many.
    """
    definition = runtime.definition
    create_indexes(runtime.base, definition.indexes)
    changed = {
        step.name: run_step(
            runtime.unit_of_work, step, context=context, progress=partial(progress, step.name)
        )
        for step in pending(runtime.base, definition.data_steps)
    }
    return Finished(changed=changed, dropped=drop_retired(runtime.base, definition.retired_indexes))


def run_worker(definition: ServiceDefinition, settings: Settings) -> int:
    """Run relay, consumer and jobs of the service until SIGTERM or SIGINT; return the exit status."""
    runtime = Runtime(definition, settings)
    worker = Worker(
        runtime.base,
        runtime.unit_of_work,
        settings,
        handlers=definition.handlers,
        topics=definition.consumes,
        audit_logs=[topics.audit_log(service) for service in definition.keeps_audit_of],
        timers=[
            Timer(job.name, job.every_seconds, lambda job=job: job.run(runtime))  # type: ignore[misc]  # mypy takes the bound default for a parameter
            for job in (*definition.jobs, _WATCH, _BACKUP)
        ],
        batch_handler=definition.batch_handler,
        shape=definition.shape,
    )

    def stop(number: int, _: FrameType | None) -> None:
        _log.info("stopping", service=definition.name, signal=signal.Signals(number).name)
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    probes = _probes(worker, settings)
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


def _probes(worker: Worker, settings: Settings) -> WSGIServer:
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
        settings.probe_port,
        application,
        server_class=_ProbeServer,
        handler_class=_QuietHandler,
    )
    if settings.tls_certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
        # The handshake is the affair of each connection's own thread: a silent caller holds up nobody.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()
    return server
