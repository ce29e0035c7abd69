"""Establish, rename, move, merge and dissolve organisations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal

import msgspec

from services.members.commands.members import relocated
from services.members.documents import AT_ROOT, Member, Organization, Transfer
from services.members.domain.organization import LevelKind, OrganizationTree, OrganizationVersion
from services.members.domain.transfer import UNDER_WAY, TransferState
from services.members.domain.violation import Violation
from services.members.levels import SCHEME
from services.members.refusals import RefusedError, refused
from services.members.tree import tree_changes
from shared.events.catalogue.members import (
    Document,
    OrganizationChanged,
    OrganizationDissolved,
    OrganizationEstablished,
)
from shared.store.errors import AlreadyExistsError, MissingError
from shared.store.unit_of_work import Transaction


def establish(
    tx: Transaction,
    *,
    organization_id: str,
    name: str,
    level: LevelKind,
    code: str | None,
    parent_id: str | None,
    on: date,
    decision: Document | None,
) -> Organization:
    """Establish an organisation from *on*.

    Raises RefusedError, MissingError for the parent, AlreadyExistsError for a taken id or code.
    """
    _must_have_happened(on, tx.clock.today(), "on")
    if tx.find(Organization, organization_id) is not None:
        raise AlreadyExistsError(Organization.kind(), {"id": organization_id})
    if code is not None and any(each.in_force for each in _kin(tx, {"code": code})):
        raise AlreadyExistsError(Organization.kind(), {"code": code})
    parent = None if parent_id is None else _standing(tx, parent_id, "parent_id", on)
    proposed = OrganizationVersion(
        organization_id=organization_id,
        name=name,
        level=level.code,
        parent_id=parent_id,
        valid_from=on,
        code=code,
    )
    _refuse(_surroundings(tx, proposed).check_establish(proposed))
    organization = new_organization(
        organization_id=organization_id,
        name=name,
        level=level,
        code=code,
        parent_id=parent_id,
        parent_path=[] if parent is None else list(parent.path),
        on=on,
        decision=decision,
    )
    tx.emit(organization, established(organization, decision))
    tree_changes(tx)
    tx.record("organization.establish", organization_id, organization=organization_id)
    tx.insert(organization)
    return organization


def new_organization(
    *,
    organization_id: str,
    name: str,
    level: LevelKind,
    code: str | None,
    parent_id: str | None,
    parent_path: list[str],
    on: date,
    decision: Document | None = None,
) -> Organization:
    """Return an organisation that stands under *parent_path* from *on*; nothing is checked or written."""
    organization = Organization(
        id=organization_id,
        code=code,
        level=level.code,
        is_cell=level.is_cell,
        path=[*parent_path, organization_id],
        established_on=on,
        in_force=True,
    )
    organization.begin_version(on=on, name=name, parent_id=parent_id, decision=_plain(decision))
    return organization


def established(organization: Organization, decision: Document | None = None) -> OrganizationEstablished:
    """Return the event of its establishment."""
    return OrganizationEstablished(**_state(organization), on=organization.established_on, decision=decision)


def change(
    tx: Transaction,
    organization: Organization,
    *,
    name: str | None,
    parent_id: str | None,
    on: date,
    decision: Document | None,
) -> Organization:
    """Rename the organisation, move it under *parent_id*, or both, from *on*; all below it move along.

    *organization* was loaded in this transaction; *name* and *parent_id* are the whole new state. Raises
    RefusedError.
    """
    _must_have_happened(on, tx.clock.today(), "on")
    new_name = name or organization.name
    if parent_id == organization.parent_id and new_name == organization.name:
        raise refused("nothing_changed", "name", "Không có gì thay đổi.")
    parent = None if parent_id is None else _standing(tx, parent_id, "parent_id", on)
    if parent is not None and organization.id in parent.path:
        raise refused(
            "cycle", "parent_id", "Tổ chức đảng không thể trực thuộc chính nó hoặc cấp dưới của nó."
        )
    proposed = OrganizationVersion(
        organization_id=str(organization.id),
        name=new_name,
        level=organization.level,
        parent_id=parent_id,
        valid_from=on,
        code=organization.code,
    )
    _refuse(_surroundings(tx, proposed).check_change(proposed))
    kind = _place(tx, organization, name=new_name, parent=parent, on=on, decision=decision)
    tree_changes(tx)
    tx.record(f"organization.{kind}", str(organization.id), organization=str(organization.id))
    return organization


def dissolve(
    tx: Transaction,
    organization: Organization,
    *,
    on: date,
    successor_id: str | None,
    decision: Document | None,
) -> Organization:
    """Dissolve an organisation that has neither members nor organisations under it, from *on*.

    Raises RefusedError.
    """
    _must_have_happened(on, tx.clock.today(), "on")
    if successor_id is not None:
        if successor_id == organization.id:
            raise refused("cycle", "successor_id", "Tổ chức đảng không thể kế thừa chính nó.")
        _standing(tx, successor_id, "successor_id", on)
    members = tx.collection(Member.kind()).count_documents(
        {"cell_id": organization.id, "current": True}, session=tx.session
    )
    children = _kin(tx, {"parents": str(organization.id)})
    tree = OrganizationTree([*organization.history(), *_histories(children)], levels=SCHEME)
    _refuse(
        [
            *tree.check_dissolve(str(organization.id), on=on, members=members),
            *_unsettled(tx, str(organization.id), [], on),
        ]
    )
    if any(version.valid_from >= on for version in organization.history()):
        raise refused("later_change_exists", "on", "Đã có thay đổi với ngày hiệu lực từ ngày này trở đi.")
    _end(tx, organization, on=on, successor_id=successor_id, decision=decision)
    tree_changes(tx)
    tx.record("organization.dissolve", str(organization.id), organization=str(organization.id))
    tx.save(organization)
    return organization


def merge(
    tx: Transaction,
    organization: Organization,
    *,
    into_id: str,
    on: date,
    decision: Document | None,
) -> Organization:
    """Merge the organisation into *into_id* from *on* (sáp nhập); return it, ended, with its successor.

    The organisations and members under it go along: a cell has some hundred members, so one transaction carries
    them. Raises RefusedError, MissingError.
    """
    _must_have_happened(on, tx.clock.today(), "on")
    merged_id = str(organization.id)
    into = _standing(tx, into_id, "into_id", on)
    beside = _kin(tx, {"parents": {"$in": [merged_id, into_id]}})
    near = {str(each.id): each for each in (*beside, *_line(tx, into), organization)}
    tree = OrganizationTree(_histories(near.values()), levels=SCHEME)
    members = _on_the_roll(tx, merged_id) if organization.is_cell else []
    _refuse([*tree.check_merge(merged_id, into_id, on=on), *_unsettled(tx, merged_id, members, on)])
    for child in beside:
        if child.in_force and child.parent_id == merged_id:
            _place(tx, child, name=child.name, parent=into, on=on, decision=decision)
    for member in members:
        member.move_to(into, on)
        tx.emit(member, relocated(member, on))
        tx.save(member)
    into.begin_version(on=on, name=into.name, parent_id=into.parent_id, decision=_plain(decision))
    tx.emit(into, _changed(into, "merged", on, decision))
    tx.save(into)
    _end(tx, organization, on=on, successor_id=into_id, decision=decision)
    tree_changes(tx)
    tx.record("organization.merge", merged_id, organization=merged_id, after=into_id)
    tx.save(organization)
    return organization


def _on_the_roll(tx: Transaction, cell_id: str) -> list[Member]:
    found = tx.collection(Member.kind()).find({"cell_id": cell_id}, session=tx.session)
    return [Member.from_document(raw) for raw in found if raw["current"]]


def _unsettled(tx: Transaction, cell_id: str, members: Sequence[Member], on: date) -> list[Violation]:
    """Return which members and transfers stand in the way of the organisation's end on *on*."""
    found: list[Violation] = []
    late = [member for member in members if member.organization_since > on]
    if late:
        detail = f"Có {len(late)} đảng viên vào chi bộ sau ngày {on:%d/%m/%Y}."
        found.append(Violation(code="joined_later", field="on", detail_vi=detail))
    # A stay that was accepted goes on until the guest went home.
    waiting = [
        raw
        for raw in tx.collection(Transfer.kind()).find({"paths": cell_id}, session=tx.session)
        if raw.get("to_cell_id") == cell_id
        and (raw["state"] in UNDER_WAY or (raw["state"] == TransferState.ACCEPTED and raw["temporary"]))
    ]
    if waiting:
        detail = (
            f"Còn {len(waiting)} đảng viên đang chuyển đến hoặc sinh hoạt tạm thời tại chi bộ này: "
            "hãy tiếp nhận, trả lại hoặc kết thúc trước."
        )
        found.append(Violation(code="transfers_open", field="on", detail_vi=detail))
    return found


