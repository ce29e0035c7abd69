"""Cases — *hồ sơ sàng lọc*: the events of a case as the dated facts that reports count.

How events become facts
- ``MemberFlagged`` lists. ``ProgressRecognized``, ``CaseTransferred`` (where the case does not go on here) and
  ``MemberRemoved`` are the exits, on the date of the decision. ``RemovalReversed`` annuls a removal; the case
  itself stays closed.
- ``ListingWithdrawn`` withdraws the listing from the instant it was recorded: reports as of an earlier day keep it.
- ``CaseClosed`` only ends what nothing else ended: a case still on the list leaves it for another reason
  (``death``, ``not_removed``…). A case that never was on the list leaves nothing.
- A case that came back because the member was not taken in never left: its placement is withdrawn from the instant
  of the return, as a listing is. Reports as of an earlier day keep it.
- ``PastCaseRecorded`` tells of a whole case from before the system: its listing and its end, each on its own day.
  ``PastCaseCorrected`` tells of it anew: what is otherwise now is withdrawn from the instant of the correction and
  stands anew from then on; of a case that was withdrawn nothing stands. Reports as of an earlier day keep it.
- A step recorded in another cell than the step before shows that the member moved, also where no
  ``CaseTransferred`` says so: on its day, but not before the member came to the cell that is left. Another
  path to the same cell is a matter of the tree, not of the case; so is a cell into which the one before was merged
  (see ``moved_organizations``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from services.reporting.domain.case_facts import (
    UNSPECIFIED,
    CaseFacts,
    Exit,
    ExitKind,
    Listing,
    Placement,
    RemovalMode,
    Reversal,
)
from services.reporting.domain.case_facts import Fact as DatedFact
from services.reporting.projection.fold import Document, Entry, Fold, Folds, instant
from shared.events.catalogue import reviews
from shared.events.envelope import Event
from shared.events.registry import Fact

COLLECTION = "cases"
F = TypeVar("F", bound=msgspec.Struct)
D = TypeVar("D", bound=DatedFact)

CASE_EVENTS: tuple[type[Fact], ...] = (
    reviews.CandidateProposed,
    reviews.GuidanceGiven,
    reviews.BallotRecorded,
    reviews.MemberFlagged,
    reviews.ListingWithdrawn,
    reviews.HelpersAssigned,
    reviews.FollowUpRecorded,
    reviews.EducationExtended,
    reviews.ProgressRecognized,
    reviews.CaseTransferred,
    reviews.RemovalProposed,
    reviews.RemovalVoteRecorded,
    reviews.MemberRemoved,
    reviews.ComplaintLodged,
    reviews.ComplaintResolved,
    reviews.RemovalReversed,
    reviews.CaseClosed,
    reviews.DeadlinesChanged,
    reviews.PastCaseRecorded,
    reviews.PastCaseCorrected,
)

_OF_THE_ENTRY = {"case_id", "on", "organization_path"}


def facts_of(document: Document) -> CaseFacts:
    """Return the facts of a case document."""
    return msgspec.convert(document["facts"], CaseFacts)


def _entry(event: Event, fact: Any) -> Entry:
    told = msgspec.to_builtins(fact)
    return {
        "event": event.name,
        "on": told["on"],
        "recorded_at": instant(event),
        "organization_path": told["organization_path"],
        "data": {name: value for name, value in told.items() if name not in _OF_THE_ENTRY},
    }


def _derive(case_id: str, history: list[Entry]) -> Document:
    reading = _Reading()
    for entry in history:
        if entry["event"] == "PastCaseRecorded":
            reading.take_over(entry)
        elif entry["event"] == "PastCaseCorrected":
            reading.put_right(entry)
        else:
            reading.read(entry)
    facts = CaseFacts(
        case_id=case_id,
        member_id=history[0]["data"]["member_id"],
        placements=tuple(reading.placements),
        listed=tuple(reading.listed),
        exits=tuple(reading.exits),
        reversals=tuple(reading.reversals),
        historical=reading.historical,
    )
    paths = [entry["organization_path"] for entry in history]
    paths += [placement.path for placement in reading.placements]
    return {
        "member_id": facts.member_id,
        "under": sorted({organization for path in paths for organization in path}),
        "on_list": reading.on_list,
        # By way of JSON, for Mongo gives lists back where builtins would keep tuples.
        "facts": msgspec.json.decode(msgspec.json.encode(facts)),
    }


class _Reading:
    """The facts gathered while the entries of a case are read in order."""

    def __init__(self) -> None:
        self.placements: list[Placement] = []
        self.listed: list[Listing] = []
        self.exits: list[Exit] = []
        self.reversals: list[Reversal] = []
        self.on_list = False
        self.historical = False
        self._taken_over_at: str | None = None
        self._placed_by_paper: list[Placement] = []
        self._listed_by_paper: list[Listing] = []
        self._ended_by_paper: list[Exit] = []

    def read(self, entry: Entry) -> None:
        dated = {"on": entry["on"], "recorded_at": entry["recorded_at"]}
        data = entry["data"]
        self._place(entry["organization_path"], dated, shown=True)
        match entry["event"]:
            case "MemberFlagged":
                self.listed.append(_fact(Listing, dated, criterion=data["criterion"]))
                self.on_list = True
            case "ListingWithdrawn" if self.listed:
                self.listed[-1] = _withdrawn(self.listed[-1], _known_from(entry))
                self.on_list = False
            case "ProgressRecognized":
                self._left(dated, ExitKind.RECOGNIZED)
            case "CaseTransferred" if data.get("returned"):
                self._went_back(data["to_path"], dated)
            case "CaseTransferred" if data["continues"] and data["to_path"]:
                self._place(data["to_path"], dated)
            case "CaseTransferred":
                self._left(dated, ExitKind.TRANSFERRED)
            case "MemberRemoved":
                self._left(
                    dated,
                    ExitKind.REMOVED,
                    mode=RemovalMode(data["mode"]),
                    ground=data["ground"] or UNSPECIFIED,
                    probationary=data["probationary"],
                )
            case "RemovalReversed":
                self.reversals.append(_fact(Reversal, dated, to_list=False))
            case "CaseClosed" if self.on_list:
                named = data["outcome"] if data["outcome"] != "other_exit" else UNSPECIFIED
                self._left(dated, ExitKind.OTHER, reason=data["reason"] or named)

    def take_over(self, entry: Entry) -> None:
        self.historical = True
        self._place(entry["organization_path"], {"on": entry["on"], "recorded_at": entry["recorded_at"]})
        self._taken_over_at = entry["recorded_at"]
        self._placed_by_paper = self.placements[-1:]
        self._listed_by_paper, self._ended_by_paper = _by_paper(entry)
        self.listed += self._listed_by_paper
        self.exits += self._ended_by_paper
        self.on_list = entry["data"]["outcome"] == "on_list"

    def put_right(self, entry: Entry) -> None:
        recorded = _known_from(entry)
        listed, ended = _by_paper(entry, in_place_of=self._taken_over_at)
        first = {"on": entry["on"], "recorded_at": entry["recorded_at"], "in_place_of": self._taken_over_at}
        placed = [_fact(Placement, first, path=each.path) for each in self._placed_by_paper]
        if entry["data"]["withdrawn"]:
            placed, listed, ended = [], [], []
        self.placements, self._placed_by_paper = _replaced(
            self.placements, self._placed_by_paper, placed, recorded
        )
        self.listed, self._listed_by_paper = _replaced(self.listed, self._listed_by_paper, listed, recorded)
        self.exits, self._ended_by_paper = _replaced(self.exits, self._ended_by_paper, ended, recorded)
        self.on_list = entry["data"]["on_list"]

    def _place(self, path: list[str], dated: dict[str, str], *, shown: bool = False) -> None:
        standing = [each for each in self.placements if each.withdrawn_at is None]
        if not standing or standing[-1].path[-1] != path[-1]:
            # The step that shows a move may be dated before the one that shows the coming to the place left by it.
            since = max([dated["on"], *(each.on.isoformat() for each in standing[-1:])])
            told = {"path": tuple(path), "shown": shown and bool(standing)}
            self.placements.append(_fact(Placement, {**dated, "on": since}, **told))

    def _went_back(self, path: list[str], dated: dict[str, str]) -> None:
        """Withdraw the placement to which the case had been handed on; where there is none, place the case."""
        *_, before, last = [None, *(each for each in self.placements if each.withdrawn_at is None)]
        if before is None or before.path[-1] != path[-1]:
            self._place(path, dated)
            return
        self.placements = [
            _withdrawn(each, _known_from(dated)) if each is last else each for each in self.placements
        ]

    def _left(self, dated: dict[str, str], kind: ExitKind, **told: Any) -> None:
        self.exits.append(_fact(Exit, dated, kind=kind, **told))
        self.on_list = False


def _by_paper(entry: Entry, *, in_place_of: str | None = None) -> tuple[list[Listing], list[Exit]]:
    """Return the listing and the end that the papers of a case from before the system tell of."""
    data = entry["data"]
    known = {"recorded_at": entry["recorded_at"], "in_place_of": in_place_of}
    listed, ended = [], []
    if data["listed_on"] is not None:
        dated = {**known, "on": data["listed_on"]}
        listed.append(_fact(Listing, dated, criterion=data["criterion"] or UNSPECIFIED))
    told: dict[str, Any] = {}
    match data["outcome"]:
        case "recognized" | "transferred" as outcome:
            told = {"kind": ExitKind(outcome)}
        case "removed":
            told = {
                "kind": ExitKind.REMOVED,
                "mode": None if data["mode"] is None else RemovalMode(data["mode"]),
                "ground": data["ground"] or UNSPECIFIED,
                "probationary": data["probationary"],
            }
        case "death" | "resignation" as reason:
            told = {"kind": ExitKind.OTHER, "reason": reason}
    if told:
        ended.append(_fact(Exit, {**known, "on": data["ended_on"]}, **told))
    return listed, ended


def _replaced(facts: list[D], before: list[D], after: list[D], recorded: datetime) -> tuple[list[D], list[D]]:
    """Return *facts* with those of *before* replaced by *after*, and the latter: what is the same stands as it was."""
    kept = [each for each in before if any(_says_the_same(each, new) for new in after)]
    if kept:  # papers tell of one listing and of one end at most
        return facts, kept
    places = [number for number, each in enumerate(facts) if each in before] or [len(facts)]
    stood = [_withdrawn(each, recorded) if each in before else each for each in facts]
    return [*stood[: places[-1] + 1], *after, *stood[places[-1] + 1 :]], after


def _says_the_same(one: D, other: D) -> bool:
    place = {"recorded_at": one.recorded_at, "in_place_of": one.in_place_of}
    return msgspec.structs.replace(other, **place) == one


def _withdrawn(fact: D, instant_: datetime) -> D:
    return fact if fact.withdrawn_at is not None else msgspec.structs.replace(fact, withdrawn_at=instant_)


def _known_from(dated: Entry) -> datetime:
    known: datetime = msgspec.convert(dated["recorded_at"], datetime, strict=False)
    return known


def _fact(kind: type[F], dated: Mapping[str, str | None], /, **told: Any) -> F:
    return msgspec.convert({"type": kind.__name__.lower(), **dated, **told}, kind)


CASES = Fold(COLLECTION, lambda fact: str(fact.case_id), _entry, _derive)
FOLDS: Folds = dict.fromkeys(CASE_EVENTS, CASES)
