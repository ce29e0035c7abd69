"""The execution (nhập chính thức): one batch per transaction, with the cursor in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

from services.reviews.commands.steps import acting, opened_together, reader, unit_at
from services.reviews.documents import HistoryImport
from services.reviews.domain.case import Step
from services.reviews.domain.citation import Refusal
from services.reviews.domain.history import take_over_past_case
from services.reviews.history.form import SHEET
from services.reviews.history.rows import SettledRow, batch, clashes, spans
from services.reviews.profiles import profile_for
from services.reviews.roster import NoOrganizationError, NotOnRosterError
from shared.access.actor import Context
from shared.imports.lease import Lease, until
from shared.imports.rows import Finding, keep_findings
from shared.service import Runtime
from shared.store.unit_of_work import Transaction
from shared.workdays import add_working_days


def execute_next_batch(runtime: Runtime, lease: Lease, context: Context) -> bool:
    """Write the next batch of an import; return whether there is more. Raises LostLeaseError."""
    raw = runtime.store.collection(HistoryImport.kind()).find_one({"_id": lease.import_id}) or {}
    number = raw.get("next_batch", 0)
    rows = batch(runtime.store, lease.import_id, number) if number < raw.get("batches", 0) else []

    def work(tx: Transaction) -> bool:
        found = tx.load(HistoryImport, lease.import_id)
        lease.check(found)
        if found.next_batch != number:
            return bool(found.active)
        _write(tx, found, [row for row in rows if row.row not in set(found.withdrawn)])
        found.next_batch = min(number + 1, found.batches)
        found.attempts = 0
        found.progress += len(rows)
        found.lease_until = until(tx.clock)
        if found.next_batch == found.batches:
            found.state, found.active = "done", False
            found.progress = found.total_rows
            found.lease_holder = found.lease_until = None
        tx.save(found)
        return bool(found.active)

    return runtime.unit_of_work.run(context, work)


def _write(tx: Transaction, found: HistoryImport, rows: Sequence[SettledRow]) -> None:
    # Somebody may have opened or imported one of these cases since the preview.
    there = spans(tx.store, (row.member_id for row in rows), tx.session)
    findings: list[Finding] = []
    steps: list[Step] = []
    for row in rows:
        reason = None
        if clashes(row, there.get(row.member_id, [])):
            reason = "Từ lúc xem trước đã có vụ việc của đảng viên này vào thời gian ấy."
        elif row.past.outcome == "on_list" and not _still_there(tx, row):
            reason = "Đảng viên không còn sinh hoạt ở chi bộ này từ lúc xem trước."
        else:
            try:
                steps.append(_taken_over(tx, row))
            except Refusal as refusal:  # a profile or code list was changed meanwhile
                reason = " ".join(each.detail_vi for each in refusal.problems)
        if reason is None:
            there.setdefault(row.member_id, []).append(row.span)
            found.imported_cases += 1
        else:
            findings.append(
                Finding(
                    kind="refused",
                    sheet=SHEET,
                    row=row.row,
                    code="changed_meanwhile",
                    reason=reason,
                    value=row.full_name,
                )
            )
    opened_together(tx, steps, action="case.import", reason=found.reason)
    if rows:
        tx.record(
            "import.batch",
            str(found.id),
            reason=found.reason,
            after=f"{SHEET} {rows[0].row}–{rows[-1].row}",
        )
    keep_findings(tx.store, str(found.id), findings, start=found.findings + 1, session=tx.session)
    found.findings += len(findings)
    found.rows_refused += len(findings)
    found.rows_ok -= len(findings)


def _taken_over(tx: Transaction, row: SettledRow) -> Step:
    actor = acting(tx)
    return take_over_past_case(
        case_id=row.case_id,
        member_id=row.member_id,
        status=row.status,
        unit=unit_at(list(row.path)),
        profile=profile_for(row.span[0]),
        actor_id=actor.id,
        role=actor.role,
        past=row.past,
        today=tx.clock.today(),
        add_working_days=add_working_days,
    )


def _still_there(tx: Transaction, row: SettledRow) -> bool:
    today = tx.clock.today()
    try:
        home = reader(tx).member(row.member_id, today)[1]
        return tuple(reader(tx).path(home.cell_id, today)) == row.path
    except (NotOnRosterError, NoOrganizationError):
        return False
