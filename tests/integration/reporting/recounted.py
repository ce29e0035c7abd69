"""Screening reports counted anew from the raw events, in a tree that changes, in another way than reporting does it.

Reporting keeps the path that was recorded with each step, replaces the part of it above what moved, and adds up
movements. Here nothing but the cell of a step is believed: where that stood is asked of the organisations' own
events, superior by superior, day by day, and the case is lived through with one place and one status at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from shared.events.envelope import Event

Flat = Counter[str]


class Told(NamedTuple):
    """What one event says, and the day in Vietnam on which it was recorded."""

    name: str
    on: date
    told_on: date
    says: Mapping[str, Any]


def read(event: Event) -> Told:
    """Return what an event says, from its bytes."""
    says = msgspec.json.decode(event.data)
    return Told(event.name, date.fromisoformat(says["on"]), (event.time + timedelta(hours=7)).date(), says)


class Tree:
    """Who stood under whom, as known at the end of a day."""

    def __init__(self, told: Iterable[Told], known_on: date) -> None:
        versions: defaultdict[str, list[tuple[date, int, str | None]]] = defaultdict(list)
        for number, each in enumerate(told):
            if each.told_on <= known_on:
                versions[each.says["organization_id"]].append((each.on, number, each.says["parent_id"]))
        self._versions = {id_: sorted(found, key=lambda each: each[:2]) for id_, found in versions.items()}
        self.days = sorted({on for found in self._versions.values() if len(found) > 1 for on, *_ in found})
        self.above = lru_cache(maxsize=None)(self._above)

    def _above(self, id_: str, day: date) -> frozenset[str]:
        """Return an organisation and all above it on a day; before its first version it stood as that one says."""
        chain, current = [id_], id_
        while current in self._versions:
            found = self._versions[current]
            earlier = [each for each in found if each[0] <= day] or found[:1]
            parent = earlier[-1][2]
            if parent is None:
                break
            chain.append(parent)
            current = parent
        return frozenset(chain)


class Recount:
    """The raw events, read once, and any report made of them."""

    def __init__(self, events: Iterable[Event]) -> None:
        self._tree: list[Told] = []
        self._cases: defaultdict[str, list[Told]] = defaultdict(list)
        for event in events:
            told = read(event)
            if told.name in {"OrganizationEstablished", "OrganizationChanged"}:
                self._tree.append(told)
            elif "case_id" in told.says:
                self._cases[told.says["case_id"]].append(told)
        self.tree_as_known = lru_cache(maxsize=64)(lambda known_on: Tree(self._tree, known_on))
        superiors: defaultdict[str, set[str]] = defaultdict(set)
        for told in self._tree:
            superiors[told.says["organization_id"]].add(told.says["parent_id"])
        self._ever_above = {
            case_id: _closed({cell for each in told for cell in _cells(each)}, superiors)
            for case_id, told in self._cases.items()
        }

    def report(self, organization: str, starts_on: date, ends_on: date, as_of: date) -> Flat:
        """Return the figures that are not 0, under the keys of the report."""
        tree, figures = self.tree_as_known(as_of), Counter[str]()
        for case_id, told in self._cases.items():
            if organization not in self._ever_above[case_id]:
                continue
            known = [each for each in told if each.told_on <= as_of]
            if known:
                figures.update(Life(known, tree).counted(organization, starts_on, ends_on))
        return +figures


def _cells(told: Told) -> set[str]:
    paths = (told.says["organization_path"], told.says.get("to_path"))
    return {path[-1] for path in paths if path}


def _closed(below: set[str], superiors: Mapping[str, set[str]]) -> set[str]:
    """Return the organisations with all that any version of the tree put above them."""
    found, waiting = set[str](), list(below)
    while waiting:
        this = waiting.pop()
        if this not in found:
            found.add(this)
            waiting += [each for each in superiors.get(this, ()) if each is not None]
    return found


class Life:
    """The course of one case as it was known on a day: where it was since when, and what happened to it."""

    def __init__(self, known: list[Told], tree: Tree) -> None:
        self._tree = tree
        self._stays: list[tuple[date, int, str]] = []
        self._happened: list[tuple[date, int, Told]] = []
        for number, told in enumerate(known):
            self._comes(told.on, number, told.says["organization_path"][-1])
            self._take_in(number, told)

    def _take_in(self, number: int, told: Told) -> None:
        match told.name:
            case "ListingWithdrawn":
                last = next(each for each in reversed(self._happened) if each[2].name == "MemberFlagged")
                self._happened.remove(last)
                return
            case "CaseTransferred" if told.says["returned"]:
                if len(self._stays) > 1 and self._stays[-2][2] == told.says["to_path"][-1]:
                    self._stays.pop()
                return
            case "CaseTransferred" if told.says["continues"]:
                self._comes(told.on, number, told.says["to_path"][-1])
                return
            case "PastCaseRecorded":
                self._take_over(number, told)
                return
        self._happened.append((told.on, number, told))

    def _take_over(self, number: int, told: Told) -> None:
        says = {**told.says, "mode": told.says["mode"] or "unspecified", "reason": told.says["outcome"]}
        listed = told._replace(
            name="MemberFlagged", says={**says, "criterion": says["criterion"] or "unspecified"}
        )
        self._happened.append((date.fromisoformat(says["listed_on"]), number, listed))
        ends = {
            "recognized": "ProgressRecognized",
            "transferred": "CaseTransferred",
            "removed": "MemberRemoved",
        }
        if says["outcome"] != "on_list":
            ended = told._replace(name=ends.get(says["outcome"], "CaseClosed"), says=says)
            self._happened.append((date.fromisoformat(says["ended_on"]), number, ended))

    def _comes(self, on: date, number: int, cell: str) -> None:
        if not self._stays or self._stays[-1][2] != cell:
            self._stays.append((max(on, self._stays[-1][0]) if self._stays else on, number, cell))

    def counted(self, organization: str, starts_on: date, ends_on: date) -> Flat:
        """Live through the case, and count what an organisation sees of it within the period."""
        first, _, cell = self._stays[0]
        figures, on_list = Counter[str](), False
        inside, opened = organization in self._tree.above(cell, first), False
        lived: list[tuple[date, int, str | Told | None]] = [
            *((day, -1, None) for day in self._tree.days if day > first),
            *((since, number, came) for since, number, came in self._stays[1:]),
            *self._happened,
        ]
        for day, _, happening in sorted(
            lived, key=lambda each: (each[0], each[1], isinstance(each[2], Told))
        ):
            if day > ends_on:
                break
            if not opened and day >= starts_on:
                opened = True
                figures["opening"] += inside and on_list
            if isinstance(happening, Told):
                keys, on_list = _happens(happening, on_list=on_list)
                seen = keys if inside else []
            else:
                cell = cell if happening is None else happening
                was, inside = inside, organization in self._tree.above(cell, day)
                seen = _moved(inside, in_the_tree=happening is None) if on_list and was != inside else []
            if day >= starts_on:
                figures.update(seen)
        figures["opening"] += not opened and inside and on_list
        figures["continuing"] += inside and on_list
        return figures


def _moved(inside: bool, *, in_the_tree: bool) -> list[str]:  # noqa: FBT001 -- read beside its only use
    if inside:
        return ["transferred_in"]
    return ["other_exits", "other_exits.by_reason.reorganization"] if in_the_tree else ["transferred_out"]


_ENDS = {
    "ProgressRecognized": "recognized",
    "CaseTransferred": "transferred_out",
    "RemovalReversed": "reversed",
}


def _happens(told: Told, *, on_list: bool) -> tuple[list[str], bool]:
    """Return under which keys an event counts, and whether the member is on the list after it."""
    says = told.says
    if told.name in _ENDS:
        return [_ENDS[told.name]], False
    match told.name:
        case "MemberFlagged":
            return ["listed", f"listed.by_criterion.{says['criterion']}"], True
        case "MemberRemoved":
            name = "removed_from_list" if on_list else "removed_outside_list"
            parts = [f"by_mode.{says['mode']}", f"by_ground.{says['ground'] or 'unspecified'}"]
            parts += ["probationary"] if says["probationary"] else []
            return [name, *(f"{name}.{part}" for part in parts)], False
        case "CaseClosed" if on_list:
            reason = says["reason"] or ("unspecified" if says["outcome"] == "other_exit" else says["outcome"])
            return ["other_exits", f"other_exits.by_reason.{reason}"], False
    return [], on_list