def _line(tx: Transaction, organization: Organization) -> list[Organization]:
    """Return the organisation and all above it."""
    line = [organization]
    while line[-1].parent_id is not None:
        line.append(tx.load(Organization, line[-1].parent_id))
    return line


def _place(
    tx: Transaction,
    organization: Organization,
    *,
    name: str,
    parent: Organization | None,
    on: date,
    decision: Document | None,
) -> Literal["renamed", "moved"]:
    """Write and tell the organisation's new version; all below it follows. Nothing is checked."""
    parent_id = None if parent is None else str(parent.id)
    kind: Literal["renamed", "moved"] = "renamed" if parent_id == organization.parent_id else "moved"
    organization.begin_version(on=on, name=name, parent_id=parent_id, decision=_plain(decision))
    organization.path = [*([] if parent is None else parent.path), str(organization.id)]
    tx.emit(organization, _changed(organization, kind, on, decision))
    tx.save(organization)
    if kind == "moved":
        _move_what_is_below(tx, organization, on=on, decision=decision)
    return kind


def _end(
    tx: Transaction,
    organization: Organization,
    *,
    on: date,
    successor_id: str | None,
    decision: Document | None,
) -> None:
    organization.end(on=on, successor_id=successor_id)
    tx.emit(
        organization,
        OrganizationDissolved(
            organization_id=str(organization.id),
            organization_path=list(organization.path),
            on=on,
            successor_id=successor_id,
            decision=decision,
        ),
    )


