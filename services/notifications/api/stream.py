"""Luồng thông báo: server-sent events of the caller's inboxes, going on behind ``Last-Event-ID``.

A stream holds one of the web process's few threads, so that it ends after some seconds and the client comes back by
itself (that is what ``retry`` and ``Last-Event-ID`` are for), and so that only some may be held at once. Whoever finds
no room is answered at once with what is new, and comes back a little later: nobody is refused, nothing is missed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from flask import Response, request
from flask_smorest import Blueprint

from services.notifications.api.inbox import shown
from services.notifications.contacts import own_inboxes
from services.notifications.queries import newest_number, numbered_after
from services.notifications.schemas import StreamQuery
from shared.store.connection import Store
from shared.web.requests import action, actor, roots, runtime

EVERY_SECONDS = 1.0
BACK_SOON_MS, BACK_LATER_MS = 1_000, 5_000
_held = 0
_lock = threading.Lock()

blueprint = Blueprint(
    "stream", "stream", url_prefix="/api/notifications/inbox", description="Luồng thông báo"
)


@blueprint.get("/stream")
@blueprint.arguments(StreamQuery, location="query")
@blueprint.response(200, {"type": "string"}, content_type="text/event-stream")
@action("inbox.read")
def stream(query: dict[str, Any]) -> Response:
    """Stream the messages of the caller's inboxes as they come, behind Last-Event-ID or from now on."""
    roots()
    store, inboxes = runtime().store, own_inboxes(actor())
    given = request.headers.get("Last-Event-ID", "")
    after = int(given) if given.isascii() and given.isdigit() else newest_number(store)
    room = _take(runtime().settings.streams)
    seconds = query["hold"] if room else 0
    response = Response(
        _events(store, inboxes, after, seconds, BACK_SOON_MS if room else BACK_LATER_MS),
        content_type="text/event-stream",
    )
    response.headers["X-Accel-Buffering"] = "no"  # a gateway passes each event on at once
    if room:
        response.call_on_close(_give_back)
    return response


def _take(most: int) -> bool:
    global _held  # noqa: PLW0603 -- the threads of one process share it
    with _lock:
        if _held >= most:
            return False
        _held += 1
        return True


def _give_back() -> None:
    global _held  # noqa: PLW0603 -- the same
    with _lock:
        _held -= 1


def _events(
    store: Store, inboxes: Sequence[str], after: int, seconds: float, back_ms: int
) -> Iterator[bytes]:
    # The number comes first, so that also a client that was told nothing knows where to go on.
    yield f"retry: {back_ms}\nid: {after}\nevent: here\ndata: {{}}\n\n".encode()
    until = time.monotonic() + seconds
    while True:
        for message in numbered_after(store, inboxes, after):
            after = message["number"]
            data = msgspec.json.encode(shown(message), enc_hook=str).decode()
            yield f"id: {after}\nevent: message\ndata: {data}\n\n".encode()
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(EVERY_SECONDS, left))
        yield b": still here\n\n"  # a client that went away is noticed, and its place is free
