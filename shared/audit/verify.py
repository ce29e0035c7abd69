"""Verify a service's audit chain and name the first broken link."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from shared.audit.chain import GENESIS, link_hash
from shared.store.connection import Store

_STEP = 500


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The result: how many links were read and, where the chain is broken, at which link and why."""

    entries: int
    intact: bool
    broken_at: int | None = None
    why: str | None = None


def verify(store: Store, progress: Callable[[int], None] | None = None) -> Verification:
    """Walk the chain from its first link to the ledger's head; *progress* is told each count reached."""
    head = store.collection("ledger").find_one({"_id": "head"}) or {"entry": 0, "hash": GENESIS}
    last, previous, number = int(head["entry"]), GENESIS, 0
    while number < last:
        upper = min(number + _STEP, last)
        links = {
            int(link["_id"]): link
            for link in store.collection("audit").find({"_id": {"$gt": number, "$lte": upper}})
        }
        for expected in range(number + 1, upper + 1):
            link = links.get(expected)
            why = None
            if link is None:
                why = "mắt xích bị mất (the link is missing)"
            elif link["previous"] != previous:
                why = "không nối với mắt xích trước (does not follow the link before)"
            elif link_hash(link) != link["hash"]:
                why = "nội dung đã bị sửa (the content was changed)"
            if why is not None or link is None:
                return Verification(entries=expected - 1, intact=False, broken_at=expected, why=why)
            previous = str(link["hash"])
        number = upper
        if progress is not None:
            progress(number)
    if previous != head["hash"]:
        return Verification(
            entries=last, intact=False, broken_at=last, why="khác với sổ cái (differs from the ledger's head)"
        )
    beyond = store.collection("audit").find_one({"_id": last + 1})
    if beyond is not None:
        return Verification(
            entries=last, intact=False, broken_at=last + 1, why="mắt xích thừa (a link beyond the head)"
        )
    return Verification(entries=last, intact=True)
