"""The job of the worker: takes up imports, previews and executes them, and goes on where another stopped."""

from __future__ import annotations

import logging
import time

from services.members.documents import RosterImport
from services.members.imports import files
from services.members.imports.execution import execute_next_batch
from services.members.imports.lease import Lease, LostLeaseError, claim
from services.members.imports.preview import preview
from shared.access.actor import Actor, Context
from shared.service import Job, Runtime
from shared.store.unit_of_work import Transaction

SLICE_SECONDS = 3.0
"""How long one turn executes batches before the worker may look whether it should stop."""
MAX_ATTEMPTS = 5
"""How often a preview is begun anew before it is given up: a file that kills the worker must not do so for ever."""

log = logging.getLogger("khoi.members.imports")


def run_imports(runtime: Runtime) -> None:
    """Do one turn on one import that waits, if any."""
    lease = claim(runtime)
    if lease is None:
        return
    raw = runtime.store.collection(RosterImport.kind()).find_one({"_id": lease.import_id}) or {}
    found: RosterImport = RosterImport.from_document(raw)
    context = _context(found)
    try:
        if found.state == "executing":
            _execute(runtime, lease, context)
        elif found.attempts > MAX_ATTEMPTS:
            _give_up(runtime, lease, context)
        else:
            preview(runtime, lease, context)
    except LostLeaseError:
        log.warning("import %s was taken over by another worker", lease.import_id)


def _execute(runtime: Runtime, lease: Lease, context: Context) -> None:
    deadline = time.monotonic() + SLICE_SECONDS
    while execute_next_batch(runtime, lease, context):
        if time.monotonic() >= deadline:
            lease.release(runtime)
            return


def _give_up(runtime: Runtime, lease: Lease, context: Context) -> None:
    def work(tx: Transaction) -> str:
        found = tx.load(RosterImport, lease.import_id)
        lease.check(found)
        found.state, found.active = "failed", False
        found.lease_holder = found.lease_until = None
        found.problem = {
            "code": "preview_interrupted",
            "detail": f"Việc đọc tệp bị gián đoạn {MAX_ATTEMPTS} lần; hãy báo người vận hành.",
        }
        tx.record("import.failed", lease.import_id, after=found.sha256)
        tx.save(found)
        return str(found.file_id)

    files.drop(runtime.store, runtime.unit_of_work.run(context, work))


def _context(found: RosterImport) -> Context:
    """Return the context of whoever asked for the step: the audit names the person, not the worker."""
    author = found.author
    return Context(
        actor=Actor(subject=author["subject"], name=author["name"]),
        request_id=author["request_id"],
        correlation_id=author["correlation_id"],
        traceparent=author.get("traceparent"),
        role=author["role"],
        organization=author["organization"],
    )


IMPORTS = Job(name="imports", every_seconds=0.3, run=run_imports)
"""What the worker of the members service does besides its events."""
