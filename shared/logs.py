"""Nhật ký kỹ thuật (log): one JSON object a line, with the request and trace it belongs to and nobody's data.

A log is read by operators, who may not know whose case it is. So of an error only its kind and place are written, and
its words only where they come from a library or module of ours that knows of no person (a broker that does not
answer); of an address no query, for people search by name. Who needs more finds the record by the request's id.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

_IN_HAND: ContextVar[Mapping[str, str]] = ContextVar("khoi_in_hand", default={})  # noqa: B039 -- never changed, replaced
_QUERY = re.compile(r"\?[^\s'\"]*")
_SAYS_NOTHING_OF_PEOPLE = ("kafka.", "shared.bus.", "shared.store.errors", "http.client", "ssl", "socket")
"""Modules whose errors may be quoted. Not pymongo's refusals: a duplicate key names the key's value."""
_FRAMES = 25
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def in_hand(**ids: str | None) -> None:
    """Say what this thread works on from now on: the request's, event's and trace's ids, for every line it logs."""
    _IN_HAND.set({name: value for name, value in ids.items() if value})


def trace_id(traceparent: str | None) -> str | None:
    """Return the trace that a ``traceparent`` belongs to."""
    return traceparent.split("-")[1] if traceparent and traceparent.count("-") == 3 else None  # noqa: PLR2004 -- W3C's four fields


def told(error: BaseException) -> str:
    """Return what a log may say of *error*: its kind and place, and its words where they tell of nobody."""
    kind, quoted = type(error).__qualname__, _may_be_quoted(error)
    code, frames = getattr(error, "code", None), traceback.extract_tb(error.__traceback__)
    said = f"{kind}: {error}" if quoted else f"{kind}({code})" if isinstance(code, int) else kind
    if frames and not quoted:
        said = f"{said} at {_place(frames[-1])}"
    return said if error.__cause__ is None else f"{said} < {told(error.__cause__)}"


def _may_be_quoted(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return True
    module = type(error).__module__
    if module.startswith("pymongo"):
        # A refusal of the server may quote a value; that it does not answer, quotes its address.
        return any(kind.__name__ == "ConnectionFailure" for kind in type(error).__mro__)
    return module.startswith(_SAYS_NOTHING_OF_PEOPLE)


def _place(frame: traceback.FrameSummary) -> str:
    path = frame.filename.replace("\\", "/")
    for root in ("/shared/", "/services/", "/deploy/", "/site-packages/"):
        if root in path:
            path = (root.strip("/") + "/" if root != "/site-packages/" else "") + path.rsplit(root, 1)[1]
            break
    return f"{path}:{frame.lineno} {frame.name}"


def _error(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {"told": told(error), "at": [_place(frame) for frame in frames]}


def line(level: str, logger: str, event: str, fields: Mapping[str, Any], error: BaseException | None) -> str:
    """Return one line of the log."""
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": level,
        "logger": logger,
        "event": _QUERY.sub("?…", event),
        **_IN_HAND.get(),
    }
    for name, value in fields.items():
        found[name] = told(value) if isinstance(value, BaseException) else value
    if error is not None:
        found["error"] = _error(error)
    return json.dumps(found, ensure_ascii=False, default=str)


class JsonLines(logging.Formatter):
    """Formats the records of Python's own logging; an argument that is an exception is told, not quoted."""

    def format(self, record: logging.LogRecord) -> str:
        """Return *record* as one line."""
        if isinstance(record.args, tuple):
            record.args = tuple(told(one) if isinstance(one, BaseException) else one for one in record.args)
        event = told(record.msg) if isinstance(record.msg, BaseException) else record.getMessage()
        fields = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
        error = record.exc_info[1] if record.exc_info else None
        return line(record.levelname.lower(), record.name, event, fields, error)


def structured(_logger: Any, method: str, fields: MutableMapping[str, Any]) -> str:
    """The last processor of structlog: the same line."""
    event = str(fields.pop("event", ""))
    name = str(fields.pop("logger", "khoi"))
    error = sys.exc_info()[1] if fields.pop("exc_info", False) else None
    level = "error" if method == "exception" else method
    return line(level, name, event, fields, error)


def level_wanted() -> int:
    """Return the level of ``KHOI_LOG_LEVEL``; INFO when it names none."""
    found = logging.getLevelName(os.environ.get("KHOI_LOG_LEVEL", "info").upper())
    return found if isinstance(found, int) else logging.INFO


def configure() -> None:
    """Let this process log JSON lines to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level_wanted(), handlers=[handler], force=True)
    logging.getLogger("kafka").setLevel(logging.WARNING)
    # Uncaught in a thread: Python would print the words of the error.
    logging.captureWarnings(capture=True)


def configure_structured() -> None:
    """Let structlog write the same lines; for the processes that load it."""
    import structlog  # noqa: PLC0415 -- web processes have no other need of it (4 MB each)

    structlog.configure(
        processors=[structured],
        wrapper_class=structlog.make_filtering_bound_logger(level_wanted()),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
