"""Luồng thông báo: server-sent events of the caller's inboxes, going on behind ``Last-Event-ID``.

The head of the answer, and what waits behind ``Last-Event-ID``, are written like any answer. Then the connection is
handed over, and one thread holds it beside all others (`services.notifications.streams`). Where the server does not
give its connections away, the request's own thread holds the stream, for some seconds and only a few at once; whoever
finds no room is answered at once and comes back a little later: nobody is refused, nothing is missed.
"""

from __future__ import annotations

import errno
import functools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Response, current_app, request
from flask_smorest import Blueprint

from services.notifications.contacts import own_inboxes
from services.notifications.queries import newest_number, numbered_after
from services.notifications.schemas import StreamQuery
from services.notifications.streams import STILL_HERE, Stream, Streams, event
from shared.store.connection import Store
from shared.web.requests import action, actor, roots, runtime

EVERY_SECONDS = 1.0
BACK_SOON_MS, BACK_LATER_MS = 1_000, 5_000
IN_THREADS = 4
"""Streams that threads of requests hold at once, where connections are not given away."""
LONGEST_IN_THREAD = 15
MAY_TAKE_OVER = "khoi.may_take_over"
_STREAMS = "khoi.streams"
_EVENT = {
    "type": "object",
    "description": "Một sự kiện của luồng; data của message là JSON như ở /inbox/messages.",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string"},
        "event": {"type": "string", "enum": ["here", "message"]},
        "data": {"type": "string"},
        "retry": {"type": "integer"},
    },
}
_lock = threading.Lock()

blueprint = Blueprint(
    "stream", "stream", url_prefix="/api/notifications/inbox", description="Luồng thông báo"
)


@blueprint.get("/stream")
@blueprint.arguments(StreamQuery, location="query")
@blueprint.response(200, _EVENT, content_type="text/event-stream")
@action("inbox.read")
def stream(query: dict[str, Any]) -> Response:
    """Stream the messages of the caller's inboxes as they come, behind Last-Event-ID or from now on."""
    roots()
    holder, store = actor(), runtime().store
    inboxes = own_inboxes(holder)
    given = request.headers.get("Last-Event-ID", "")
    after = int(given) if given.isascii() and given.isdigit() else newest_number(store)
    held, hands_over = streams(), bool(request.environ.get(MAY_TAKE_OVER))
    most = runtime().settings.streams
    room = query["hold"] > 0 and held.reserve(most if hands_over else min(most, IN_THREADS))
    back_ms = BACK_SOON_MS if room or query["hold"] == 0 else BACK_LATER_MS
    place = _Place(held) if room else None
    if place is not None and hands_over:
        line, chunked = request.environ["gunicorn.socket"], request.environ["SERVER_PROTOCOL"] == "HTTP/1.1"

        def hand_over(reached: int) -> None:
            taken = socket.socket(fileno=line.detach())
            place.passed_on()
            held.add(Stream(taken, holder, inboxes, after=reached, seconds=query["hold"], chunked=chunked))

        body = _handed_over(store, inboxes, after, back_ms, hand_over)
    else:
        seconds = min(query["hold"], LONGEST_IN_THREAD) if room else 0
        revoked = functools.partial(runtime().revocations.refuse, holder)
        body = _in_this_thread(store, inboxes, after, back_ms=back_ms, seconds=seconds, revoked=revoked)
    response = Response(body, content_type="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # a gateway passes each event on at once
    if place is not None:
        response.call_on_close(place.give_back)
    return response


def streams() -> Streams:
    """Return the streams of this process."""
    with _lock:
        found: Streams | None = current_app.extensions.get(_STREAMS)
        if found is None:
            found = current_app.extensions[_STREAMS] = Streams(runtime().store, runtime().revocations)
        return found


class _Place:
    """A place among the streams that are held, given back once, by whoever ends last."""

    def __init__(self, held: Streams) -> None:
        self._held = held
        self._ours = True

    def passed_on(self) -> None:
        self._ours = False

    def give_back(self) -> None:
        if self._ours:
            self._ours = False
            self._held.give_back()


def _beginning(after: int, back_ms: int) -> bytes:
    # The number comes first, so that also a client that was told nothing knows where to go on.
    return f"retry: {back_ms}\nid: {after}\nevent: here\ndata: {{}}\n\n".encode()


def _handed_over(
    store: Store, inboxes: Sequence[str], after: int, back_ms: int, hand_over: Callable[[int], None]
) -> Iterator[bytes]:
    yield _beginning(after, back_ms)
    while waiting := numbered_after(store, inboxes, after):
        for message in waiting:
            after = message["number"]
            yield event(message)
    hand_over(after)
    raise BrokenPipeError(errno.EPIPE, "handed over")  # the request ends here, and not the answer


def _in_this_thread(
    store: Store,
    inboxes: Sequence[str],
    after: int,
    *,
    back_ms: int,
    seconds: float,
    revoked: Callable[[], bool],
) -> Iterator[bytes]:
    yield _beginning(after, back_ms)
    until = time.monotonic() + seconds
    while not revoked():
        for message in numbered_after(store, inboxes, after):
            after = message["number"]
            yield event(message)
        left = until - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(EVERY_SECONDS, left))
        yield STILL_HERE  # a client that went away is noticed, and its place is free
