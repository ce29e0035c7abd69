"""Take in a roster workbook, and order its execution."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from services.members.documents import RosterImport
from services.members.imports.rows import KEPT_DAYS
from shared.access.actor import Context
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem


def take_in(
    tx: Transaction,
    *,
    import_id: str,
    file_id: str,
    file_name: str,
    sha256: str,
    size: int,
    reason: str | None,
    roots: Iterable[str] | None,
) -> RosterImport:
    """Keep an upload for its preview; *roots* are the organisations it may write under, None for all."""
    made = RosterImport(
        id=import_id,
        state="uploaded",
        file_id=file_id,
        file_name=file_name,
        sha256=sha256,
        size=size,
        reason=reason,
        roots=sorted(roots or ()),
        everywhere=roots is None,
        author=_author(tx.context),
        uploaded_at=tx.clock.now(),
        active=True,
    )
    tx.record("import.upload", import_id, reason=reason, after=sha256)
    tx.insert(made)
    return made


def execute(tx: Transaction, found: RosterImport) -> RosterImport:
    """Let the worker execute a previewed import, in the name of whoever asks now."""
    if found.state != "previewed":
        raise Problem(
            "conflict",
            "Chỉ nhập được sau khi xem trước đã xong và chưa nhập lần nào.",
            f"Only an import whose preview has ended can be executed; this one is {found.state}.",
            extra={"state": found.state},
        )
    if tx.clock.now() - found.uploaded_at > timedelta(days=KEPT_DAYS - 1):
        raise Problem(
            "conflict",
            "Kết quả xem trước đã quá hạn lưu; hãy tải tệp lên lại.",
            "The preview is too old, its rows are being forgotten; upload the file again.",
        )
    found.state = "executing"
    found.active = True
    # What is not written at all is dealt with already.
    found.progress = max(0, found.total_rows - found.rows_ok - found.organizations - len(found.withdrawn))
    found.author = _author(tx.context)
    tx.record("import.execute", str(found.id), reason=found.reason, after=found.sha256)
    tx.save(found)
    return found


def _author(context: Context) -> dict[str, Any]:
    return {
        "subject": context.actor.subject,
        "name": context.actor.name,
        "role": context.role,
        "organization": context.organization,
        "request_id": context.request_id,
        "correlation_id": context.correlation_id,
        "traceparent": context.traceparent,
    }
