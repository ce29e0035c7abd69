"""What the API says of a case, by who asks: the totals of a ballot are for those who must see them.

``Viewer`` decides once; nothing else in the service shows a total. Events and lists never carry one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from services.reviews import effects
from services.reviews.documents import CaseRecord, Round, RoundReport
from services.reviews.domain.ballot import EXCLUSION_VI, Roll, Totals, may_show_totals, tells_votes
from services.reviews.domain.case import BallotRecord, Case, Past, PastVote, Removal, RemovalVote
from services.reviews.domain.citation import CERTAINTY_VI, Problem
from services.reviews.domain.criteria import CRITERIA, EVIDENCE_VI
from services.reviews.domain.grounds import MODE_VI, STATUS_VI, ground
from services.reviews.domain.history import PAST_OUTCOME_VI, TAKE_OVER
from services.reviews.domain.own_view import member_may
from services.reviews.domain.past_correction import CORRECT, WITHDRAW
from services.reviews.domain.procedure import BY_COMMAND, DEADLINE_VI, STATE_VI, State
from services.reviews.domain.profile import Profile, VoteLevel
from services.reviews.domain.removal import VOTER_ROLE, removal_evidence_problems
from services.reviews.domain.returned_case import RETURN
from services.reviews.profiles import profile_named
from services.reviews.rounds import versions_of
from shared.access.actor import Context

_TELLS_VOTES = (
    "Cơ số quá nhỏ hoặc kết quả gần như một phía: số phiếu có thể làm lộ phiếu của một người nên chỉ cho biết đạt hay"
    " không đạt."
)
"""One text for both: which of them applies would itself say something about the votes."""
_NOT_FOR_YOU = "Số phiếu chỉ hiển thị cho người ghi biên bản và cấp ủy có thẩm quyền."


_RANK: dict[str, int] = {"cell_secretary": 1, "grassroots_committee": 2, "standing_committee": 3}
"""Who may see totals at all, lowest first."""


_BY_DOCUMENT = "Hồ sơ đảng viên chưa ghi nội dung này của năm: căn cứ theo tài liệu đã nêu."


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads a case: in which role, and whether it is their own."""

    role: str | None
    own: bool

    @classmethod
    def of(cls, context: Context, member_id: str) -> Viewer:
        """Return the viewer of the case about *member_id*; the member concerned is nothing else in it."""
        own = context.actor.member_id == member_id
        return cls(role="member" if own else context.role, own=own)

    def withheld(
        self, *, totals: Totals, base: int, profile: Profile, level: VoteLevel = "cell"
    ) -> str | None:
        """Return why *totals* of a vote of *level* over *base* are not shown to this viewer, or None.

        They are for the level that recorded them and for the committees above it; above, only where they tell
        nobody's vote.
        """
        rank = _RANK.get(self.role or "", 0)
        if rank < _RANK[VOTER_ROLE.get(level, "grassroots_committee")]:
            return _NOT_FOR_YOU
        if self.role == VOTER_ROLE.get(level):
            return None
        settings = profile.settings
        large = may_show_totals(base=base, minimum=settings.totals_shown_from_base.value)
        telling = tells_votes(totals, hidden_minority=settings.totals_hidden_minority.value)
        return None if large and not telling else _TELLS_VOTES


def problem_answer(problem: Problem) -> dict[str, Any]:
    """Return what stands against a step."""
    return {
        "code": problem.code,
        "detail": problem.detail_vi,
        "citation": effects.citation_answer(problem.citation),
    }


