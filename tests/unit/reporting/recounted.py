"""The screening report counted anew from the events alone, in another way than reporting does it.

Reporting folds a case into dated facts, looks up where it stood on two days, and adds up the movements between.
Here the case is lived through from its first day to the end of the period, with one place and one status at a time;
what was taken back before the day of the report never happened.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from shared.events.envelope import Event


class Told(NamedTuple):
    """What an event of a case says."""

    name: str
    on: date
    told_on: date
    """The day in Vietnam on which it was recorded."""
    says: dict[str, Any]


class Stay(NamedTuple):
    """Since when a case is where, and by which of its events."""

    number: int
    since: date
    path: list[str]


def read(event: Event) -> Told:
    """Return what an event says, from its bytes."""
    says = msgspec.json.decode(event.data)
    vietnamese = event.time + timedelta(hours=7)
    return Told(event.name, date.fromisoformat(says["on"]), vietnamese.date(), says)


def _told_apart(told: Told) -> list[Told]:
    """Return what happened one by one: a past case tells of its listing and its end at once."""
    if told.name != "PastCaseRecorded":
        return [told]
    says = {**told.says, "continues": False, "returned": False, "reason": told.says["outcome"]}
    says |= {name: says[name] or "unspecified" for name in ("criterion", "mode")}
    ends = {"recognized": "ProgressRecognized", "transferred": "CaseTransferred", "removed": "MemberRemoved"}
    apart = [told]
    if says["listed_on"] is not None:
        apart.append(Told("MemberFlagged", date.fromisoformat(says["listed_on"]), told.told_on, says))
    if says["outcome"] != "on_list":
        name = ends.get(says["outcome"], "CaseClosed")
        apart.append(Told(name, date.fromisoformat(says["ended_on"]), told.told_on, says))
    return apart


def recounted(
    cases: Iterable[Iterable[Event]], *, organization: str, starts_on: date, ends_on: date, as_of: date
) -> Counter[str]:
    """Return the figures that are not 0, under the keys of the report, from the events of each case in their order."""
    figures: Counter[str] = Counter()
    for events in cases:
        known = [
            told for event in events if read(event).told_on <= as_of for told in _told_apart(read(event))
        ]
        if known:
            figures += Life(known).counted(organization, starts_on, ends_on)
    return figures


class Life:
    """The course of one case as it was known on a day."""

    def __init__(self, known: list[Told]) -> None:
        self.listed: list[int] = []
        self.stays: list[Stay] = []
        for number, told in enumerate(known):
            self._take_in(number, told)
        undone = {number for number, told in enumerate(known) if told.name == "MemberFlagged"} - set(
            self.listed
        )
        came = [(stay.since, stay.number, stay) for stay in self.stays]
        lived = [(told.on, number, told) for number, told in enumerate(known) if number not in undone]
        # Who comes by an event is there when it happens.
        self.lived = sorted([*came, *lived], key=lambda each: each[:2])

    def _take_in(self, number: int, told: Told) -> None:
        self._is_in(number, told, told.says["organization_path"])
        if told.name == "MemberFlagged":
            self.listed.append(number)
        elif told.name == "ListingWithdrawn":
            self.listed.pop()
        elif told.name == "CaseTransferred" and told.says["returned"]:
            came_from = self.stays[-2].path if len(self.stays) > 1 else None
            if came_from is not None and came_from[-1] == told.says["to_path"][-1]:
                self.stays.pop()
            else:
                self._is_in(number, told, told.says["to_path"])
        elif told.name == "CaseTransferred" and told.says["continues"]:
            self._is_in(number, told, told.says["to_path"])

    def _is_in(self, number: int, told: Told, path: list[str]) -> None:
        if not self.stays:
            self.stays.append(Stay(number, told.on, path))
        elif self.stays[-1].path[-1] != path[-1]:
            # Whatever shows that the member moved: nobody leaves a cell before coming there.
            self.stays.append(Stay(number, max(told.on, self.stays[-1].since), path))

    def counted(self, organization: str, starts_on: date, ends_on: date) -> Counter[str]:
        """Live through the case, and count what an organisation sees of it within the period."""
        figures: Counter[str] = Counter()
        inside, on_list, opened = organization in self.stays[0].path, False, False
        for on, _, happening in self.lived:
            if on > ends_on:
                break
            if on >= starts_on and not opened:
                opened = True
                figures["opening"] += inside and on_list
            if isinstance(happening, Stay):
                was, inside = inside, organization in happening.path
                moved = ["transferred_in" if inside else "transferred_out"]
                seen = moved if on_list and was != inside else []
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
