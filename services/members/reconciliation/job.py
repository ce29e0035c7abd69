"""The job of the worker: compares the lists that wait, and begins anew where another worker died."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import msgspec

from services.members.documents import Reconciliation
from services.members.reconciliation.compare import Comparison, Difference
from services.members.rolls import Roll
from shared.access.actor import Actor, Context
from shared.bus.inbox import is_store_trouble
from shared.ids import new_id
from shared.imports import files
from shared.service import Job, Runtime
from shared.store.unit_of_work import Transaction
from shared.workbook.problems import WorkbookError

DIFFERENCES = "reconciliation_differences"
TURN = timedelta(minutes=5)
"""A worker that has not ended its comparison by then is taken for dead."""
MAX_ATTEMPTS = 3

log = logging.getLogger("khoi.members.reconciliation")


def run_reconciliations(runtime: Runtime) -> None:
    """Compare one list that waits, if any; a comparison has no effect before it ends, so it may be repeated."""
    taken = _take(runtime)
    if taken is None:
        return
    found, holder = taken
    differences: list[Difference] = []
    problem: dict[str, Any] = {}
    figures = {"rows": 0, "agreed": 0, "outside": 0}
    if found.attempts > MAX_ATTEMPTS:
        problem = _broken()
    else:
        try:
            roll = Roll(runtime.store, found.organization_id, as_of=found.as_of)
            with files.opened(runtime.store, found.file_id) as stream:
                comparison = Comparison(runtime.store, stream, roll, today=runtime.clock.today())
                differences = list(comparison)
            figures = {name: getattr(comparison, name) for name in figures}
        except WorkbookError as error:
            problem = {"code": error.code, "detail": error.detail_vi}
        except Exception as error:
            if is_store_trouble(error):
                raise
            # A file that breaks the reader is that file's failure; the worker goes on with its other work.
            log.exception("reconciliation %s broke", found.id)
            problem = _broken()

    def finish(tx: Transaction) -> None:
        ended = tx.load(Reconciliation, str(found.id))
        if ended.holder != holder:
            return
        ended.state, ended.problem = ("failed" if problem else "done"), problem
        ended.active = False
        ended.holder = ended.busy_until = None
        for name, figure in figures.items():
            setattr(ended, name, figure)
        ended.differences = len(differences)
        if differences:
            tx.collection(DIFFERENCES).insert_many(
                [
                    {
                        **msgspec.structs.asdict(each),
                        "_id": f"{found.id}:{number:07d}",
                        "reconciliation_id": str(found.id),
                        "number": number,
                    }
                    for number, each in enumerate(differences, start=1)
                ],
                session=tx.session,
            )
        tx.record(
            f"reconciliation.{ended.state}",
            str(found.id),
            organization=found.organization_id,
            after=f"{found.sha256} {len(differences)}",
        )
        tx.save(ended)

    runtime.unit_of_work.run(_context(found), finish)
    files.drop(runtime.store, found.file_id)


def _take(runtime: Runtime) -> tuple[Reconciliation, str] | None:
    collection = runtime.store.collection(Reconciliation.kind())
    now, holder = runtime.clock.now(), new_id()
    for raw in collection.find({"active": True}):
        if raw.get("busy_until") is not None and raw["busy_until"] > now:
            continue
        taken = collection.update_one(
            {"_id": raw["_id"], "version": raw["version"]},
            {"$set": {"holder": holder, "busy_until": now + TURN}, "$inc": {"version": 1, "attempts": 1}},
        )
        if taken.matched_count == 1:
            return Reconciliation.from_document({**raw, "attempts": raw["attempts"] + 1}), holder
    return None


def _broken() -> dict[str, Any]:
    return {
        "code": "comparison_broken",
        "detail": "Chương trình gặp lỗi khi đọc tệp này; hãy báo người vận hành kèm mã lượt đối chiếu.",
    }


def _context(found: Reconciliation) -> Context:
    """Return the context of whoever asked: the audit names the person, not the worker."""
    author = found.author
    return Context(
        actor=Actor(subject=author["subject"], name=author["name"]),
        request_id=author["request_id"],
        correlation_id=author["correlation_id"],
        traceparent=author.get("traceparent"),
        role=author["role"],
        organization=author["organization"],
    )


RECONCILIATIONS = Job(name="reconciliations", every_seconds=1.0, run=run_reconciliations)
