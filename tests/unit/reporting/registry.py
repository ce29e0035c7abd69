"""A register of organisations that changes on the way: renamed, moved, merged, dissolved, told as members tells it.

Whatever is below a moved organisation moves along, and each tells its own new path. Days only go forward, and some
changes are recorded long after their day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

import msgspec

from shared.events.catalogue import members
from shared.events.envelope import Event
from shared.events.registry import Fact
from tests.support.services import an_event
from tests.unit.reviews import words

Stream = list[tuple[Event, Fact]]
FOUNDED = date(2015, 1, 1)
PARENTS = {
    "khoi": None,
    "org-1": "khoi",
    "org-2": "khoi",
    "org-3": "khoi",
    "part-2": "org-2",
    "cell-1": "org-1",
    "cell-2": "org-1",
    "cell-3": "part-2",
    "cell-4": "org-3",
    "cell-9": "khoi",
    "empty": "org-3",
}
CELLS = ("cell-1", "cell-2", "cell-3", "cell-4", "cell-9", "empty")
"""``empty`` is a cell that no case is in: only such a one is dissolved without a successor."""


class Snapshot(NamedTuple):
    """The tree as the register had it from an instant on."""

    since: datetime
    parents: dict[str, str | None]
    heirs: dict[str, str]


class Registry:
    """The register: what it told, and how it stood when."""

    def __init__(self, rng: Random, *, changes: int) -> None:
        self.rng = rng
        self.day = words.START
        self.clock = datetime.combine(FOUNDED, time(2), UTC)
        self.parents: dict[str, str | None] = dict(PARENTS)
        self.heirs: dict[str, str] = {}
        self.gone: set[str] = set()
        self.streams: dict[str, Stream] = {}
        for each in PARENTS:
            self._tell(each, self._state(members.OrganizationEstablished, each, FOUNDED))
        self.snapshots = [self._snapshot()]
        kinds: list[Callable[[date], None]] = [
            self.rename,
            self.move,
            self.move,
            self.merge,
            self.merge,
            self.dissolve,
        ]
        for _ in range(changes):
            self.day += timedelta(days=rng.choice([0, 1, 20, 150]))
            late = timedelta(days=rng.choice([0, 0, 2, 90]), hours=rng.choice([1, 5, 12]))
            self.clock = max(
                self.clock + timedelta(minutes=1), datetime.combine(self.day, time(0, 30), UTC) + late
            )
            rng.choice(kinds)(self.day)
            self.snapshots.append(self._snapshot())

    def path(self, cell: str, at: datetime) -> list[str] | None:
        """Return the path that a step recorded at that instant is told with; None for what the register never knew."""
        if cell not in PARENTS:
            return None
        known = [each for each in self.snapshots if each.since <= at][-1]
        while cell in known.heirs:
            cell = known.heirs[cell]
        return _up(known.parents, cell)

    # -- changes

    def rename(self, on: date) -> None:
        each = self._any(PARENTS)
        if each is not None:
            self._tell(each, self._state(members.OrganizationChanged, each, on, change="renamed"))

    def move(self, on: date) -> None:
        each = self._any([*CELLS, "part-2", "org-2"])
        if each is None:
            return
        above = [one for one in ("khoi", "org-1", "org-2", "org-3", "part-2") if one not in self.gone]
        fitting = [one for one in above if each not in _up(self.parents, one) and one != self.parents[each]]
        if fitting:
            self._place(each, self.rng.choice(fitting), on)

    def merge(self, on: date) -> None:
        each = self._any([*CELLS, "org-1", "org-3"])
        same = CELLS if each in CELLS else ("org-1", "org-2", "org-3")
        fitting = [
            one for one in same if one not in self.gone and one != each and each not in _up(self.parents, one)
        ]
        if each is None or not fitting:
            return
        into = self.rng.choice(fitting)
        for child in [
            child for child, parent in self.parents.items() if parent == each and child not in self.gone
        ]:
            self._place(child, into, on)
        self._tell(into, self._state(members.OrganizationChanged, into, on, change="merged"))
        self._end(each, on, into)

    def dissolve(self, on: date) -> None:
        if "empty" not in self.gone:
            self._end("empty", on, None)

    def _any(self, of: object) -> str | None:
        left = [each for each in of if each not in self.gone]  # type: ignore[attr-defined]  # any of the above
        return self.rng.choice(left) if left else None

    def _place(self, each: str, parent: str, on: date) -> None:
        self.parents[each] = parent
        for one in [one for one in PARENTS if one not in self.gone and each in _up(self.parents, one)]:
            self._tell(one, self._state(members.OrganizationChanged, one, on, change="moved"))

    def _end(self, each: str, on: date, into: str | None) -> None:
        ended = members.OrganizationDissolved(
            organization_id=each, organization_path=_up(self.parents, each), on=on, successor_id=into
        )
        self._tell(each, ended)
        self.gone.add(each)
        if into is not None:
            self.heirs[each] = into

    def _state(self, kind: type[Fact], each: str, on: date, **more: str) -> Fact:
        told = {
            "organization_id": each,
            "name": f"Tổ chức {each}",
            "code": None,
            "level": "cell" if each in CELLS else "committee",
            "is_cell": each in CELLS,
            "parent_id": self.parents[each],
            "organization_path": _up(self.parents, each),
            "on": on,
            "decision": None,
            **more,
        }
        return msgspec.convert(told, kind)

    def _tell(self, subject: str, fact: Fact) -> None:
        stream = self.streams.setdefault(subject, [])
        event = an_event(fact, subject=subject, sequence=len(stream) + 1)
        stream.append((msgspec.structs.replace(event, time=self.clock), fact))

    def _snapshot(self) -> Snapshot:
        return Snapshot(self.clock, dict(self.parents), dict(self.heirs))


def _up(parents: dict[str, str | None], each: str) -> list[str]:
    path = [each]
    while (above := parents[path[0]]) is not None:
        path.insert(0, above)
    return path
