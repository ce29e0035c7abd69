"""The cells in the order of lists, remembered by each process for as long as the tree stays as it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import msgspec

from services.members.documents import Organization
from shared.store.connection import Store
from shared.store.unit_of_work import Transaction

TREE = "organization_tree"
_STATE = "state"


class Cell(msgspec.Struct, frozen=True):
    """Chi bộ trong danh sách: sort key, id and present path."""

    order: str
    id: str
    path: frozenset[str]


_remembered: WeakKeyDictionary[Store, tuple[int, Sequence[Cell]]] = WeakKeyDictionary()
_lock = threading.Lock()


def tree_changes(tx: Transaction) -> None:
    """Count a change of the tree; every command that changes an organisation says so within its transaction."""
    tx.collection(TREE).update_one({"_id": _STATE}, {"$inc": {"changes": 1}}, upsert=True, session=tx.session)


def cells_in_order(store: Store) -> Sequence[Cell]:
    """Return all cells, dissolved ones too (who left while one stood is still its former member).

    One look-up by id unless the tree changed since this process read it.
    """
    # The count is read before the cells: a change in between is then seen the next time.
    state = store.collection(TREE).find_one({"_id": _STATE})
    changes = 0 if state is None else int(state["changes"])
    with _lock:
        found = _remembered.get(store)
    if found is not None and found[0] == changes:
        return found[1]
    cells = sorted(
        (
            Cell(raw["order"], raw["_id"], frozenset(raw["path"]))
            for raw in store.collection(Organization.kind()).find({}, ["order", "is_cell", "path"])
            if raw["is_cell"]
        ),
        key=lambda cell: cell.order,
    )
    with _lock:
        _remembered[store] = (changes, cells)
    return cells
