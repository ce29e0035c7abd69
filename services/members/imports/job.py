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
from shared.bus.inbox import is_store_trouble
from shared.service import Job, Runtime
from shared.store.unit_of_work import Transaction

SLICE_SECONDS = 3.0
"""How long one turn executes batches before the worker may look whether it should stop."""
MAX_ATTEMPTS = 3
"""How many workers may die of a file before its preview is given up."""

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
        elif found.attempts >= MAX_ATTEMPTS:
            _give_up(runtime, lease, context)
        else:
            _preview(runtime, lease, context)
    except LostLeaseError:
        log.warning("import %s was taken over by another worker", lease.import_id)
    except Exception:
        # Whatever it was (most likely a store that was away), the next turn need not wait for the lease.
        lease.release(runtime)
        raise


def _preview(runtime: Runtime, lease: Lease, context: Context) -> None:
    try:
        preview(runtime, lease, context)
    except LostLeaseError:
        raise
    except Exception as error:
        if is_store_trouble(error):
            raise
        # A file that breaks the reader is that file's failure; the worker goes on with its other work.
        log.exception("the preview of import %s broke", lease.import_id)
        _give_up(runtime, lease, context)


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
            "code": "preview_broken",
            "detail": "Chương trình gặp lỗi khi đọc tệp này; hãy báo người vận hành kèm mã lượt nhập.",
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
