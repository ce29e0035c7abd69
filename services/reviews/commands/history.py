"""Take in a workbook of past cases, and order its execution."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.reviews.documents import HistoryImport
from shared.imports.record import author_of
from shared.imports.rows import KEPT_DAYS
from shared.imports.upload import Upload
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem


def take_in(tx: Transaction, upload: Upload, *, roots: Iterable[str] | None) -> HistoryImport:
    """Keep an upload for its preview; *roots* are the organisations it may write under, None for all."""
    made = HistoryImport(
        id=upload.import_id,
        state="uploaded",
        file_id=upload.file_id,
        file_name=upload.file_name,
        sha256=upload.sha256,
        size=upload.size,
        reason=upload.reason,
        roots=sorted(roots or ()),
        everywhere=roots is None,
        author=author_of(tx.context),
        uploaded_at=tx.clock.now(),
        active=True,
    )
    tx.record("import.upload", upload.import_id, reason=upload.reason, after=upload.sha256)
    tx.insert(made)
    return made


def execute(tx: Transaction, found: HistoryImport) -> HistoryImport:
    """Let the worker execute a previewed import, in the name of whoever asks now."""
    if found.state != "previewed":
        raise Problem(
            "conflict",
            "Chỉ nhập được sau khi xem trước đã xong và chưa nhập lần nào.",
            f"Only an import whose preview has ended can be executed; this one is {found.state}.",
            extra={"state": found.state},
        )
    if found.author["subject"] != tx.context.actor.subject:
        # The rows were held against whoever uploaded them: nobody imports a case of their own.
        raise Problem(
            "conflict",
            "Người xem trước và người nhập phải là một; hãy tải tệp lên lại.",
            "Whoever previewed an import executes it; upload the file again.",
        )
    if tx.clock.now() - found.uploaded_at > timedelta(days=KEPT_DAYS - 1):
        raise Problem(
            "conflict",
            "Kết quả xem trước đã quá hạn lưu; hãy tải tệp lên lại.",
            "The preview is too old, its rows are being forgotten; upload the file again.",
        )
    found.state = "executing"
    found.active = True
    found.progress = found.total_rows - found.rows_ok
    found.author = author_of(tx.context)
    tx.record("import.execute", str(found.id), reason=found.reason, after=found.sha256)
    tx.save(found)
    return found