def _move_what_is_below(tx: Transaction, top: Organization, *, on: date, decision: Document | None) -> None:
    """Give every organisation and member below *top* its new path; each organisation tells it by an event."""
    root = str(top.id)
    below = [each for each in _kin(tx, {"path": root}) if each.id != root]
    for each in below:
        if each.in_force:
            each.path = [*top.path, *each.path[each.path.index(root) + 1 :]]
            tx.emit(each, _changed(each, "moved", on, decision))
            tx.save(each)
    for each in (top, *below):
        if each.is_cell and each.in_force:
            tx.collection(Member.kind()).update_many(
                {"cell_id": str(each.id)},
                {"$set": {"organization_path": list(each.path)}, "$inc": {"version": 1}},
                session=tx.session,
            )


def _standing(tx: Transaction, organization_id: str, field: str, on: date) -> Organization:
    """Return an organisation that is in force on *on* and still is; raise MissingError or RefusedError."""
    found = tx.find(Organization, organization_id)
    if found is None:
        raise MissingError(Organization.kind(), organization_id)
    if not found.in_force or found.established_on > on:
        raise refused("not_in_force", field, f"Không có tổ chức đảng này vào ngày {on:%d/%m/%Y}.")
    return found


def _surroundings(tx: Transaction, proposed: OrganizationVersion) -> OrganizationTree:
    """Return as much of the tree as the rules about *proposed* look at: itself, its line, its siblings."""
    near: dict[str, Organization] = {}
    above = [proposed.organization_id, *([] if proposed.parent_id is None else [proposed.parent_id])]
    # Every superior it ever had: a circle may also close on a day between then and now.
    while above:
        current = above.pop()
        found = None if current in near or current == AT_ROOT else tx.find(Organization, current)
        if found is not None:
            near[current] = found
            above.extend(found.parents)
    for sibling in _kin(tx, {"parents": proposed.parent_id or AT_ROOT}):
        near.setdefault(str(sibling.id), sibling)
    return OrganizationTree(_histories(near.values()), levels=SCHEME)


def _kin(tx: Transaction, match: dict[str, Any]) -> list[Organization]:
    return [
        Organization.from_document(raw)
        for raw in tx.collection(Organization.kind()).find(match, session=tx.session)
    ]


def _histories(organizations: Iterable[Organization]) -> list[OrganizationVersion]:
    return [version for organization in organizations for version in organization.history()]


def _changed(
    organization: Organization,
    change: Literal["renamed", "moved", "merged"],
    on: date,
    decision: Document | None,
) -> OrganizationChanged:
    return OrganizationChanged(**_state(organization), on=on, decision=decision, change=change)


def _state(organization: Organization) -> dict[str, Any]:
    return {
        "organization_id": str(organization.id),
        "name": organization.name,
        "code": organization.code,
        "level": organization.level,
        "is_cell": organization.is_cell,
        "parent_id": organization.parent_id,
        "organization_path": list(organization.path),
    }


def _plain(decision: Document | None) -> dict[str, Any] | None:
    built: dict[str, Any] | None = None if decision is None else msgspec.to_builtins(decision)
    return built


def _must_have_happened(day: date, today: date, field: str) -> None:
    if day > today:
        raise refused("date_in_future", field, f"Ngày {day:%d/%m/%Y} ở sau ngày {today:%d/%m/%Y}.")


def _refuse(violations: list[Violation]) -> None:
    if violations:
        raise RefusedError(violations)
