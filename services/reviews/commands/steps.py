"""How every step of a case is taken and stored: state, events, deadlines and audit in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from services.reviews.deadlines import store_deadlines
from services.reviews.documents import CaseRecord
from services.reviews.domain.ballot import BaseRule, Roll, build_roll
from services.reviews.domain.case import Actor, Case, Step, Unit
from services.reviews.domain.case import Fact as DomainFact
from services.reviews.domain.procedure import OPEN, ROLE_LEVEL
from services.reviews.domain.profile import Profile
from services.reviews.profiles import profile_for, profile_named
from services.reviews.roster import Placement, RosterMember, RosterReader
from shared.clock import on_screen
from shared.events.catalogue.reviews import Clock, DeadlinesChanged
from shared.events.registry import Fact, all_types
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem, invalid

Taking = Callable[[Case, Profile, Actor], Step]
"""One step of the pure domain, ready but for the case, its profile and who acts."""


@lru_cache(maxsize=1)
def _types() -> dict[str, type[Fact]]:
    return {each.name: each.data for each in all_types().values() if each.producer == "reviews"}


def typed(fact: DomainFact) -> Fact:
    """Return the event of the catalogue for what the domain says happened; the catalogue's fields win."""
    name, fields = fact
    return msgspec.convert(fields, _types()[name])


def acting(tx: Transaction) -> Actor:
    """Return who acts, as the domain knows them: in the role under which the access table let them in."""
    context = tx.context
    if context.role not in ROLE_LEVEL:
        raise RuntimeError(f"the role {context.role} takes no step in a case")
    return Actor(id=context.actor.subject, role=context.role, member_id=context.actor.member_id)


def not_in_future(tx: Transaction, day: date, pointer: str) -> None:
    """End with a problem at *pointer* when *day* has not come yet: what is recorded has happened."""
    today = tx.clock.today()
    if day > today:
        raise invalid(
            pointer,
            "in_future",
            f"Ngày {on_screen(day)} chưa đến (hôm nay là {on_screen(today)}).",
            f"{day.isoformat()} has not come yet (today is {today.isoformat()}).",
        )


def applicable_profile(day: date) -> Profile:
    """Return the profile for what begins on *day*; a problem before the first one."""
    try:
        return profile_for(day)
    except LookupError as error:
        raise invalid(
            "/on",
            "no_profile",
            f"Chưa có bộ quy tắc nào áp dụng vào ngày {on_screen(day)}.",
            f"No rule profile applies on {day.isoformat()}.",
        ) from error


def reader(tx: Transaction) -> RosterReader:
    """Return the local roster as this transaction sees it."""
    return RosterReader(tx.store, tx.session)


def unit_at(path: list[str]) -> Unit:
    """Return the cell at the end of *path* and what stands above it.

    The first of the path is the Khối. A cell right under it is a chi bộ cơ sở; where more than the grassroots
    organisation lies between, the one right above the cell is a đảng bộ bộ phận.
    """
    cell, khoi_and_cell, with_grassroots = path[-1], 2, 3
    return Unit(
        cell_id=cell,
        organization_path=tuple(path),
        directly_under_khoi=len(path) <= khoi_and_cell,
        part_committee=len(path) > with_grassroots,
    )


def place_of(tx: Transaction, member_id: str, on: date) -> tuple[RosterMember, Placement, Unit]:
    """Return the member, their placement and their unit on that day.

    Raises NotOnRosterError or NoOrganizationError.
    """
    roster = reader(tx)
    member, home = roster.member(member_id, on)
    return member, home, unit_at(roster.path(home.cell_id, on))


def confirmed_roll(
    tx: Transaction,
    *,
    cell_id: str,
    on: date,
    subject_id: str,
    rule: BaseRule,
    transit_counted: bool,
    confirmed: int,
) -> Roll:
    """Return the roll of the cell on that day if its base is the one the recorder confirmed; else a problem."""
    roll = build_roll(
        reader(tx).entries(cell_id, on),
        as_of=on,
        subject_id=subject_id,
        rule=rule,
        transit_counted=transit_counted,
    )
    if roll.base != confirmed:
        raise invalid(
            "/roll_confirmed",
            "roll_mismatch",
            f"Danh sách ngày {on_screen(on)} có {roll.base} đảng viên được tính vào cơ số, không phải {confirmed};"
            " hãy đối chiếu danh sách trước khi ghi kết quả.",
            f"{roll.base} members count on {on.isoformat()}, not {confirmed}; compare the roll first.",
        )
    return roll


