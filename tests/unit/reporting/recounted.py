"""The screening report counted anew from the events alone, in another way than reporting does it.

Reporting folds a case into dated facts, looks up where it stood on two days, and adds up the movements between.
Here the case is lived through from its first day to the end of the period, with one place and one status at a time;
what was taken back before the day of the report never happened. Of the tree reporting keeps paths and mends them;
here it is climbed anew for each question, from each organisation to the one above it on that day.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from shared.events.envelope import Event


class Told(NamedTuple):
    """What an event of a case says."""

    name: str
    on: date
    at: datetime
    """When it was recorded."""
    says: dict[str, Any]


class Stay(NamedTuple):
    """Since when a case is where, and by which of its events."""

    number: int
    since: date
    at: datetime
    cell: str
    shown: bool
    """Whether no transfer tells of it."""


class Reorganized(NamedTuple):
    """A day on which the tree changed."""

    on: date


def read(event: Event) -> Told:
    """Return what an event says, from its bytes."""
    says = msgspec.json.decode(event.data)
    return Told(event.name, date.fromisoformat(says["on"]), event.time, says)


def told_on(event: Event) -> date:
    """Return the day in Vietnam on which an event was recorded."""
    return (event.time + timedelta(hours=7)).date()


class Tree:
    """The organisations as they were known on a day: who stood under whom from when, and what went on as what."""

    def __init__(self, events: Iterable[Event], as_of: date) -> None:
        self._above: dict[str, list[tuple[date, datetime, str | None]]] = {}
        self._ended: dict[str, tuple[date, str]] = {}
        for event in events:
            if told_on(event) > as_of:
                continue
            told = read(event)
            if told.name != "OrganizationDissolved":
                version = (told.on, told.at, told.says["parent_id"])
                self._above.setdefault(told.says["organization_id"], []).append(version)
            elif told.says["successor_id"] is not None:
                self._ended[told.says["organization_id"]] = (told.on, told.says["successor_id"])

    def days(self) -> set[date]:
        """Return every day on which something changed."""
        changes = {on for versions in self._above.values() for on, *_ in versions}
        return changes | {on for on, _ in self._ended.values()}

    def holds(self, organization: str, cell: str, day: date) -> bool:
        """Tell whether a cell, or what went on with it, stood under an organisation (or was it) on a day."""
        return organization in self._climb(cell, day)

    def _climb(self, cell: str, day: date) -> Iterator[str]:
        current: str | None = cell
        while current is not None:
            while current in self._ended and self._ended[current][0] <= day:
                current = self._ended[current][1]
            yield current
            versions = sorted(self._above[current], key=lambda each: each[:2])
            current = ([each for each in versions if each[0] <= day] or versions[:1])[-1][2]

    def went_on_as(self, cell: str, other: str) -> bool:
        """Tell whether a cell was merged into another, at whatever time and over whatever others."""
        while cell in self._ended:
            cell = self._ended[cell][1]
            if cell == other:
                return True
        return False


def _told_apart(told: Told) -> list[Told]:
    """Return what happened one by one: a past case tells of its listing and its end at once."""
    if told.name != "PastCaseRecorded":
        return [told]
    says = {**told.says, "continues": False, "returned": False, "reason": told.says["outcome"]}
    says |= {name: says[name] or "unspecified" for name in ("criterion", "mode")}
    ends = {"recognized": "ProgressRecognized", "transferred": "CaseTransferred", "removed": "MemberRemoved"}
    apart = [told]
    if says["listed_on"] is not None:
        apart.append(Told("MemberFlagged", date.fromisoformat(says["listed_on"]), told.at, says))
    if says["outcome"] != "on_list":
        name = ends.get(says["outcome"], "CaseClosed")
        apart.append(Told(name, date.fromisoformat(says["ended_on"]), told.at, says))
    return apart


def _put_right(heard: list[Told]) -> list[Told]:
    """Return what was heard with a past case as it was last put right; of one that was withdrawn nothing was."""
    corrections = [told for told in heard if told.name == "PastCaseCorrected"]
    if not corrections:
        return heard
    if corrections[-1].says["withdrawn"]:
        return []
    rest = [told for told in heard[1:] if told.name != "PastCaseCorrected"]
    corrected = {**corrections[-1].says, "organization_path": heard[0].says["organization_path"]}
    return [heard[0]._replace(on=corrections[-1].on, says=corrected), *rest]


def recounted(
    cases: Iterable[Iterable[Event]],
    *,
    tree: Iterable[Event],
    organization: str,
    starts_on: date,
    ends_on: date,
    as_of: date,
) -> Counter[str]:
    """Return the figures that are not 0, under the keys of the report, from the events of each case in their order."""
    figures: Counter[str] = Counter()
    stood = Tree(tree, as_of)
    for events in cases:
        heard = _put_right([read(event) for event in events if told_on(event) <= as_of])
        known = [one for told in heard for one in _told_apart(told)]
        if known:
            figures += Life(known, stood).counted(organization, starts_on, ends_on)
    return figures


def round_recounted(streams: Iterable[Iterable[Event]]) -> dict[str, Any]:
    """Return what a round adds up to, from its events: of each cell the report with the highest number stands."""
    told = [read(event) for events in streams for event in events]
    opened = next(each for each in told if each.name == "RoundOpened")
    closed = [each for each in told if each.name == "RoundClosed"]
    stands: dict[str, Told] = {}
    for report in sorted(
        (each for each in told if each.name == "CellReviewReported"), key=lambda each: each.says["number"]
    ):
        stands[report.says["organization_path"][-1]] = report
    return {
        "due_on": opened.says["due_on"],
        "closed_on": closed[0].says["on"] if closed else None,
        "cells_reported": len(stands),
        "cells_late": sum(each.on.isoformat() > opened.says["due_on"] for each in stands.values()),
        "cells_corrected": sum(each.says["number"] > 1 for each in stands.values()),
        "cells_corrected_after_close": sum(each.says["after_close"] for each in stands.values()),
        "cells_not_reported": len(closed[0].says["not_reported"]) if closed else None,
        "reviewed": sum(each.says["reviewed"] for each in stands.values()),
        "proposed": sum(each.says["proposed"] for each in stands.values()),
    }


class Life:
    """The course of one case as it was known on a day."""

    def __init__(self, known: list[Told], tree: Tree) -> None:
        self.tree = tree
        self.listed: list[int] = []
        self.stays: list[Stay] = []
        for number, told in enumerate(known):
            self._take_in(number, told)
        self.stays = self._whereabouts()
        undone = {number for number, told in enumerate(known) if told.name == "MemberFlagged"} - set(
            self.listed
        )
        # The tree changes at the start of its day; who comes by an event is there when it happens.
        start = datetime.min.replace(tzinfo=UTC)
        moved = [(day, start, 0, Reorganized(day)) for day in tree.days() if day > self.stays[0].since]
        came = [(stay.since, stay.at, stay.number, stay) for stay in self.stays]
        lived = [
            (told.on, told.at, number, told) for number, told in enumerate(known) if number not in undone
        ]
        self.lived = sorted([*moved, *came, *lived], key=lambda each: each[:3])

    def _take_in(self, number: int, told: Told) -> None:
        self._is_in(number, told, told.says["organization_path"], shown=True)
        if told.name == "MemberFlagged":
            self.listed.append(number)
        elif told.name == "ListingWithdrawn":
            self.listed.pop()
        elif told.name == "CaseTransferred" and told.says["returned"]:
            if len(self.stays) > 1 and self.stays[-2].cell == told.says["to_path"][-1]:
                self.stays.pop()
            else:
                self._is_in(number, told, told.says["to_path"])
        elif told.name == "CaseTransferred" and told.says["continues"]:
            self._is_in(number, told, told.says["to_path"])

    def _is_in(self, number: int, told: Told, path: list[str], *, shown: bool = False) -> None:
        if not self.stays:
            self.stays.append(Stay(number, told.on, told.at, path[-1], shown=False))
        elif self.stays[-1].cell != path[-1]:
            # Whatever shows that the member moved: nobody leaves a cell before coming there.
            since = max(told.on, self.stays[-1].since)
            self.stays.append(Stay(number, since, told.at, path[-1], shown=shown))

    def _whereabouts(self) -> list[Stay]:
        """Return the stays without those that only show into what the cell before had been merged."""
        kept = self.stays[:1]
        for stay in self.stays[1:]:
            if not (stay.shown and self.tree.went_on_as(kept[-1].cell, stay.cell)):
                kept.append(stay)
        return kept

    def counted(self, organization: str, starts_on: date, ends_on: date) -> Counter[str]:
        """Live through the case, and count what an organisation sees of it within the period."""
        figures: Counter[str] = Counter()
        first = self.stays[0]
        cell, inside = first.cell, self.tree.holds(organization, first.cell, first.since)
        on_list, opened = False, False
        for on, *_, happening in self.lived:
            if on > ends_on:
                break
            if on >= starts_on and not opened:
                opened = True
                figures["opening"] += inside and on_list
            if isinstance(happening, Stay | Reorganized):
                cell = happening.cell if isinstance(happening, Stay) else cell
                was, inside = inside, self.tree.holds(organization, cell, on)
                left = (
                    ["transferred_out"]
                    if isinstance(happening, Stay)
                    else ["other_exits", "other_exits.by_reason.reorganization"]
                )
                seen = (["transferred_in"] if inside else left) if on_list and was != inside else []
            else:
                keys, on_list = _happened(happening, on_list=on_list)
                seen = keys if inside else []
            if on >= starts_on:
                figures.update(seen)
        figures["opening"] += not opened and inside and on_list
        figures["continuing"] += inside and on_list
        return +figures


def _happened(told: Told, *, on_list: bool) -> tuple[list[str], bool]:
    """Return under which keys an event counts, and whether the member is on the list after it."""
    says = told.says
    match told.name:
        case "MemberFlagged":
            return ["listed", f"listed.by_criterion.{says['criterion']}"], True
        case "MemberRemoved":
            name = "removed_from_list" if on_list else "removed_outside_list"
            keys = [
                name,
                f"{name}.by_mode.{says['mode']}",
                f"{name}.by_ground.{says['ground'] or 'unspecified'}",
            ]
            return [*keys, *([f"{name}.probationary"] if says["probationary"] else [])], False
        case "CaseTransferred" if says["continues"]:
            return [], on_list
        case "CaseClosed" if on_list:
            return ["other_exits", f"other_exits.by_reason.{says['reason'] or says['outcome']}"], False
    ended = {
        "ProgressRecognized": "recognized",
        "CaseTransferred": "transferred_out",
        "RemovalReversed": "reversed",
    }
    return ([ended[told.name]], False) if told.name in ended else ([], on_list)
