"""The whole pipeline (*tiến độ giải quyết*): in which stage cases stand, for how long, and which deadlines were kept.

Read from the steps of each case as they were known at the end of a day. A case counts in the organisation where it
stands on that day. Medians are of days; of an even number the lower middle is taken, so that a median is a time
that some case really took.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec

from services.reporting.domain.case_facts import CaseFacts, end_of_day
from services.reporting.domain.period import Period

Stage = Literal["proposed", "education", "removal", "decided", "complaint"]
STAGES: Mapping[Stage, str] = {
    "proposed": "Dự kiến, chờ ý kiến và bỏ phiếu",
    "education": "Đang giáo dục, giúp đỡ",
    "removal": "Đang đề nghị đưa ra khỏi Đảng",
    "decided": "Đã có quyết định, trong thời hạn khiếu nại",
    "complaint": "Đang giải quyết khiếu nại",
}
"""Stages of an open case, in the order of the procedure."""

AGES = (90, 180, 365)
"""Upper ends of the age groups in days; the last group is open."""

DEADLINES: Mapping[str, str] = {
    "education": "Thời gian giáo dục, giúp đỡ",
    "follow_up": "Theo dõi định kỳ",
    "complaint": "Giải quyết khiếu nại",
}
"""Kinds of deadlines."""

SOON_DAYS = 30
"""A running deadline that ends within so many days is shown as due soon."""

_ENTERS: Mapping[str, Stage | None] = {
    "CandidateProposed": "proposed",
    "MemberFlagged": "education",
    "ListingWithdrawn": "proposed",
    "RemovalProposed": "removal",
    "MemberRemoved": "decided",
    "ComplaintLodged": "complaint",
    "ComplaintResolved": "decided",
    "RemovalReversed": None,
    "ProgressRecognized": None,
    "CaseClosed": None,
}
_CLOCKS = {"education_end": "education", "follow_up": "follow_up", "complaint_resolving": "complaint"}
"""Clocks of a case that somebody has to keep; the time for a complaint is the member's own."""
_LEAVES_EDUCATION = {
    "ProgressRecognized",
    "RemovalProposed",
    "MemberRemoved",
    "CaseClosed",
    "ListingWithdrawn",
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a case — *một bước*: the event's name, its business date, when it was known, what it told."""

    event: str
    on: date
    recorded_at: datetime
    data: dict[str, Any]


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A case on its way — *một vụ việc*: its facts, and its steps in their order."""

    facts: CaseFacts
    steps: tuple[Step, ...]

    def as_known(self, on: date) -> "Passage":
        """Return the case with what had happened, and was known, at the end of a day."""
        cut = end_of_day(on)
        return Passage(
            facts=self.facts.as_known(on),
            steps=tuple(step for step in _as_corrected(self.steps, cut) if step.on <= on),
        )


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Deadlines of one kind — *thời hạn*: kept, missed (also those still open after their day), still running."""

    met: int = 0
    missed: int = 0
    running: int = 0
    overdue: int = 0
    """Of those missed: still open."""
    due_soon: int = 0
    """Of those running: due within `SOON_DAYS` days."""


class InStage(msgspec.Struct, frozen=True, kw_only=True):
    """Open cases of one stage: how many, the median and the longest of their days in it, and by age group."""

    cases: int
    median_days: int | None
    longest_days: int | None
    by_age: tuple[int, ...]


class Pipeline(msgspec.Struct, frozen=True, kw_only=True):
    """Pipeline of some cases on a day, and what happened to them in a period."""

    stages: dict[str, InStage]
    deadlines: dict[str, Kept]
    outcomes: int
    """Cases that left the list in the period."""
    median_days_to_outcome: dict[str, int]
    """From listing to outcome, in all (``all``) and by kind of outcome."""
    complaints: int
    complaints_late: int
    complaints_by_outcome: dict[str, int]
    reversals: int


def pipeline(passages: Iterable[Passage], *, period: Period, on: date) -> Pipeline:
    """Return the pipeline of cases at the end of the day *on*, with the outcomes and complaints of *period*."""
    ages: dict[str, list[int]] = {stage: [] for stage in STAGES}
    deadlines: dict[str, Counter[str]] = {kind: Counter() for kind in DEADLINES}
    days: dict[str, list[int]] = {}
    told: Counter[str] = Counter()
    for passage in passages:
        known = passage.as_known(on)
        facts, steps = known.facts, known.steps
        found = stage_of(steps)
        if found is not None:
            ages[found[0]].append((on - found[1]).days)
        for kind, state in _deadlines(steps, on):
            deadlines[kind][state] += 1
        for outcome, taken in _outcomes(facts, period):
            days.setdefault(outcome, []).append(taken)
        told.update(_complaints(steps, period))
    return Pipeline(
        stages={stage: _in_stage(each) for stage, each in ages.items()},
        deadlines={kind: Kept(**states) for kind, states in deadlines.items()},
        outcomes=sum(len(taken) for taken in days.values()),
        median_days_to_outcome={
            name: _median(taken)
            for name, taken in (
                ("all", [one for taken in days.values() for one in taken]),
                *sorted(days.items()),
            )
            if taken
        },
        complaints=told["lodged"],
        complaints_late=told["late"],
        complaints_by_outcome={
            name.removeprefix("outcome."): count
            for name, count in sorted(told.items())
            if name.startswith("outcome.")
        },
        reversals=told["reversed"],
    )


def cases_behind(passages: Iterable[Passage], *, on: date) -> dict[str, tuple[str, ...]]:
    """Return the cases behind each stage and each state of a deadline at the end of the day *on*, sorted.

    By ``stages.education``, ``deadlines.follow_up.overdue`` and so on; ``deadlines.overdue`` is of every kind. A case
    that met two deadlines of a kind stands there twice, so that every figure is the length of its list.
    """
    found: dict[str, list[str]] = {}
    for passage in passages:
        known = passage.as_known(on)
        stage = stage_of(known.steps)
        keys = [] if stage is None else [f"stages.{stage[0]}"]
        for kind, state in _deadlines(known.steps, on):
            keys.append(f"deadlines.{kind}.{state}")
            if state == "overdue":
                keys.append("deadlines.overdue")
        for key in keys:
            found.setdefault(key, []).append(passage.facts.case_id)
    return {key: tuple(sorted(ids)) for key, ids in sorted(found.items())}


def _as_corrected(steps: Sequence[Step], cut: datetime) -> list[Step]:
    """Return the steps known before *cut*, a past case as it was last corrected by then: withdrawn, it has none."""
    known = [step for step in steps if step.recorded_at < cut]
    corrections = [step for step in known if step.event == "PastCaseCorrected"]
    if not corrections:
        return known
    last = corrections[-1]
    if last.data["withdrawn"]:
        return []
    taken_over = msgspec.structs.replace(last, event="PastCaseRecorded")
    later = [step for step in known if step.event not in {"PastCaseRecorded", "PastCaseCorrected"}]
    return [taken_over, *later]


def stage_of(steps: Sequence[Step]) -> tuple[Stage, date] | None:
    """Return the stage an open case stands in and since when; None for a case that has ended."""
    stage: Stage | None = None
    since = date.min
    for step in steps:
        if step.event == "PastCaseRecorded":
            entered: Stage | None = "education" if step.data["outcome"] == "on_list" else None
            since_step = date.fromisoformat(step.data["listed_on"] or step.on.isoformat())
        elif step.event == "CaseTransferred" and not step.data["continues"]:
            entered, since_step = None, step.on
        elif step.event in _ENTERS:
            entered, since_step = _ENTERS[step.event], step.on
        else:
            continue
        if entered != stage:
            stage, since = entered, since_step
    return None if stage is None else (stage, since)


def _deadlines(steps: Sequence[Step], on: date) -> list[tuple[str, str]]:
    """Return kind and state of every deadline that the steps of a case tell of."""
    running = _Deadlines(on)
    for step in steps:
        running.read(step)
    return running.all()


class _Deadlines:
    """The deadlines of one case while its steps are read in order: one of each kind may be running."""

    def __init__(self, on: date) -> None:
        self._on = on
        self._due: dict[str, date] = {}
        self._ended: list[tuple[str, str]] = []

    def read(self, step: Step) -> None:
        """Take in one step: the clocks it carries, or, where it was published before there were any, its own days."""
        clocks = step.data.get("clocks")
        if clocks:
            self._clocks(step, clocks)
        elif step.event == "FollowUpRecorded":
            self._end("follow_up", step.on)
            self._begin("follow_up", step.data.get("next_due_on"))
        elif step.event in {"MemberFlagged", "PastCaseRecorded"}:
            self._begin("education", step.data.get("education_due_on"))
        elif step.event == "EducationExtended":
            self._begin("education", step.data["until"])
        elif step.event in _LEAVES_EDUCATION or (
            step.event == "CaseTransferred" and not step.data["continues"]
        ):
            self._end("education", step.on)
            # A follow-up that was not due yet when education ended is owed no more.
            due = self._due.pop("follow_up", None)
            if due is not None and due < step.on:
                self._ended.append(("follow_up", "missed"))
        elif step.event == "ComplaintLodged":
            self._begin("complaint", step.data.get("due_on"))
        elif step.event == "ComplaintResolved":
            self._end("complaint", step.on)

    def _clocks(self, step: Step, clocks: Sequence[Mapping[str, str]]) -> None:
        begun = {clock["kind"] for clock in clocks if clock["status"] == "running"}
        for clock in clocks:
            kind = _CLOCKS.get(clock["kind"])
            if kind is None:
                continue
            if clock["status"] == "running":
                self._begin(kind, clock["due_on"])
                continue
            known = self._due.pop(kind, None) is not None
            # What ends before its day because it is owed no more, or because it was put off, was not kept.
            kept = step.event == "FollowUpRecorded" if kind == "follow_up" else clock["kind"] not in begun
            if known and (kept or clock["status"] == "lapsed"):
                self._ended.append((kind, "missed" if clock["status"] == "lapsed" else "met"))

    def all(self) -> list[tuple[str, str]]:
        found = [*self._ended]
        for kind, due in self._due.items():
            if due < self._on:
                found += [(kind, "missed"), (kind, "overdue")]
            else:
                found.append((kind, "running"))
                if (due - self._on).days <= SOON_DAYS:
                    found.append((kind, "due_soon"))
        return found

    def _begin(self, kind: str, told: str | None) -> None:
        self._due.pop(kind, None)
        if told is not None:
            self._due[kind] = date.fromisoformat(told)

    def _end(self, kind: str, done: date) -> None:
        due = self._due.pop(kind, None)
        if due is not None:
            self._ended.append((kind, "met" if done <= due else "missed"))


def _outcomes(facts: CaseFacts, period: Period) -> list[tuple[str, int]]:
    """Return kind and days since listing of every outcome of a listed case in a period."""
    found = []
    for left in facts.exits:
        listed = [listing.on for listing in facts.listed if listing.on <= left.on]
        if left.on in period and listed:
            found.append((left.kind.value, (left.on - max(listed)).days))
    return found


def _complaints(steps: Sequence[Step], period: Period) -> Counter[str]:
    told: Counter[str] = Counter()
    for step in steps:
        if step.on not in period:
            continue
        if step.event == "ComplaintLodged":
            told["lodged"] += 1
            told["late"] += bool(step.data["late"])
        elif step.event == "ComplaintResolved":
            told[f"outcome.{step.data['outcome']}"] += 1
        elif step.event == "RemovalReversed":
            told["reversed"] += 1
    return told


def _in_stage(ages: Sequence[int]) -> InStage:
    groups = [0] * (len(AGES) + 1)
    for age in ages:
        groups[sum(age > end for end in AGES)] += 1
    return InStage(
        cases=len(ages),
        median_days=_median(ages) if ages else None,
        longest_days=max(ages, default=None),
        by_age=tuple(groups),
    )


def _median(values: Sequence[int]) -> int:
    return sorted(values)[(len(values) - 1) // 2]


def figure_of(found: Pipeline, key: str) -> int | None:
    """Return the figure under a dotted key; None where the pipeline has none under it. Raises KeyError."""
    value: Any = msgspec.to_builtins(found)
    whole = value
    for name in key.split("."):
        if not isinstance(value, dict) or (name not in value and value is whole):
            raise KeyError(key)
        value = value.get(name)
        if value is None:
            return None
    if not isinstance(value, int):
        raise KeyError(key)
    return value
