"""Counting of the screening report (*tổng hợp số liệu sàng lọc*): pure function from facts to figures and cases.

How things are counted
- A flow falls into the period of its business date and to every organisation on the case's path that day.
- ``opening`` and ``continuing`` are states: each is looked up case by case at the end of a day, never computed
  from the flows. The balance identity compares the two ways; ``unreconciled`` is its difference.
- A case that moves while it is on the list is an exit (``transferred_out``) for the nodes it leaves and an
  entry (``transferred_in``) for those it reaches; a node that contains both ends sees nothing. If the
  organisation moved instead of the member, the exit stands under ``other_exits``.
- A removal stays counted in its period for ever. If it is reversed, the period of the reversal shows it under
  ``reversed``; where the case is open again it is an entry of that period (``returned_to_list``).
- A removal of a case that is not on a list at all stays outside the identity (``removed_outside_list``).

Balance identity, per organisation and period:
``opening + listed + transferred_in + reversed.returned_to_list =
recognized + transferred_out + removed_from_list + other_exits + continuing + unreconciled``
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import Enum, auto

import msgspec

from services.reporting.domain.case_facts import (
    UNSPECIFIED,
    CaseFacts,
    Exit,
    ExitKind,
    Listing,
    Placement,
    PlacementCause,
    Receipt,
    Reversal,
    Step,
)
from services.reporting.domain.period import Period

ENTRIES = ("opening", "listed", "transferred_in", "reversed.returned_to_list")
EXITS = ("recognized", "transferred_out", "removed_from_list", "other_exits", "continuing")


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """Newly listed — *mới đưa vào danh sách*; the parts add up to the total."""

    total: int
    by_criterion: dict[str, int]


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """Removed from the Party — *đưa ra khỏi Đảng*.

    The modes add up to the total, the grounds too; ``probationary`` is a part of the same total.
    """

    total: int
    by_mode: dict[str, int]
    by_ground: dict[str, int]
    probationary: int


class OtherExits(msgspec.Struct, frozen=True, kw_only=True):
    """Left the list otherwise — *ra khỏi danh sách vì lý do khác*; the reasons add up to the total."""

    total: int
    by_reason: dict[str, int]


class Reversed(msgspec.Struct, frozen=True, kw_only=True):
    """Removals annulled in the period — *khôi phục đảng tịch*; ``returned_to_list``: of these, open again."""

    total: int
    returned_to_list: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one organisation and period — *số liệu*; counts of cases, see the module for the identity."""

    opening: int
    listed: Listed
    transferred_in: int
    reversed: Reversed
    recognized: int
    transferred_out: int
    removed_from_list: Removed
    removed_outside_list: Removed
    other_exits: OtherExits
    continuing: int
    unreconciled: int

    def flat(self) -> dict[str, int]:
        """Return every figure under its key, as used for drill-down and published figures.

        A figure with parts has its total under its own name and each part under a dotted one:
        ``listed``, ``listed.by_criterion.C1``, ``removed_from_list.by_mode.expulsion``.
        """
        flat = {
            "opening": self.opening,
            "listed": self.listed.total,
            **_parts("listed.by_criterion", self.listed.by_criterion),
            "transferred_in": self.transferred_in,
            "reversed": self.reversed.total,
            "reversed.returned_to_list": self.reversed.returned_to_list,
            "recognized": self.recognized,
            "transferred_out": self.transferred_out,
        }
        for name, removed in (
            ("removed_from_list", self.removed_from_list),
            ("removed_outside_list", self.removed_outside_list),
        ):
            flat[name] = removed.total
            flat |= _parts(f"{name}.by_mode", removed.by_mode)
            flat |= _parts(f"{name}.by_ground", removed.by_ground)
            flat[f"{name}.probationary"] = removed.probationary
        flat["other_exits"] = self.other_exits.total
        flat |= _parts("other_exits.by_reason", self.other_exits.by_reason)
        return flat | {"continuing": self.continuing, "unreconciled": self.unreconciled}


class ScreeningCount(msgspec.Struct, frozen=True, kw_only=True):
    """Figures and the cases behind them — *số liệu và hồ sơ làm căn cứ*.

    ``cases`` maps a key of `Figures.flat` to the ids of the cases counted there, sorted; figures of 0 are left
    out. A case that did a thing twice in the period (was transferred out twice) stands twice, so that every
    figure is the length of its list. Only ``unreconciled`` differs: it names each case whose own balance
    breaks, once; the list can be non-empty while the breaks cancel out to 0, and must raise the alarm then too.
    """

    figures: Figures
    cases: dict[str, tuple[str, ...]]


def count_screening(
    cases: Iterable[CaseFacts], *, organization_id: str, period: Period, as_of: date
) -> ScreeningCount:
    """Count the cases of an organisation and all below it over a period.

    ``period`` chooses by business date, ``as_of`` by what was known at the end of that day (Vietnamese time).
    Cases that never stood in the organisation may be passed: they count nowhere.
    """
    return count_within(cases, within=frozenset({organization_id}), period=period, as_of=as_of)


