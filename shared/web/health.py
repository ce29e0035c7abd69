"""Probes and metrics of the web process."""

from __future__ import annotations

import logging
import time

import msgspec
from flask import Blueprint, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pymongo.errors import PyMongoError

from shared import traces
from shared.bus.generations import NotBuiltError
from shared.web.requests import runtime

_log = logging.getLogger("khoi.web")
SLOW_SECONDS = 1.0
_READS = frozenset({"GET", "HEAD", "OPTIONS"})

REQUESTS = Counter("khoi_http_requests", "Requests answered", ["service", "endpoint", "method", "status"])
DURATION = Histogram("khoi_http_request_seconds", "Time to answer", ["service", "endpoint"])

probes = Blueprint("probes", __name__)


@probes.get("/livez")
def livez() -> Response:
    """Say that the process answers; nothing else is touched."""
    return Response("ok\n", content_type="text/plain")


@probes.get("/readyz")
def readyz() -> Response:
    """Say whether commands can be taken: the database answers within a second, and the read model is there."""
    try:
        runtime().store.ping()
    except NotBuiltError:
        # Of a new version: until its read model is swapped in, the processes of the version before serve.
        body = msgspec.json.encode({"ready": False, "read_model": "not built"})
        return Response(body, status=503, content_type="application/json", headers={"Retry-After": "5"})
    except PyMongoError as error:
        body = msgspec.json.encode({"ready": False, "mongodb": type(error).__name__})
        return Response(body, status=503, content_type="application/json", headers={"Retry-After": "5"})
    return Response(msgspec.json.encode({"ready": True}), content_type="application/json")


@probes.get("/metrics")
def metrics() -> Response:
    """Return the process's metrics in Prometheus' text format."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def start_timing() -> None:
    """Remember when the request began."""
    g.began = time.perf_counter()


def count(response: Response) -> Response:
    """Count the answer by endpoint (a route's name, never a path with ids in it)."""
    service, endpoint = runtime().definition.name, request.endpoint or "unknown"
    REQUESTS.labels(service, endpoint, request.method, str(response.status_code)).inc()
    if "began" in g:
        seconds = time.perf_counter() - g.began
        DURATION.labels(service, endpoint).observe(seconds)
        if "traceparent" in g and not endpoint.startswith("probes."):
            _tell(response.status_code, endpoint, seconds)
    return response


def _tell(status: int, endpoint: str, seconds: float) -> None:
    """Log a command, a failure or a slow read by its route, never by its path or query; hand on its span."""
    failed = status >= 500  # noqa: PLR2004 -- HTTP's own class
    if failed or request.method not in _READS or seconds >= SLOW_SECONDS:
        told = {"endpoint": endpoint, "method": request.method, "status": status, "ms": round(seconds * 1000)}
        _log.log(logging.ERROR if failed else logging.INFO, "answered", extra=told)
    if traces.exporting():
        traces.record(
            f"{request.method} {endpoint}",
            own=g.traceparent,
            parent=g.traceparent_given,
            kind="server",
            seconds=seconds,
            failed=failed,
            status=status,
            request_id=g.request_id,
        )
