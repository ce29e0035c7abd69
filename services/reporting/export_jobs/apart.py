"""Rendering apart — *lập tệp ở tiến trình riêng*: a large file is made by a process that ends with it.

130 reports take some 270 MiB as PDF (typst 0.15) and ten seconds as DOCX: a worker that made them itself would keep
the memory for good, and could not say meanwhile that it is alive.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from services.reporting.export_jobs.contents import CONTENTS
from services.reporting.exports.formats import Rendered
from shared.clock import FixedClock

BEAT_SECONDS = 3.0
"""How often whoever waits says that they are still there; well below the time for which a lease holds."""


class RenderingError(RuntimeError):
    """The process that was to make the file ended without it."""


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    format_: str
    made_at: datetime
    parts: tuple[bytes, ...]


def rendered_apart(
    what: str, format_: str, parts: Sequence[bytes], *, made_at: datetime, waiting: Callable[[], None]
) -> Rendered:
    """Return the file made of all parts; calls *waiting* now and then. Raises RenderingError, and what that raises."""
    with tempfile.TemporaryDirectory(prefix="khoi-export-") as folder:
        given, made = Path(folder) / "order", Path(folder) / "file"
        given.write_bytes(
            msgspec.msgpack.encode(_Order(what=what, format_=format_, made_at=made_at, parts=tuple(parts)))
        )
        process = subprocess.Popen([sys.executable, "-m", __name__, str(given), str(made)])  # noqa: S603 -- ourselves, on files of our own
        try:
            while True:
                try:
                    ended = process.wait(timeout=BEAT_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    waiting()
        finally:
            # Whatever ended the wait (the lease was lost, the worker stops), nobody waits for the file any more.
            process.kill()
            process.wait()
        if ended != 0:
            raise RenderingError(f"the process that renders {what} as {format_} ended with {ended}")
        return msgspec.msgpack.decode(made.read_bytes(), type=Rendered)


def main(given: str, made: str) -> None:
    """Make one file; what stands in *given* is an order of :func:`rendered_apart`."""
    order = msgspec.msgpack.decode(Path(given).read_bytes(), type=_Order)
    rendered = CONTENTS[order.what].rendered(FixedClock(order.made_at), order.format_, order.parts)
    Path(made).write_bytes(msgspec.msgpack.encode(rendered))


if __name__ == "__main__":
    main(*sys.argv[1:])
