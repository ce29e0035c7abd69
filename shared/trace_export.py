"""Spans on their way to a collector: OTLP over HTTP in its JSON form, in batches, by a thread of its own.

Best effort: a collector that is away loses spans, which are counted, and never holds up or fails a request.
"""

from __future__ import annotations

import json
import logging
import threading
import urllib.request
from collections import deque
from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter

_log = logging.getLogger("khoi.traces")
EXPORTED = Counter("khoi_trace_spans_exported", "Spans that the collector took", ["service"])
LOST = Counter(
    "khoi_trace_spans_lost", "Spans dropped because the collector was away or too slow", ["service"]
)
KEPT = 2_000
BATCH = 500
EVERY_SECONDS = 2.0
TIMEOUT_SECONDS = 3.0
_KINDS = {"server": 2, "producer": 4, "consumer": 5}
_FAILED = 2
"""OTLP's STATUS_CODE_ERROR."""


class Exporter:
    """Keeps the newest spans and sends them every other second."""

    def __init__(self, url: str, *, service: str) -> None:
        """Send to the collector at *url* (``http://…:4318/v1/traces``) as *service*."""
        if not url.startswith(("http://", "https://")):
            raise ValueError(
                "KHOI_TRACES_URL: an http(s) address, for example http://collector:4318/v1/traces"
            )
        self._url = url
        self._service = service
        self._spans: deque[dict[str, Any]] = deque()
        self._away = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    def add(
        self,
        name: str,
        *,
        own: str,
        parent: str | None,
        kind: str,
        ended_at: float,
        seconds: float,
        failed: bool,
        attributes: Mapping[str, str | int],
    ) -> None:
        """Keep one span until the next batch; the newest is lost when there are too many."""
        if len(self._spans) >= KEPT:
            LOST.labels(self._service).inc()
            return
        _, trace, span, _ = own.split("-")
        self._spans.append(
            {
                "traceId": trace,
                "spanId": span,
                "parentSpanId": parent.split("-")[2] if parent else "",
                "name": name,
                "kind": _KINDS[kind],
                "startTimeUnixNano": str(int((ended_at - seconds) * 1e9)),
                "endTimeUnixNano": str(int(ended_at * 1e9)),
                "attributes": [_attribute(key, value) for key, value in attributes.items()],
                "status": {"code": _FAILED} if failed else {},
            }
        )

    def close(self) -> None:
        """Send what is left, once, and end the thread."""
        self._stopping.set()
        self._thread.join(TIMEOUT_SECONDS + 1)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_SECONDS):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while self._spans:
            batch = [self._spans.popleft() for _ in range(min(BATCH, len(self._spans)))]
            if not self._post(batch):
                return

    def _post(self, batch: list[dict[str, Any]]) -> bool:
        body = {
            "resourceSpans": [
                {
                    "resource": {"attributes": [_attribute("service.name", self._service)]},
                    "scopeSpans": [{"scope": {"name": "khoi"}, "spans": batch}],
                }
            ]
        }
        request = urllib.request.Request(  # noqa: S310 -- the scheme was checked
            self._url,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310 -- as above
                pass
        except OSError as error:
            LOST.labels(self._service).inc(len(batch))
            if not self._away:
                _log.warning("the collector of traces is away: %s", error)
            self._away = True
            return False
        EXPORTED.labels(self._service).inc(len(batch))
        self._away = False
        return True


def _attribute(key: str, value: str | int) -> dict[str, Any]:
    return {
        "key": key,
        "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value},
    }
