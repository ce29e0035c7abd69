"""Vết (trace, W3C Trace Context): one trace from the request to all that other services do because of it.

Every request has a ``traceparent``, its caller's trace or a new one; it travels with the events, and what an event
causes is a span beneath it. Spans leave the process only where ``KHOI_TRACES_URL`` names a collector that takes
OpenTelemetry's protocol (OTLP over HTTP, JSON); without it nothing is kept and nothing is loaded.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import TYPE_CHECKING

from shared.settings import Settings

if TYPE_CHECKING:  # loaded where a collector is named
    from shared.trace_export import Exporter

_exporter: Exporter | None = None


def configure(settings: Settings, service: str) -> None:
    """Send this process's spans where *settings* say, or nowhere."""
    global _exporter  # noqa: PLW0603 -- one per process, like the registry of the metrics
    if not settings.traces_url:
        return
    from shared.trace_export import Exporter  # noqa: PLC0415 -- costs nothing where it is off

    if _exporter is not None:
        _exporter.close()
    _exporter = Exporter(settings.traces_url, service=f"{settings.khoi_id}-{service}")


def close() -> None:
    """Send what is left and stop."""
    global _exporter
    exporter, _exporter = _exporter, None
    if exporter is not None:
        exporter.close()


def exporting() -> bool:
    """Say whether spans are wanted, so that nobody prepares what nobody takes."""
    return _exporter is not None


def of_request(traceparent: str | None) -> str:
    """Return the ``traceparent`` of a request's own span: in its caller's trace, or in a new one."""
    if traceparent is None:
        flags = "01" if _exporter is not None else "00"
        return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{flags}"
    version, trace, _, flags = traceparent.split("-")
    return f"{version}-{trace}-{secrets.token_hex(8)}-{flags}"


def of_event(traceparent: str | None, service: str, event_id: str) -> str | None:
    """Return the ``traceparent`` of what *service* does because of an event: the same one however often it tries."""
    if traceparent is None or traceparent.count("-") != 3:  # noqa: PLR2004 -- W3C's four fields
        return traceparent
    version, trace, _, flags = traceparent.split("-")
    span = hashlib.blake2b(f"{service}:{event_id}".encode(), digest_size=8).hexdigest()
    return f"{version}-{trace}-{span}-{flags}"


def record(
    name: str,
    *,
    own: str | None,
    parent: str | None,
    kind: str,
    seconds: float,
    failed: bool = False,
    **attributes: str | int,
) -> None:
    """Hand on the span *own* that ends now and took *seconds*; *parent* is the ``traceparent`` it hangs under."""
    if _exporter is not None and own is not None and not own.endswith("-00"):
        _exporter.add(
            name,
            own=own,
            parent=parent,
            kind=kind,
            ended_at=time.time(),
            seconds=seconds,
            failed=failed,
            attributes=attributes,
        )
