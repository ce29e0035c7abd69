"""Record annual classifications, quarterly results, months missed, and conclusions on a member's standing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from services.members.documents import Member
from services.members.domain.classification import (
    Level,
    classification_problems,
    in_force,
    participation_problems,
    put,
)
from services.members.refusals import RefusedError, refused
from shared.events.catalogue.members import (
    Document,
    MemberClassified,
    MemberParticipationRecorded,
    MemberStandingConcluded,
)
from shared.store.errors import MissingError
from shared.store.unit_of_work import Transaction


def classify(
    tx: Transaction,
    member: Member,
    *,
    year: int,
    level: Level,
    on: date,
    quarter: int | None = None,
    decision: Document | None = None,
    reason: str = "",
) -> Member:
    """Record the result of a year, or of a quarter, which is kept apart and told to nobody.

    A result that corrects an earlier one needs its *reason*; the earlier one stays readable. Raises RefusedError.
    """
    violations = classification_problems(
        year=year, admitted_on=member.admitted_on, on=on, today=tx.clock.today()
    )
    if violations:
        raise RefusedError(violations)
    entry = {
        "year": year,
        "level": str(level),
        "on": on.isoformat(),
        "decision": None if decision is None else msgspec.to_builtins(decision),
        "reason": reason,
    }
    period = {"year": year} if quarter is None else {"year": year, "quarter": quarter}
    entries = member.classifications if quarter is None else member.quarterly_results
    before = in_force(entries, **period)
    _correction_needs_reason(before, {"level": str(level)}, reason)
    changed = put(entries, {**entry, **period}, same=tuple(period))
    if quarter is None:
        member.classifications = changed
        tx.emit(
            member,
            MemberClassified(
                member_id=str(member.id),
                organization_path=list(member.organization_path),
                year=year,
                level=level.value,
                on=on,
            ),
        )
    else:
        member.quarterly_results = changed
    _record_and_save(tx, member, "member.classify", before, reason)
    return member


def classify_cell(
    tx: Transaction,
    *,
    cell_id: str,
    year: int,
    on: date,
    decision: Document | None,
    levels: Mapping[str, Level],
) -> list[Member]:
    """Record the annual results of many members of one cell by one decision; all or none.

    Raises MissingError, and RefusedError naming each entry that cannot be.
    """
    members: list[Member] = []
    for index, (member_id, level) in enumerate(levels.items()):
        member = tx.find(Member, member_id)
        if member is None:
            raise MissingError(Member.kind(), member_id)
        if member.cell_id != cell_id or not member.current:
            raise refused(
                "not_in_cell", f"results/{index}/member_id", f"Đảng viên {member_id} không thuộc chi bộ này."
            )
        try:
            members.append(classify(tx, member, year=year, level=level, on=on, decision=decision))
        except RefusedError as error:
            raise RefusedError(
                [
                    msgspec.structs.replace(each, field=f"results/{index}/{each.field}")
                    for each in error.violations
                ]
            ) from error
    return members


def record_participation(
    tx: Transaction,
    member: Member,
    *,
    year: int,
    months_absent: int,
    months_excused: int,
    months_unpaid: int,
    on: date,
    reason: str = "",
) -> Member:
    """Record the months of a year without activities or dues, as counted up to *on*.

    A later count of the same year replaces the earlier, which stays readable. Raises RefusedError.
    """
    violations = [
        *classification_problems(year=year, admitted_on=member.admitted_on, on=on, today=tx.clock.today()),
        *participation_problems(
            months_absent=months_absent,
            months_excused=months_excused,
            months_unpaid=months_unpaid,
            reason=reason,
        ),
    ]
    if violations:
        raise RefusedError(violations)
    counts = {
        "months_absent": months_absent,
        "months_excused": months_excused,
        "months_unpaid": months_unpaid,
    }
    before = in_force(member.participation, year=year)
    member.participation = put(
        member.participation, {"year": year, "on": on.isoformat(), "reason": reason, **counts}, same=("year",)
    )
    tx.emit(
        member,
        MemberParticipationRecorded(
            member_id=str(member.id),
            organization_path=list(member.organization_path),
            year=year,
            on=on,
            **counts,
        ),
    )
    _record_and_save(tx, member, "member.participation", before, reason)
    return member


def conclude_standing(
    tx: Transaction,
    member: Member,
    *,
    year: int,
    violated: bool,
    on: date,
    decision: Document,
    reason: str = "",
) -> Member:
    """Record what the competent organisation concluded of the member's standing in a year, by its *decision*.

    A conclusion that corrects an earlier one needs its *reason*; the earlier one stays readable. Raises RefusedError.
    """
    violations = classification_problems(
        year=year, admitted_on=member.admitted_on, on=on, today=tx.clock.today()
    )
    if violations:
        raise RefusedError(violations)
    before = in_force(member.standing, year=year)
    _correction_needs_reason(before, {"violated": violated}, reason)
    entry = {
        "year": year,
        "violated": violated,
        "on": on.isoformat(),
        "decision": msgspec.to_builtins(decision),
        "reason": reason,
    }
    member.standing = put(member.standing, entry, same=("year",))
    tx.emit(
        member,
        MemberStandingConcluded(
            member_id=str(member.id),
            organization_path=list(member.organization_path),
            year=year,
            violated=violated,
            on=on,
        ),
    )
    _record_and_save(tx, member, "member.standing", before, reason)
    return member


def _correction_needs_reason(before: Mapping[str, Any] | None, new: Mapping[str, Any], reason: str) -> None:
    if before is None:
        return
    if all(before[name] == value for name, value in new.items()):
        raise refused("nothing_changed", "level", "Không có gì thay đổi.")
    if not reason.strip():
        raise refused("reason_missing", "reason", "Kỳ này đã có kết quả; sửa lại phải ghi lý do.")


def _record_and_save(
    tx: Transaction, member: Member, action: str, before: Mapping[str, Any] | None, reason: str
) -> None:
    tx.record(
        action,
        str(member.id),
        member_id=str(member.id),
        reason=reason or None,
        before=None if before is None else f"v{member.version}",
    )
    tx.save(member)
