"""Streams (luồng thông báo) that this process holds open: many sockets, one thread, one look at the store for all.

A stream comes here once its head and what was waiting are written. From then on:

1. once a second the newest number is read; when it moved, the new messages are read, once for everybody;
2. each is written to the streams of its inbox that stand before it;
3. whoever hears nothing for a while gets a comment, so that a gateway keeps the line and a dead client is noticed;
4. at its time a stream is ended, and the client comes back by itself behind its ``Last-Event-ID``;
5. it is ended at once when the access of its holder is revoked.

A client that does not read is waited for as long as its line holds ``MOST_WAITING`` bytes, then it is let go.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import structlog
from pymongo.errors import PyMongoError

from services.notifications.queries import newest_number, numbered_after
from shared.access.actor import Actor
from shared.access.revocations import Revocations
from shared.store.connection import Document, Store

_log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
SILENCE_SECONDS = 15.0
MOST_WAITING = 256 * 1024
AT_ONCE = 500
"""Messages read in one look."""
STILL_HERE = b": still here\n\n"
_LAST_CHUNK = b"0\r\n\r\n"


class Stream:
    """One open stream: its line, whose inboxes, and behind which number it stands."""

    __slots__ = ("after", "chunked", "heard", "holder", "inboxes", "line", "until", "waiting")

    def __init__(
        self,
        line: socket.socket,
        holder: Actor,
        inboxes: Sequence[str],
        *,
        after: int,
        seconds: float,
        chunked: bool,
    ) -> None:
        """Stand behind message *after* for *seconds*; *chunked* is how the head said that the body comes."""
        now = time.monotonic()
        self.line = line
        self.holder = holder
        self.inboxes = tuple(inboxes)
        self.after = after
        self.until = now + seconds
        self.heard = now
        self.chunked = chunked
        self.waiting = b""

    def framed(self, data: bytes) -> bytes:
        """Return *data* as it goes over the line."""
        return b"%X\r\n%b\r\n" % (len(data), data) if self.chunked else data


class Streams:
    """The streams of one process. Its thread begins with the first of them."""

    def __init__(self, store: Store, revocations: Revocations) -> None:
        """Tell of the messages in *store*, whose access is not revoked."""
        self._store = store
        self._revocations = revocations
        self._lock = threading.Lock()
        self._arriving: list[Stream] = []
        self._held = 0
        self._thread: threading.Thread | None = None
        self._ending = False
        self._selector: selectors.BaseSelector
        self._wake: socket.socket
        self._woken: socket.socket
        self._by_inbox: dict[str, set[Stream]] = {}
        self._all: set[Stream] = set()
        self._newest: int | None = None

    @property
    def held(self) -> int:
        """Return how many are held."""
        return self._held

    def reserve(self, most: int) -> bool:
        """Take a place among at most *most*; whoever takes one gives it back, or adds a stream."""
        with self._lock:
            if self._held >= most:
                return False
            self._held += 1
            return True

    def give_back(self) -> None:
        """Give a place back."""
        with self._lock:
            self._held -= 1

    def add(self, stream: Stream) -> None:
        """Hold *stream* from now on, in the place that was taken for it."""
        stream.line.setblocking(False)
        with self._lock:
            self._arriving.append(stream)
            if self._thread is None:
                self._begin()
        self._rouse()

    def close(self) -> None:
        """End every stream and the thread."""
        thread = self._thread
        if thread is not None:
            self._ending = True
            self._rouse()
            thread.join()

    def _begin(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        self._thread.start()

    def _rouse(self) -> None:
        with suppress(BlockingIOError):  # it is full of wakings: one of them will do
            self._wake.send(b"\x00")

    # -- the thread

    def _run(self) -> None:
        look_at = time.monotonic()
        while not self._ending:
            for key, events in self._selector.select(max(0.0, look_at - time.monotonic())):
                if key.data is None:
                    self._woken.recv(4096)
                elif events & selectors.EVENT_READ:
                    self._listen(key.data)
                else:
                    self._write(key.data, b"")
            self._take_in()
            if time.monotonic() >= look_at:
                self._look()
                self._keep_alive()
                look_at = time.monotonic() + LOOK_SECONDS
        self._take_in()
        for stream in list(self._all):
            self._end(stream)
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _take_in(self) -> None:
        with self._lock:
            arriving, self._arriving = self._arriving, []
        for stream in arriving:
            self._selector.register(stream.line, selectors.EVENT_READ, stream)
            self._all.add(stream)
            for inbox in stream.inboxes:
                self._by_inbox.setdefault(inbox, set()).add(stream)
            if self._newest is not None and stream.after < self._newest:
                self._catch_up(stream)

    def _catch_up(self, stream: Stream) -> None:
        """Write what came between the head of the answer and now."""
        try:
            while found := numbered_after(self._store, stream.inboxes, stream.after, limit=AT_ONCE):
                for message in found:
                    self._tell(stream, message, event(message))
        except PyMongoError as error:
            _log.info("a stream is ended: the store is away", error=error)
            self._end(stream)

    def _look(self) -> None:
        """Read what is new once, and write it to all whom it is for."""
        try:
            for stream in [each for each in self._all if self._revocations.refuse(each.holder)]:
                self._end(stream)
            newest = newest_number(self._store)
            if self._newest is None:
                self._newest = newest
                for stream in list(self._all):
                    if stream.after < newest:
                        self._catch_up(stream)
                return
            while self._newest < newest:
                upto = min(newest, self._newest + AT_ONCE)
                query = {"number": {"$gt": self._newest, "$lte": upto}}
                found = self._store.collection("messages").find(query).sort("number", 1)
                for message in found:
                    wanting = self._by_inbox.get(message["inbox"])
                    if wanting:
                        data = event(message)
                        for stream in list(wanting):
                            self._tell(stream, message, data)
                self._newest = upto
        except PyMongoError as error:
            _log.info("streams wait for the store", error=error)

    def _tell(self, stream: Stream, message: Document, data: bytes) -> None:
        if message["number"] > stream.after:
            stream.after = message["number"]
            self._write(stream, data)

    def _keep_alive(self) -> None:
        now = time.monotonic()
        for stream in list(self._all):
            if now >= stream.until:
                self._end(stream)
            elif now - stream.heard >= SILENCE_SECONDS:
                self._write(stream, STILL_HERE)

    # -- lines

    def _write(self, stream: Stream, data: bytes) -> None:
        """Write *data* behind what waits; what the line does not take waits with it."""
        before = bool(stream.waiting)
        pending = stream.waiting + stream.framed(data) if data else stream.waiting
        try:
            sent = stream.line.send(pending)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(stream)
            return
        stream.heard = time.monotonic()
        stream.waiting = pending[sent:]
        if len(stream.waiting) > MOST_WAITING:
            self._drop(stream)
        elif bool(stream.waiting) != before:
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if stream.waiting else 0)
            self._selector.modify(stream.line, wanted, stream)

    def _listen(self, stream: Stream) -> None:
        """A client says nothing; what can be read is that it went away."""
        try:
            gone = not stream.line.recv(4096)
        except BlockingIOError:
            gone = False
        except OSError:
            gone = True
        if gone:
            self._drop(stream)
        elif stream.waiting:
            self._write(stream, b"")

    def _end(self, stream: Stream) -> None:
        """End the answer properly and let the line go."""
        if stream.chunked and not stream.waiting:
            with suppress(OSError):  # it goes away in any case
                stream.line.send(_LAST_CHUNK)
        self._drop(stream)

    def _drop(self, stream: Stream) -> None:
        if stream not in self._all:
            return
        self._all.discard(stream)
        for inbox in stream.inboxes:
            among = self._by_inbox[inbox]
            among.discard(stream)
            if not among:
                del self._by_inbox[inbox]
        self._selector.unregister(stream.line)
        stream.line.close()
        self.give_back()


def event(message: Document) -> bytes:
    """Return one message as an event of a stream."""
    data = msgspec.json.encode(shown(message), enc_hook=str).decode()
    return f"id: {message['number']}\nevent: message\ndata: {data}\n\n".encode()


def shown(message: Document) -> dict[str, Any]:
    """Return what the API says of one message."""
    return {
        "id": message["_id"],
        "inbox": message["inbox"],
        "event_type": message["event_type"],
        "case_id": message.get("case_id"),
        "title": message["title"],
        "to_do": message.get("to_do"),
        "clause": message.get("clause"),
        "required": message.get("required", False),
        "due_on": message.get("due_on"),
        "items": message.get("items", []),
        "created_at": message["created_at"],
        "read_at": message.get("read_at"),
    }
