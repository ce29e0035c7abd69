"""The order of names in stretches: how far along it a search for a name reads at a time.

The embedded server reads all that a filter leaves before it heeds a limit, so a search asks for one stretch after
another. A sample of the register, remembered for a while, says where those who bear a name stand: it decides how much
is read, never what is found.
"""

from __future__ import annotations

import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from weakref import WeakKeyDictionary

import msgspec

from services.members.documents import Member
from services.members.tree import cells_in_order
from shared.store.connection import Document, Store

_SAMPLE = 2_000
"""Members in the sample, more or less."""
_IN_A_CELL = 15
"""Members of a usual cell: 12.8 to 16.8 in published figures."""
_REMEMBERED_SECONDS = 600.0


class _Sample(msgspec.Struct, frozen=True):
    """Some members in order, each with the parts of the name; one of them stands for ``share`` members."""

    until: float
    share: int
    members: Sequence[tuple[str, frozenset[str]]]


_remembered: WeakKeyDictionary[Store, _Sample] = WeakKeyDictionary()
_lock = threading.Lock()


def along(
    store: Store,
    terms: Iterable[str],
    *,
    start: str,
    wanted: int,
    fields: Sequence[str],
    fits: Callable[[Document], bool],
) -> list[Document]:
    """Return *wanted* members or more whose names have all *terms* and that *fits*, behind *start*, or all there are.

    In order; looked up by the term that the fewest have.
    """
    sample, needed = _sample(store), frozenset(terms)
    rarest = min(sorted(needed), key=lambda term: sum(term in names for _, names in sample.members))
    every = [order for order, names in sample.members if needed <= names]
    bounds = every[bisect_right(every, start) :]
    found: list[Document] = []
    at_once = 0
    while len(found) < wanted:
        # As many stretches as are likely to hold what is wanted yet; more and more of them while nothing fits.
        at_once = max(1, (wanted - len(found)) // sample.share, 0 if found else 2 * at_once)
        stretch, bounds = bounds[:at_once], bounds[at_once:]
        ahead = {"$gt": start, "$lte": stretch[-1]} if bounds else {"$gt": start}
        query = {"search_terms": rarest, "order": ahead}
        read = store.collection(Member.kind()).find(query, list(fields)).sort("order", 1)
        found += [raw for raw in read if needed <= set(raw["search_terms"]) and fits(raw)]
        if not bounds:
            break
        start = stretch[-1]
    return found


def _sample(store: Store) -> _Sample:
    now = time.monotonic()
    with _lock:
        kept = _remembered.get(store)
    if kept is not None and kept.until > now:
        return kept
    cells = cells_in_order(store)
    share = max(1, len(cells) * _IN_A_CELL // _SAMPLE)
    sampled = store.collection(Member.kind()).find(
        {"cell_id": {"$in": [cell.id for cell in cells[::share]]}}, ["order", "search_terms"]
    )
    members = sorted(
        # Parts of names only; equal ones are kept once.
        (raw["order"], frozenset(sys.intern(term) for term in raw["search_terms"] if term.isalpha()))
        for raw in sampled
    )
    made = _Sample(now + _REMEMBERED_SECONDS, share, members)
    if members:
        with _lock:
            _remembered[store] = made
    return made