def opened(tx: Transaction, step: Step, *, action: str, reason: str | None = None) -> CaseRecord:
    """Store a new case with what its first step did; raises AlreadyExistsError when the member has an open one."""
    (record,) = opened_together(tx, [step], action=action, reason=reason)
    return record


def opened_together(
    tx: Transaction, steps: Sequence[Step], *, action: str, reason: str | None = None
) -> list[CaseRecord]:
    """Store new cases in one write; raises AlreadyExistsError when one of the members has an open one."""
    records = []
    for step in steps:
        case = step.case
        record = CaseRecord(
            id=case.id,
            member_id=case.member_id,
            profile=case.profile_id,
            round_id=case.round_id,
            criterion=case.criterion,
            opened_on=case.opened_on,
            historical=case.historical,
            **_state_of(case),
        )
        _emit_and_record(tx, record, [step], action=action, reason=reason)
        records.append(record)
    tx.insert_many(records)
    for step in steps:
        store_deadlines(tx, step.case, profile_named(step.case.profile_id), list(step.deadlines))
    return records


def act(
    tx: Transaction,
    case_id: str,
    version: int | None,
    *taking: Taking,
    action: str,
    reason: str | None = None,
) -> CaseRecord:
    """Take one or more steps in a case that still has *version*, as one change of it."""
    record = tx.load_version(CaseRecord, case_id, version)
    case = msgspec.convert(record.case, Case)
    profile = profile_named(record.profile)
    actor = acting(tx)
    steps = []
    for each in taking:
        step = each(case, profile, actor)
        steps.append(step)
        case = step.case
    keep(tx, record, steps, action=action, reason=reason)
    return record


def recorded(
    tx: Transaction,
    case_id: str,
    version: int,
    rule: Callable[..., Step],
    *,
    on: date,
    action: str,
    why: str | None = None,
    **facts: Any,
) -> CaseRecord:
    """Take a step of the day *on* whose *rule* asks for nothing but what was told: it gets *facts* as they are.

    *why* is the reason that goes into the audit.
    """
    not_in_future(tx, on, "/on")
    return act(
        tx,
        case_id,
        version,
        lambda case, profile, actor: rule(case, profile, actor=actor, on=on, **facts),
        action=action,
        reason=why,
    )


def keep(
    tx: Transaction, record: CaseRecord, steps: list[Step], *, action: str, reason: str | None = None
) -> None:
    """Store what *steps* made of the case of *record*: its state, events, audit entry and deadlines."""
    case = steps[-1].case
    moved = list(case.unit.organization_path) != list(record.organization_path)
    for name, value in _state_of(case).items():
        setattr(record, name, value)
    _emit_and_record(tx, record, steps, action=action, reason=reason)
    tx.save(record)
    changed = [deadline for step in steps for deadline in step.deadlines]
    store_deadlines(tx, case, profile_named(record.profile), list(case.deadlines) if moved else changed)


def _state_of(case: Case) -> dict[str, Any]:
    return {
        "cell_id": case.unit.cell_id,
        "organization_path": list(case.unit.organization_path),
        "state": str(case.state),
        "open": case.state in OPEN,
        "case": msgspec.to_builtins(case),
    }


def published(step: Step) -> list[Fact]:
    """Return the events of *step*; the last tells which deadlines it started or ended, or one made for that."""
    facts = [typed(fact) for fact in step.facts]
    clocks = [Clock(kind=each.kind, due_on=each.due_on, status=each.status) for each in step.deadlines]
    if not clocks:
        return facts
    if facts:
        return [*facts[:-1], msgspec.structs.replace(facts[-1], clocks=clocks)]
    case = step.case
    return [
        DeadlinesChanged(
            case_id=case.id,
            member_id=case.member_id,
            organization_path=list(case.unit.organization_path),
            on=case.timeline[-1].on,
            clocks=clocks,
        )
    ]


def _emit_and_record(
    tx: Transaction, record: CaseRecord, steps: list[Step], *, action: str, reason: str | None
) -> None:
    tx.emit(record, *(fact for step in steps for fact in published(step)))
    tx.record(
        action,
        str(record.id),
        member_id=record.member_id,
        reason=reason,
        before=None if record.sequence == 0 else f"v{record.version}",
        after=record.state,
    )


def not_yet_known(kind: str, record_id: str) -> Problem:
    """Return the problem of a member or organisation that the local roster does not know (yet)."""
    return Problem(
        "conflict",
        f"Chưa có {kind} {record_id} trong danh sách tại chỗ vào ngày này; nếu vừa ghi danh, hãy thử lại sau.",
        f"The local roster does not know {record_id} on that day; if it was just registered, try again.",
        headers={"Retry-After": "2"},
        extra={"code": "not_yet_known"},
    )
