"""Organisations that moved (*sắp xếp tổ chức*): where a case stood in the tree of another day.

A case remembers the path of its cell as it was when a step was recorded. Where an organisation on that path
stood elsewhere on the day a report asks about, the part of the path above it is replaced by the one of that
day. Organisations that never moved need not be known here: the recorded path is right about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec

from services.reporting.domain.case_facts import CaseFacts, Placement, PlacementCause

Path = tuple[str, ...]


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


class MovedOrganizations:
    """The organisations that ever moved, as they were known just before an instant."""

    def __init__(
        self, versions: Mapping[str, Sequence[OrganizationVersion]], *, known_before: datetime
    ) -> None:
        """Take the versions of each moved organisation, in any order."""
        self._versions = {
            organization_id: sorted(known, key=lambda version: (version.on, version.recorded_at))
            for organization_id, all_versions in versions.items()
            if (known := [version for version in all_versions if version.recorded_at < known_before])
        }

    def path_on(self, path: Path, day: date) -> Path:
        """Return a recorded path as it stood on a day: the ids above a moved organisation are those of the day.

        An organisation is taken to have stood before its first known version as that one says. Where records
        contradict themselves (each above the other), what was recorded with the case stands.
        """
        return self._path_on(path, day, below=frozenset())

    def _path_on(self, path: Path, day: date, *, below: frozenset[str]) -> Path:
        for position in range(len(path) - 1, -1, -1):
            moved = path[position]
            versions = self._versions.get(moved)
            if versions is None:
                continue
            earlier = [version for version in versions if version.on <= day]
            above = (earlier[-1] if earlier else versions[0]).path[:-1]
            lower = below | set(path[position:])
            if lower & set(above):
                return path
            return (*self._path_on(above, day, below=lower), *path[position:])
        return path

    def standing_under(self, organization_id: str) -> list[str]:
        """Return the moved organisations that at any time stood under an organisation, sorted."""
        return sorted(moved for moved in self._versions if organization_id in self._ever_above(moved, set()))

    def in_tree(self, case: CaseFacts) -> CaseFacts:
        """Return the case with its placements as the tree stood, and one more for each move above it."""
        stays = sorted(case.placements, key=lambda placement: (placement.on, placement.recorded_at))
        if not any(organization in self._versions for stay in stays for organization in stay.path):
            return case
        placements: list[Placement] = []
        for stay, until in zip(stays, [*(stay.on for stay in stays[1:]), date.max], strict=True):
            path = self.path_on(stay.path, stay.on)
            placements.append(msgspec.structs.replace(stay, path=path))
            for day, recorded_at in self._changes():
                if stay.on < day < until and (moved := self.path_on(stay.path, day)) != path:
                    path = moved
                    placements.append(
                        Placement(
                            on=day, recorded_at=recorded_at, path=path, cause=PlacementCause.REORGANIZATION
                        )
                    )
        return msgspec.structs.replace(case, placements=tuple(placements))

    def _changes(self) -> Iterable[tuple[date, datetime]]:
        """Return the days on which a version begins, each with the first instant one of that day was known."""
        days: dict[date, datetime] = {}
        for versions in self._versions.values():
            for version in versions:
                known = days.get(version.on, version.recorded_at)
                days[version.on] = min(known, version.recorded_at)
        return sorted(days.items())

    def _ever_above(self, organization_id: str, seen: set[str]) -> set[str]:
        for version in self._versions.get(organization_id, ()):
            for above in version.path[:-1]:
                if above not in seen:
                    seen.add(above)
                    self._ever_above(above, seen)
        return seen
