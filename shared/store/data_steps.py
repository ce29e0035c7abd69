"""Data steps: records that an earlier version wrote are brought to what this one writes, batch by batch, once.

New code reads old records as well as it can (expand); a step rewrites them when no old process is left that could write
more of them; a later version may then rely on it (contract). How far a step came stands in the transaction of each
batch: one that is broken off goes on behind its last batch, two that run at once do no batch twice, and one that is
done is not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.access.actor import Context
from shared.store.connection import Document, Store
from shared.store.unit_of_work import Transaction, UnitOfWork

DATA_STEPS = "data_steps"


@dataclass(frozen=True, slots=True)
class DataStep:
    """Bước dữ liệu: one function over the stored documents of one collection, whose ids are texts."""

    name: str
    """Never used again for another step."""
    collection: str
    why_vi: str
    """What the records lack until it is done, for whoever decides when to run it."""
    change: Callable[[Transaction, Sequence[Document]], int]
    """Brings a batch to today's shape in the transaction and returns how many documents it changed; it must leave one
    that has that shape as it is, and the version of a record whose content does not change."""
    batch: int = 250


def pending(store: Store, steps: Sequence[DataStep]) -> list[DataStep]:
    """Return the steps that are not done, in their order."""
    done = {each["_id"] for each in store.collection(DATA_STEPS).find({"done": True}, ["_id"])}
    return [step for step in steps if step.name not in done]


def pass_over(store: Store, steps: Sequence[DataStep]) -> None:
    """Mark the steps as done that have nothing to change: where there is no record yet, none is of an old shape."""
    for step in pending(store, steps):
        if store.collection(step.collection).find_one({}, ["_id"]) is None:
            store.collection(DATA_STEPS).update_one(
                {"_id": step.name}, {"$set": {"after": "", "changed": 0, "done": True}}, upsert=True
            )


def run_step(
    unit_of_work: UnitOfWork,
    step: DataStep,
    *,
    context: Context,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Do what is left of *step*, one transaction a batch; return how many documents it changed in all its runs.

    *progress* is told how many documents are done, of how many. May be broken off at any point and run again.
    """
    store = unit_of_work.store
    # All ids at once, and each batch by its ids: the embedded server reads a range of ids from a declared index only.
    ids = sorted(str(each["_id"]) for each in store.collection(step.collection).find({}, ["_id"]))
    for start in range(0, len(ids), step.batch):
        batch = ids[start : start + step.batch]
        unit_of_work.run(context, lambda tx, batch=batch: _do(tx, step, batch))  # type: ignore[misc]  # mypy takes the bound default for a parameter
        progress(start + len(batch), len(ids))
    return unit_of_work.run(context, lambda tx: _end(tx, step))


def _do(tx: Transaction, step: DataStep, batch: Sequence[str]) -> None:
    marks = tx.collection(DATA_STEPS)
    mark = marks.find_one({"_id": step.name}, session=tx.session) or {
        "after": "",
        "changed": 0,
        "done": False,
    }
    left = [each for each in batch if each > mark["after"]]
    if mark["done"] or not left:
        return
    documents = list(tx.collection(step.collection).find({"_id": {"$in": left}}, session=tx.session))
    changed = mark["changed"] + step.change(tx, documents)
    marks.update_one(
        {"_id": step.name},
        {"$set": {"after": left[-1], "changed": changed, "done": False}},
        upsert=True,
        session=tx.session,
    )


def _end(tx: Transaction, step: DataStep) -> int:
    marks = tx.collection(DATA_STEPS)
    mark = marks.find_one({"_id": step.name}, session=tx.session) or {"changed": 0, "done": False}
    if not mark["done"]:
        marks.update_one(
            {"_id": step.name},
            {"$set": {"changed": mark["changed"], "done": True}},
            upsert=True,
            session=tx.session,
        )
        tx.record("data_step.done", step.name, after=str(mark["changed"]))
    return int(mark["changed"])
