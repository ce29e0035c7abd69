"""Past cases (vụ việc trước khi có hệ thống): taken over from paper with what the papers say, and nothing more.

The evidence and the votes that the procedure demands of a step are not demanded of what happened before: nobody
can take those steps again. What no paper can truly say is refused all the same: dates out of order, a criterion
before it existed, khai trừ of a probationary member, more votes than voters. A past case that has not ended goes
on from where it stands under the rules of ``procedure``; so does the time for a complaint.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import msgspec

from services.reviews.domain.case import (
    Case,
    Deadline,
    Entry,
    Outcome,
    Past,
    PastOutcome,
    PastVote,
    Step,
    Unit,
    fact,
    problem,
)
from services.reviews.domain.citation import CT28, Citation, Problem, at, refuse_if
from services.reviews.domain.criteria import criterion
from services.reviews.domain.grounds import Status, ground, mode_problems
from services.reviews.domain.procedure import Role, State, Transition
from services.reviews.domain.profile import Profile, add_months
from services.reviews.domain.removal import AddWorkingDays

COMMAND = "take_over_past_case"
LABEL_VI = "Nhập vụ việc trước khi có hệ thống"
PAST_OUTCOME_VI: dict[PastOutcome, str] = {
    "on_list": "còn trong danh sách",
    "recognized": "công nhận tiến bộ",
    "transferred": "chuyển sinh hoạt đảng",
    "death": "từ trần",
    "resignation": "cho ra khỏi Đảng theo đơn khi đang trong danh sách",
    "removed": "đưa ra khỏi Đảng",
}
FIRST_LISTS: Citation = at(CT28, "điểm 4")
"""Nobody was put on such a list before the Directive."""
TAKE_OVER = Transition(
    command=COMMAND,
    label_vi=LABEL_VI,
    from_states=(),
    to_states=(
        State.LISTED,
        State.PROGRESS_RECOGNIZED,
        State.TRANSFERRED,
        State.OTHER_EXIT,
        State.REMOVED,
        State.CLOSED,
    ),
    roles=("organizing_board",),
    guard="what no paper can truly say is refused; nothing is made up",
    evidence=("papers",),
    starts=("education_end", "complaint_filing"),
    emits=("PastCaseRecorded",),
    citation=FIRST_LISTS,
    certainty="inferred",
)
"""Kept beside ``TRANSITIONS``: it opens a case in whatever state the papers leave it."""
_ENDS: dict[PastOutcome, tuple[State, Outcome]] = {
    "recognized": (State.PROGRESS_RECOGNIZED, "recognized"),
    "transferred": (State.TRANSFERRED, "transferred"),
    "death": (State.OTHER_EXIT, "other_exit"),
    "resignation": (State.OTHER_EXIT, "other_exit"),
    "removed": (State.CLOSED, "removed"),
}


def began_on(past: Past) -> dt.date | None:
    """Return the first day known of the case: of the listing, or of the end where nobody was listed."""
    return past.listed_on or past.ended_on


def overlap(one: tuple[dt.date, dt.date | None], other: tuple[dt.date, dt.date | None]) -> bool:
    """Say whether two cases of one member, each from its first day to its last (None: not ended), cannot both be.

    One may begin on the very day on which the one before it ended.
    """
    (start, end), (other_start, other_end) = one, other
    if start == other_start:
        return True
    return (end is None or other_start < end) and (other_end is None or start < other_end)


def past_problems(past: Past, *, status: Status, today: dt.date) -> list[Problem]:
    """Return what no paper can truly say of a past case; pointers name the fields of ``Past``."""
    return [
        *_listing_problems(past),
        *_end_problems(past, status=status),
        *_day_problems(past, today=today),
        *_vote_problems(past),
    ]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Vụ việc theo hồ sơ cũ hiện ở đâu: where the papers leave a case today."""

    state: State
    outcome: Outcome | None
    closed_on: dt.date | None
    education_due_on: dt.date | None
    clock: Deadline | None
    """The one deadline that the papers leave running, or that had run out before the case was taken over."""


