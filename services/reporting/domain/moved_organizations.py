"""Organisations that moved or were merged (*sắp xếp tổ chức*): where a case stood in the tree of another day.

A case remembers the path of its cell as it was when a step was recorded. Where an organisation on that path stood
elsewhere on the day a report asks about, the part of the path above it is replaced by the one of that day; where it
had been merged into another by that day, the other stands in its place. A change of the tree holds from the start of
its day. Organisations that never moved need not be known here: the recorded path is right about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec

from services.reporting.domain.case_facts import CaseFacts, Placement, PlacementCause

Path = tuple[str, ...]
_BEFORE_THE_DAY_S_STEPS = datetime(1, 1, 1, tzinfo=UTC)


class OrganizationVersion(msgspec.Struct, frozen=True, kw_only=True):
    """How an organisation stood from a day on — *tổ chức đảng theo thời gian*; known from ``recorded_at``."""

    on: date
    recorded_at: datetime
    path: Path
    """Ids from the root to the organisation itself."""
    name: str
    level: str
    is_cell: bool = False
    parent_id: str | None = None


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The end of an organisation — *giải thể, sáp nhập*: from a day on; known from ``recorded_at``."""

    on: date
    recorded_at: datetime
    successor_id: str | None = None
    """What goes on with its cases; None where it was dissolved without."""


class MovedOrganizations:
    """The organisations that ever moved or were merged, as they were known just before an instant."""

    def __init__(
        self,
        versions: Mapping[str, Sequence[OrganizationVersion]],
        *,
        known_before: datetime,
        endings: Mapping[str, Sequence[Ending]] | None = None,
    ) -> None:
        """Take the versions of each moved organisation and of each successor, and the endings, in any order."""
        self._versions = {
            organization_id: sorted(known, key=lambda version: (version.on, version.recorded_at))
            for organization_id, all_versions in versions.items()
            if (known := [version for version in all_versions if version.recorded_at < known_before])
        }
        self._merged: dict[str, Ending] = {}
        for organization_id, all_endings in (endings or {}).items():
            known_endings = [each for each in all_endings if each.recorded_at < known_before]
            if known_endings:
                last = max(known_endings, key=lambda each: each.recorded_at)
                if last.successor_id in self._versions:
                    self._merged[organization_id] = last

    def path_on(self, path: Path, day: date) -> Path:
        """Return a recorded path as it stood on a day: the ids above a moved organisation are those of the day.

        An organisation is taken to have stood before its first known version as that one says. Where records
        contradict themselves (each above the other), what was recorded with the case stands.
        """
        return self._path_on(path, day, below=frozenset())

    def place_on(self, path: Path, day: date) -> Path:
        """Return where the organisation at the end of *path* itself stood on a day, whatever it was merged into."""
        versions = self._versions.get(path[-1]) if path else None
        if versions is None:
            return (*self.path_on(path[:-1], day), *path[-1:])
        above = _in_force(versions, day).path[:-1]
        return path if path[-1] in above else (*self.path_on(above, day), path[-1])

    def _path_on(self, path: Path, day: date, *, below: frozenset[str]) -> Path:
        for position in range(len(path) - 1, -1, -1):
            moved, lower = path[position], below | set(path[position:])
            ending = self._merged.get(moved)
            if ending is not None and ending.on <= day:
                heir = _in_force(self._versions[str(ending.successor_id)], day).path
                if not lower & set(heir):
                    return (*self._path_on(heir, day, below=lower), *path[position + 1 :])
            versions = self._versions.get(moved)
            if versions is None:
                continue
            above = _in_force(versions, day).path[:-1]
            if lower & set(above):
                return path
            return (*self._path_on(above, day, below=lower), *path[position:])
        return path

    def standing_under(self, organization_id: str) -> list[str]:
        """Return the moved and merged organisations that at any time stood under an organisation, sorted.

        What was merged into another stands under it and all above it from then on.
        """
        known = self._versions.keys() | self._merged.keys()
        return sorted(moved for moved in known if organization_id in self._ever_above(moved, set()))

    def in_tree(self, case: CaseFacts) -> CaseFacts:
        """Return the case with its placements as the tree stood, and one more for each move above it."""
        stays = sorted(case.placements, key=lambda placement: (placement.on, placement.recorded_at))
        touched = self._versions.keys() | self._merged.keys()
        if not any(organization in touched for stay in stays for organization in stay.path):
            return case
        stays = self._told_by_the_case(stays)
        placements: list[Placement] = []
        for stay, until in zip(stays, [*(stay.on for stay in stays[1:]), date.max], strict=True):
            path = self.path_on(stay.path, stay.on)
            placements.append(msgspec.structs.replace(stay, path=path))
            for day, recorded_at in self._changes():
                if stay.on < day <= until and (moved := self.path_on(stay.path, day)) != path:
                    path = moved
                    placements.append(
                        Placement(
                            on=day,
                            recorded_at=recorded_at,
                            in_place_of=_BEFORE_THE_DAY_S_STEPS,
                            path=path,
                            cause=PlacementCause.REORGANIZATION,
                        )
                    )
        return msgspec.structs.replace(case, placements=tuple(placements))

    def _told_by_the_case(self, stays: Sequence[Placement]) -> list[Placement]:
        """Leave out the stays that only show what the tree tells: the cell before went on in the one they name."""
        kept: list[Placement] = []
        for stay in stays:
            if not (stay.shown and kept and stay.path[-1] in self._heirs(kept[-1].path[-1])):
                kept.append(stay)
        return kept

    def _heirs(self, organization_id: str) -> set[str]:
        """Return what went on with an organisation, one after the other."""
        found: set[str] = set()
        while (ending := self._merged.get(organization_id)) is not None and ending.successor_id not in found:
            organization_id = str(ending.successor_id)
            found.add(organization_id)
        return found

    def _changes(self) -> Iterable[tuple[date, datetime]]:
        """Return the days on which a version begins, each with the first instant one of that day was known."""
        days: dict[date, datetime] = {}
        changes: list[OrganizationVersion | Ending] = [
            *(version for versions in self._versions.values() for version in versions),
            *self._merged.values(),
        ]
        for change in changes:
            days[change.on] = min(days.get(change.on, change.recorded_at), change.recorded_at)
        return sorted(days.items())

    def _ever_above(self, organization_id: str, seen: set[str]) -> set[str]:
        above = [each for version in self._versions.get(organization_id, ()) for each in version.path[:-1]]
        if organization_id in self._merged:
            above.append(str(self._merged[organization_id].successor_id))
        for each in above:
            if each not in seen:
                seen.add(each)
                self._ever_above(each, seen)
        return seen


def _in_force(versions: Sequence[OrganizationVersion], day: date) -> OrganizationVersion:
    """Return the version of a day, or the first where it lies before all of them."""
    earlier = [version for version in versions if version.on <= day]
    return earlier[-1] if earlier else versions[0]
