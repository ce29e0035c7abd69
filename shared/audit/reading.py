"""Reading a chain page by page: by its numbers, which have no gap, so that each read is a range with both its ends.

A server without an index that says how `_id` is ordered (the embedded one) reads and sorts the whole collection for
anything else.
"""

from __future__ import annotations

from shared.audit.verify import STEP, head_of
from shared.store.connection import Document, Store
from shared.store.pages import MAX_LIMIT, BadCursorError, Page, decode_cursor, encode_cursor


def page_of_chain(store: Store, *, after: str | None, limit: int) -> Page[Document]:
    """Return one page of links by number; where some are missing, those behind the hole follow.

    ``limit`` is cut to 1..200; *after* is a cursor of an earlier page. Raises BadCursorError.
    """
    size = max(1, min(limit, MAX_LIMIT))
    position = 0 if after is None else decode_cursor(after)
    if not isinstance(position, int):
        raise BadCursorError("the cursor is not one of this list")
    # What stands right behind the head should not be there, and so is shown.
    end = head_of(store)[0] + STEP
    found: list[Document] = []
    while len(found) <= size and position < end:
        up_to = min(position + size + 1, end)
        links = store.collection("audit").find({"_id": {"$gt": position, "$lte": up_to}})
        found += sorted(links, key=lambda link: int(link["_id"]))
        position = up_to
    items = found[:size]
    return Page(items=items, next=encode_cursor(items[-1]["_id"]) if len(found) > size else None)
