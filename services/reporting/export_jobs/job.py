"""The jobs of the worker: makes ordered files, goes on where another worker stopped, and removes what is not needed."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from services.reporting.documents import ExportJob
from services.reporting.export_jobs import commands, parts
from services.reporting.export_jobs.apart import rendered_apart
from services.reporting.export_jobs.contents import CONTENTS
from services.reporting.export_jobs.order import read_stored
from services.reporting.export_jobs.rights import person_of, still_allowed
from services.reporting.exports.formats import Rendered
from shared.access.actor import Context, system_actor
from shared.bus.inbox import is_store_trouble
from shared.clock import SystemClock
from shared.ids import new_id
from shared.imports.record import context_of
from shared.jobs.lease import Lease, LostLeaseError, claim
from shared.service import Job, Runtime
from shared.store.errors import MissingError
from shared.store.files import digest
from shared.web.problems import Problem

SLICE_SECONDS = 3.0
"""How long one turn counts parts before the worker may look whether it should stop."""
MAX_ATTEMPTS = 3
"""How many workers may die at one part before the export is given up."""
APART_FROM_BYTES = 64 * 1024
"""From so much on that is to be printed (some ten reports), a process of its own makes the file."""
GRACE = timedelta(hours=1)
"""How long a file may wait for the transaction that names it."""
RIGHT_GONE = "Không còn quyền đối với số liệu trong lượt xuất này; lượt xuất đã bị hủy."

log = logging.getLogger("khoi.exports")


def run_exports(runtime: Runtime) -> None:
    """Do one turn on one export that waits, if any."""
    lease = claim(runtime, ExportJob, lease=partial(Lease, ExportJob), begun=lambda _: "executing")
    if lease is None:
        return
    raw = runtime.store.collection(ExportJob.kind()).find_one({"_id": lease.record_id}) or {}
    found: ExportJob = ExportJob.from_document(raw)
    context = context_of(found)
    try:
        _attempt(runtime, lease, context, found)
    except LostLeaseError:
        log.warning("export %s was taken over by another worker or called off", lease.record_id)
    except Exception:
        # Whatever it was (most likely a store that was away), the next turn need not wait for the lease.
        lease.release(runtime)
        raise


def sweep_exports(runtime: Runtime) -> None:
    """Remove files whose time is over, and those that no finished export names."""
    files, jobs = parts.files(runtime.store), runtime.store.collection(ExportJob.kind())
    own = Context(
        actor=system_actor("reporting"), request_id=new_id(), correlation_id=new_id(), role="service"
    )
    for raw in list(jobs.find({"state": "done", "expires_at": {"$lte": runtime.clock.now()}}, ["_id"])):
        # The file first: a crash between the two leaves what the next turn does again.
        files.drop(raw["_id"])
        runtime.unit_of_work.run(own, partial(commands.expire, export_id=raw["_id"]))
    for file_id in files.older_than(SystemClock().now() - GRACE):
        if jobs.find_one({"_id": file_id, "state": {"$in": ["done", "executing"]}}, ["_id"]) is None:
            files.drop(file_id)


def called_off(runtime: Runtime, context: Context, export_id: str, *, code: str, detail: str) -> ExportJob:
    """Cancel an export and remove what there is of it."""
    found = runtime.unit_of_work.run(
        context, lambda tx: commands.cancel(tx, export_id, code=code, detail=detail)
    )
    if found.state == "cancelled":
        parts.forget(runtime.store, export_id)
        parts.files(runtime.store).drop(export_id)
    return found


EXPORTS = Job(name="exports", every_seconds=1.0, run=run_exports)
SWEEP_EXPORTS = Job(name="sweep_exports", every_seconds=600, run=sweep_exports)

_BROKEN = "Chương trình gặp lỗi khi lập tệp này; hãy báo người vận hành kèm mã lượt xuất."
_MISSING = "Tổ chức hoặc báo cáo trong yêu cầu không còn."


def _attempt(runtime: Runtime, lease: Lease, context: Context, found: ExportJob) -> None:
    """Go on with an export; one that cannot be made ends as failed, and the worker goes on with its other work."""
    if found.attempts >= MAX_ATTEMPTS:
        _fail(runtime, lease, context, code="export_broken", detail=_BROKEN)
        return
    try:
        _go_on(runtime, lease, context, found)
    except LostLeaseError:
        raise
    except Problem as problem:
        _fail(runtime, lease, context, code=problem.kind, detail=problem.detail)
    except MissingError:
        _fail(runtime, lease, context, code="not-found", detail=_MISSING)
    except Exception as error:
        if is_store_trouble(error):
            raise
        log.exception("export %s broke", lease.record_id)
        _fail(runtime, lease, context, code="export_broken", detail=_BROKEN)


def _go_on(runtime: Runtime, lease: Lease, context: Context, found: ExportJob) -> None:
    """Count parts until the slice is over; after the last, make the file."""
    deadline = time.monotonic() + SLICE_SECONDS
    content, order, person = CONTENTS[found.what], read_stored(found.request), person_of(found)
    for number in range(found.progress, found.total):
        if not still_allowed(runtime.store, person, found):
            called_off(runtime, context, lease.record_id, code="right_gone", detail=RIGHT_GONE)
            return
        part = content.part(runtime.store, runtime.clock, person, order, number)
        parts.keep(runtime.store, lease.record_id, number, part)
        lease.hold(runtime, progress=number + 1, attempts=0)
        if number + 1 < found.total and time.monotonic() >= deadline:
            lease.release(runtime)
            return
    _finish(runtime, lease, context, found)


def _finish(runtime: Runtime, lease: Lease, context: Context, found: ExportJob) -> None:
    rendered = _rendered(runtime, lease, found, parts.kept(runtime.store, lease.record_id))
    stream = io.BytesIO(rendered.content)
    sha256, size = digest(stream)
    lease.hold(runtime)
    files = parts.files(runtime.store)
    files.drop(lease.record_id)  # what a worker left that died before it could say so
    files.keep(lease.record_id, stream, name=rendered.filename)
    runtime.unit_of_work.run(
        context, lambda tx: commands.finish(tx, lease, rendered, sha256=sha256, size=size)
    )
    parts.forget(runtime.store, lease.record_id)


def _rendered(runtime: Runtime, lease: Lease, found: ExportJob, counted: Sequence[bytes]) -> Rendered:
    if sum(map(len, counted)) < APART_FROM_BYTES:
        return CONTENTS[found.what].rendered(runtime.clock, found.format, counted)
    return rendered_apart(
        found.what,
        found.format,
        counted,
        made_at=runtime.clock.now(),
        waiting=lambda: lease.hold(runtime),
    )


def _fail(runtime: Runtime, lease: Lease, context: Context, *, code: str, detail: str) -> None:
    runtime.unit_of_work.run(context, lambda tx: commands.fail(tx, lease, code=code, detail=detail))
    parts.forget(runtime.store, lease.record_id)
