"""The preview (xem trước): read the workbook once, sort its rows, write nothing to the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.members.commands.optional_fields import differing
from services.members.documents import Member, RosterImport
from services.members.domain.matching import RULE_BY_CODE, Match
from services.members.imports import undecided
from services.members.imports.directory import Place, Scope, known, place_of, places
from services.members.imports.matching import (
    broken_by,
    changes,
    matches,
    people_of,
    records_like,
    shown_changes,
    shown_optional,
)
from services.members.imports.matching import (
    known as known_member,
)
from services.members.imports.rows import MatchedRow, Row
from services.members.levels import SCHEME
from services.members.roster import MemberRow, OrganizationRow, RosterItem, RosterReading, read_roster
from services.members.roster.form import LIST_COLUMNS, MEMBER_SHEET, ORGANIZATION_COLUMNS, ORGANIZATION_SHEET
from shared.access.actor import Context
from shared.imports import files
from shared.imports.lease import Lease
from shared.imports.rows import BATCH_ROWS, Finding, FindingKind, forget, keep_batch, keep_findings
from shared.service import Runtime
from shared.store.connection import Document
from shared.store.unit_of_work import Transaction
from shared.workbook.headers import header_key
from shared.workbook.problems import RowNote, RowProblem, WorkbookError

_HEADERS = {column.field: column.header for column in ORGANIZATION_COLUMNS}
_ORGANIZATIONS_KEY = header_key(ORGANIZATION_SHEET)


OFFICIAL_DATE_MISSING = (
    "Đảng viên chính thức chưa có hồ sơ thì phải có ngày chính thức; hãy thêm cột “Ngày chính thức” vào danh sách "
    "hoặc nhập theo Mẫu 7-HSĐV."
)
_NAME = next(column.header for column in LIST_COLUMNS if column.field == "name")


def lacks_official_date(row: MemberRow) -> bool:
    """Say whether a row says official without the date, so that nobody new can be registered from it."""
    return bool(row.said_official) and row.official_on is None


def _of_row(row: MemberRow, kind: FindingKind, code: str, reason: str) -> Finding:
    return Finding(kind=kind, sheet=MEMBER_SHEET, row=row.row, code=code, reason=reason, value=row.full_name)


def _matched_twice(row: MemberRow, first: int) -> RowProblem:
    return RowProblem(
        sheet=MEMBER_SHEET,
        row=row.row,
        column=_NAME,
        code="record_matched_twice",
        detail_vi=f"Dòng {first} và dòng {row.row} cùng là một đảng viên đã có hồ sơ.",
        value_excerpt=row.full_name[:40],
        other_row=first,
    )


class _FileRefusedError(Exception):
    """Something about the file as a whole; ``problem`` goes into the import."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem["code"])
        self.problem = problem


def preview(runtime: Runtime, lease: Lease, context: Context) -> None:
    """Preview an import; it ends ``previewed`` or ``failed``. Raises LostLeaseError."""
    found: RosterImport = RosterImport.from_document(
        runtime.store.collection(RosterImport.kind()).find_one({"_id": lease.import_id}) or {}
    )
    forget(runtime.store, lease.import_id)
    undecided.drop(runtime.store, lease.import_id)
    sorting = _Sorting(runtime, lease, Scope(roots=frozenset(found.roots), everywhere=found.everywhere))
    problem: dict[str, Any] = {}
    try:
        with files.opened(runtime.store, found.file_id) as stream:
            sorting.run(
                read_roster(
                    stream,
                    today=runtime.clock.today(),
                    levels=SCHEME,
                    known=known(sorting.places),
                    kept=frozenset(runtime.settings.optional_fields),
                )
            )
    except WorkbookError as error:
        problem = {"code": error.code, "detail": error.detail_vi}
    except _FileRefusedError as error:
        problem = error.problem
    sorting.write_findings()
    if problem:
        forget(runtime.store, lease.import_id, findings=False)
        undecided.drop(runtime.store, lease.import_id)

    def finish(tx: Transaction) -> None:
        ended = tx.load(RosterImport, lease.import_id)
        lease.check(ended)
        ended.state = "failed" if problem else "previewed"
        ended.problem = problem
        ended.active = False
        ended.attempts = 0
        ended.lease_holder = ended.lease_until = None
        ended.findings = sorting.findings_written
        if not problem:
            ended.batches = sorting.batches
            ended.withdrawn = sorted(sorting.withdrawn)
        ended.total_rows = ended.progress = sorting.total_rows
        ended.rows_ok = 0 if problem else len(sorting.sound)
        ended.rows_refused = len(sorting.refused)
        ended.organizations = 0 if problem else sorting.new_organizations
        ended.duplicates = sorting.duplicates
        ended.updates = 0 if problem else len(sorting.updates)
        ended.undecided = 0 if problem else len(sorting.undecided)
        ended.member_sheet = sorting.member_sheet
        tx.record(f"import.{ended.state}", lease.import_id, after=ended.sha256)
        tx.save(ended)

    runtime.unit_of_work.run(context, finish)
    files.drop(runtime.store, found.file_id)


