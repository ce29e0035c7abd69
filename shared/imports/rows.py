"""What the preview leaves for the execution and for people: batches of sound rows, and findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal, get_args

import msgspec
from pymongo.client_session import ClientSession

from shared.clock import SystemClock
from shared.store.connection import Document, Store
from shared.store.indexes import Index
from shared.store.pages import BadCursorError, Page, decode_cursor, encode_cursor, page_of

BATCHES = "import_batches"
FINDINGS = "import_findings"
BATCH_ROWS = 250
"""Rows of one transaction: small enough to end well within a command's time on a busy machine."""
KEPT_DAYS = 30
"""How long the rows of an import can be looked at."""

FindingKind = Literal["refused", "duplicate", "note", "update"]


INDEXES = (
    Index(BATCHES, (("import_id", 1),)),
    Index(BATCHES, (("created_at", 1),), expire_after_seconds=KEPT_DAYS * 24 * 3600),
    Index(FINDINGS, (("listing", 1),)),
    Index(FINDINGS, (("created_at", 1),), expire_after_seconds=KEPT_DAYS * 24 * 3600),
)
"""What a service that imports adds to its indexes."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Nhận xét về một dòng: why a row is not imported, or what was done to it."""

    kind: FindingKind
    sheet: str
    row: int
    column: str | None = None
    code: str
    reason: str
    value: str | None = None
    changes: list[dict[str, Any]] | None = None
    """Of an update: field, before, after."""


def keep_batch(
    store: Store,
    import_id: str,
    number: int,
    rows: Sequence[msgspec.Struct],
    session: ClientSession | None = None,
) -> None:
    """Store one batch of sound rows of one kind."""
    store.collection(BATCHES).insert_one(
        {
            "_id": _batch_id(import_id, number),
            "import_id": import_id,
            "rows": msgspec.msgpack.encode(rows),
            "created_at": _database_time(),
        },
        session=session,
    )


def batch(store: Store, import_id: str, number: int) -> bytes:
    """Return the rows of one batch, to be decoded by whoever kept them; LookupError when it is gone."""
    found = store.collection(BATCHES).find_one({"_id": _batch_id(import_id, number)})
    if found is None:
        raise LookupError(f"import {import_id} has no batch {number}")
    return bytes(found["rows"])


def keep_findings(
    store: Store,
    import_id: str,
    findings: Sequence[Finding],
    *,
    start: int,
    session: ClientSession | None = None,
) -> None:
    """Store findings, numbered from *start*."""
    if findings:
        store.collection(FINDINGS).insert_many(
            [
                {
                    **msgspec.structs.asdict(finding),
                    "_id": f"{import_id}:{number:07d}",
                    "listing": _listing(import_id, finding.kind),
                    "number": number,
                    "created_at": _database_time(),
                }
                for number, finding in enumerate(findings, start=start)
            ],
            session=session,
        )


def forget(store: Store, import_id: str, *, findings: bool = True) -> None:
    """Remove what an interrupted preview left; with *findings* false only the batches."""
    store.collection(BATCHES).delete_many({"import_id": import_id})
    if findings:
        for kind in get_args(FindingKind):
            store.collection(FINDINGS).delete_many({"listing": _listing(import_id, kind)})


def findings_page(
    store: Store, import_id: str, kind: str, *, after: str | None, limit: int
) -> Page[dict[str, Any]]:
    """Return one page of findings of one kind, in the order in which they were found."""
    page = page_of(
        store.collection(FINDINGS),
        {"listing": _listing(import_id, kind)},
        order_by="number",
        after=after,
        limit=limit,
    )
    return Page(items=[_shown(raw) for raw in page.items], next=page.next)


def sound_page(
    store: Store,
    found: Document,
    shown: Callable[[bytes], Sequence[dict[str, Any] | None]],
    *,
    after: str | None,
    limit: int,
) -> Page[dict[str, Any]]:
    """Return one page of the rows that an import (its document) takes.

    *shown* decodes a batch and says what to tell of each of its rows, None of those that are not to be listed.
    """
    start = (0, 0) if after is None else _place(decode_cursor(after))
    items: list[tuple[str, dict[str, Any]]] = []
    for place, row in _sound_rows(store, found, shown, start):
        items.append((place, row))
        if len(items) > limit:
            break
    more = len(items) > limit
    return Page(
        items=[item for _, item in items[:limit]],
        next=encode_cursor(items[limit - 1][0]) if more else None,
    )


def _sound_rows(
    store: Store,
    found: Document,
    shown: Callable[[bytes], Sequence[dict[str, Any] | None]],
    start: tuple[int, int],
) -> Iterator[tuple[str, dict[str, Any]]]:
    withdrawn = set(found["withdrawn"])
    for number in range(start[0], found["batches"]):
        for index, row in enumerate(shown(batch(store, found["_id"], number)), start=1):
            if number == start[0] and index <= start[1]:
                continue
            if row is not None and row["row"] not in withdrawn:
                yield f"{number}:{index}", row


def _place(key: str | int) -> tuple[int, int]:
    try:
        number, index = str(key).split(":")
        return int(number), int(index)
    except ValueError as error:
        raise BadCursorError("the cursor was not made for this list") from error


def _database_time() -> datetime:
    """Return the instant from which the database counts until it forgets: its own clock's, no test's."""
    return SystemClock().now()


def _batch_id(import_id: str, number: int) -> str:
    return f"{import_id}:{number:06d}"


def _listing(import_id: str, kind: str) -> str:
    return f"{import_id}:{kind}"


def _shown(raw: Document) -> dict[str, Any]:
    return {name: raw.get(name) for name in ("sheet", "row", "column", "code", "reason", "value", "changes")}
