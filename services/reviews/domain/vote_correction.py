"""Correction of a recorded vote on a removal (đính chính kết quả biểu quyết): another version, the earlier one kept.

Where the ladder goes on is worked out anew from the vote as it stands then. Once something rests on the result it is no
longer the recording level that mends it: the level above takes it into account when it votes or decides, and after the
decision only who resolves a complaint can set it aside.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from services.reviews.domain.ballot import Roll, Totals, VotingForm, reached
from services.reviews.domain.case import (
    Actor,
    Case,
    Removal,
    Step,
    actor_problems,
    blank_problems,
    enter,
    problem,
    take,
)
from services.reviews.domain.citation import Problem, refuse_if
from services.reviews.domain.procedure import BY_COMMAND, State
from services.reviews.domain.profile import Profile, VoteLevel
from services.reviews.domain.removal import (
    VOTER_ROLE,
    counted_problems,
    state_after_vote,
    vote_fact,
    vote_note,
)

_ROW = BY_COMMAND["correct_removal_vote"]
_RESTS_ON_NOTHING = frozenset(
    {
        "correct_removal_vote",
        "notify_member",
        "acknowledge_notice",
        "record_statement",
        "request_self_criticism",
        "record_hearing",
        "return_case",
    }
)
"""Steps that may follow a vote without resting on its result."""


def _rested_on(case: Case) -> list[Problem]:
    """Return a problem when a later step took the result of the last vote for granted."""
    commands = [entry.command for entry in case.timeline]
    if "record_removal_vote" not in commands:
        return []
    last = len(commands) - commands[::-1].index("record_removal_vote")
    later = set(commands[last:])
    if later <= _RESTS_ON_NOTHING:
        return []
    if "decide_removal" in later:
        vi = (
            "Cấp có thẩm quyền đã quyết định nên không đính chính được kết quả biểu quyết; hãy báo cáo cấp đó. Quyết"
            " định chỉ được xem xét lại khi giải quyết khiếu nại."
        )
        en = (
            "The competent committee has decided, so the vote cannot be corrected; report it there. A decision is"
            " looked at again only when a complaint is resolved."
        )
        return [problem("vote_decided_on", "", vi, en, _ROW.citation)]
    vi = (
        "Đã có bước sau dựa trên kết quả này nên không đính chính được; hãy báo cáo cấp ủy cấp trên trực tiếp để xem"
        " xét khi biểu quyết và quyết định, và ghi sai sót vào biên bản của bước đó."
    )
    en = (
        "Later steps rest on this result, so it cannot be corrected; report it to the committee directly above, which"
        " considers it when it votes and decides, and note the mistake in the minutes of that step."
    )
    return [problem("vote_rested_on", "", vi, en, _ROW.citation)]


def _last_vote_problems(removal: Removal, level: VoteLevel, actor: Actor) -> list[Problem]:
    """Return why *actor* cannot correct a vote of *level* as the last one of *removal*."""
    if not removal.votes or removal.votes[-1].level != level:
        vi = "Lần biểu quyết cuối cùng không phải của cấp này."
        return [
            problem("not_the_last_vote", "/level", vi, "The last vote is not of this level.", _ROW.citation)
        ]
    if actor.role != VOTER_ROLE.get(level):
        vi = "Kết quả biểu quyết của một cấp do chính cấp đó đính chính."
        return [problem("actor_not_allowed", "", vi, "Each level corrects its own vote.", _ROW.citation)]
    return []


def _before_the_vote(case: Case) -> State:
    """Return where the case stood when its last vote was taken."""
    before = next(
        entry.from_state for entry in reversed(case.timeline) if entry.command == "record_removal_vote"
    )
    return before or case.state


def correct_removal_vote(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    level: VoteLevel,
    form: VotingForm,
    totals: Totals,
    minutes: str,
    reason: str,
    roll: Roll | None = None,
    members_in_office: int | None = None,
    refer_up: bool = False,
) -> Step:
    """Đính chính kết quả biểu quyết: record the last vote anew with its *reason*; a *roll* is again of the vote's day.

    Refused once any step rests on the result. A vote that was reported up although it missed the share stays so.
    """
    refuse_if([*actor_problems(_ROW, member_id=case.member_id, actor=actor), *_rested_on(case)])
    row = enter("correct_removal_vote", case, profile, actor=actor, on=on)
    removal = case.removal
    if removal is None:
        raise RuntimeError(f"case {case.id} stands in {case.state} without a removal")
    refuse_if(_last_vote_problems(removal, level, actor))
    before = removal.votes[-1]
    found = counted_problems(
        level=level,
        on=before.on,
        form=form,
        totals=totals,
        minutes=minutes,
        roll=roll,
        members_in_office=members_in_office,
        citation=row.citation,
    )
    refuse_if([*found, *blank_problems(row.citation, reason=reason)])
    base = roll.base if level == "cell" and roll is not None else members_in_office or 0
    carried = reached(votes=totals.votes_for, base=base, share=before.share)
    last_attempt = before.attempt >= profile.settings.failed_votes.value
    passed_up = refer_up or before.referred or last_attempt
    vote = msgspec.structs.replace(
        before,
        form=form,
        base=base,
        roll=roll if level == "cell" else None,
        totals=totals,
        reached=carried,
        referred=not carried and level != "standing_committee" and passed_up,
        minutes=minutes,
        version=before.version + 1,
        corrected_on=on,
        reason=reason,
    )
    changed = msgspec.structs.replace(
        removal, votes=(*removal.votes[:-1], vote), replaced_votes=(*removal.replaced_votes, before)
    )
    after = msgspec.structs.replace(case, removal=changed)
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=state_after_vote(after, profile, before=_before_the_vote(case)),
        facts=[vote_fact(case, vote, on=on)],
        note=f"{vote_note(vote)} (đính chính lần {before.version})",
        removal=changed,
    )