def standing(past: Past, profile: Profile, *, today: dt.date, add_working_days: AddWorkingDays) -> Standing:
    """Return where the papers leave the case on *today*; *past* has no ``past_problems``.

    A case that is still on the list gets the end of its education from the papers, or else from the profile; one that
    ended in removal can be complained of for as long as the profile says.
    """
    if past.outcome == "on_list" and past.listed_on is not None:
        due_on = past.education_due_on or add_months(past.listed_on, profile.settings.education_months.value)
        clock = Deadline(
            kind="education_end", started_on=past.listed_on, due_on=due_on, setting="education_months"
        )
        return Standing(
            state=State.LISTED, outcome=None, closed_on=None, education_due_on=due_on, clock=clock
        )
    state, outcome = _ENDS[past.outcome]
    closed_on, window = past.ended_on, None
    if past.outcome == "removed" and past.delivered_on is not None:
        window = _complaint_window(past.delivered_on, profile, today, add_working_days)
        if window.status == "running":
            state, closed_on = State.REMOVED, None
    return Standing(
        state=state,
        outcome=outcome,
        closed_on=closed_on,
        education_due_on=past.education_due_on,
        clock=window,
    )


def exit_of(past: Past) -> str | None:
    """Return the reason for which the case ended otherwise than by progress, transfer or removal."""
    return past.outcome if past.outcome in {"death", "resignation"} else None


def take_over_past_case(
    *,
    case_id: str,
    member_id: str,
    status: Status,
    unit: Unit,
    profile: Profile,
    actor_id: str,
    role: Role,
    past: Past,
    today: dt.date,
    add_working_days: AddWorkingDays,
) -> Step:
    """Nhập vụ việc trước khi có hệ thống: the case as it stands *today*, with *past* as all that is known.

    Raises Refusal (see ``past_problems``).
    """
    refuse_if(past_problems(past, status=status, today=today))
    opened_on = began_on(past)
    if opened_on is None:
        raise RuntimeError("a past case without any day was let through")
    there = standing(past, profile, today=today, add_working_days=add_working_days)
    deadlines = () if there.clock is None else (there.clock,)
    case = Case(
        id=case_id,
        member_id=member_id,
        status=status,
        unit=unit,
        state=there.state,
        opened_on=opened_on,
        profile_id=profile.id,
        profile_fingerprint=profile.fingerprint,
        criterion=past.criterion,
        listed_on=past.listed_on,
        education_due_on=there.education_due_on,
        exit_reason=exit_of(past),
        exit_reference=past.decision_number,
        outcome=there.outcome,
        closed_on=there.closed_on,
        deadlines=deadlines,
        past=past,
        timeline=tuple(paper_entries(past, there.state, actor_id=actor_id, role=role)),
    )
    recorded = fact(case, "PastCaseRecorded", on=opened_on, **told_of(case, past))
    return Step(case=case, facts=(recorded,), deadlines=deadlines)


def told_of(case: Case, past: Past) -> dict[str, object]:
    """Return what an event tells of the papers of *case*."""
    return {
        "listed_on": past.listed_on,
        "criterion": past.criterion,
        "outcome": past.outcome,
        "ended_on": past.ended_on,
        "mode": past.mode,
        "ground": past.ground,
        "probationary": case.status == "probationary",
        "profile": case.profile_id,
        "education_due_on": case.education_due_on if past.outcome == "on_list" else None,
    }


def paper_entries(past: Past, state: State, *, actor_id: str, role: Role) -> Iterator[Entry]:
    """Yield the lines of the timeline that the papers tell of: the listing, and the end that leads to *state*."""
    listed = past.listed_on
    if listed is not None:
        yield Entry(
            on=listed,
            command=COMMAND,
            label_vi=LABEL_VI,
            actor_id=actor_id,
            role=role,
            from_state=None,
            to_state=State.LISTED,
            note="đưa vào danh sách, theo hồ sơ cũ",
        )
    if past.ended_on is not None:
        yield Entry(
            on=past.ended_on,
            command=COMMAND,
            label_vi=LABEL_VI,
            actor_id=actor_id,
            role=role,
            from_state=None if listed is None else State.LISTED,
            to_state=state,
            note=f"{PAST_OUTCOME_VI[past.outcome]}, theo hồ sơ cũ",
        )


def _complaint_window(
    delivered_on: dt.date, profile: Profile, today: dt.date, add_working_days: AddWorkingDays
) -> Deadline:
    due_on = add_working_days(delivered_on, profile.settings.complaint_filing_working_days.value)
    over = due_on < today
    return Deadline(
        kind="complaint_filing",
        started_on=delivered_on,
        due_on=due_on,
        setting="complaint_filing_working_days",
        status="lapsed" if over else "running",
        ended_on=due_on if over else None,
    )


