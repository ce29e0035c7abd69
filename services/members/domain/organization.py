"""The dated tree of organisations: what stood where on a day, and which changes the tree allows.

An organisation is known by its id; each of its versions holds from a first day up to, but not including, a
last one. Level kinds are data: nothing here knows the names of a deployment's levels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec

from services.members.domain.violation import Violation
from shared.text import fold

SMALLEST_CELL = 3
SMALLEST_CELL_SOURCE = "Điều 21, Điều lệ Đảng 2011; dẫn theo dvdn247.net/dieu-kien-thanh-lap-chi-bo"
"""A cell needs at least three official members."""


class LevelKind(msgspec.Struct, frozen=True, kw_only=True):
    """Loại tổ chức đảng: one kind of level, and what may stand directly under it."""

    code: str
    name_vi: str
    is_cell: bool
    """A cell (chi bộ): members belong to it directly."""
    children: tuple[str, ...] = ()
    """Codes of the kinds that may stand directly under it."""
    short: str | None = None
    """Short name for programs; a kind with cells below it and one that is a cell may share it."""


PROVINCIAL_BLOC_LEVELS: tuple[LevelKind, ...] = (
    LevelKind(
        code="dang_bo_khoi",
        short="khoi",
        name_vi="Đảng bộ Khối",
        is_cell=False,
        children=("dang_bo_co_so", "chi_bo_co_so"),
    ),
    LevelKind(
        code="dang_bo_co_so",
        short="grassroots",
        name_vi="Đảng bộ cơ sở",
        is_cell=False,
        children=("dang_bo_bo_phan", "chi_bo_truc_thuoc"),
    ),
    LevelKind(code="chi_bo_co_so", short="grassroots", name_vi="Chi bộ cơ sở", is_cell=True),
    LevelKind(
        code="dang_bo_bo_phan",
        short="part",
        name_vi="Đảng bộ bộ phận",
        is_cell=False,
        children=("chi_bo_truc_thuoc",),
    ),
    LevelKind(code="chi_bo_truc_thuoc", short="cell", name_vi="Chi bộ trực thuộc", is_cell=True),
)
"""The layers of a provincial Khối before 2025; another deployment brings its own list."""


class LevelScheme:
    """Hệ thống cấp tổ chức: the level kinds of one deployment, by code and by Vietnamese name."""

    def __init__(self, kinds: Iterable[LevelKind] = PROVINCIAL_BLOC_LEVELS) -> None:
        self.kinds = tuple(kinds)
        self._by_code = {kind.code: kind for kind in self.kinds}
        self._by_name = {fold(kind.name_vi): kind for kind in self.kinds}
        unknown = {child for kind in self.kinds for child in kind.children} - set(self._by_code)
        if unknown or len(self._by_code) != len(self.kinds):
            raise ValueError(f"level kinds repeat a code or name unknown children: {sorted(unknown)}")

    def kind(self, code: str) -> LevelKind:
        """Return the kind with *code*; KeyError if there is none."""
        return self._by_code[code]

    def find(self, text: str) -> LevelKind | None:
        """Return the kind whose code or Vietnamese name (any case, with or without marks) is *text*."""
        return self._by_code.get(text) or self._by_name.get(fold(text))

    def find_short(self, text: str, *, is_cell: bool) -> LevelKind | None:
        """Return the kind with the short name *text* that is a cell or is none, as *is_cell* says."""
        return next((kind for kind in self.kinds if kind.short == text and kind.is_cell == is_cell), None)

    def allows(self, *, parent: str | None, child: str) -> bool:
        """Say whether a *child* kind may stand under *parent* (None: at the root)."""
        if parent is None:
            return all(child not in kind.children for kind in self.kinds if kind.code != child)
        return child in self._by_code[parent].children


class OrganizationVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Tổ chức đảng theo thời gian: how one organisation stood from ``valid_from`` until ``valid_to``."""

    organization_id: str
    name: str
    level: str
    parent_id: str | None
    valid_from: date
    valid_to: date | None = None
    """First day on which it no longer holds; None while it does."""
    code: str | None = None

    def holds(self, on: date) -> bool:
        """Say whether this version is the one in force on *on*."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class OrganizationTree:
    """Cây tổ chức đảng: all versions of all organisations, asked as of any date."""

    def __init__(self, versions: Iterable[OrganizationVersion], *, levels: LevelScheme) -> None:
        self.levels = levels
        histories: defaultdict[str, list[OrganizationVersion]] = defaultdict(list)
        for version in versions:
            histories[version.organization_id].append(version)
        self._histories: Mapping[str, Sequence[OrganizationVersion]] = {
            organization_id: sorted(history, key=lambda version: version.valid_from)
            for organization_id, history in histories.items()
        }

    def version(self, organization_id: str, *, on: date) -> OrganizationVersion | None:
        """Return the version in force on *on*, or None."""
        history = self._histories.get(organization_id, ())
        return next((version for version in history if version.holds(on)), None)

    def in_force(self, on: date) -> list[OrganizationVersion]:
        """Return every version in force on *on*."""
        return [v for history in self._histories.values() for v in history if v.holds(on)]

    def children(self, organization_id: str, *, on: date) -> list[OrganizationVersion]:
        """Return what stood directly under the organisation on *on*."""
        return [version for version in self.in_force(on) if version.parent_id == organization_id]

    def path(self, organization_id: str, *, on: date) -> list[str]:
        """Return the ids from the root to the organisation itself as of *on*.

        Raises LookupError where an organisation on the way was not in force, ValueError on a cycle.
        """
        path: list[str] = []
        current: str | None = organization_id
        while current is not None:
            if current in path:
                raise ValueError(f"organisations stand under each other in a circle: {[*path, current]}")
            version = self.version(current, on=on)
            if version is None:
                raise LookupError(f"organisation {current} was not in force on {on}")
            path.append(current)
            current = version.parent_id
        path.reverse()
        return path

    def check_establish(self, proposed: OrganizationVersion) -> list[Violation]:
        """Return what forbids *proposed* as a new organisation from its ``valid_from`` on."""
        found = self._check_place(proposed)
        if proposed.organization_id in self._histories:
            found.append(_violation("organization_exists", "organization_id", "Tổ chức đảng này đã có."))
        return found

    def check_change(self, proposed: OrganizationVersion) -> list[Violation]:
        """Return what forbids *proposed* as the new version (renamed, moved) of an organisation in force."""
        found = self._check_place(proposed)
        current = self.version(proposed.organization_id, on=proposed.valid_from)
        if current is None:
            found.append(_not_in_force("organization_id", proposed.valid_from))
            return found
        history = self._histories[proposed.organization_id]
        if history[-1].valid_to is not None or any(v.valid_from > proposed.valid_from for v in history):
            found.append(
                _violation(
                    "later_change_exists",
                    "valid_from",
                    "Đã có thay đổi hoặc giải thể với ngày hiệu lực muộn hơn ngày này.",
                )
            )
        if any(
            self._stands_under(proposed.parent_id, proposed.organization_id, on=day)
            for day in self._days_from(proposed.valid_from)
        ):
            found.append(
                _violation(
                    "cycle", "parent_id", "Tổ chức đảng không thể trực thuộc chính nó hoặc cấp dưới của nó."
                )
            )
        return found

    def check_dissolve(self, organization_id: str, *, on: date, members: int) -> list[Violation]:
        """Return what forbids dissolving: not in force, *members* still on its roll, organisations under it."""
        if self.version(organization_id, on=on) is None:
            return [_not_in_force("organization_id", on)]
        found: list[Violation] = []
        if members:
            found.append(
                _violation(
                    "dissolve_with_members",
                    "organization_id",
                    f"Không giải thể được: còn {members} đảng viên trong danh sách.",
                )
            )
        # An organisation founded later under it counts as well: it would stand under nothing.
        below = self._living_below(organization_id, on=on)
        if below:
            found.append(
                _violation(
                    "dissolve_with_children",
                    "organization_id",
                    f"Không giải thể được: còn tổ chức đảng trực thuộc “{below[0].name}”.",
                )
            )
        return found

    def check_merge(self, merged: str, into: str, *, on: date) -> list[Violation]:
        """Return what forbids merging *merged* into *into* from *on*.

        Both are in force then and of one sort (cells, or organisations with cells below); what stands under
        *merged* must be able to stand under *into*, where no other has its name; neither changed later.
        """
        found: list[Violation] = []
        merging, receiving = self.version(merged, on=on), self.version(into, on=on)
        if merging is None:
            found.append(_not_in_force("organization_id", on))
        if receiving is None or self._histories[into][-1].valid_to is not None:
            found.append(_not_in_force("into_id", on))
        if found or merging is None or receiving is None:
            return found
        if self._stands_under(into, merged, on=on):
            detail = "Tổ chức đảng không thể sáp nhập vào chính nó hoặc cấp dưới của nó."
            return [_violation("cycle", "into_id", detail)]
        if self.levels.kind(merging.level).is_cell != self.levels.kind(receiving.level).is_cell:
            found.append(
                _violation(
                    "merge_of_two_sorts",
                    "into_id",
                    "Chi bộ chỉ sáp nhập vào chi bộ, đảng bộ chỉ sáp nhập vào đảng bộ.",
                )
            )
        if any(
            v.valid_from >= on or (v.valid_to is not None and v.valid_to > on)
            for each in (merged, into)
            for v in self._histories[each]
        ):
            found.append(
                _violation(
                    "later_change_exists", "on", "Đã có thay đổi với ngày hiệu lực từ ngày này trở đi."
                )
            )
        for child in self._living_below(merged, on=on):
            proposed = msgspec.structs.replace(child, parent_id=into, valid_from=on, valid_to=None)
            if child.valid_from > on or child.valid_to is not None:
                found.append(_later_below(child))
            else:
                found.extend(self.check_change(proposed))
        return found

    def _living_below(self, organization_id: str, *, on: date) -> list[OrganizationVersion]:
        """Return what stands directly under the organisation on *on* or comes to stand there later."""
        return [
            version
            for history in self._histories.values()
            for version in history
            if version.parent_id == organization_id and (version.valid_to is None or version.valid_to > on)
        ]

    def _days_from(self, on: date) -> list[date]:
        """Return *on* and every later day on which something in the tree changes."""
        later = {v.valid_from for history in self._histories.values() for v in history if v.valid_from > on}
        return [on, *sorted(later)]

    def _check_place(self, proposed: OrganizationVersion) -> list[Violation]:
        on = proposed.valid_from
        found: list[Violation] = []
        parent_level: str | None = None
        if proposed.valid_to is not None and proposed.valid_to <= on:
            found.append(_violation("period", "valid_to", "Ngày hết hiệu lực phải sau ngày có hiệu lực."))
        if proposed.parent_id is not None:
            parent = self.version(proposed.parent_id, on=on)
            if parent is None:
                return [*found, _not_in_force("parent_id", on)]
            ended = self._histories[proposed.parent_id][-1].valid_to
            if ended is not None:
                return [*found, _not_in_force("parent_id", ended)]
            parent_level = parent.level
        if self.levels.find(proposed.level) is None:
            found.append(_violation("unknown_level", "level", f"Không có cấp tổ chức “{proposed.level}”."))
        elif not self.levels.allows(parent=parent_level, child=proposed.level):
            child_name = self.levels.kind(proposed.level).name_vi
            parent_name = self.levels.kind(parent_level).name_vi if parent_level else "cấp cao nhất"
            found.append(
                _violation("level_not_allowed", "level", f"{child_name} không thể trực thuộc {parent_name}.")
            )
        namesake = self._namesake(proposed)
        if namesake is not None:
            found.append(
                _violation(
                    "name_in_force",
                    "name",
                    f"Cấp trên này đã có tổ chức đảng tên “{namesake.name}” trong cùng thời gian.",
                )
            )
        return found

    def _namesake(self, proposed: OrganizationVersion) -> OrganizationVersion | None:
        """Return another organisation under the same parent with the same name at an overlapping time."""
        name = _same_name(proposed.name)
        for organization_id, history in self._histories.items():
            if organization_id == proposed.organization_id:
                continue
            for version in history:
                if (
                    version.parent_id == proposed.parent_id
                    and _same_name(version.name) == name
                    and (version.valid_to is None or version.valid_to > proposed.valid_from)
                    and (proposed.valid_to is None or proposed.valid_to > version.valid_from)
                ):
                    return version
        return None

    def _stands_under(self, start: str | None, organization_id: str, *, on: date) -> bool:
        seen: set[str] = set()
        current = start
        while current is not None and current not in seen:
            if current == organization_id:
                return True
            seen.add(current)
            version = self.version(current, on=on)
            current = version.parent_id if version else None
        return False


def cell_too_small(official_members: int) -> Violation | None:
    """Return the warning (never a refusal) that a cell has fewer than three official members."""
    if official_members >= SMALLEST_CELL:
        return None
    return _violation(
        "cell_too_small",
        "official_members",
        f"Chi bộ có {official_members} đảng viên chính thức, dưới {SMALLEST_CELL} ({SMALLEST_CELL_SOURCE}).",
    )


def _same_name(name: str) -> str:
    # Marks distinguish names (Phòng Kế toán / Phòng Kê toán); case does not.
    return name.casefold()


def _later_below(child: OrganizationVersion) -> Violation:
    return _violation(
        "later_change_exists",
        "on",
        f"Tổ chức trực thuộc “{child.name}” đã thay đổi sau ngày sáp nhập.",
    )


def _not_in_force(field: str, on: date) -> Violation:
    return _violation("not_in_force", field, f"Không có tổ chức đảng này vào ngày {on:%d/%m/%Y}.")


def _violation(code: str, field: str, detail_vi: str) -> Violation:
    return Violation(code=code, field=field, detail_vi=detail_vi)
