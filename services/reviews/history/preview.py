"""The preview (xem trước): read the workbook once, sort its rows, write nothing to the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.reviews.documents import HistoryImport
from services.reviews.domain.case import FormerMember, PastOutcome
from services.reviews.domain.history import began_on, past_problems
from services.reviews.domain.profile import Profile
from services.reviews.history.form import HEADERS, SHEET
from services.reviews.history.organizations import PastOrganizations
from services.reviews.history.people import People, Person, UnclearError, may_recognise
from services.reviews.history.reader import HistoryReading, Item, PastRow, rule_problem
from services.reviews.history.rows import SettledRow, Span, clashes, spans
from services.reviews.profiles import profile_for
from shared.access.actor import Context
from shared.imports import files
from shared.imports.lease import Lease
from shared.imports.rows import BATCH_ROWS, Finding, forget, keep_batch, keep_findings
from shared.service import Runtime
from shared.store.unit_of_work import Transaction
from shared.workbook.problems import RowNote, RowProblem, WorkbookError

_ROSTER_OUTDATED = (
    "Danh sách tại chỗ của dịch vụ rà soát được lập trước khi có dấu nhận dạng; người vận hành chạy"
    " `khoi replay reviews` rồi tải tệp lên lại."
)


_GONE: tuple[PastOutcome, ...] = ("removed", "death", "resignation")


class _FileRefusedError(Exception):
    """Something about the file as a whole; ``problem`` goes into the import."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem["code"])
        self.problem = problem


def preview(runtime: Runtime, lease: Lease, context: Context) -> None:
    """Preview an import; it ends ``previewed`` or ``failed``. Raises LostLeaseError."""
    store = runtime.store
    found: HistoryImport = HistoryImport.from_document(
        store.collection(HistoryImport.kind()).find_one({"_id": lease.import_id}) or {}
    )
    forget(store, lease.import_id)
    sorting = _Sorting(runtime, lease, found, context)
    problem: dict[str, Any] = {}
    try:
        with files.opened(store, found.file_id) as stream:
            sorting.run(
                HistoryReading(
                    stream,
                    import_id=lease.import_id,
                    organization=sorting.organizations.named,
                    today=runtime.clock.today(),
                )
            )
    except WorkbookError as error:
        problem = {"code": error.code, "detail": error.detail_vi}
    except _FileRefusedError as error:
        problem = error.problem
    sorting.write_findings()
    if problem:
        forget(store, lease.import_id, findings=False)

    def finish(tx: Transaction) -> None:
        ended = tx.load(HistoryImport, lease.import_id)
        lease.check(ended)
        ended.state = "failed" if problem else "previewed"
        ended.problem = problem
        ended.active = False
        ended.attempts = 0
        ended.lease_holder = ended.lease_until = None
        ended.findings = sorting.findings_written
        ended.total_rows = ended.progress = len(sorting.sound) + len(sorting.refused)
        ended.rows_refused = len(sorting.refused)
        if not problem:
            ended.batches = sorting.batches
            ended.withdrawn = sorted(sorting.withdrawn)
            ended.rows_ok = len(sorting.sound)
            ended.former_members = len(sorting.former & sorting.sound)
        tx.record(f"import.{ended.state}", lease.import_id, after=ended.sha256)
        tx.save(ended)

    runtime.unit_of_work.run(context, finish)
    files.drop(store, found.file_id)


