"""Đổi khóa (key rotation): every sensitive value that is kept comes under the newest key, batch by batch.

There is no mark of how far it came: what is under another key is what is left. So it may be broken off anywhere and run
again, beside commands that write: a batch and a command that change one record meet in the database, and the later of
them reads what the other wrote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from services.members.documents import Member
from services.members.imports.rows import MatchedRow, decoded
from services.members.imports.undecided import UNDECIDED
from services.members.roster import MemberRow
from shared.access.actor import Context
from shared.imports.rows import BATCHES
from shared.store.connection import Document, Store
from shared.store.sealed import Sealing, key_of
from shared.store.unit_of_work import Transaction, UnitOfWork

BATCH = 250

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Nơi lưu: one field of one collection in which sealed values stand."""

    collection: str
    field: str
    values: Callable[[Any], list[Values]]
    """Returns the values in what the field holds."""
    changed: Callable[[Any, Callable[[Values], dict[str, str]]], Any]
    """Returns what the field holds with all its values passed through a function."""
    batch: int = BATCH


def _row_values(row: object) -> list[Values]:
    if isinstance(row, MatchedRow):
        return [row.member.optional]
    return [row.optional] if isinstance(row, MemberRow) else []


def _row_changed(row: Any, change: Callable[[Values], dict[str, str]]) -> Any:
    if isinstance(row, MatchedRow):
        return msgspec.structs.replace(row, member=_row_changed(row.member, change))
    if isinstance(row, MemberRow):
        return msgspec.structs.replace(row, optional=change(row.optional))
    return row


PLACES = (
    Place(
        collection=Member.kind(),
        field="optional",
        values=lambda held: [held],
        changed=lambda held, change: change(held),
    ),
    Place(
        collection=BATCHES,
        field="rows",
        values=lambda held: [each for row in decoded(held) for each in _row_values(row)],
        changed=lambda held, change: msgspec.msgpack.encode(
            [_row_changed(row, change) for row in decoded(held)]
        ),
        batch=1,
    ),
    Place(
        collection=UNDECIDED,
        field="member",
        values=lambda held: _row_values(msgspec.msgpack.decode(held, type=MemberRow)),
        changed=lambda held, change: msgspec.msgpack.encode(
            _row_changed(msgspec.msgpack.decode(held, type=MemberRow), change)
        ),
    ),
)
"""Records, and rows of imports on their way into them."""


def counted(store: Store) -> Counter[str]:
    """Return how many values are under each key, by its id; ``plain`` are those under none."""
    found: Counter[str] = Counter()
    for place in PLACES:
        for raw in store.collection(place.collection).find({place.field: {"$exists": True}}, [place.field]):
            found.update(key_of(value) for held in place.values(raw[place.field]) for value in held.values())
    return found


def rotate(
    unit_of_work: UnitOfWork,
    *,
    context: Context,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Bring every value under the newest key and return how many were under another.

    *progress* is told how many documents are done, of how many. Raises SealedValueError at a value that no key at hand
    opens: what is done by then stays done.
    """
    store = unit_of_work.store
    left = [(place, _under_another(store, place)) for place in PLACES]
    every = sum(len(ids) for _, ids in left)
    done = changed = 0
    for place, ids in left:
        for start in range(0, len(ids), place.batch):
            batch = ids[start : start + place.batch]
            changed += unit_of_work.run(context, partial(_renew, place=place, ids=batch))
            done += len(batch)
            progress(done, every)
    return changed


def _under_another(store: Store, place: Place) -> list[str]:
    current = store.sealing.current
    return sorted(
        str(raw["_id"])
        for raw in store.collection(place.collection).find({place.field: {"$exists": True}}, [place.field])
        if any(key_of(value) != current for held in place.values(raw[place.field]) for value in held.values())
    )


def _renew(tx: Transaction, *, place: Place, ids: list[str]) -> int:
    """Renew one batch; a record keeps its version, for what it says is the same."""
    sealing: Sealing = tx.store.sealing
    collection = tx.collection(place.collection)
    changed = 0
    for raw in collection.find({"_id": {"$in": ids}}, [place.field], session=tx.session):
        held = raw[place.field]
        old = [value for each in place.values(held) for value in each.values()]
        moved = sum(key_of(value) != sealing.current for value in old)
        if not moved:
            continue
        collection.update_one(
            {"_id": raw["_id"]},
            {"$set": {place.field: place.changed(held, sealing.renewed)}},
            session=tx.session,
        )
        changed += moved
    if changed:
        tx.record("keys.rotated", place.collection, before=str(changed), after=sealing.current)
    return changed


def open_record(sealing: Sealing, raw: Document) -> Document:
    """Return a stored member's record with its sensitive values opened; raise SealedValueError."""
    held = raw.get("optional")
    return {**raw, "optional": sealing.opened_all(held)} if held else raw
