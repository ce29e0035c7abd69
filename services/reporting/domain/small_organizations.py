"""Small organisations (*tổ chức ít đảng viên*): whose figures are kept from those outside.

In a cell of six, "1 listed" nearly names the member. Whoever may not open the cases of an organisation is
therefore shown none of its figures, not even zeros, while it has fewer than `SMALLEST_SHOWN` members. Nor may a
figure be found by subtraction: what is kept back under one organisation is at least two parts that together
have at least as many members, so that the total of the organisation above tells nothing of one of them.

Small is said of the days that the figures speak of, not of the day on which somebody asks: figures of a time when
a cell had six members name somebody of those six, however large the cell is now.

Assumed (chưa kiểm chứng): no document seen so far names a number. Luật 91/2025/QH15 (Quốc hội, in force 1/1/2026)
counts political views as sensitive data and asks for limited access to them; 10 is the project's own choice.
"""

from collections.abc import Iterator, Mapping, Sequence

SMALLEST_SHOWN = 10
"""Members an organisation must have for its figures to be shown to those outside."""

WITHHELD = (
    f"Không hiện số liệu: tổ chức có dưới {SMALLEST_SHOWN} đảng viên, hoặc từ số liệu này tính ra được số liệu "
    "của một tổ chức như vậy. Chỉ người được xem hồ sơ của tổ chức mới được xem."
)
"""Said wherever a figure is kept back."""


def kept_back(parts: Mapping[str, int], *, smallest: int = SMALLEST_SHOWN) -> frozenset[str]:
    """Return which parts of one organisation show no figures; *parts* says how many members each has.

    The small ones; then, while they are only one or have together fewer than *smallest*, the next larger.
    """
    by_size = sorted(parts, key=lambda part: (parts[part], part))
    hidden = [part for part in by_size if parts[part] < smallest]
    if not hidden:
        return frozenset()
    for part in by_size[len(hidden) :]:
        if len(hidden) > 1 and sum(parts[each] for each in hidden) >= smallest:
            break
        hidden.append(part)
    return frozenset(hidden)


class Rolls:
    """How many members each organisation has, with all below it, and so whose figures are kept back."""

    def __init__(self, paths: Mapping[str, Sequence[str]], members_of_cells: Mapping[str, int]) -> None:
        """Take the path of every organisation (root first, itself last), and the members of each cell."""
        self._paths = paths
        self._members = dict.fromkeys(paths, 0)
        for cell, count in members_of_cells.items():
            for organization in paths.get(cell, ()):
                self._members[organization] = self._members.get(organization, 0) + count
        self._below: dict[str, list[str]] = {}
        for organization, path in paths.items():
            if len(path) > 1:
                self._below.setdefault(path[-2], []).append(organization)

    def members(self, organization_id: str) -> int:
        """Return how many members an organisation has, with all below it."""
        return self._members.get(organization_id, 0)

    def shown(self, organization_id: str) -> bool:
        """Tell whether somebody outside may see the organisation's figures.

        What is kept back above an organisation is kept back below it: the parts would give it away.
        """
        return not any(self._kept_back(*pair) for pair in self._steps(organization_id))

    def parts_shown(self, groups: Sequence[frozenset[str]]) -> bool:
        """Tell whether figures of groups of organisations under one may be shown beside those of the organisations.

        Every group must hold none that is kept back, or several that are large enough together.
        """
        for group in groups:
            hidden = [each for each in group if not self.shown(each)]
            if hidden and (
                len(hidden) == 1 or sum(self._members.get(each, 0) for each in hidden) < SMALLEST_SHOWN
            ):
                return False
        return True

    def _steps(self, organization_id: str) -> Iterator[tuple[str | None, str]]:
        above: str | None = None
        for organization in self._paths.get(organization_id, (organization_id,)):
            yield above, organization
            above = organization

    def _kept_back(self, above: str | None, organization: str) -> bool:
        if above is None:
            return self._members.get(organization, 0) < SMALLEST_SHOWN
        beside = {each: self._members.get(each, 0) for each in self._below.get(above, ())}
        return organization in kept_back(beside)


class RollsOfDays:
    """The rolls of several days — *đảng số tại từng thời điểm*: shown is what is kept back on none of them."""

    def __init__(self, rolls: Sequence[Rolls]) -> None:
        """Take the rolls of every day that counts."""
        self._rolls = tuple(rolls)

    def members(self, organization_id: str) -> int:
        """Return how many members an organisation has, with all below it, on the last of the days."""
        return self._rolls[-1].members(organization_id)

    def shown(self, organization_id: str) -> bool:
        """Tell whether somebody outside may see the organisation's figures."""
        return all(each.shown(organization_id) for each in self._rolls)

    def parts_shown(self, groups: Sequence[frozenset[str]]) -> bool:
        """Tell whether figures of groups of organisations may be shown beside those of the organisations."""
        return all(each.parts_shown(groups) for each in self._rolls)