def count_within(
    cases: Iterable[CaseFacts], *, within: frozenset[str], period: Period, as_of: date
) -> ScreeningCount:
    """Count the cases of several organisations as of one: a move from one of them to another is none."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    unreconciled = 0
    for case in cases:
        keys = _figures_of(case.as_known(as_of), within, period)
        for key in keys:
            found[key].append(case.case_id)
        difference = sum(key in ENTRIES for key in keys) - sum(key in EXITS for key in keys)
        if difference:
            unreconciled += difference
            found["unreconciled"].append(case.case_id)
    return ScreeningCount(
        figures=_figures(found, unreconciled),
        cases={key: tuple(sorted(ids)) for key, ids in sorted(found.items())},
    )


def _figures_of(case: CaseFacts, within: frozenset[str], period: Period) -> list[str]:
    """Return the keys under which a case counts, one for each time it counts there."""
    # Sorted once for all three questions: this is where a report of many cases spends its time.
    steps, origin = case.steps(), case.path_on(date.min)
    keys = []
    if _is_on_list(steps, origin, within, period.starts_on - timedelta(days=1)):
        keys.append("opening")
    for day, movement in _movements(steps, origin, within):
        if day in period:
            keys.extend(movement)
    if _is_on_list(steps, origin, within, period.ends_on):
        keys.append("continuing")
    return keys


def _is_on_list(steps: Sequence[Step], origin: tuple[str, ...], within: frozenset[str], day: date) -> bool:
    """Tell whether the case stands on a list of the organisations at the end of a day."""
    path, latest = origin, None
    for step in steps:
        if step.on > day:
            break
        if isinstance(step, Placement):
            path = step.path
        else:
            latest = step
    if within.isdisjoint(path):
        return False
    return isinstance(latest, Listing | Receipt) or (isinstance(latest, Reversal) and latest.to_list)


class _Status(Enum):
    NEVER_LISTED = auto()
    ON_LIST = auto()
    LEFT = auto()
    RESTORED = auto()


def _movements(
    steps: Sequence[Step], origin: tuple[str, ...], within: frozenset[str]
) -> Iterator[tuple[date, tuple[str, ...]]]:
    """Yield every movement of a case that touches the organisations: its date and the keys it counts under."""
    status = _Status.NEVER_LISTED
    inside = not within.isdisjoint(origin)
    for step in steps:
        if isinstance(step, Placement):
            was, inside = inside, not within.isdisjoint(step.path)
            if status is _Status.ON_LIST and was != inside:
                yield step.on, _moved(step, inside=inside)
            continue
        if inside:
            yield step.on, _keys(step, status)
        status = _after(step)


def _after(step: Listing | Receipt | Exit | Reversal) -> _Status:
    if isinstance(step, Exit):
        return _Status.LEFT
    if isinstance(step, Reversal) and not step.to_list:
        return _Status.RESTORED
    return _Status.ON_LIST


def _moved(placement: Placement, *, inside: bool) -> tuple[str, ...]:
    if inside:
        return ("transferred_in",)
    if placement.cause is PlacementCause.REORGANIZATION:
        return ("other_exits", "other_exits.by_reason.reorganization")
    return ("transferred_out",)


def _keys(step: Listing | Receipt | Exit | Reversal, status: _Status) -> tuple[str, ...]:
    keys: tuple[str, ...]
    match step:
        case Listing():
            keys = ("listed", f"listed.by_criterion.{step.criterion}")
        case Receipt():
            keys = ("transferred_in",)
        case Reversal():
            keys = ("reversed", "reversed.returned_to_list") if step.to_list else ("reversed",)
        case Exit(kind=ExitKind.RECOGNIZED):
            keys = ("recognized",)
        case Exit(kind=ExitKind.TRANSFERRED):
            keys = ("transferred_out",)
        case Exit(kind=ExitKind.REMOVED):
            keys = _removed(step, status)
        case Exit():
            keys = ("other_exits", f"other_exits.by_reason.{step.reason}")
    return keys


def _removed(removal: Exit, status: _Status) -> tuple[str, ...]:
    # A second removal of a case that has already left is counted with the list on purpose: it breaks the
    # balance and so is seen, instead of passing for a direct removal.
    outside = status in {_Status.NEVER_LISTED, _Status.RESTORED}
    name = "removed_outside_list" if outside else "removed_from_list"
    keys = (name, f"{name}.by_mode.{removal.mode or UNSPECIFIED}", f"{name}.by_ground.{removal.ground}")
    return (*keys, f"{name}.probationary") if removal.probationary else keys


def _figures(found: defaultdict[str, list[str]], unreconciled: int) -> Figures:
    def count(key: str) -> int:
        return len(found.get(key, ()))

    def parts(prefix: str) -> dict[str, int]:
        start = f"{prefix}."
        return {
            key.removeprefix(start): len(ids) for key, ids in sorted(found.items()) if key.startswith(start)
        }

    def removed(name: str) -> Removed:
        return Removed(
            total=count(name),
            by_mode=parts(f"{name}.by_mode"),
            by_ground=parts(f"{name}.by_ground"),
            probationary=count(f"{name}.probationary"),
        )

    return Figures(
        opening=count("opening"),
        listed=Listed(total=count("listed"), by_criterion=parts("listed.by_criterion")),
        transferred_in=count("transferred_in"),
        reversed=Reversed(total=count("reversed"), returned_to_list=count("reversed.returned_to_list")),
        recognized=count("recognized"),
        transferred_out=count("transferred_out"),
        removed_from_list=removed("removed_from_list"),
        removed_outside_list=removed("removed_outside_list"),
        other_exits=OtherExits(total=count("other_exits"), by_reason=parts("other_exits.by_reason")),
        continuing=count("continuing"),
        unreconciled=unreconciled,
    )


def _parts(prefix: str, parts: dict[str, int]) -> dict[str, int]:
    return {f"{prefix}.{code}": count for code, count in parts.items()}
