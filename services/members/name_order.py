"""The order of names in stretches of about as many members each: how far along it a search reads at a time.

The embedded server reads all that a filter leaves before it heeds a limit, so a search asks for one stretch after
another. Where they end is taken from a sample of the register, remembered for a while: it decides how much is read,
never what is found.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

from services.members.documents import Member
from services.members.tree import cells_in_order
from shared.store.connection import Document, Store

_SAMPLE = 1_000
"""Members in the sample, more or less."""
_IN_A_CELL = 15
"""Members of a usual cell: 12.8 to 16.8 in published figures."""
_IN_A_STRETCH = 50
_REMEMBERED_SECONDS = 600.0
_GROWTH = 4

_remembered: WeakKeyDictionary[Store, tuple[float, Sequence[str]]] = WeakKeyDictionary()
_lock = threading.Lock()


def along(
    store: Store,
    term: str,
    *,
    start: str,
    wanted: int,
    fields: Sequence[str],
    fits: Callable[[Document], bool],
) -> list[Document]:
    """Return *wanted* members or more with the search *term* that *fits* behind *start*, in order, or all there are."""
    own = f"{term} "  # whoever has it for a given name stands behind this, close together
    every = sorted({*_bounds(store), own})
    bounds = every[bisect_right(every, start) :]
    found: list[Document] = []
    read = width = 0
    while len(found) < wanted:
        width = _next_width(len(found), read, wanted)
        stretch, bounds = bounds[:width], bounds[width:]
        if own in stretch[:-1]:
            cut = stretch.index(own) + 1
            stretch, bounds = stretch[:cut], [*stretch[cut:], *bounds]
        read = 0 if own in stretch else read + len(stretch)
        ahead = {"$gt": start, "$lte": stretch[-1]} if bounds else {"$gt": start}
        query = {"search_terms": term, "order": ahead}
        found += [
            raw
            for raw in store.collection(Member.kind()).find(query, list(fields)).sort("order", 1)
            if fits(raw)
        ]
        if not bounds:
            break
        start = stretch[-1]
    return found


def _next_width(found: int, read: int, wanted: int) -> int:
    """Return how many stretches are likely to hold what is *wanted* yet, by what those *read* held."""
    if read == 0:
        return 1
    likely = -(-(wanted - found) * read // found) if found else _GROWTH * read
    return max(1, min(likely, _GROWTH * read))


def _bounds(store: Store) -> Sequence[str]:
    now = time.monotonic()
    with _lock:
        kept = _remembered.get(store)
    if kept is not None and kept[0] > now:
        return kept[1]
    cells = cells_in_order(store)
    step = max(1, len(cells) * _IN_A_CELL // _SAMPLE)
    sampled = store.collection(Member.kind()).find(
        {"cell_id": {"$in": [cell.id for cell in cells[::step]]}}, ["order"]
    )
    orders = sorted(raw["order"] for raw in sampled)
    each = max(1, _IN_A_STRETCH // step)
    bounds = orders[each - 1 :: each]
    if bounds:
        with _lock:
            _remembered[store] = (now + _REMEMBERED_SECONDS, bounds)
    return bounds
