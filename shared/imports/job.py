"""The job of the worker: takes up imports, previews and executes them, and goes on where another stopped."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import msgspec

from shared.access.actor import Context
from shared.bus.inbox import is_store_trouble
from shared.imports import files
from shared.imports.lease import Lease, LostLeaseError, claim
from shared.imports.record import Import, context_of
from shared.service import Runtime
from shared.store.unit_of_work import Transaction

SLICE_SECONDS = 3.0
"""How long one turn executes batches before the worker may look whether it should stop."""
MAX_ATTEMPTS = 3
"""How many workers may die of a file before its preview is given up."""

log = logging.getLogger("khoi.imports")


class ImportWork(msgspec.Struct, frozen=True, kw_only=True):
    """What a service does with its imports of one kind."""

    kind: type[Import]
    preview: Callable[[Runtime, Lease, Context], None]
    """Preview an import; it ends ``previewed`` or ``failed``."""
    execute_next_batch: Callable[[Runtime, Lease, Context], bool]
    """Write the next batch; return whether there is more."""


def take_turn(runtime: Runtime, work: ImportWork) -> None:
    """Do one turn on one import that waits, if any."""
    lease = claim(runtime, work.kind)
    if lease is None:
        return
    raw = runtime.store.collection(work.kind.kind()).find_one({"_id": lease.import_id}) or {}
    found: Import = work.kind.from_document(raw)
    context = context_of(found)
    try:
        if found.state == "executing":
            _execute(runtime, work, lease, context)
        elif found.attempts >= MAX_ATTEMPTS:
            _give_up(runtime, work, lease, context)
        else:
            _preview(runtime, work, lease, context)
    except LostLeaseError:
        log.warning("import %s was taken over by another worker", lease.import_id)
    except Exception:
        # Whatever it was (most likely a store that was away), the next turn need not wait for the lease.
        lease.release(runtime)
        raise


def _preview(runtime: Runtime, work: ImportWork, lease: Lease, context: Context) -> None:
    try:
        work.preview(runtime, lease, context)
    except LostLeaseError:
        raise
    except Exception as error:
        if is_store_trouble(error):
            raise
        # A file that breaks the reader is that file's failure; the worker goes on with its other work.
        log.exception("the preview of import %s broke", lease.import_id)
        _give_up(runtime, work, lease, context)


def _execute(runtime: Runtime, work: ImportWork, lease: Lease, context: Context) -> None:
    deadline = time.monotonic() + SLICE_SECONDS
    while work.execute_next_batch(runtime, lease, context):
        if time.monotonic() >= deadline:
            lease.release(runtime)
            return


def _give_up(runtime: Runtime, work: ImportWork, lease: Lease, context: Context) -> None:
    def end(tx: Transaction) -> str:
        found = tx.load(work.kind, lease.import_id)
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

    files.drop(runtime.store, runtime.unit_of_work.run(context, end))
