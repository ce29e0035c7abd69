"""Streams: 500 clients with an open stream on one web process; how soon all hear, and what the process holds."""

from __future__ import annotations

import selectors
import socket
import time
import urllib.parse
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from deploy.bench.arena import Arena
from deploy.bench.measuring import Figure, NotInTimeError, Outcome, Target, percentile
from deploy.bench.memory import PYTHON_AT_MOST_MB, processes_below
from deploy.bench.parts import Parts, running
from deploy.process import definition
from deploy.stack.parts import WEB
from services.notifications.commands import newest_first, put
from services.notifications.documents import Message
from services.notifications.domain.recipients import message_id, office
from shared.access.actor import Context, system_actor
from shared.service import Runtime
from shared.store.unit_of_work import Transaction

CLIENTS = 500
MESSAGES = 5
ASKED = 200
WITHIN_SECONDS = 60.0
INBOX = office("standing_committee", "*")
METHOD = (
    f"{CLIENTS} clients each open `/inbox/stream` on the one web process of notifications (one thread holds all lines "
    f"and looks for new messages once a second). A message is committed that is for all of them; the time is taken "
    f"until half of them and until the last has it, {MESSAGES} times. While they are open, {ASKED} ordinary requests "
    f"(`/inbox/unread`) are made one after the other. Memory is the resident size of the process that serves."
)


class Clients:
    """Open streams, read by one thread."""

    def __init__(self) -> None:
        """Hold none yet."""
        self._selector = selectors.DefaultSelector()
        self._heard: dict[socket.socket, bytes] = {}

    def open(self, address: tuple[str, int], token: str) -> None:
        """Open one more."""
        line = socket.create_connection(address, timeout=WITHIN_SECONDS)
        request = (
            "GET /api/notifications/inbox/stream?hold=900 HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        )
        line.sendall(request.encode())
        self._heard[line] = b""
        self._selector.register(line, selectors.EVENT_READ)

    def until(self, wanted: bytes) -> Sequence[float]:
        """Return after how many seconds each client had *wanted*; raise NotInTimeError."""
        begun, times = time.perf_counter(), []
        left = set(self._heard)
        while left:
            if time.perf_counter() - begun > WITHIN_SECONDS:
                raise NotInTimeError(f"{len(left)} of {len(self._heard)} clients did not hear {wanted!r}")
            for key, _ in self._selector.select(1.0):
                line = key.fileobj
                assert isinstance(line, socket.socket)  # noqa: S101 -- nothing else was registered
                piece = line.recv(65536)
                if not piece:
                    raise NotInTimeError("a stream ended by itself")
                self._heard[line] = self._heard[line][-200:] + piece
                if line in left and wanted in self._heard[line]:
                    left.discard(line)
                    times.append(time.perf_counter() - begun)
        return times

    def close(self) -> None:
        """Close them all."""
        for line in self._heard:
            self._selector.unregister(line)
            line.close()
        self._selector.close()


def measure(arena: Arena) -> Outcome:
    """Measure what 500 streams cost."""
    arena.say(f"streams: {CLIENTS} open clients")
    count = arena.sized(CLIENTS, least=10)
    settings = arena.deployment()
    with running(arena, settings, [f"notifications{WEB}"]) as parts, ExitStack() as stack:
        runtime = Runtime(definition("notifications"), settings)
        stack.callback(runtime.close)
        pid, token = parts.pids[f"notifications{WEB}"], parts.token("standing_committee")
        ask = _asking(parts, token, stack)
        quiet = [ask() for _ in range(ASKED)]
        before = _largest_mb(pid)
        clients = Clients()
        stack.callback(clients.close)
        address = urllib.parse.urlsplit(parts.plan.url("notifications"))
        began = time.perf_counter()
        for _ in range(count):
            clients.open((str(address.hostname), int(address.port or 0)), token)
        clients.until(b"event: here")
        opened = time.perf_counter() - began
        half, last = [], []
        for number in range(MESSAGES):
            _tell_all(runtime, f"bench-{number}")
            times = clients.until(message_id(f"bench-{number}", INBOX).encode())
            half.append(percentile(times, 50))
            last.append(max(times))
        open_mb = _largest_mb(pid)
        busy = [ask() for _ in range(ASKED)]
    arena.forget(settings)
    return Outcome(
        key="streams",
        title="500 open streams",
        method=METHOD,
        figures=(
            Figure(
                name="a message is with the last of all clients",
                unit="s",
                samples=tuple(last),
                target=Target(at_most=2),
            ),
            Figure(name="a message is with half of them", unit="s", samples=tuple(half)),
            Figure(
                name="memory of the web process with all of them open",
                unit="MB",
                samples=(open_mb,),
                target=Target(at_most=PYTHON_AT_MOST_MB),
            ),
            Figure(name="memory before the first", unit="MB", samples=(before,)),
            Figure(name="opening all of them", unit="s", samples=(opened,)),
            Figure(name="p95 of a request beside them", unit="ms", samples=(percentile(busy, 95) * 1000,)),
            Figure(name="p95 of a request without them", unit="ms", samples=(percentile(quiet, 95) * 1000,)),
        ),
    )


def _largest_mb(pid: int) -> float:
    """Return the resident size of the process that serves: the largest of gunicorn's."""
    return max(each.rss_kb for each in processes_below(pid) if each.is_python) / 1024


def _asking(parts: Parts, token: str, stack: ExitStack) -> Callable[[], float]:
    """Return a function that makes one ordinary request and returns its seconds."""
    import requests  # noqa: PLC0415 -- only this measurement speaks plain HTTP

    session = stack.enter_context(requests.Session())
    url = f"{parts.plan.url('notifications')}/api/notifications/inbox/unread"

    def ask() -> float:
        began = time.perf_counter()
        session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30).raise_for_status()
        return time.perf_counter() - began

    return ask


def _tell_all(runtime: Runtime, cause: str) -> None:
    """Put one message into the inbox that all clients read."""

    def work(tx: Transaction) -> None:
        identifier, now = message_id(cause, INBOX), tx.clock.now()
        message = Message(
            id=identifier,
            inbox=INBOX,
            order=newest_first(now, identifier),
            about_event=cause,
            event_type="vn.khoi.reviews.RoundClosed.v1",
            organization_path=[],
            title="Đợt rà soát đã kết thúc",
            created_at=now,
        )
        put(tx, [message])

    context = Context(actor=system_actor("notifications"), request_id=cause, correlation_id=cause)
    runtime.unit_of_work.run(context, work)
