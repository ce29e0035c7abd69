"""Establish, change and end working groups (đoàn công tác)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from services.members.documents import Member, Organization, WorkingGroup
from services.members.domain.violation import Violation
from services.members.domain.working_group import Mandate, date_problems, group_problems
from services.members.refusals import RefusedError, refused
from shared.events.catalogue.members import Document, WorkingGroupChanged, WorkingGroupEstablished
from shared.store.unit_of_work import Transaction


def establish(
    tx: Transaction, *, group_id: str, mandate: Mandate, on: date, decision: Document
) -> WorkingGroup:
    """Establish a working group from *on*; raise RefusedError."""
    _check(tx, mandate, on=on, since=None)
    group = WorkingGroup(id=group_id, established_on=on, in_force=True)
    _begin(group, mandate, on=on, decision=decision)
    tx.emit(group, WorkingGroupEstablished(**_state(group), on=on, decision=decision))
    tx.record("working_group.establish", group_id)
    tx.insert(group)
    return group


def change(
    tx: Transaction, group: WorkingGroup, *, mandate: Mandate, on: date, decision: Document
) -> WorkingGroup:
    """Let the group have another name, assignment or membership from *on*; raise RefusedError."""
    _must_stand(group)
    if mandate == mandate_of(group):
        raise refused("nothing_changed", "name", "Không có gì thay đổi.")
    _check(tx, mandate, on=on, since=_since(group))
    group.mandates[-1]["to"] = on.isoformat()
    _begin(group, mandate, on=on, decision=decision)
    tx.emit(group, WorkingGroupChanged(**_state(group), on=on, decision=decision, change="changed"))
    tx.record("working_group.change", str(group.id))
    tx.save(group)
    return group


def end(tx: Transaction, group: WorkingGroup, *, on: date, decision: Document) -> WorkingGroup:
    """End the group on *on* (kết thúc nhiệm vụ); what it was stays on record. Raises RefusedError."""
    _must_stand(group)
    _refuse(date_problems(on=on, since=_since(group), today=tx.clock.today()))
    group.mandates[-1]["to"] = on.isoformat()
    group.ended_on = on  # type: ignore[assignment]  # mongoengine's descriptors take the value
    group.in_force = False
    tx.emit(group, WorkingGroupChanged(**_state(group), on=on, decision=decision, change="ended"))
    tx.record("working_group.end", str(group.id))
    tx.save(group)
    return group


def mandate_of(group: WorkingGroup) -> Mandate:
    """Return how the group stands now."""
    return Mandate(
        name=group.name,
        organization_ids=tuple(group.organization_ids),
        member_ids=tuple(group.member_ids),
        leader_id=group.leader_id,
    )


def _check(tx: Transaction, mandate: Mandate, *, on: date, since: date | None) -> None:
    organizations = [
        Organization.from_document(raw)
        for raw in tx.collection(Organization.kind()).find(
            {"_id": {"$in": list(mandate.organization_ids)}}, session=tx.session
        )
    ]
    members = tx.collection(Member.kind()).find(
        {"_id": {"$in": list(mandate.member_ids)}}, ["current"], session=tx.session
    )
    _refuse(
        group_problems(
            mandate,
            on=on,
            since=since,
            today=tx.clock.today(),
            standing={
                str(each.id) for each in organizations if any(version.holds(on) for version in each.history())
            },
            on_the_roll={raw["_id"] for raw in members if raw["current"]},
        )
    )


def _begin(group: WorkingGroup, mandate: Mandate, *, on: date, decision: Document) -> None:
    group.name = mandate.name
    group.organization_ids = list(mandate.organization_ids)
    group.member_ids = list(mandate.member_ids)
    group.leader_id = mandate.leader_id
    group.mandates = [
        *group.mandates,
        {
            "from": on.isoformat(),
            "to": None,
            **msgspec.to_builtins(mandate),
            "decision": msgspec.to_builtins(decision),
        },
    ]


def _since(group: WorkingGroup) -> date:
    return date.fromisoformat(group.mandates[-1]["from"])


def _must_stand(group: WorkingGroup) -> None:
    if not group.in_force:
        raise refused("group_ended", "on", "Đoàn công tác này đã kết thúc.")


def _state(group: WorkingGroup) -> dict[str, Any]:
    return {
        "group_id": str(group.id),
        "name": group.name,
        "organization_ids": list(group.organization_ids),
        "member_ids": list(group.member_ids),
        "leader_id": group.leader_id,
    }


def _refuse(violations: Iterable[Violation]) -> None:
    found = list(violations)
    if found:
        raise RefusedError(found)