def _listing_problems(past: Past) -> Iterator[Problem]:
    if past.listed_on is None:
        if past.outcome != "removed":
            vi = "Thiếu ngày đưa vào danh sách: chỉ vụ việc đưa ra khỏi Đảng trực tiếp mới không có ngày này."
            yield problem("listed_on_missing", "/listed_on", vi, "The day of listing is missing.")
        for field in ("criterion", "listing_document", "listing_vote", "education_due_on"):
            if getattr(past, field) is not None:
                vi = "Vụ việc không có ngày đưa vào danh sách thì không có nội dung này."
                yield problem("not_listed", f"/{field}", vi, "Nobody was listed in this case.")
        return
    if past.listed_on < CT28.date:
        vi = f"Chưa có danh sách cần giáo dục, giúp đỡ trước ngày {CT28.date:%d/%m/%Y}."
        yield problem("before_first_lists", "/listed_on", vi, "There were no such lists then.", FIRST_LISTS)
    elif past.criterion is not None and criterion(past.criterion, on=past.listed_on) is None:
        vi = f"Tiêu chí “{past.criterion}” không dùng vào ngày {past.listed_on:%d/%m/%Y}."
        yield problem("criterion_unknown", "/criterion", vi, "This criterion was not in use on that day.")


def _end_problems(past: Past, *, status: Status) -> Iterator[Problem]:
    removed = past.outcome == "removed"
    if past.outcome == "on_list":
        if past.ended_on is not None:
            vi = "Còn trong danh sách thì không có ngày kết thúc."
            yield problem("not_ended", "/ended_on", vi, "A case that is still on the list has not ended.")
    elif past.ended_on is None:
        vi = "Thiếu ngày kết thúc (ngày quyết định, ngày chuyển, ngày từ trần)."
        yield problem("ended_on_missing", "/ended_on", vi, "The day on which the case ended is missing.")
    if not removed:
        for field in ("mode", "ground", "cell_vote", "committee_vote", "delivered_on"):
            if getattr(past, field) is not None:
                vi = "Nội dung này chỉ có ở vụ việc đưa ra khỏi Đảng."
                yield problem("not_removed", f"/{field}", vi, "This belongs to a removal only.")
        return
    if past.mode is None:
        vi = "Thiếu hình thức ra khỏi Đảng."
        yield problem("mode_missing", "/mode", vi, "The mode of leaving is missing.")
    elif past.mode == "name_removal" and past.ground is None:
        return  # which ground it was may not be known any more
    else:
        # Whether a cell had given education before there were lists is not for us to say.
        yield from mode_problems(mode=past.mode, ground_code=past.ground, status=status, listed=True)
    if past.mode is None and past.ground is not None and ground(past.ground) is None:
        vi = "Căn cứ không có trong danh mục."
        yield problem("ground_unknown", "/ground", vi, "This ground is not in the code list.")


def _day_problems(past: Past, *, today: dt.date) -> Iterator[Problem]:
    for field in ("listed_on", "ended_on", "delivered_on"):
        day = getattr(past, field)
        if day is not None and day > today:
            yield problem("in_future", f"/{field}", f"Ngày {day:%d/%m/%Y} chưa đến.", "This day is to come.")
    for first, then in (
        ("listed_on", "ended_on"),
        ("listed_on", "education_due_on"),
        ("ended_on", "delivered_on"),
    ):
        earlier, later = getattr(past, first), getattr(past, then)
        if earlier is not None and later is not None and later < earlier:
            vi = f"Ngày {later:%d/%m/%Y} trước ngày {earlier:%d/%m/%Y} của bước trước đó."
            yield problem("date_order", f"/{then}", vi, "This day lies before the step it follows.")


def _vote_problems(past: Past) -> Iterator[Problem]:
    votes: dict[str, PastVote | None] = {
        "listing_vote": past.listing_vote,
        "cell_vote": past.cell_vote,
        "committee_vote": past.committee_vote,
    }
    for field, vote in votes.items():
        if vote is None:
            continue
        if vote.base is not None and vote.votes_for is not None and vote.votes_for > vote.base:
            vi = f"Số đồng ý ({vote.votes_for}) nhiều hơn số người được bỏ phiếu ({vote.base})."
            yield problem("more_votes_than_voters", f"/{field}", vi, "More votes than voters.")
