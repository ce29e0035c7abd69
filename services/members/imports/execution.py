"""The execution (nhập chính thức): one batch per transaction, with the cursor in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.members.commands import members as member_commands
from services.members.commands import organizations as organization_commands
from services.members.commands.optional_fields import add_from_row, record_change
from services.members.documents import Member, Organization, RosterImport
from services.members.imports.directory import Place, Scope, member_id_of, place_of, places
from services.members.imports.matching import by_number, changes
from services.members.imports.rows import MatchedRow, Row, batch
from services.members.levels import SCHEME
from services.members.refusals import RefusedError
from services.members.roster import MemberRow, OrganizationRow
from services.members.roster.form import MEMBER_SHEET, ORGANIZATION_SHEET
from services.members.tree import tree_changes
from shared.access.actor import Context
from shared.imports.lease import Lease, until
from shared.imports.rows import Finding, keep_findings
from shared.service import Runtime
from shared.store.errors import AlreadyExistsError
from shared.store.unit_of_work import Transaction


def execute_next_batch(runtime: Runtime, lease: Lease, context: Context) -> bool:
    """Write the next batch of an import; return whether there is more. Raises LostLeaseError."""
    raw = runtime.store.collection(RosterImport.kind()).find_one({"_id": lease.import_id}) or {}
    number = raw.get("next_batch", 0)
    rows = batch(runtime.store, lease.import_id, number) if number < raw.get("batches", 0) else []

    def work(tx: Transaction) -> bool:
        found = tx.load(RosterImport, lease.import_id)
        lease.check(found)
        if found.next_batch != number:
            return bool(found.active)
        _write(tx, found, rows)
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


def _write(tx: Transaction, found: RosterImport, rows: Sequence[Row]) -> None:
    organizations = [row for row in rows if isinstance(row, OrganizationRow)]
    withdrawn = set(found.withdrawn)
    members = [row for row in rows if isinstance(row, MemberRow) and row.row not in withdrawn]
    scope = Scope(roots=frozenset(found.roots), everywhere=found.everywhere)
    findings: list[Finding] = []
    if organizations:
        found.imported_organizations += _write_organizations(
            tx, str(found.id), organizations, scope, findings
        )
    if members:
        found.imported_members += _write_members(tx, str(found.id), members, scope, findings)
    matched = [row for row in rows if isinstance(row, MatchedRow) and row.row not in withdrawn]
    if matched:
        found.updated_members += _update_members(tx, matched, scope, findings)
    if rows:
        tx.record(
            "import.batch",
            str(found.id),
            reason=found.reason,
            after=f"{ORGANIZATION_SHEET if organizations else MEMBER_SHEET} {rows[0].row}–{rows[-1].row}",
        )
    keep_findings(
        tx.store,
        str(found.id),
        [
            msgspec.structs.replace(each, sheet=found.member_sheet or each.sheet)
            if each.sheet == MEMBER_SHEET
            else each
            for each in findings
        ],
        start=found.findings + 1,
        session=tx.session,
    )
    found.findings += len(findings)
    found.rows_refused += sum(finding.kind == "refused" for finding in findings)
    late = sum(finding.kind == "duplicate" for finding in findings)
    found.duplicates += late
    of_matched = {row.row for row in matched}
    lost = {finding.row for finding in findings if finding.sheet == MEMBER_SHEET}
    found.rows_ok -= len(lost - of_matched)
    found.updates -= len(lost & of_matched)


def _write_organizations(
    tx: Transaction,
    import_id: str,
    rows: Sequence[OrganizationRow],
    scope: Scope,
    findings: list[Finding],
) -> int:
    codes = {code for row in rows for code in (row.code, row.parent_code) if code is not None}
    standing = places(tx.store, codes, tx.session)
    written: list[Organization] = []
    for row in rows:
        parent = None if row.parent_code is None else standing.get(row.parent_code)
        place = place_of(import_id, row, parent)
        if row.code in standing:
            continue
        if (row.parent_code is not None and parent is None) or not scope.covers(place.path):
            findings.append(
                _changed_meanwhile(
                    ORGANIZATION_SHEET, row.row, row.code, "Cấp trên đã thay đổi từ lúc xem trước."
                )
            )
            continue
        standing[row.code] = place
        organization = organization_commands.new_organization(
            organization_id=place.id,
            name=row.name,
            level=SCHEME.kind(row.level),
            code=row.code,
            parent_id=place.parent_id,
            parent_path=list(place.path[:-1]),
            on=row.established_on,
        )
        tx.emit(organization, organization_commands.established(organization))
        written.append(organization)
    if written:
        tree_changes(tx)
    tx.insert_many(written)
    return len(written)


def _write_members(
    tx: Transaction, import_id: str, rows: Sequence[MemberRow], scope: Scope, findings: list[Finding]
) -> int:
    cells = places(tx.store, {row.cell_code for row in rows}, tx.session)
    # Somebody may have registered one of them by hand since the preview.
    duplicates = by_number(tx.store, rows, tx.session)
    written: list[Member] = []
    for row in rows:
        cell = cells.get(row.cell_code)
        if row.row in duplicates:
            findings.append(duplicates[row.row])
        elif cell is None or not cell.is_cell or not scope.covers(cell.path):
            findings.append(
                _changed_meanwhile(
                    MEMBER_SHEET, row.row, row.cell_code, "Chi bộ đã thay đổi từ lúc xem trước."
                )
            )
        else:
            written.append(_member(tx, import_id, row, cell))
    tx.insert_many(written)
    return len(written)


def _update_members(
    tx: Transaction, rows: Sequence[MatchedRow], scope: Scope, findings: list[Finding]
) -> int:
    """Change the records that rows are matched to; a record that is gone or broken by it is left as it is."""
    updated = 0
    for row in rows:
        member = tx.find(Member, row.member_id)
        if member is None or not member.current or not scope.covers(member.organization_path):
            reason = "Hồ sơ của đảng viên này đã thay đổi từ lúc xem trước."
            findings.append(_changed_meanwhile(MEMBER_SHEET, row.row, row.member.full_name, reason))
            continue
        facts = changes(row.member, member.to_document())
        optional = add_from_row(tx, member, row.member.optional)
        if not facts and not optional:
            continue
        try:
            if facts:
                member_commands.change(tx, member, on=tx.clock.today(), facts=facts)
            else:
                tx.save(member)
            if optional:
                record_change(tx, member, optional)
        except (RefusedError, AlreadyExistsError):
            reason = "Hồ sơ đã thay đổi từ lúc xem trước: cập nhật theo tệp trái quy tắc hoặc trùng số thẻ."
            findings.append(_changed_meanwhile(MEMBER_SHEET, row.row, row.member.full_name, reason))
            continue
        updated += 1
    return updated


def _member(tx: Transaction, import_id: str, row: MemberRow, cell: Place) -> Member:
    came = row.transferred_in
    leaving = row.leaving
    ending: dict[str, Any] = {}
    if leaving is not None:
        ending = {
            "on": leaving.on.isoformat(),
            "mode": leaving.mode.value,
            "ground": None,
            "decision": None,
            "case_id": None,
            "detail": leaving.detail,
            "was_probationary": row.official_on is None,
        }
    member = Member(
        id=member_id_of(import_id, row.row),
        full_name=row.full_name,
        birth_name=row.birth_name,
        gender=row.gender,
        card_number=row.card_number,
        dossier_number=row.dossier_number,
        badge=row.badge,
        birth_date=row.birth_date,
        native_place=row.native_place,
        education=row.education,
        occupation=row.occupation,
        service=row.service,
        notes=row.notes,
        optional=dict(row.optional),
        admitted_on=row.admitted_on,
        official_on=row.official_on,
        exempt_from=row.exempt_from,
        cell_id=cell.id,
        organization_path=list(cell.path),
        organization_since=came.on if came is not None and came.on > row.admitted_on else row.admitted_on,
        current=leaving is None,
        leaving=ending,
        source={"import_id": import_id, "row": row.row},
    )
    member.index_itself()
    tx.emit(member, member_commands.registered(member))
    if leaving is not None:
        tx.emit(member, member_commands.ended(member))
    return member


def _changed_meanwhile(sheet: str, row: int, value: str, reason: str) -> Finding:
    return Finding(kind="refused", sheet=sheet, row=row, code="changed_meanwhile", reason=reason, value=value)
