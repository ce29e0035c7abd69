"""Probes and metrics of the web process."""

from __future__ import annotations

import time

import msgspec
from flask import Blueprint, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from pymongo.errors import PyMongoError

from shared.web.requests import runtime

REQUESTS = Counter("khoi_http_requests", "Requests answered", ["service", "endpoint", "method", "status"])
DURATION = Histogram("khoi_http_request_seconds", "Time to answer", ["service", "endpoint"])

probes = Blueprint("probes", __name__)


@probes.get("/livez")
def livez() -> Response:
    """Say that the process answers; nothing else is touched."""
    return Response("ok\n", content_type="text/plain")


@probes.get("/readyz")
def readyz() -> Response:
    """Say whether commands can be taken: the database answers within a second."""
    try:
        runtime().store.ping()
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
        DURATION.labels(service, endpoint).observe(time.perf_counter() - g.began)
    return response