class _Sorting:
    """Sorts the items of one reading into batches and findings, a chunk at a time."""

    def __init__(self, runtime: Runtime, lease: Lease, found: HistoryImport, context: Context) -> None:
        self._runtime = runtime
        self._store = runtime.store
        self._lease = lease
        self._roots = None if found.everywhere else frozenset(found.roots)
        self._importer = context.actor.member_id
        self._today = runtime.clock.today()
        self.organizations = PastOrganizations(runtime.store)
        self._rows: list[PastRow] = []
        self._findings: list[Finding] = []
        self.findings_written = 0
        self.batches = 0
        self.sound: set[int] = set()
        self.refused: set[int] = set()
        self.withdrawn: set[int] = set()
        self.former: set[int] = set()
        self._in_file: dict[str, list[tuple[int, Span]]] = {}

    def run(self, reading: HistoryReading) -> None:
        """Sort everything; raise _FileRefusedError, WorkbookError or LostLeaseError."""
        if not may_recognise(self._store):
            # Members would pass for former ones, under other ids.
            raise _FileRefusedError({"code": "roster_outdated", "detail": _ROSTER_OUTDATED})
        file_problem: RowProblem | None = None
        for item in reading:
            if isinstance(item, RowProblem) and item.scope == "file":
                file_problem = file_problem or item
                self._find("refused", item)
            elif file_problem is not None:
                break
            else:
                self._take(item)
            if len(self._rows) >= BATCH_ROWS or len(self._findings) >= BATCH_ROWS:
                self._settle(reading)
        if file_problem is not None:
            raise _FileRefusedError(
                {
                    "code": file_problem.code,
                    "detail": file_problem.detail_vi,
                    "sheet": file_problem.sheet,
                    "row": file_problem.row,
                    "column": file_problem.column,
                }
            )
        self._settle(reading)

    def write_findings(self) -> None:
        """Store the findings that wait."""
        keep_findings(self._store, self._lease.import_id, self._findings, start=self.findings_written + 1)
        self.findings_written += len(self._findings)
        self._findings = []

    def _take(self, item: Item) -> None:
        if isinstance(item, PastRow):
            self._rows.append(item)
        elif isinstance(item, RowProblem):
            self.refused.add(item.row)
            self._find("refused", item)
        else:
            self._find("note", item)

    def _settle(self, reading: HistoryReading) -> None:
        """Decide on the rows that wait and store them."""
        rows, self._rows = self._rows, []
        if rows:
            people = People(self._store, rows, today=self._today)
            settled = [each for each in (self._settled(row, people) for row in rows) if each is not None]
            there = spans(self._store, (row.member_id for row in settled))
            kept = [row for row in settled if self._is_new(row, there.get(row.member_id, []))]
            kept = [row for row in kept if row.row not in self.withdrawn]
            if kept:
                keep_batch(self._store, self._lease.import_id, self.batches, kept)
                self.batches += 1
        self.write_findings()
        done = len(self.sound) + len(self.refused)
        self._lease.renew(self._runtime, progress=done, total=max(done, reading.rows_expected or 0))

    def _settled(self, row: PastRow, people: People) -> SettledRow | None:
        try:
            person = people.person(row)
        except UnclearError as unclear:
            self._refuse(row, unclear.column, unclear.code, unclear.detail_vi)
            return None
        refusal = self._refusal(row, person)
        if refusal is not None:
            field, code, reason = refusal
            self._refuse(row, HEADERS[field], code, reason)
            return None
        problems = past_problems(row.past, status=person.status, today=self._today)
        if problems:
            self.refused.add(row.row)
            for each in problems:
                self._find("refused", rule_problem(row.row, each))
            return None
        if person.former is not None:
            self.former.add(row.row)
            reason = "Không có trong danh sách đảng viên: được nhập là đảng viên cũ; hãy kiểm tra lại trước khi nhập."
            self._findings.append(_finding(row, "note", HEADERS["name"], "former_member", reason))
        if row.past.outcome in _GONE and person.home is not None:
            reason = (
                "Vẫn có trong danh sách đảng viên: việc nhập không đưa ai ra khỏi danh sách; hãy đối chiếu."
            )
            self._findings.append(_finding(row, "note", HEADERS["name"], "still_on_roster", reason))
        return SettledRow(
            row=row.row,
            full_name=row.full_name,
            member_id=person.member_id,
            status=person.status,
            path=self._path(row),
            past=row.past if person.former is None else _named(row, person.former),
        )

    def _path(self, row: PastRow) -> tuple[str, ...]:
        going_on = row.past.outcome == "on_list"
        day = self._today if going_on else (began_on(row.past) or self._today)
        return self.organizations.path_on(row.organization_id, day)

    def _refusal(self, row: PastRow, person: Person) -> tuple[str, str, str] | None:
        """Return column, code and reason of what stands against a row, or None."""
        if not self._covered(row):
            return "organization", "outside_subtree", "Tổ chức đảng nằm ngoài phạm vi được giao."
        if person.member_id == self._importer:
            return (
                "name",
                "own_case",
                "Không ai được nhập vụ việc của chính mình; hãy để người khác nhập dòng này.",
            )
        day = began_on(row.past)
        if day is None or _profile_on(row) is None:
            return "listed_on", "no_profile", "Chưa có bộ quy tắc nào áp dụng vào ngày này."
        if self.organizations.ended_before(row.organization_id, day):
            return "organization", "organization_ended", "Tổ chức đảng này đã giải thể trước ngày ấy."
        if row.past.outcome == "on_list" and person.home != row.organization_id:
            return (
                "organization",
                "cell_differs",
                "Vụ việc còn tiếp tục phải ghi vào chi bộ mà đảng viên đang sinh hoạt.",
            )
        return None

    def _covered(self, row: PastRow) -> bool:
        return self._roots is None or not self._roots.isdisjoint(self._path(row))

    def _is_new(self, row: SettledRow, there: Sequence[Span]) -> bool:
        if clashes(row, there):
            reason = "Đã có vụ việc của đảng viên này vào thời gian ấy trong hệ thống."
            self._refuse(row, HEADERS["listed_on"], "case_known", reason)
            return False
        mine = self._in_file.setdefault(row.member_id, [])
        others = [number for number, span in mine if clashes(row, [span])]
        mine.append((row.row, row.span))
        if not others:
            self.sound.add(row.row)
            return True
        for number in (*others, row.row):
            if number in self.refused:
                continue
            other = next(each for each in (row.row, *others) if each != number)
            reason = f"Dòng {number} và dòng {other} là vụ việc của một người vào cùng thời gian; hãy giữ một dòng."
            self.refused.add(number)
            self.sound.discard(number)
            if number != row.row:
                self.withdrawn.add(number)
            self._findings.append(
                Finding(
                    kind="refused",
                    sheet=SHEET,
                    row=number,
                    column=HEADERS["listed_on"],
                    code="case_twice",
                    reason=reason,
                    value=row.full_name,
                )
            )
        return False

    def _refuse(self, row: PastRow | SettledRow, column: str, code: str, reason: str) -> None:
        self.refused.add(row.row)
        self._findings.append(_finding(row, "refused", column, code, reason))

    def _find(self, kind: Any, item: RowProblem | RowNote) -> None:
        self._findings.append(
            Finding(
                kind=kind,
                sheet=item.sheet,
                row=item.row,
                column=item.column,
                code=item.code,
                reason=item.detail_vi,
                value=item.value_excerpt if isinstance(item, RowProblem) else None,
            )
        )


def _finding(row: PastRow | SettledRow, kind: Any, column: str, code: str, reason: str) -> Finding:
    return Finding(
        kind=kind, sheet=SHEET, row=row.row, column=column, code=code, reason=reason, value=row.full_name
    )


def _named(row: PastRow, former: FormerMember) -> Any:
    return msgspec.structs.replace(row.past, person=former)


def _profile_on(row: PastRow) -> Profile | None:
    day = began_on(row.past)
    try:
        return None if day is None else profile_for(day)
    except LookupError:
        return None
