"""Take in a roster workbook, and order its execution."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec

from services.members.documents import Member, RosterImport
from services.members.imports import undecided
from services.members.imports.matching import broken_by, changes
from services.members.imports.preview import OFFICIAL_DATE_MISSING, lacks_official_date
from services.members.imports.rows import MatchedRow, Row
from services.members.refusals import RefusedError, refused
from services.members.roster import MemberRow
from shared.imports.record import author_of
from shared.imports.rows import BATCH_ROWS, KEPT_DAYS, keep_batch
from shared.imports.upload import Upload
from shared.store.connection import Document
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem


def take_in(tx: Transaction, upload: Upload, *, roots: Iterable[str] | None) -> RosterImport:
    """Keep an upload for its preview; *roots* are the organisations it may write under, None for all."""
    made = RosterImport(
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
    if found.undecided:
        raise Problem(
            "conflict",
            f"Còn {found.undecided} dòng gần trùng chưa được quyết định (…/undecided); hãy quyết định rồi nhập.",
            f"{found.undecided} rows may be members on record already; decide about each of them first.",
            extra={"state": found.state, "undecided": found.undecided},
        )
    decided = _add_decided(tx, found)
    found.state = "executing"
    found.active = True
    # What is not written at all is dealt with already.
    found.progress = max(
        0, found.total_rows - found.rows_ok - found.organizations - len(found.withdrawn) - found.updates
    )
    found.author = author_of(tx.context)
    tx.record("import.execute", str(found.id), reason=found.reason, after=f"{found.sha256} +{decided}")
    tx.save(found)
    return found


def decide(tx: Transaction, found: RosterImport, answers: Sequence[undecided.Answer]) -> RosterImport:
    """Keep what a person decided about near-duplicates; a decision may be changed until the execution.

    Raises RefusedError for a row that waits for no decision, a record that is no candidate of it, and a decision
    that the rules of the record forbid.
    """
    if found.state != "previewed":
        raise Problem(
            "conflict",
            "Chỉ quyết định được khi đã xem trước và chưa nhập.",
            f"Rows can be decided between preview and execution; this import is {found.state}.",
            extra={"state": found.state},
        )
    import_id = str(found.id)
    for answer in answers:
        kept = undecided.find(tx, import_id, answer.row)
        if kept is None:
            raise refused("row_not_undecided", "decisions", f"Dòng {answer.row} không chờ quyết định.")
        row, raw = kept
        if answer.decision == "same":
            _check_same(tx, row, raw, answer.member_id)
        elif answer.decision == "new" and lacks_official_date(row):
            raise refused("official_date_missing", "decisions", f"Dòng {row.row}: {OFFICIAL_DATE_MISSING}")
        undecided.decide(tx, import_id, answer)
        found.undecided -= raw["decision"] is None
        tx.record(
            "import.decide",
            import_id,
            member_id=answer.member_id,
            after=f"{row.row}: {answer.decision}",
        )
    tx.save(found)
    return found


def _check_same(tx: Transaction, row: MemberRow, raw: Document, member_id: str | None) -> None:
    if member_id is None or member_id not in {each["member_id"] for each in raw["candidates"]}:
        raise refused(
            "not_a_candidate", "decisions", f"Dòng {row.row}: hãy chọn một trong các hồ sơ được nêu."
        )
    record = tx.load(Member, member_id)
    if not record.current:
        raise refused(
            "member_left",
            "decisions",
            f"Dòng {row.row}: người này không còn trong danh sách; kết nạp lại hay khôi phục được ghi riêng.",
        )
    document = record.to_document()
    broken = broken_by(changes(row, document), document, today=tx.clock.today())
    if broken:
        raise RefusedError([msgspec.structs.replace(each, field="decisions") for each in broken])


def _add_decided(tx: Transaction, found: RosterImport) -> int:
    """Put what was decided into batches of their own; return how many rows are written because of it."""
    rows: list[Row] = []
    for row, raw in undecided.decided(tx, str(found.id)):
        if raw["decision"] == "new":
            rows.append(row)
            found.rows_ok += 1
        else:
            rows.append(MatchedRow(row=row.row, member_id=raw["member_id"], member=row))
            found.updates += 1
    for start in range(0, len(rows), BATCH_ROWS):
        keep_batch(tx.store, str(found.id), found.batches, rows[start : start + BATCH_ROWS], tx.session)
        found.batches += 1
    return len(rows)
