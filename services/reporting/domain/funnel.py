"""From review to outcome (*từ rà soát đến kết quả*): what became of those whom a period's reviews proposed.

A cohort, not a flow: a case counts on the day it began (proposed, or listed where the papers know no proposal), in
the organisation where the member stood that day, and is followed to the end of the day the question is asked for.
So every step is a part of the step before:

``proposed = listed + waiting + not_listed`` and ``listed = with_outcome + continuing``.

``reviewed`` counts members as the cells reported them; a member who is reviewed in two rounds counts twice, and it
is no part of the identity: a case may be proposed outside a round. Direct removals begin no such case.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from services.reporting.domain.case_facts import CaseFacts, Exit, ExitKind, Reversal, end_of_day
from services.reporting.domain.period import Period
from services.reporting.domain.pipeline import Passage, stage_of

Outcome = Literal["recognized", "transferred", "removed", "restored", "other"]
OUTCOMES: tuple[Outcome, ...] = ("recognized", "transferred", "removed", "restored", "other")
"""Ends of a listed case: as `ExitKind`, and ``restored`` for a removal that was annulled."""


class CellReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell reported of a round — *báo cáo rà soát của chi bộ*; of several versions the latest known counts."""

    round_id: str
    path: tuple[str, ...]
    """The cell's place on the day of the report."""
    on: date
    recorded_at: datetime
    reviewed: int


class Funnel(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of a cohort — *kết quả theo bước*; see the module for the identity."""

    reviewed: int
    proposed: int
    waiting: int
    """Proposed, neither listed nor ended yet."""
    not_listed: int
    """Proposed and ended without having been listed."""
    listed: int
    continuing: int
    """Listed, and without an outcome yet."""
    with_outcome: int
    outcomes: dict[Outcome, int]


class FunnelCount(msgspec.Struct, frozen=True, kw_only=True):
    """The figures and the cases behind them, by key (``outcomes.removed`` and so on); ``reviewed`` has no cases."""

    figures: Funnel
    cases: dict[str, tuple[str, ...]]


def funnel(
    passages: Iterable[Passage],
    reports: Iterable[CellReport],
    *,
    organization_id: str,
    period: Period,
    as_of: date,
) -> FunnelCount:
    """Return what became of the cases that began in an organisation in a period, as known at the end of a day."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for passage in passages:
        known = passage.as_known(as_of)
        began = _began(known)
        if began is None or began not in period or organization_id not in known.facts.path_on(began):
            continue
        for key in _steps_reached(known, as_of):
            found[key].append(known.facts.case_id)
    return FunnelCount(
        figures=Funnel(
            reviewed=_reviewed(reports, organization_id=organization_id, period=period, as_of=as_of),
            proposed=len(found["proposed"]),
            waiting=len(found["waiting"]),
            not_listed=len(found["not_listed"]),
            listed=len(found["listed"]),
            continuing=len(found["continuing"]),
            with_outcome=len(found["with_outcome"]),
            outcomes={outcome: len(found[f"outcomes.{outcome}"]) for outcome in OUTCOMES},
        ),
        cases={key: tuple(sorted(ids)) for key, ids in sorted(found.items()) if ids},
    )


def _began(known: Passage) -> date | None:
    days = [step.on for step in known.steps if step.event == "CandidateProposed"]
    days += [listing.on for listing in known.facts.listed]
    return min(days, default=None)


def _steps_reached(known: Passage, as_of: date) -> Sequence[str]:
    if not any(listing.on <= as_of for listing in known.facts.listed):
        stage = stage_of(known.steps)
        waits = stage is not None and stage[0] == "proposed"
        return "proposed", "waiting" if waits else "not_listed"
    outcome = _outcome(known.facts, as_of)
    if outcome is None:
        return "proposed", "listed", "continuing"
    return "proposed", "listed", "with_outcome", f"outcomes.{outcome}"


def _outcome(facts: CaseFacts, as_of: date) -> Outcome | None:
    """Return how a listed case stands ended at the end of a day; None while it is on the list."""
    listed_on = min(listing.on for listing in facts.listed)
    outcome: Outcome | None = None
    for step in facts.status_steps():
        if not listed_on <= step.on <= as_of:
            continue
        match step:
            case Exit():
                outcome = _OF_EXIT[step.kind]
            case Reversal(to_list=False):
                outcome = "restored"
            case _:
                outcome = None
    return outcome


_OF_EXIT: dict[ExitKind, Outcome] = {
    ExitKind.RECOGNIZED: "recognized",
    ExitKind.TRANSFERRED: "transferred",
    ExitKind.REMOVED: "removed",
    ExitKind.OTHER: "other",
}


def _reviewed(reports: Iterable[CellReport], *, organization_id: str, period: Period, as_of: date) -> int:
    cut = end_of_day(as_of)
    latest: dict[tuple[str, str], CellReport] = {}
    for report in sorted(reports, key=lambda each: each.recorded_at):
        if report.recorded_at < cut and report.on <= as_of:
            latest[report.round_id, report.path[-1]] = report
    return sum(
        report.reviewed
        for report in latest.values()
        if report.on in period and organization_id in report.path
    )
