"""Removal (đưa ra khỏi Đảng): proposal, self-criticism and hearing, the ladder of votes, the decision.

No case reaches ``removed`` without what :func:`removal_evidence_problems` asks for, whatever the path.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from services.reviews.domain.ballot import Roll, Totals, VotingForm, reached, totals_problems, votes_needed
from services.reviews.domain.case import (
    RECEIPT_VI,
    REQUEST_VI,
    Actor,
    Appraisal,
    Case,
    Clocks,
    Document,
    Hearing,
    Receipt,
    Removal,
    RemovalVote,
    SelfCriticismRequest,
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
from services.reviews.domain.citation import QD24, QD29, Citation, Problem, at, refuse_if
from services.reviews.domain.criteria import Evidence, evidence_problems
from services.reviews.domain.end_of_education import end_of_education_problems
from services.reviews.domain.grounds import MODE_VI, Mode, Status, mode_demands, mode_problems
from services.reviews.domain.listing import roll_problems
from services.reviews.domain.procedure import Role, State
from services.reviews.domain.profile import VOTE_LEVEL_VI, Profile, VoteLevel, add_months
from services.reviews.domain.records import unrecorded_problems

AddWorkingDays = Callable[[dt.date, int], dt.date]
"""Returns the n-th working day after a date: ``shared.workdays.add_working_days``."""
_REMOVAL: Citation = at(QD24, "Điều 8")
_DELEGATION: Citation = at(QD24, "Điều 8 (đảng ủy cơ sở được ủy quyền)")
_COMPLAINT: Citation = at(QD29, "khiếu nại về xóa tên")
VOTER_ROLE: dict[VoteLevel, Role] = {
    "cell": "cell_secretary",
    "grassroots_committee": "grassroots_committee",
    "delegated_grassroots_committee": "grassroots_committee",
    "standing_committee": "standing_committee",
}
"""By whom the vote of a level is recorded."""
_VOTED: dict[VoteLevel, State] = {"cell": State.CELL_VOTED, "grassroots_committee": State.COMMITTEE_VOTED}


def _removal(case: Case) -> Removal:
    if case.removal is None:
        raise RuntimeError(f"case {case.id} stands in {case.state} without a removal")
    return case.removal


def ladder(case: Case, profile: Profile) -> tuple[VoteLevel, ...]:
    """Return the levels that must deal with the removal of *case*, lowest first.

    Levels that do not stand above the cell are passed over. Where a delegated committee fell short for the
    last time, the standing committee follows it.
    """
    removal, ladders = _removal(case), profile.settings.ladders
    if removal.mode == "expulsion":
        levels = ladders.expulsion.value
    elif removal.mode == "resignation":
        levels = ladders.resignation.value
    elif case.status == "official":
        levels = ladders.official.value
    elif removal.delegation is not None:
        levels = ladders.probationary_delegated.value
    else:
        levels = ladders.probationary.value
    absent: set[VoteLevel] = set()
    if not case.unit.part_committee:
        absent.add("part_committee")
    if case.unit.directly_under_khoi:
        absent.add("grassroots_committee")
    passed = tuple(level for level in levels if level not in absent)
    referred = any(vote.level == "delegated_grassroots_committee" and vote.referred for vote in removal.votes)
    return (*passed, "standing_committee") if referred and "standing_committee" not in passed else passed


def voting_levels(case: Case, profile: Profile) -> tuple[VoteLevel, ...]:
    """Return the levels of the ladder that vote by share: all but the part committee, which appraises."""
    return tuple(level for level in ladder(case, profile) if level != "part_committee")


def next_level(case: Case, profile: Profile) -> VoteLevel | None:
    """Return the level whose vote is due, or None when each has reached its share or was referred past.

    A level below one that has dealt with the removal is not due any more: where the cell came under another superior
    meanwhile, those did not stand above it when it was their turn.
    """
    done = {vote.level for vote in _removal(case).votes if vote.reached or vote.referred}
    due: VoteLevel | None = None
    for level in reversed(voting_levels(case, profile)):
        if level in done:
            break
        due = level
    return due


def appraisal_due(case: Case, profile: Profile) -> bool:
    """Say whether the part committee still has to appraise: before any committee above it has voted."""
    removal, levels = _removal(case), ladder(case, profile)
    if "part_committee" not in levels or removal.appraisal is not None:
        return False
    above = levels[levels.index("part_committee") + 1 :]
    return not any(vote.level in above for vote in removal.votes)


def _proposal_problems(
    *,
    mode: Mode,
    ground: str | None,
    status: Status,
    listed: bool,
    evidence: Sequence[Evidence],
    delegation: Document | None,
    unit: Unit,
    profile: Profile,
    actor: Actor,
    on: dt.date,
) -> list[Problem]:
    found = mode_problems(mode=mode, ground_code=ground, status=status, listed=listed)
    found.extend(evidence_problems(mode_demands(mode, ground), evidence, on=on, citation=_REMOVAL))
    missed = profile.settings.missed_months
    for index, each in enumerate(evidence):
        if each.kind in {"absence_count", "dues_count"} and each.year is None:
            vi = "Phải ghi năm mà số tháng được tính."
            en = "The year in which the months were counted must be named."
            found.append(problem("evidence_year_missing", f"/evidence/{index}/year", vi, en, missed.citation))
        if each.kind in {"absence_count", "dues_count"} and (each.count or 0) < missed.value:
            vi = f"Phải đủ {missed.value} tháng trong năm."
            en = f"Needs {missed.value} months in a year."
            found.append(problem("months_too_few", f"/evidence/{index}/count", vi, en, missed.citation))
    if mode != "expulsion" and actor.role != "cell_secretary":
        vi = "Xóa tên, cho ra khỏi Đảng do chi bộ đề nghị; cấp trên chỉ ghi kết quả khai trừ của cơ quan kỷ luật."
        en = "The cell proposes; a level above only records an expulsion by the discipline body."
        found.append(problem("actor_not_allowed", "", vi, en, _REMOVAL))
    if delegation is not None:
        found.extend(document_problems(delegation, on=on, pointer="/delegation", citation=_DELEGATION))
        if status != "probationary" or mode != "name_removal" or unit.directly_under_khoi:
            vi = "Ủy quyền cho đảng ủy cơ sở chỉ áp dụng khi xóa tên đảng viên dự bị."
            en = "Delegation to a grassroots committee covers the name removal of probationary members only."
            found.append(problem("delegation_not_possible", "/delegation", vi, en, _DELEGATION))
    return found


def probation_review_due(
    admitted_on: dt.date, profile: Profile, *, add_working_days: AddWorkingDays
) -> dt.date:
    """Return the last day on which the cell considers confirming a probationary member.

    Source: 29-QĐ/TW of 25/7/2016, điểm 4.2: 30 working days after the 12 probationary months.
    """
    settings = profile.settings
    over = add_months(admitted_on, settings.probation_months.value)
    return add_working_days(over, settings.probation_review_working_days.value)


def _proposed_state(case: Case, profile: Profile) -> State:
    return State.REMOVAL_PROPOSED if voting_levels(case, profile) else State.AWAITING_DECISION


def _proposal_note(removal: Removal) -> str:
    parts = [MODE_VI[removal.mode], removal.ground or ""]
    if removal.review_due_on is not None and removal.proposed_on > removal.review_due_on:
        parts.append(f"quá thời hạn xét công nhận chính thức ({removal.review_due_on:%d/%m/%Y})")
    return ", ".join(part for part in parts if part)


def _proposed_fact(case: Case, *, on: dt.date) -> tuple[str, dict[str, Any]]:
    removal = _removal(case)
    return fact(
        case,
        "RemovalProposed",
        on=on,
        mode=removal.mode,
        ground=removal.ground,
        direct=removal.direct,
        probationary=case.status == "probationary",
    )


def _removed_fact(case: Case, removal: Removal, *, on: dt.date) -> tuple[str, dict[str, Any]]:
    return fact(
        case,
        "MemberRemoved",
        on=on,
        mode=removal.mode,
        ground=removal.ground,
        direct=removal.direct,
        probationary=case.status == "probationary",
        effective_on=removal.effective_on,
        decision=removal.decision,
    )


def propose_removal(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    mode: Mode,
    ground: str | None = None,
    evidence: Sequence[Evidence] = (),
    delegation: Document | None = None,
    status: Status | None = None,
    review_due_on: dt.date | None = None,
    unrecorded: Sequence[int] = (),
) -> Step:
    """Đề nghị đưa ra khỏi Đảng a member on the list; *status* is what they are by now, where that changed.

    Ground X4 needs the education period to be over and help to have been given. An expulsion is recorded from
    the discipline body with its decision as evidence. *delegation* lets the grassroots committee decide on a
    probationary member. *unrecorded* are the places in *evidence* of years that the members' records do not hold.
    """
    row = enter("propose_removal", case, profile, actor=actor, on=on)
    case = msgspec.structs.replace(case, status=status or case.status)
    found = _proposal_problems(
        mode=mode,
        ground=ground,
        status=case.status,
        listed=True,
        evidence=evidence,
        delegation=delegation,
        unit=case.unit,
        profile=profile,
        actor=actor,
        on=on,
    )
    if ground == "X4":
        months = profile.settings.education_months
        due_on = case.education_due_on
        if due_on is None or on < due_on:
            vi = "Chưa hết thời hạn giáo dục, giúp đỡ."
            found.append(
                problem("education_not_over", "/on", vi, "The education period still runs.", months.citation)
            )
        if not case.follow_ups:
            vi = "Chưa ghi nhận lần theo dõi, giúp đỡ nào."
            found.append(
                problem("education_not_given", "", vi, "No help has been recorded.", months.citation)
            )
        found.extend(end_of_education_problems(case, profile))
        if case.assessments and case.assessments[-1].progressed:
            vi = "Chi bộ đã nhận xét là có tiến bộ."
            en = "The cell concluded that there was progress."
            found.append(problem("progress_assessed", "/ground", vi, en, months.citation))
    refuse_if([*found, *unrecorded_problems(unrecorded, evidence, profile)])
    removal = Removal(
        mode=mode,
        ground=ground,
        proposed_on=on,
        direct=False,
        evidence=tuple(evidence),
        unrecorded=tuple(unrecorded),
        notices_before=len(case.notices),
        delegation=delegation,
        review_due_on=review_due_on if ground == "P1" else None,
    )
    with_removal = msgspec.structs.replace(case, removal=removal)
    clocks = Clocks(case.deadlines, on=on)
    clocks.end("education_end", "follow_up")
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=_proposed_state(with_removal, profile),
        facts=[_proposed_fact(with_removal, on=on)],
        clocks=clocks,
        note=_proposal_note(removal),
        removal=removal,
    )


def propose_direct_removal(
    *,
    case_id: str,
    member_id: str,
    status: Status,
    unit: Unit,
    profile: Profile,
    actor: Actor,
    on: dt.date,
    mode: Mode,
    ground: str | None = None,
    evidence: Sequence[Evidence] = (),
    delegation: Document | None = None,
    round_id: str | None = None,
    review_due_on: dt.date | None = None,
    unrecorded: Sequence[int] = (),
) -> Step:
    """Đề nghị đưa ra khỏi Đảng a member who is not on the list: opens a case. Ground X4 is refused."""
    row = open_case("propose_direct_removal", actor=actor, member_id=member_id)
    found = _proposal_problems(
        mode=mode,
        ground=ground,
        status=status,
        listed=False,
        evidence=evidence,
        delegation=delegation,
        unit=unit,
        profile=profile,
        actor=actor,
        on=on,
    )
    refuse_if([*found, *unrecorded_problems(unrecorded, evidence, profile)])
    case = Case(
        id=case_id,
        member_id=member_id,
        status=status,
        unit=unit,
        state=State.REMOVAL_PROPOSED,
        opened_on=on,
        profile_id=profile.id,
        profile_fingerprint=profile.fingerprint,
        round_id=round_id,
        removal=Removal(
            mode=mode,
            ground=ground,
            proposed_on=on,
            direct=True,
            evidence=tuple(evidence),
            unrecorded=tuple(unrecorded),
            delegation=delegation,
            review_due_on=review_due_on if ground == "P1" else None,
        ),
    )
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=_proposed_state(case, profile),
        facts=[_proposed_fact(case, on=on)],
        note=_proposal_note(_removal(case)),
        opening=True,
    )


def request_self_criticism(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    channel: str,
    outcome: Literal["submitted", "unanswered", "refused"],
) -> Step:
    """Yêu cầu viết bản tự kiểm điểm: one request and its outcome; ``refused`` is a deliberate refusal."""
    row = enter("request_self_criticism", case, profile, actor=actor, on=on)
    removal = _removal(case)
    earliest = max([removal.proposed_on, *(request.on for request in removal.requests)])
    refuse_if([*blank_problems(row.citation, channel=channel), *order_problems(on=on, earliest=earliest)])
    request = SelfCriticismRequest(on=on, channel=channel, outcome=outcome)
    changed = msgspec.structs.replace(removal, requests=(*removal.requests, request))
    return take(row, case, actor=actor, on=on, note=REQUEST_VI[outcome], removal=changed)


def record_hearing(
    case: Case, profile: Profile, *, actor: Actor, on: dt.date, attended: bool, minutes: str
) -> Step:
    """Ghi việc kiểm điểm: the meeting at which the member was heard, or was awaited in vain (*attended* false)."""
    row = enter("record_hearing", case, profile, actor=actor, on=on)
    removal = _removal(case)
    found = [
        *blank_problems(row.citation, minutes=minutes),
        *order_problems(on=on, earliest=removal.proposed_on),
    ]
    refuse_if(found)
    hearing = Hearing(on=on, attended=attended, minutes=minutes)
    changed = msgspec.structs.replace(removal, hearings=(*removal.hearings, hearing))
    return take(row, case, actor=actor, on=on, removal=changed)


def record_appraisal(
    case: Case, profile: Profile, *, actor: Actor, on: dt.date, supports: bool, minutes: str
) -> Step:
    """Ghi thẩm định của đảng ủy bộ phận: needed before the committee above votes, whatever it says."""
    row = enter("record_appraisal", case, profile, actor=actor, on=on)
    removal = _removal(case)
    found = blank_problems(row.citation, minutes=minutes)
    found.extend(order_problems(on=on, earliest=max(entry.on for entry in case.timeline)))
    if not appraisal_due(case, profile):
        vi = "Không cần thẩm định của đảng ủy bộ phận, hoặc đã có."
        found.append(
            problem("appraisal_not_due", "", vi, "No appraisal is due, or it is there.", row.citation)
        )
    refuse_if(found)
    changed = msgspec.structs.replace(removal, appraisal=Appraisal(on=on, supports=supports, minutes=minutes))
    voted = fact(case, "RemovalVoteRecorded", on=on, level="part_committee", attempt=1, reached=supports)
    return take(row, case, actor=actor, on=on, facts=[voted], removal=changed)


def told_and_heard_problems(case: Case, profile: Profile) -> list[Problem]:
    """Return what is missing of the member's rights: notice of the removal, and being heard.

    Heard means a hearing the member attended, or the profile's number of unanswered requests, or one deliberate
    refusal. A member who asks to leave has spoken by the application.
    """
    removal = _removal(case)
    found: list[Problem] = []
    since = case.notices[removal.notices_before :]
    if not any(notice.about == "removal" and notice.receipt != "pending" for notice in since):
        vi = "Chưa thông báo cho đảng viên về việc đề nghị đưa ra khỏi Đảng."
        en = "The member has not been told of the removal proposal."
        found.append(problem("notice_missing", "/notices", vi, en, _REMOVAL))
    setting = profile.settings.self_criticism_requests
    heard = any(hearing.attended for hearing in removal.hearings)
    refused = any(request.outcome == "refused" for request in removal.requests)
    unanswered = sum(request.outcome == "unanswered" for request in removal.requests)
    if removal.mode != "resignation" and not (heard or refused or unanswered >= setting.value):
        vi = (
            f"Đảng viên chưa được kiểm điểm, trình bày trước chi bộ; chưa đủ {setting.value} lần yêu cầu không thực"
            " hiện và không có việc cố tình từ chối."
        )
        en = (
            f"The member was neither heard, nor asked {setting.value} times in vain, nor is a deliberate refusal"
            " recorded."
        )
        found.append(problem("not_heard", "/removal/hearings", vi, en, setting.citation))
    return found


def removal_evidence_problems(case: Case, profile: Profile) -> list[Problem]:
    """Return everything that still stands against a decision of removal, short of the decision document itself."""
    removal = _removal(case)
    found = mode_problems(
        mode=removal.mode, ground_code=removal.ground, status=case.status, listed=case.listed_on is not None
    )
    found.extend(told_and_heard_problems(case, profile))
    level = next_level(case, profile)
    deciding = [vote for vote in removal.votes if vote.level == voting_levels(case, profile)[-1]]
    if level is not None or (voting_levels(case, profile) and not any(vote.reached for vote in deciding)):
        vi = "Chưa đủ kết quả biểu quyết của các cấp."
        found.append(
            problem("votes_missing", "/removal/votes", vi, f"The vote of {level} is missing.", _REMOVAL)
        )
    if appraisal_due(case, profile):
        found.append(_appraisal_missing())
    return found


def _appraisal_missing() -> Problem:
    vi = "Chưa có thẩm định của đảng ủy bộ phận."
    return problem(
        "appraisal_missing", "/removal/appraisal", vi, "The part committee's appraisal is missing.", _REMOVAL
    )


def _vote_problems(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    level: VoteLevel,
) -> list[Problem]:
    removal, due = _removal(case), next_level(case, profile)
    found: list[Problem] = []
    if level != due:
        vi = "Chưa đến lượt cấp này biểu quyết."
        found.append(
            problem("level_not_due", "/level", vi, f"The vote of {due} is due, not of {level}.", _REMOVAL)
        )
    if actor.role != VOTER_ROLE.get(level):
        vi = "Kết quả biểu quyết của một cấp do chính cấp đó ghi."
        found.append(problem("actor_not_allowed", "", vi, "Each level records its own vote.", _REMOVAL))
    if level != "cell" and appraisal_due(case, profile):
        found.append(_appraisal_missing())
    if on < removal.proposed_on:
        found.extend(order_problems(on=on, earliest=removal.proposed_on))
    found.extend(told_and_heard_problems(case, profile))
    return found


def counted_problems(
    *,
    level: VoteLevel,
    on: dt.date,
    form: VotingForm,
    totals: Totals,
    minutes: str,
    roll: Roll | None,
    members_in_office: int | None,
    citation: Citation,
) -> list[Problem]:
    """Return why a vote of *level* held *on* that day cannot have been counted so."""
    found = blank_problems(citation, minutes=minutes)
    if form == "show_of_cards" and totals.issued != totals.returned:
        vi = "Khi giơ thẻ, số có mặt được ghi ở cả hai mục phát ra và thu về."
        en = "For a show of cards issued and returned are both the number present."
        found.append(problem("cards_present", "/totals/returned", vi, en, _REMOVAL))
    voters = 0
    if level == "cell":
        if roll is None:
            vi = "Phải có danh sách tính cơ số của chi bộ."
            found.append(problem("roll_missing", "/roll", vi, "The cell's roll is needed.", citation))
        else:
            found.extend(roll_problems(roll, on=on, citation=citation))
            voters = roll.voters
    elif members_in_office is None or members_in_office < 1:
        vi = "Phải ghi số cấp ủy viên đương nhiệm."
        found.append(
            problem("base_missing", "/members_in_office", vi, "Members in office are needed.", citation)
        )
    else:
        voters = members_in_office
    if voters:
        found.extend(totals_problems(totals, voters=voters, citation=citation))
    return found


def state_after_vote(case: Case, profile: Profile, *, before: State) -> State:
    """Return where the last vote of *case* leads, taken while the case stood in *before*."""
    vote = _removal(case).votes[-1]
    if vote.referred:
        return State.REFERRED
    if not vote.reached:
        return before
    if next_level(case, profile) is None:
        return State.AWAITING_DECISION
    return _VOTED.get(vote.level, State.COMMITTEE_VOTED)


def vote_fact(case: Case, vote: RemovalVote, *, on: dt.date) -> tuple[str, dict[str, Any]]:
    """Return what is published of *vote*: its level and result, never the count."""
    delegated = vote.level == "delegated_grassroots_committee"
    return fact(
        case,
        "RemovalVoteRecorded",
        on=on,
        level="grassroots_committee" if delegated else vote.level,
        attempt=vote.attempt,
        reached=vote.reached,
        version=vote.version,
    )


def vote_note(vote: RemovalVote) -> str:
    """Return what the course of the case says of *vote*: whose it was and how many were needed."""
    return f"{VOTE_LEVEL_VI[vote.level]}: cần {votes_needed(base=vote.base, share=vote.share)}/{vote.base}"


def record_removal_vote(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    vote_id: str,
    level: VoteLevel,
    form: VotingForm,
    totals: Totals,
    minutes: str,
    roll: Roll | None = None,
    members_in_office: int | None = None,
    refer_up: bool = False,
) -> Step:
    """Ghi kết quả biểu quyết of the level that is due.

    The base is the cell's *roll*, or the committee's *members_in_office*. A missed share stays on record; after
    the profile's number of failed votes, or when it is reported up at once (*refer_up*), the level above decides.
    """
    row = enter("record_removal_vote", case, profile, actor=actor, on=on)
    removal = _removal(case)
    found = _vote_problems(case, profile, actor=actor, on=on, level=level)
    found.extend(
        counted_problems(
            level=level,
            on=on,
            form=form,
            totals=totals,
            minutes=minutes,
            roll=roll,
            members_in_office=members_in_office,
            citation=row.citation,
        )
    )
    refuse_if(found)
    base = roll.base if level == "cell" and roll is not None else members_in_office or 0
    share = profile.settings.shares.of(level).value
    carried = reached(votes=totals.votes_for, base=base, share=share)
    attempt = 1 + sum(vote.level == level for vote in removal.votes)
    last_attempt = attempt >= profile.settings.failed_votes.value
    referred = not carried and level != "standing_committee" and (refer_up or last_attempt)
    vote = RemovalVote(
        vote_id=vote_id,
        level=level,
        attempt=attempt,
        on=on,
        form=form,
        base=base,
        roll=roll if level == "cell" else None,
        totals=totals,
        share=share,
        reached=carried,
        referred=referred,
        minutes=minutes,
    )
    changed = msgspec.structs.replace(removal, votes=(*removal.votes, vote))
    after = msgspec.structs.replace(case, removal=changed)
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=state_after_vote(after, profile, before=case.state),
        facts=[vote_fact(case, vote, on=on)],
        note=vote_note(vote),
        removal=changed,
    )


def _decider_problems(case: Case, profile: Profile, actor: Actor) -> list[Problem]:
    levels = voting_levels(case, profile)
    delegated = bool(levels) and levels[-1] == "delegated_grassroots_committee"
    if (actor.role == "grassroots_committee") == delegated:
        return []
    vi = "Quyết định thuộc thẩm quyền của cấp khác."
    return [problem("not_competent", "", vi, "Another level is competent to decide.", _REMOVAL)]


def decide_removal(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    outcome: Literal["removed", "rejected"],
    decision: Document,
    signer_office: str,
    effective_on: dt.date | None = None,
    complaint_rights_informed_on: dt.date | None = None,
    continue_until: dt.date | None = None,
) -> Step:
    """Quyết định của cấp có thẩm quyền.

    ``removed`` needs the whole evidence, the day it takes effect, and that the member was informed of the right
    to complain. ``rejected`` needs the deciding level's vote to have fallen short (or an expulsion not decided);
    a listed member goes back to education until *continue_until*, another's case is closed.
    """
    row = enter("decide_removal", case, profile, actor=actor, on=on)
    removal = _removal(case)
    found = document_problems(decision, on=on, pointer="/decision", citation=row.citation)
    found.extend(blank_problems(row.citation, signer_office=signer_office))
    found.extend(_decider_problems(case, profile, actor))
    if outcome == "removed":
        found.extend(removal_evidence_problems(case, profile))
        if removal.mode != "expulsion":
            earliest = max([removal.proposed_on, *(vote.on for vote in removal.votes)])
            found.extend(
                order_problems(on=decision.issued_on, earliest=earliest, pointer="/decision/issued_on")
            )
        if effective_on is None or effective_on < decision.issued_on:
            vi = "Quyết định phải có ngày hiệu lực, không trước ngày ký."
            en = "A decision takes effect on a day, not before it was signed."
            found.append(problem("effective_day", "/effective_on", vi, en, row.citation))
        informed = complaint_rights_informed_on
        if informed is None or not removal.proposed_on <= informed <= on:
            vi = "Phải thông tin cho đảng viên về quyền khiếu nại."
            en = "The member must be informed of the right to complain."
            found.append(problem("complaint_rights", "/complaint_rights_informed_on", vi, en, _COMPLAINT))
        refuse_if(found)
        decided = msgspec.structs.replace(
            removal,
            decision=decision,
            signer_office=signer_office,
            effective_on=effective_on,
            complaint_rights_informed_on=informed,
        )
        return take(
            row,
            case,
            actor=actor,
            on=on,
            to=State.REMOVED,
            facts=[_removed_fact(case, decided, on=on)],
            note=MODE_VI[removal.mode],
            removal=decided,
            outcome="removed",
        )
    levels = voting_levels(case, profile)
    fell_short = bool(levels) and next_level(case, profile) == levels[-1] and removal.votes[-1:] != ()
    fell_short = fell_short and removal.votes[-1].level == levels[-1] and not removal.votes[-1].reached
    if levels and not fell_short:
        vi = "Cấp có thẩm quyền chưa biểu quyết, hoặc đã biểu quyết đủ tỷ lệ."
        en = "The deciding level has not voted, or it reached the share."
        found.append(problem("not_rejected", "/outcome", vi, en, row.citation))
    if case.listed_on is not None and (continue_until is None or continue_until <= on):
        vi = "Phải ghi thời hạn tiếp tục giáo dục, giúp đỡ."
        en = "Until when education goes on must be said."
        found.append(problem("continue_until", "/continue_until", vi, en, row.citation))
    refuse_if(found)
    past = msgspec.structs.replace(removal, decision=decision, signer_office=signer_office)
    if case.listed_on is None or continue_until is None:
        return take(
            row,
            case,
            actor=actor,
            on=on,
            to=State.REMOVAL_REJECTED,
            facts=[fact(case, "CaseClosed", on=on, outcome="not_removed")],
            note=decision.number,
            removal=past,
            outcome="not_removed",
            closed_on=on,
        )
    clocks = Clocks(case.deadlines, on=on)
    clocks.start("education_end", due_on=continue_until, setting="extension")
    clocks.start(
        "follow_up",
        due_on=add_months(on, profile.settings.follow_up_months.value),
        setting="follow_up_months",
    )
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.IN_EDUCATION,
        facts=[fact(case, "EducationExtended", on=on, until=continue_until)],
        clocks=clocks,
        note=decision.number,
        removal=None,
        past_removals=(*case.past_removals, past),
        education_due_on=continue_until,
    )


def deliver_decision(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    receipt: Receipt,
    add_working_days: AddWorkingDays,
) -> Step:
    """Giao quyết định: record that the decision reached the person; starts the time for complaints."""
    row = enter("deliver_decision", case, profile, actor=actor, on=on)
    if case.past is not None and case.removal is None:
        vi = "Quyết định đã được giao trước khi có hệ thống."
        en = "The decision was delivered before the system."
        refuse_if([problem("delivered_already", "", vi, en, row.citation)])
    removal = _removal(case)
    issued_on = removal.decision.issued_on if removal.decision else removal.proposed_on
    found = order_problems(on=on, earliest=issued_on)
    if removal.delivered_on is not None:
        vi = "Quyết định đã được giao."
        found.append(problem("delivered_already", "", vi, "The decision was delivered before.", row.citation))
    refuse_if(found)
    clocks = Clocks(case.deadlines, on=on)
    days = profile.settings.complaint_filing_working_days.value
    clocks.start(
        "complaint_filing", due_on=add_working_days(on, days), setting="complaint_filing_working_days"
    )
    changed = msgspec.structs.replace(removal, delivered_on=on, delivery=receipt)
    return take(row, case, actor=actor, on=on, clocks=clocks, note=RECEIPT_VI[receipt], removal=changed)