def case_answer(record: CaseRecord, viewer: Viewer) -> dict[str, Any]:
    """Return the whole of a case as *viewer* may see it."""
    case = msgspec.convert(record.case, Case)
    profile = profile_named(record.profile)
    plain = msgspec.to_builtins(case)
    return {
        **row_answer(record.to_mongo()),
        "version": record.version,
        "status": {"code": case.status, "label": STATUS_VI[case.status]},
        "profile": {"id": profile.id, "title": profile.title},
        "listed_on": plain["listed_on"],
        "education_due_on": plain["education_due_on"],
        "outcome": case.outcome,
        "closed_on": plain["closed_on"],
        "exit_reason": case.exit_reason,
        "deadlines": _deadlines(plain["deadlines"], profile),
        "evidence": _evidence_status(case, profile),
        "assumed": effects.of_case(case, profile),
        "opinions": plain["opinions"],
        "guidance": plain["guidance"],
        "ballots": [_ballot(each, profile, viewer) for each in case.ballots],
        "plans": plain["plans"],
        "helpers": plain["helpers"],
        "helper_conflicts": [
            # Why somebody does not help is said of them, not of the member: it is no part of the member's own view.
            {"on": each["on"], "member_id": each["member_id"]} if viewer.own else each
            for each in plain["helper_conflicts"]
        ],
        "follow_ups": plain["follow_ups"],
        "extensions": plain["extensions"],
        "notices": plain["notices"],
        "statements": plain["statements"],
        "self_reviews": plain["self_reviews"],
        "assessments": plain["assessments"],
        "recognition": plain["recognition"],
        "transfers": plain["transfers"],
        "removal": None if case.removal is None else _removal(case.removal, profile, viewer),
        "past_removals": [_removal(each, profile, viewer) for each in case.past_removals],
        "complaints": plain["complaints"],
        "past": None if case.past is None else _past(case.past, viewer),
        "replaced_pasts": _replaced_pasts(case, viewer),
    }


def row_answer(raw: dict[str, Any]) -> dict[str, Any]:
    """Return what a list says of a case: where it stands, and nothing of what was said or counted in it."""
    state = State(raw["state"])
    return {
        "id": raw["_id"],
        "version": raw["version"],
        "state": {"code": str(state), "label": STATE_VI[state]},
        "open": raw["open"],
        "member_id": raw["member_id"],
        "cell_id": raw["cell_id"],
        "organization_path": list(raw["organization_path"]),
        "round_id": raw.get("round_id"),
        "criterion": criterion_answer(raw.get("criterion")),
        "opened_on": raw["opened_on"],
        "historical": raw.get("historical", False),
    }


def own_answer(record: CaseRecord, *, today: date) -> dict[str, Any]:
    """Return a case as its member finds it: where it stands, what was sent to them, what they can do until when."""
    case = msgspec.convert(record.case, Case)
    profile = profile_named(record.profile)
    plain = msgspec.to_builtins(case)
    removal = case.removal if case.removal is not None and case.removal.decision is not None else None
    decided = None
    if removal is not None:
        decided = {
            "document": msgspec.to_builtins(removal.decision),
            "mode": {"code": removal.mode, "label": MODE_VI[removal.mode]},
            "signer_office": removal.signer_office,
            "effective_on": None if removal.effective_on is None else removal.effective_on.isoformat(),
            "delivered_on": None if removal.delivered_on is None else removal.delivered_on.isoformat(),
        }
    return {
        **row_answer(record.to_mongo()),
        "listed_on": plain["listed_on"],
        "education_due_on": plain["education_due_on"],
        "outcome": case.outcome,
        "deadlines": _deadlines(plain["deadlines"], profile),
        "assumed": effects.of_case(case, profile),
        "notices": [{"number": number, **each} for number, each in enumerate(plain["notices"], start=1)],
        "decision": decided,
        "complaints": plain["complaints"],
        "past": None if case.past is None else _past(case.past, Viewer(role="member", own=True)),
        "replaced_pasts": _replaced_pasts(case, Viewer(role="member", own=True)),
        "can": [msgspec.to_builtins(each) for each in member_may(case, today=today)],
    }


def criterion_answer(code: str | None) -> dict[str, Any] | None:
    """Return a criterion by its code, with its text, source and certainty."""
    found = next((each for each in CRITERIA if each.code == code), None)
    if found is None:
        return None
    return {
        "code": found.code,
        "text": found.text_vi,
        "citation": effects.citation_answer(found.citation),
        "certainty": CERTAINTY_VI[found.certainty],
    }


def timeline_answer(record: CaseRecord) -> list[dict[str, Any]]:
    """Return what happened in a case in order; notes name no totals."""
    case = msgspec.convert(record.case, Case)
    return [
        {
            "on": entry.on.isoformat(),
            "command": entry.command,
            "label": entry.label_vi,
            "role": entry.role,
            "from": None if entry.from_state is None else str(entry.from_state),
            "to": str(entry.to_state),
            "to_label": STATE_VI[entry.to_state],
            "note": entry.note,
            "certainty": CERTAINTY_VI[_ROWS[entry.command].certainty],
        }
        for entry in case.timeline
    ]


