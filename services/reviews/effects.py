"""Where each value of the rule profile takes effect, so that whoever reads of it sees what nobody has verified.

Names are settings, or the beginnings of the names of several. Every setting has a place here: a test walks them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from services.reviews.domain.case import Case
from services.reviews.domain.citation import Citation
from services.reviews.domain.procedure import DeadlineKind
from services.reviews.domain.profile import Profile, VoteLevel

_BASE = ("flag_base", "transit_counted")
_REMOVAL_BASE = ("removal_base", "transit_counted")
_TOTALS = ("totals_shown_from_base", "totals_hidden_minority")
_BALLOT = ("flag_share", *_BASE, "education_months", *_TOTALS)
_PROPOSAL = ("ladders", "missed_months", "counts_required", "standing_unrecorded", "probation_")
SETTINGS_OF_STEP: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "propose": ("flag_probationary", "min_opinions", "classification_unrecorded"),
        "request_guidance": ("min_opinions",),
        "record_ballot": _BALLOT,
        "correct_ballot": _BALLOT,
        "assign_helpers": ("min_helpers", "helper_under_review", "follow_up_months"),
        "assess_progress": ("min_follow_ups", "end_of_education"),
        "record_follow_up": ("follow_up_months",),
        "extend_education": ("extension",),
        "recognize_progress": ("min_follow_ups", "end_of_education"),
        "transfer_case": ("case_follows_transfer",),
        "propose_removal": (*_PROPOSAL, "education_months", "end_of_education"),
        "propose_direct_removal": _PROPOSAL,
        "request_self_criticism": ("self_criticism_requests",),
        "record_removal_vote": (*_REMOVAL_BASE, "shares", "ladders", "failed_votes", *_TOTALS),
        "correct_removal_vote": (*_REMOVAL_BASE, "shares", "ladders", "failed_votes", *_TOTALS),
        "decide_removal": ("self_criticism_requests", "ladders", "follow_up_months"),
        "deliver_decision": ("complaint_filing_working_days",),
        "lodge_complaint": (
            "complaint_filing_working_days",
            "complaint_resolving",
            "expulsion_complaint_resolving",
        ),
        "resolve_complaint": ("complaint_filing_working_days",),
    }
)
"""Shown with the case once the step was taken."""
SETTINGS_OF_DEADLINE: Mapping[DeadlineKind | str, tuple[str, ...]] = MappingProxyType(
    {
        "education_end": ("education_months", "extension"),
        "follow_up": ("follow_up_months",),
        "complaint_filing": ("complaint_filing_working_days",),
        "complaint_resolving": ("complaint_resolving", "expulsion_complaint_resolving"),
        "round_report": ("round_cells",),
    }
)
"""Shown with the clock, which names the one it runs by. Those of transfers come marked from the members service."""


SETTINGS_OF_ROUND = ("round_cells",)
"""Shown with every round: they say which cells it asks."""


def of_round(profile: Profile) -> list[dict[str, Any]]:
    """Return what is not verified in which cells a round asks."""
    return unverified(profile, SETTINGS_OF_ROUND)


def of_ballot(profile: Profile) -> list[dict[str, Any]]:
    """Return what is not verified in the result of a secret ballot for the list."""
    return unverified(profile, ("flag_share", *_BASE, *_TOTALS))


def of_vote(profile: Profile, level: VoteLevel) -> list[dict[str, Any]]:
    """Return what is not verified in the result of a vote of *level* on a removal."""
    base = _REMOVAL_BASE if level == "cell" else ()
    return unverified(profile, (f"shares.{level}", *base, "failed_votes", *_TOTALS))


def of_roll(profile: Profile, *, listing: bool) -> list[dict[str, Any]]:
    """Return what is not verified in the base of a vote and in the share it needs."""
    return unverified(profile, ("flag_share", *_BASE) if listing else ("shares.cell", *_REMOVAL_BASE))


def of_case(case: Case, profile: Profile) -> list[dict[str, Any]]:
    """Return what is not verified of the values that took effect in the steps of *case*."""
    taken = {each.command for each in case.timeline}
    return unverified(profile, tuple(name for each in taken for name in SETTINGS_OF_STEP.get(each, ())))


def unverified(profile: Profile, names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the settings that begin with one of *names* and were not seen in an official text."""
    beginnings = tuple(names)
    return [
        {
            "setting": each.name,
            "value": each.value,
            "certainty": each.certainty_vi,
            "note": each.note,
            "citation": citation_answer(each.citation),
        }
        for each in profile.assumed()
        if each.name.startswith(beginnings)
    ]


def citation_answer(citation: Citation | None) -> dict[str, Any] | None:
    """Return a citation as data and as people write it."""
    if citation is None:
        return None
    return {**msgspec.to_builtins(citation), "text": str(citation)}
