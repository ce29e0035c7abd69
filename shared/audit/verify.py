"""Verify a service's audit chain and name the first broken link."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from shared.audit.chain import GENESIS, is_sound
from shared.store.connection import Store

STEP = 500
"""Links read at once."""


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """The result: up to which link the chain is good and, where it is broken, at which link and why."""

    entries: int
    intact: bool
    hash: str = GENESIS
    """The hash of the last good link: who kept a copy sees whether the past was written anew."""
    broken_at: int | None = None
    why: str | None = None


def head_of(store: Store) -> tuple[int, str]:
    """Return number and hash of the newest link, as the ledger has them."""
    head = store.collection("ledger").find_one({"_id": "head"}) or {"entry": 0, "hash": GENESIS}
    return int(head["entry"]), str(head["hash"])


def verify(store: Store, progress: Callable[[int], None] | None = None) -> Verification:
    """Walk the chain from its first link to the ledger's head; *progress* is told each count reached."""
    last, head = head_of(store)
    found = Verification(entries=0, intact=True)
    while found.intact and found.entries < last:
        found = walk(store, after=found, up_to=min(found.entries + STEP, last))
        if progress is not None and found.intact:
            progress(found.entries)
    return at_head(store, found, last=last, head=head) if found.intact else found


def walk(store: Store, *, after: Verification, up_to: int) -> Verification:
    """Go on behind the links that are known to be good, up to a number; return how far they are good."""
    number, previous = after.entries, after.hash
    found = store.collection("audit").find({"_id": {"$gt": number, "$lte": up_to}})
    links = {int(link["_id"]): link for link in found}
    for expected in range(number + 1, up_to + 1):
        link = links.get(expected)
        why = None
        if link is None:
            why = "mắt xích bị mất (the link is missing)"
        elif link["previous"] != previous:
            why = "không nối với mắt xích trước (does not follow the link before)"
        elif not is_sound(link):
            why = "nội dung đã bị sửa (the content was changed)"
        if why is not None or link is None:
            return Verification(
                entries=expected - 1, hash=previous, intact=False, broken_at=expected, why=why
            )
        previous = str(link["hash"])
    return Verification(entries=up_to, hash=previous, intact=True)


def at_head(store: Store, found: Verification, *, last: int, head: str) -> Verification:
    """Compare the end of a walk with the ledger's head as it was when the walk began."""
    if found.hash != head:
        why = "khác với sổ cái (differs from the ledger's head)"
        return msgspec.structs.replace(found, intact=False, broken_at=last, why=why)
    beyond = store.collection("audit").find_one({"_id": last + 1})
    if beyond is not None and head_of(store)[0] <= last:
        why = "mắt xích thừa (a link beyond the head)"
        return msgspec.structs.replace(found, intact=False, broken_at=last + 1, why=why)
    return found
