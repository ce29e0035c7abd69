"""Correction of a recorded ballot (đính chính kết quả bỏ phiếu kín): another version, the earlier one kept.

A correction may turn the result. What follows is recorded from its own day on and nothing is rewritten: a listing
that the share did not carry is withdrawn, a member whom the share did carry is on the list from that day.
"""

from __future__ import annotations

import datetime as dt

from services.reviews.domain.ballot import Roll, Totals, reached, totals_problems
from services.reviews.domain.case import (
    Actor,
    BallotRecord,
    Case,
    Clocks,
    Step,
    actor_problems,
    blank_problems,
    enter,
    fact,
    problem,
    take,
)
from services.reviews.domain.citation import Problem, refuse_if
from services.reviews.domain.listing import flagged_fact, roll_problems
from services.reviews.domain.procedure import BY_COMMAND, State
from services.reviews.domain.profile import Profile, add_months

_RESTS_ON_NOTHING = frozenset({"record_ballot", "correct_ballot", "record_statement", "record_plan"})
"""Steps that may follow a ballot without resting on its result."""


def _rested_on(case: Case) -> list[Problem]:
    """Return a problem when a later step took the result of the ballot for granted."""
    commands = [entry.command for entry in case.timeline]
    if "record_ballot" not in commands:
        return []
    later = commands[commands.index("record_ballot") :]
    if set(later) <= _RESTS_ON_NOTHING:
        return []
    row = BY_COMMAND["correct_ballot"]
    vi = (
        "Đã có bước sau dựa trên kết quả này nên không đính chính được; hãy báo cáo cấp ủy cấp trên trực tiếp để"
        " quyết định kết thúc vụ việc, và ghi sai sót vào biên bản của bước đó."
    )
    en = (
        "Later steps rest on this result, so it cannot be corrected; report it to the committee directly above, which"
        " decides how the case ends, and note the mistake in the minutes of that step."
    )
    return [problem("ballot_rested_on", "", vi, en, row.citation)]


def correct_ballot(
    case: Case,
    profile: Profile,
    *,
    actor: Actor,
    on: dt.date,
    roll: Roll,
    totals: Totals,
    minutes: str,
    reason: str,
) -> Step:
    """Đính chính: record the ballot anew with its *reason*; *roll* is again of the day on which it was held.

    Refused once any step rests on the result. The education period of a listing that only the correction brings
    about runs from the day of the correction.
    """
    row = BY_COMMAND["correct_ballot"]
    refuse_if([*actor_problems(row, member_id=case.member_id, actor=actor), *_rested_on(case)])
    enter("correct_ballot", case, profile, actor=actor, on=on)
    if not case.ballots:
        vi = "Vụ việc này không có kết quả bỏ phiếu do hệ thống ghi nên không đính chính được."
        en = "No ballot of this case was recorded here, so there is none to correct."
        refuse_if([problem("ballot_not_recorded", "", vi, en, row.citation)])
    before = case.ballots[-1]
    found = roll_problems(roll, on=before.on, citation=row.citation)
    found.extend(totals_problems(totals, voters=roll.voters, citation=row.citation))
    found.extend(blank_problems(row.citation, minutes=minutes, reason=reason))
    refuse_if(found)
    listed = reached(votes=totals.votes_for, base=roll.base, share=before.share)
    record = BallotRecord(
        ballot_id=before.ballot_id,
        version=before.version + 1,
        on=before.on,
        roll=roll,
        totals=totals,
        share=before.share,
        reached=listed,
        minutes=minutes,
        corrected_on=on,
        reason=reason,
    )
    corrected = fact(
        case, "BallotRecorded", on=on, ballot_id=record.ballot_id, version=record.version, reached=listed
    )
    ballots = (*case.ballots, record)
    if listed == before.reached:
        return take(
            row,
            case,
            actor=actor,
            on=on,
            facts=[corrected],
            note=f"lần {record.version - 1}",
            ballots=ballots,
        )
    clocks = Clocks(case.deadlines, on=on)
    if listed:
        due_on = add_months(on, profile.settings.education_months.value)
        clocks.start("education_end", due_on=due_on, setting="education_months")
        return take(
            row,
            case,
            actor=actor,
            on=on,
            to=State.LISTED,
            facts=[corrected, flagged_fact(case, on=on, due_on=due_on)],
            clocks=clocks,
            note=f"lần {record.version - 1}",
            ballots=ballots,
            listed_on=on,
            education_due_on=due_on,
            outcome=None,
            closed_on=None,
        )
    clocks.end("education_end")
    withdrawn = fact(case, "ListingWithdrawn", on=on, ballot_id=record.ballot_id, version=record.version)
    return take(
        row,
        case,
        actor=actor,
        on=on,
        to=State.NOT_LISTED,
        facts=[corrected, withdrawn, fact(case, "CaseClosed", on=on, outcome="not_listed")],
        clocks=clocks,
        note=f"lần {record.version - 1}",
        ballots=ballots,
        listed_on=None,
        education_due_on=None,
        outcome="not_listed",
        closed_on=on,
    )
