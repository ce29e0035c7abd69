"""Ordering, finishing and calling off an export: one transaction each, each on record with its reason."""

from __future__ import annotations

from datetime import timedelta

from services.reporting.documents import ExportJob
from services.reporting.export_jobs.contents import CONTENTS
from services.reporting.export_jobs.order import Order, read_stored, stored
from services.reporting.export_jobs.rights import author_with_grants
from services.reporting.exports.formats import Rendered
from shared.ids import new_id
from shared.jobs.lease import Lease
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem

KEPT = timedelta(days=7)
"""How long a finished file can be fetched."""
MOST_ACTIVE = 5
"""So many exports one person may have on the way."""


def order_export(tx: Transaction, *, what: str, order: Order, format_: str, reason: str) -> ExportJob:
    """Keep an order for the worker — *yêu cầu xuất báo cáo*; 409 for whoever has too many on the way."""
    subject = tx.context.actor.subject
    waiting = tx.collection(ExportJob.kind()).count_documents(
        {"subject": subject, "active": True}, session=tx.session
    )
    if waiting >= MOST_ACTIVE:
        raise Problem(
            "conflict",
            f"Đồng chí đang có {waiting} lượt xuất chưa xong; hãy chờ hoặc hủy bớt.",
            f"{waiting} exports of yours are on the way; wait for them or cancel some.",
        )
    made = ExportJob(
        id=new_id(),
        state="ordered",
        what=what,
        request=stored(order),
        format=format_,
        reason=reason,
        subject=subject,
        author=author_with_grants(tx.context),
        ordered_at=tx.clock.now(),
        active=True,
        total=CONTENTS[what].total(order),
    )
    tx.record("export.order", str(made.id), reason=reason, after=f"{what} {format_}")
    tx.insert(made)
    return made


def finish(tx: Transaction, lease: Lease, rendered: Rendered, *, sha256: str, size: int) -> ExportJob:
    """Say that the file is there; every organisation in it has an entry, as for a file fetched at once."""
    found = tx.load(ExportJob, lease.record_id)
    lease.check(found)
    found.state, found.active = "done", False
    found.lease_holder = found.lease_until = None
    found.progress = found.total
    found.file_name, found.sha256, found.size = rendered.filename, sha256, size
    found.expires_at = tx.clock.now() + KEPT
    ids = CONTENTS[found.what].organizations(tx.store, read_stored(found.request))
    for organization_id in ["consolidated"] if ids is None else ids:
        tx.record(
            "report.export",
            organization_id,
            reason=found.reason,
            after=f"{rendered.filename} {sha256}",
            organization=None if ids is None else organization_id,
        )
    tx.save(found)
    return found


def fail(tx: Transaction, lease: Lease, *, code: str, detail: str) -> None:
    """End an export without a file."""
    found = tx.load(ExportJob, lease.record_id)
    lease.check(found)
    _end(found, "failed", code=code, detail=detail)
    tx.record("export.failed", lease.record_id, reason=found.reason, after=code)
    tx.save(found)


def cancel(tx: Transaction, export_id: str, *, code: str, detail: str) -> ExportJob:
    """Call an export off, also a finished one, whose file goes; one that has ended otherwise stays as it is."""
    found = tx.load(ExportJob, export_id)
    if found.active or found.state == "done":
        _end(found, "cancelled", code=code, detail=detail)
        tx.record("export.cancel", export_id, reason=found.reason, after=code)
        tx.save(found)
    return found


def expire(tx: Transaction, export_id: str) -> None:
    """Say that the file of an export is gone because its time is over."""
    found = tx.load(ExportJob, export_id)
    if found.state == "done":
        _end(found, "expired", code="expired", detail="Đã hết thời gian lưu tệp; hãy xuất lại nếu còn cần.")
        tx.save(found)


def _end(found: ExportJob, state: str, *, code: str, detail: str) -> None:
    found.state, found.active = state, False
    found.lease_holder = found.lease_until = None
    found.problem = {"code": code, "detail": detail}