_ROWS = {**BY_COMMAND, **{row.command: row for row in (RETURN, TAKE_OVER, CORRECT, WITHDRAW)}}
"""Every step that a timeline may hold, also those that stand beside the table of steps."""


def roll_answer(roll: Roll) -> dict[str, Any]:
    """Return a roll: who counts, who does not and why."""
    return {
        "as_of": roll.as_of.isoformat(),
        "base": roll.base,
        "voters": roll.voters,
        "counted": list(roll.counted),
        "excluded": [
            {"member_id": each.member_id, "reason": each.reason, "label": EXCLUSION_VI[each.reason]}
            for each in roll.excluded
        ],
    }


def _deadlines(plain: Iterable[dict[str, Any]], profile: Profile) -> list[dict[str, Any]]:
    """Return the clocks of a case, each with its term and whether nobody has verified what it runs by."""
    assumed = {each.name for each in profile.assumed()}
    return [
        {**each, "label": DEADLINE_VI[each["kind"]], "assumed": each["setting"] in assumed} for each in plain
    ]


def _unrecorded(places: Iterable[int]) -> list[dict[str, Any]]:
    return [{"evidence": place, "label": _BY_DOCUMENT} for place in places]


def _evidence_status(case: Case, profile: Profile) -> dict[str, Any]:
    deciding = case.removal is not None and case.removal.decision is None
    missing: Iterable[Problem] = removal_evidence_problems(case, profile) if deciding else ()
    return {
        "given": [{**msgspec.to_builtins(each), "label": EVIDENCE_VI[each.kind]} for each in case.evidence],
        "unrecorded": _unrecorded(case.unrecorded),
        "missing_for_removal": [problem_answer(each) for each in missing],
    }


def _counted(
    *, totals: Totals, base: int, roll: Roll | None, minutes: str, withheld: str | None
) -> dict[str, Any]:
    """Return what was counted; where totals are withheld what was written about them is, too."""
    if withheld is not None:
        return {"minutes": None, "totals": {"shown": False, "why": withheld}, "roll": None}
    return {
        "minutes": minutes,
        "totals": {
            "shown": True,
            "base": base,
            "issued": totals.issued,
            "returned": totals.returned,
            "valid": totals.valid,
            "in_favour": totals.votes_for,
            "against": totals.against,
        },
        "roll": None if roll is None else roll_answer(roll),
    }


def _ballot(ballot: BallotRecord, profile: Profile, viewer: Viewer) -> dict[str, Any]:
    base = ballot.roll.base
    withheld = viewer.withheld(totals=ballot.totals, base=base, profile=profile)
    return {
        "ballot_id": ballot.ballot_id,
        "version": ballot.version,
        "held_on": ballot.on.isoformat(),
        "share": str(ballot.share),
        "reached": ballot.reached,
        "assumed": effects.of_ballot(profile),
        "corrected_on": None if ballot.corrected_on is None else ballot.corrected_on.isoformat(),
        "reason": (ballot.reason or None) if withheld is None else None,
        **_counted(
            totals=ballot.totals, base=base, roll=ballot.roll, minutes=ballot.minutes, withheld=withheld
        ),
    }


def _vote(vote: RemovalVote, profile: Profile, viewer: Viewer) -> dict[str, Any]:
    withheld = viewer.withheld(totals=vote.totals, base=vote.base, profile=profile, level=vote.level)
    return {
        "vote_id": vote.vote_id,
        "version": vote.version,
        "level": vote.level,
        "attempt": vote.attempt,
        "held_on": vote.on.isoformat(),
        "method": vote.form,
        "share": str(vote.share),
        "reached": vote.reached,
        "referred": vote.referred,
        "assumed": effects.of_vote(profile, vote.level),
        "corrected_on": None if vote.corrected_on is None else vote.corrected_on.isoformat(),
        "reason": (vote.reason or None) if withheld is None else None,
        **_counted(
            totals=vote.totals, base=vote.base, roll=vote.roll, minutes=vote.minutes, withheld=withheld
        ),
    }