class _Sorting:
    """Sorts the items of one reading into batches and findings, a chunk at a time."""

    def __init__(self, runtime: Runtime, lease: Lease, scope: Scope) -> None:
        self._runtime = runtime
        self._store = runtime.store
        self._lease = lease
        self._scope = scope
        self.places = places(runtime.store)
        self._existing = dict(self.places)
        self._names = {(place.parent_id, place.name.casefold()): place.code for place in self.places.values()}
        self._any_members = runtime.store.collection(Member.kind()).find_one({}, ["_id"]) is not None
        self._organizations: list[OrganizationRow] = []
        self._members: list[MemberRow] = []
        self._findings: list[Finding] = []
        self.findings_written = 0
        self.batches = 0
        self.new_organizations = 0
        self._known_organizations = 0
        self.sound: set[int] = set()
        self.withdrawn: set[int] = set()
        self.refused: set[tuple[str, int]] = set()
        self.duplicates = 0
        self.updates: set[int] = set()
        self.undecided: set[int] = set()
        self.member_sheet = MEMBER_SHEET
        self._row_of_record: dict[str, int] = {}

    @property
    def total_rows(self) -> int:
        """Rows of both sheets that hold something."""
        settled = (
            len(self.sound) + len(self.updates) + len(self.undecided) + len(self.refused) + self.duplicates
        )
        return settled + self.new_organizations + self._known_organizations

    def run(self, reading: RosterReading) -> None:
        """Sort everything; raise _FileRefusedError, WorkbookError or LostLeaseError."""
        file_problem: RowProblem | None = None
        for item in reading:
            self.member_sheet = reading.member_sheet
            if isinstance(item, RowProblem) and item.scope == "file":
                file_problem = file_problem or item
                self._note("refused", item)
            elif file_problem is not None:
                break
            else:
                self._take(item)
            if len(self._members) >= BATCH_ROWS or len(self._findings) >= BATCH_ROWS:
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
        keep_findings(
            self._store,
            self._lease.import_id,
            [
                msgspec.structs.replace(finding, sheet=self.member_sheet)
                if finding.sheet == MEMBER_SHEET
                else finding
                for finding in self._findings
            ],
            start=self.findings_written + 1,
        )
        self.findings_written += len(self._findings)
        self._findings = []

    def _take(self, item: RosterItem) -> None:
        if isinstance(item, OrganizationRow):
            self._organization(item)
        elif isinstance(item, MemberRow):
            self._members.append(item)
        elif isinstance(item, RowProblem):
            self._problem(item)
        else:
            self._note("note", item)

    def _organization(self, row: OrganizationRow) -> None:
        existing = self._existing.get(row.code)
        if existing is not None:
            self._known_organization(row, existing)
            return
        parent = None if row.parent_code is None else self.places.get(row.parent_code)
        place = place_of(self._lease.import_id, row, parent)
        refusal = self._organization_refusal(row, parent, place)
        if refusal is not None:
            field, code, reason = refusal
            self._refuse_organization(row, field, code, reason)
            return
        self.places[row.code] = place
        self._names[place.parent_id, row.name.casefold()] = row.code
        self._organizations.append(row)
        self.new_organizations += 1

    def _organization_refusal(
        self, row: OrganizationRow, parent: Place | None, place: Place
    ) -> tuple[str, str, str] | None:
        if row.parent_code is not None and parent is None:
            return "parent_code", "unknown_parent", "Tổ chức cấp trên không được nhập."
        if not self._scope.covers(place.path):
            return "parent_code", "outside_subtree", "Tổ chức nằm ngoài phạm vi được giao."
        if parent is not None and row.established_on < parent.established_on:
            return (
                "established_on",
                "established_before_parent",
                f"Ngày thành lập trước ngày thành lập của cấp trên ({parent.established_on:%d/%m/%Y}).",
            )
        if (place.parent_id, row.name.casefold()) in self._names:
            return "name", "name_in_force", "Cấp trên này đã có tổ chức đảng cùng tên."
        return None

    def _known_organization(self, row: OrganizationRow, existing: Place) -> None:
        parent = None if row.parent_code is None else self._existing.get(row.parent_code)
        same_parent = existing.parent_id == (None if parent is None else parent.id)
        if row.name == existing.name and row.level == existing.level and same_parent:
            self._known_organizations += 1
            return
        self._refuse_organization(
            row,
            "code",
            "organization_differs",
            f"Mã này đã là của “{existing.name}” với tên, cấp hoặc cấp trên khác; "
            "đổi tên hay chuyển tổ chức bằng thao tác riêng.",
        )

    def _refuse_organization(self, row: OrganizationRow, field: str, code: str, reason: str) -> None:
        self.refused.add((ORGANIZATION_SHEET, row.row))
        self._findings.append(
            Finding(
                kind="refused",
                sheet=ORGANIZATION_SHEET,
                row=row.row,
                column=_HEADERS[field],
                code=code,
                reason=reason,
                value=row.code,
            )
        )

    def _problem(self, problem: RowProblem) -> None:
        self._note("refused", problem)
        for row in problem.refused_rows:
            key = (problem.sheet, row)
            if key in self.refused:
                continue
            self.refused.add(key)
            if row == problem.row:
                continue
            if header_key(problem.sheet) != _ORGANIZATIONS_KEY:
                self._withdraw(row)
            self._findings.append(
                Finding(
                    kind="refused",
                    sheet=problem.sheet,
                    row=row,
                    column=problem.column,
                    code=problem.code,
                    reason=problem.detail_vi,
                    value=problem.value_excerpt,
                )
            )

    def _withdraw(self, row: int) -> None:
        """Take back a row that was read as sound, wherever it is by now."""
        if row in self.sound or row in self.updates:
            self.sound.discard(row)
            self.updates.discard(row)
            self.withdrawn.add(row)
        elif row in self.undecided:
            self.undecided.discard(row)
            undecided.drop(self._store, self._lease.import_id, row)
        self._members = [waiting for waiting in self._members if waiting.row != row]

    def _note(self, kind: FindingKind, item: RowProblem | RowNote) -> None:
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

    def _settle(self, reading: RosterReading) -> None:
        """Decide on the rows that wait and store them."""
        if self._organizations:
            for start in range(0, len(self._organizations), BATCH_ROWS):
                self._keep(self._organizations[start : start + BATCH_ROWS])
            self._organizations = []
        rows = [row for row in self._members if self._may_be_written(row)]
        self._members = []
        if self._any_members and rows:
            rows = self._compared(rows)
        rows = [row for row in rows if self._may_be_registered(row)]
        if rows:
            self._keep([self._sealed(row) for row in rows])
            self.sound.update(row.row for row in rows)
        self.write_findings()
        self._lease.renew(
            self._runtime,
            progress=reading.rows_read,
            total=max(reading.rows_expected or 0, reading.rows_read),
        )

    def _compared(self, rows: list[MemberRow]) -> list[MemberRow]:
        """Hold rows against the records; keep updates and what a person must decide, return the new ones."""
        like = {raw["_id"]: raw for raw in records_like(self._store, people_of(rows, self.places))}
        found = matches(rows, self.places, list(like.values()))
        new: list[MemberRow] = []
        updates: list[MatchedRow] = []
        unsure: list[tuple[MemberRow, Match]] = []
        for row in rows:
            result = found[row.row]
            if result.sure is not None:
                first = self._row_of_record.setdefault(result.sure, row.row)
                if first != row.row:
                    self._problem(_matched_twice(row, first))
                    updates = [each for each in updates if each.row != first]
                    continue
                updates.extend(self._matched(row, result, like[result.sure]))
            elif result.unsure:
                unsure.append((row, result))
                self.undecided.add(row.row)
            else:
                new.append(row)
        if updates:
            self._keep(updates)
        unsure = [(self._sealed(row), match) for row, match in unsure]
        undecided.keep(self._store, self._lease.import_id, unsure, like, self._scope)
        return new

    def _matched(self, row: MemberRow, result: Match, raw: Document) -> list[MatchedRow]:
        """Return the update that a row surely of a record proposes, if any."""
        theirs = raw["current"] and self._scope.covers(raw["organization_path"])
        facts = changes(row, raw) if theirs else {}
        optional = (
            differing(row.optional, self._store.sealing.opened_all(raw.get("optional", {}))) if theirs else []
        )
        if not facts and not optional:
            self.duplicates += 1
            self._findings.append(known_member(row, result.rule or ""))
        elif violations := broken_by(facts, raw, today=self._runtime.clock.today()):
            self.refused.add((MEMBER_SHEET, row.row))
            self._findings.extend(
                _of_row(row, "refused", each.code, f"Nếu cập nhật hồ sơ: {each.detail_vi}")
                for each in violations
            )
        else:
            self.updates.add(row.row)
            rule = RULE_BY_CODE[result.rule or ""]
            self._findings.append(
                msgspec.structs.replace(
                    _of_row(row, "update", rule.code, rule.text_vi),
                    changes=[*shown_changes(facts, raw), *shown_optional(optional)],
                )
            )
        if raw["current"] and raw["cell_id"] != self.places[row.cell_code].id:
            reason = "Chi bộ ở tệp khác chi bộ trong hồ sơ; chuyển chi bộ bằng thủ tục chuyển sinh hoạt."
            self._findings.append(_of_row(row, "note", "cell_differs", reason))
        if raw["current"] and row.leaving is not None:
            reason = "Tệp ghi đã ra khỏi danh sách, hồ sơ thì chưa; việc ra khỏi danh sách được ghi riêng."
            self._findings.append(_of_row(row, "note", "leaving_not_applied", reason))
        return (
            []
            if row.row not in self.updates
            else [MatchedRow(row=row.row, member_id=raw["_id"], member=self._sealed(row))]
        )

    def _may_be_registered(self, row: MemberRow) -> bool:
        if not lacks_official_date(row):
            return True
        self.refused.add((MEMBER_SHEET, row.row))
        self._findings.append(_of_row(row, "refused", "official_date_missing", OFFICIAL_DATE_MISSING))
        return False

    def _may_be_written(self, row: MemberRow) -> bool:
        cell = self.places.get(row.cell_code)
        if cell is not None and self._scope.covers(cell.path):
            return True
        self.refused.add((MEMBER_SHEET, row.row))
        self._findings.append(
            Finding(
                kind="refused",
                sheet=MEMBER_SHEET,
                row=row.row,
                code="unknown_cell" if cell is None else "outside_subtree",
                reason=(
                    "Chi bộ của dòng này không được nhập."
                    if cell is None
                    else f"Chi bộ “{cell.name}” nằm ngoài phạm vi được giao."
                ),
                value=row.cell_code,
            )
        )
        return False

    def _sealed(self, row: MemberRow) -> MemberRow:
        """Return a row as it may be stored: what is sensitive under the deployment's key."""
        return msgspec.structs.replace(row, optional=self._store.sealing.seal_all(row.optional))

    def _keep(self, rows: Sequence[Row]) -> None:
        keep_batch(self._store, self._lease.import_id, self.batches, rows)
        self.batches += 1
