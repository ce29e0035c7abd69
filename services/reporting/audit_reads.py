"""Reads of the copy of the audit chains: newest first, in pages, at the cost of what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from services.reporting.audit_copy import ENTRIES, FILTERS, hash_made_again, order_of
from services.reporting.domain.case_facts import end_of_day
from shared.clock import VIETNAM
from shared.events.catalogue.audit import AuditEntryKept
from shared.store.connection import Document, Store
from shared.store.pages import BadCursorError, Page, decode_cursor, encode_cursor

_FIRST_STRETCH = timedelta(days=1)
_LONGEST_STRETCH = timedelta(days=10_000)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries: each given field must be the same; days in Vietnam, both included."""

    member_id: str | None = None
    subject: str | None = None
    action: str | None = None
    actor: str | None = None
    service: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None

    def match(self) -> dict[str, str]:
        """Return the fields that must be the same."""
        return {name: value for name in FILTERS if (value := getattr(self, name)) is not None}

    def text(self) -> str:
        """Return it as it is kept in the audit of the reading."""
        given: Mapping[str, Any] = {**self.match(), "from": self.starts_on, "to": self.ends_on}
        return "; ".join(f"{name}={value}" for name, value in given.items() if value is not None)


def page(store: Store, wanted: Wanted, *, now: datetime, after: str | None, limit: int) -> Page[Document]:
    """Return one page of entries; raise BadCursorError."""
    start = None if after is None else decode_cursor(after)
    if start is not None and not isinstance(start, str):
        raise BadCursorError("the cursor is of another list")
    found = []
    for raw in entries(store, wanted, now=now, behind=start):
        found.append(raw)
        if len(found) > limit:
            break
    more = len(found) > limit
    return Page(items=found[:limit], next=encode_cursor(found[limit - 1]["order"]) if more else None)


def entries(store: Store, wanted: Wanted, *, now: datetime, behind: str | None = None) -> Iterator[Document]:
    """Yield the entries that are *wanted*, newest first.

    In stretches of time, each longer than the one before: the embedded server reads all that a filter leaves before it
    heeds a limit, and a year of one service is much.
    """
    # a clock of another machine may run a little ahead of ours
    upto = now + _FIRST_STRETCH if wanted.ends_on is None else end_of_day(wanted.ends_on)
    low = behind or order_of(upto)
    instant, stretch = _instant_of(low), _FIRST_STRETCH
    last = None if wanted.starts_on is None else _oldest(datetime.combine(wanted.starts_on, time(), VIETNAM))
    while True:
        at_end = stretch > _LONGEST_STRETCH
        high = None if at_end else _oldest(instant - stretch)
        if last is not None and (high is None or high >= last):
            high, at_end = last, True
        bounds = {"$gt": low} if high is None else {"$gt": low, "$lte": high}
        query: Document = {**wanted.match(), "order": bounds}
        yield from store.collection(ENTRIES).find(query).sort("order", 1)
        if at_end or high is None:
            return
        low, instant, stretch = high, instant - stretch, stretch * 4


def _oldest(instant: datetime) -> str:
    """Return the last sort key of what was made at *instant* or later."""
    return f"{order_of(instant).split('-', 1)[0]}~"


def _instant_of(order: str) -> datetime:
    milliseconds = int(order_of(_EPOCH).split("-", 1)[0]) - int(order[:14])
    return _EPOCH + timedelta(milliseconds=milliseconds)


_EPOCH = datetime.fromtimestamp(0, VIETNAM)


def shown(raw: Document) -> dict[str, Any]:
    """Return what the API says of one entry; ``sound`` says whether it still is what its hash was made over."""
    fact = msgspec.convert({name: raw[name] for name in AuditEntryKept.__struct_fields__}, AuditEntryKept)
    told = msgspec.structs.asdict(fact)
    checkable, digest = told.pop("checkable"), told.pop("reason_digest")
    return {
        "service": raw["service"],
        **told,
        "has_reason": digest is not None,
        "sound": not checkable or hash_made_again(fact) == fact.hash,
        "entry": f"/api/{raw['service']}/audit?number={raw['number']}",
    }
