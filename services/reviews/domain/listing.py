"""Onto the list (đưa vào danh sách): proposal, opinions, direction from above, the secret ballot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from services.reviews.domain.ballot import Roll, Totals, reached, totals_problems, votes_needed
from services.reviews.domain.case import (
    Actor,
    BallotRecord,
    Case,
    Clocks,
    Document,
    Guidance,
    Opinion,
    Step,
    Unit,
    blank_problems,
    document_problems,
    enter,
    fact,
    open_case,
    order_problems,
    problem,
    take,
)
from services.reviews.domain.citation import Citation, Problem, refuse_if
from services.reviews.domain.criteria import Evidence, criterion, evidence_problems
from services.reviews.domain.grounds import Status
from services.reviews.domain.procedure import BY_COMMAND, State
from services.reviews.domain.profile import Profile, add_months
from services.reviews.domain.records import unrecorded_problems

_STEP_1 = BY_COMMAND["propose"].citation


def _opinion_problems(opinions: Sequence[Opinion], *, on: dt.date) -> list[Problem]:
    found: list[Problem] = []
    for index, opinion in enumerate(opinions):
        place = f"opinions__{index}__"
        texts = {f"{place}organization": opinion.organization, f"{place}minutes": opinion.minutes}
        found.extend(blank_problems(_STEP_1, **texts))
        if opinion.on > on:
            vi = "Ý kiến có ngày sau ngày thực hiện bước này."
            found.append(
                problem("document_later", f"/opinions/{index}/on", vi, "Dated after this step.", _STEP_1)
            )
    return found


def _too_few_opinions(count: int, profile: Profile) -> list[Problem]:
    setting = profile.settings.min_opinions
    if count >= setting.value:
        return []
    vi = f"Cần ý kiến của ít nhất {setting.value} tổ chức trước khi xin ý kiến cấp trên."
    en = f"Needs the opinion of at least {setting.value} organisation(s) before it goes up."
    return [problem("opinions_missing", "/opinions", vi, en, setting.citation)]


def propose(
    *,
    case_id: str,
    member_id: str,
    status: Status,
    unit: Unit,
    profile: Profile,
    actor: Actor,
    on: dt.date,
    criterion_code: str,
    evidence: Sequence[Evidence],
    opinions: Sequence[Opinion] = (),
    round_id: str | None = None,
    sent_up: bool = False,
    unrecorded: Sequence[int] = (),
) -> Step:
    """Dự kiến đưa vào danh sách: open a case. With *sent_up* direction is asked for in the same step.

    Refuses an unknown or outdated criterion, missing evidence, a probationary member where the profile says so.
    *unrecorded* are the places in *evidence* of years that the members' records do not hold.
    """
    row = open_case("propose", actor=actor, member_id=member_id)
    found = _opinion_problems(opinions, on=on)
    code = criterion(criterion_code, on=on)
    if code is None:
        vi = f"Tiêu chí “{criterion_code}” không dùng vào ngày {on:%d/%m/%Y}."
        en = f"Criterion {criterion_code!r} is not in use on {on.isoformat()}."
        found.append(problem("criterion_unknown", "/criterion", vi, en, row.citation))
    else:
        found.extend(evidence_problems(code.demands, evidence, on=on, citation=code.citation))
    found.extend(unrecorded_problems(unrecorded, evidence, profile))
    setting = profile.settings.flag_probationary
    if status == "probationary" and not setting.value:
        vi = "Bộ quy tắc không cho đưa đảng viên dự bị vào danh sách."
        en = "The profile does not put probationary members on the list."
        found.append(problem("probationary_not_listed", "/member_id", vi, en, setting.citation))
    if sent_up:
        found.extend(_too_few_opinions(len(opinions), profile))
    refuse_if(found)
    case = Case(
        id=case_id,
        member_id=member_id,
        status=status,
        unit=unit,
        state=State.PROPOSED,
        opened_on=on,
        profile_id=profile.id,
        profile_fingerprint=profile.fingerprint,
        round_id=round_id,
        criterion=criterion_code,
        evidence=tuple(evidence),
        unrecorded=tuple(unrecorded),
        opinions=tuple(opinions),
    )
    to = State.AWAITING_GUIDANCE if sent_up else State.PROPOSED
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=to,
        facts=[_proposed(case, on=on)],
        note=criterion_code,
        opening=True,
    )


def _proposed(case: Case, *, on: dt.date) -> tuple[str, dict[str, object]]:
    return fact(
        case,
        "CandidateProposed",
        on=on,
        round_id=case.round_id,
        criterion=case.criterion,
        probationary=case.status == "probationary",
        profile=case.profile_id,
    )


def record_opinion(case: Case, profile: Profile, *, actor: Actor, on: dt.date, opinion: Opinion) -> Step:
    """Ghi ý kiến của tổ chức: add the minutes of one organisation to the draft."""
    row = enter("record_opinion", case, profile, actor=actor, on=on)
    refuse_if(_opinion_problems([opinion], on=on))
    return take(row, case, actor=actor, on=on, note=opinion.organization, opinions=(*case.opinions, opinion))


def request_guidance(case: Case, profile: Profile, *, actor: Actor, on: dt.date) -> Step:
    """Xin ý kiến chỉ đạo: send the draft to the committee directly above; needs the collected opinions."""
    row = enter("request_guidance", case, profile, actor=actor, on=on)
    refuse_if(_too_few_opinions(len(case.opinions), profile))
    return take(row, case, actor=actor, on=on, to=State.AWAITING_GUIDANCE, facts=[_proposed(case, on=on)])


def give_guidance(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    agrees: bool,
    by_organization: str,
    document: Document | None = None,
    reason: str = "",
) -> Step:
    """Cho ý kiến chỉ đạo: the committee directly above the cell agrees, or not with its *reason*."""
    row = enter("give_guidance", case, profile, actor=actor, on=on)
    found = blank_problems(row.citation, by_organization=by_organization)
    if document is not None:
        found.extend(document_problems(document, on=on, pointer="/document", citation=row.citation))
    if not agrees:
        found.extend(blank_problems(row.citation, reason=reason))
    directly_above = "standing_committee" if case.unit.directly_under_khoi else "grassroots_committee"
    if actor.role != directly_above:
        vi = "Ý kiến chỉ đạo phải của cấp ủy cấp trên trực tiếp của chi bộ."
        en = "Direction is given by the committee directly above the cell."
        found.append(problem("not_directly_above", "", vi, en, row.citation))
    refuse_if(found)
    guidance = Guidance(
        on=on, agrees=agrees, by_organization=by_organization, document=document, reason=reason
    )
    given = fact(case, "GuidanceGiven", on=on, agrees=agrees, by_organization=by_organization)
    if agrees:
        return take(row, case, actor=actor, on=on, to=State.GUIDED, facts=[given], guidance=guidance)
    closed = fact(case, "CaseClosed", on=on, outcome="dropped")
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.DROPPED_BY_GUIDANCE,
        facts=[given, closed],
        guidance=guidance,
        outcome="dropped",
        closed_on=on,
    )


def flagged_fact(case: Case, *, on: dt.date, due_on: dt.date) -> tuple[str, dict[str, object]]:
    """Return the fact that the member is on the list from *on*."""
    return fact(
        case,
        "MemberFlagged",
        on=on,
        criterion=case.criterion,
        probationary=case.status == "probationary",
        education_due_on=due_on,
        profile=case.profile_id,
    )


def roll_problems(roll: Roll, *, on: dt.date, citation: Citation) -> list[Problem]:
    """Return why *roll* cannot be the one of a ballot on *on*."""
    found: list[Problem] = []
    if roll.as_of != on:
        vi = "Danh sách tính cơ số phải lập theo đúng ngày biểu quyết."
        found.append(
            problem("roll_day", "/roll/as_of", vi, "The roll must be of the day of the vote.", citation)
        )
    if roll.base < 1:
        vi = "Không có đảng viên nào được tính vào cơ số biểu quyết."
        found.append(
            problem("roll_empty", "/roll/counted", vi, "Nobody counts in the base of the vote.", citation)
        )
    return found


def record_ballot(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    ballot_id: str,
    roll: Roll,
    totals: Totals,
    minutes: str,
) -> Step:
    """Ghi kết quả bỏ phiếu kín: totals against the confirmed *roll*; reaching the share puts the member on the list.

    The education period of the profile runs from the day of listing.
    """
    row = enter("record_ballot", case, profile, actor=actor, on=on)
    found = roll_problems(roll, on=on, citation=row.citation)
    found.extend(totals_problems(totals, voters=roll.voters, citation=row.citation))
    found.extend(blank_problems(row.citation, minutes=minutes))
    refuse_if(found)
    share = profile.settings.flag_share.value
    listed = reached(votes=totals.votes_for, base=roll.base, share=share)
    record = BallotRecord(
        ballot_id=ballot_id,
        version=len(case.ballots) + 1,
        on=on,
        roll=roll,
        totals=totals,
        share=share,
        reached=listed,
        minutes=minutes,
    )
    ballots = (*case.ballots, record)
    needed = f"cần {votes_needed(base=roll.base, share=share)} phiếu đồng ý trên cơ số {roll.base}"
    recorded = fact(
        case, "BallotRecorded", on=on, ballot_id=ballot_id, version=record.version, reached=listed
    )
    if not listed:
        return take(
            row,
            case,
            actor=actor,
            on=on,
            to=State.NOT_LISTED,
            facts=[recorded, fact(case, "CaseClosed", on=on, outcome="not_listed")],
            note=needed,
            ballots=ballots,
            outcome="not_listed",
            closed_on=on,
        )
    due_on = add_months(on, profile.settings.education_months.value)
    flagged = flagged_fact(case, on=on, due_on=due_on)
    clocks = Clocks(case.deadlines, on=on)
    clocks.start("education_end", due_on=due_on, setting="education_months")
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.LISTED,
        facts=[recorded, flagged],
        clocks=clocks,
        note=needed,
        ballots=ballots,
        listed_on=on,
        education_due_on=due_on,
    )


def earliest_after_listing(case: Case, *, on: dt.date) -> list[Problem]:
    """Return a problem when *on* lies before the member was put on the list."""
    return order_problems(on=on, earliest=case.listed_on or case.opened_on)