def _removal(removal: Removal, profile: Profile, viewer: Viewer) -> dict[str, Any]:
    found = ground(removal.ground) if removal.ground else None
    plain = msgspec.to_builtins(removal)
    return {
        **plain,
        "mode": {"code": removal.mode, "label": MODE_VI[removal.mode]},
        "ground": None
        if found is None
        else {
            "code": found.code,
            "text": found.text_vi,
            "citation": effects.citation_answer(found.citation),
            "certainty": CERTAINTY_VI[found.certainty],
        },
        "unrecorded": _unrecorded(removal.unrecorded),
        "votes": [_vote(each, profile, viewer) for each in removal.votes],
        "replaced_votes": [_vote(each, profile, viewer) for each in removal.replaced_votes],
    }


def _past(past: Past, viewer: Viewer) -> dict[str, Any]:
    found = None if past.ground is None else ground(past.ground)
    return {
        **msgspec.to_builtins(past),
        "outcome": {"code": past.outcome, "label": PAST_OUTCOME_VI[past.outcome]},
        "mode": None if past.mode is None else {"code": past.mode, "label": MODE_VI[past.mode]},
        "ground": None if found is None else {"code": found.code, "text": found.text_vi},
        "listing_vote": _past_vote(past.listing_vote, viewer, level="cell"),
        "cell_vote": _past_vote(past.cell_vote, viewer, level="cell"),
        "committee_vote": _past_vote(past.committee_vote, viewer, level="grassroots_committee"),
    }


def _replaced_pasts(case: Case, viewer: Viewer) -> list[dict[str, Any]]:
    """Return what the case said of the papers before it was put right, first to last, each with why it was wrong.

    A reason may quote the figures of a vote: where one was corrected it is for whoever may see that vote.
    """
    versions = [*(each.past for each in case.replaced_pasts), case.past]
    return [
        {
            "past": _past(each.past, viewer),
            "status": {"code": each.status, "label": STATUS_VI[each.status]},
            "profile": each.profile_id,
            "until": each.until.isoformat(),
            "reason": each.reason if _may_read(each.past, then, viewer) else None,
        }
        for each, then in zip(case.replaced_pasts, versions[1:], strict=True)
    ]


def _may_read(before: Past, after: Past | None, viewer: Viewer) -> bool:
    """Say whether what was written about a correction gives *viewer* no vote that they may not see."""
    votes: tuple[tuple[str, VoteLevel], ...] = (
        ("listing_vote", "cell"),
        ("cell_vote", "cell"),
        ("committee_vote", "grassroots_committee"),
    )
    return all(
        viewer.role == VOTER_ROLE.get(level)
        for name, level in votes
        if getattr(before, name) != getattr(after, name, None)
    )


def _past_vote(vote: PastVote | None, viewer: Viewer, *, level: VoteLevel) -> dict[str, Any] | None:
    """Return an old vote to the level that voted; whether it tells votes cannot be judged from two figures."""
    if vote is None:
        return None
    if viewer.role != VOTER_ROLE.get(level):
        return {"shown": False, "why": _NOT_FOR_YOU}
    return {"shown": True, "base": vote.base, "in_favour": vote.votes_for}


def round_answer(current: Round) -> dict[str, Any]:
    """Return a round without its cells."""
    return {
        "id": current.id,
        "version": current.version,
        "name": current.name,
        "organization_id": current.organization_id,
        "organization_path": list(current.organization_path),
        "on": current.on.isoformat(),
        "due_on": current.due_on.isoformat(),
        "profile": current.profile,
        "document": current.document,
        "state": current.state,
        "closed_on": None if current.closed_on is None else current.closed_on.isoformat(),
        "not_reported": len(current.not_reported) if current.state == "closed" else None,
        "assumed": effects.of_round(profile_named(current.profile)),
    }


def report_answer(given: RoundReport) -> dict[str, Any]:
    """Return a cell's report."""
    return {
        "id": given.id,
        "version": given.version,
        "round_id": given.round_id,
        "organization_id": given.cell_id,
        "organization_path": list(given.organization_path),
        "on": given.on.isoformat(),
        "reviewed": given.reviewed,
        "proposed": given.proposed,
        "late": given.late,
        "number": given.number,
        "reason": given.reason,
        "after_close": given.after_close,
        "versions": versions_of(given.to_document()),
    }
