"""What reporting knows of one case (*hồ sơ sàng lọc*): dated facts, each with the instant it became known.

Two times are kept apart. ``on`` is the business date of a decision: it says into which period the fact falls.
``recorded_at`` (and ``withdrawn_at``, if the record was later corrected) say when the system knew: an as-of
date cuts by these, so that yesterday's report can be printed again tomorrow, unchanged.

No names here: ids, organisation paths and facts only.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import TypeVar

import msgspec

VIETNAM_TIME = timezone(timedelta(hours=7), "UTC+7")

UNSPECIFIED = "unspecified"
"""Code under which a fact without its criterion, mode, ground or reason is counted: shown, never dropped."""


class ExitKind(StrEnum):
    """How a case ends — *kết quả*."""

    RECOGNIZED = "recognized"
    """*Công nhận sự tiến bộ và đưa ra khỏi danh sách*, by decision of a committee."""
    TRANSFERRED = "transferred"
    """*Chuyển sinh hoạt đảng, có nhận xét, đánh giá*, the case ends or leaves this deployment with it."""
    REMOVED = "removed"
    """*Đưa ra khỏi Đảng*: xóa tên, khai trừ, xin ra / cho ra."""
    OTHER = "other"
    """Any other end of the case (death, case closed without outcome)."""


class RemovalMode(StrEnum):
    """Mode of leaving the Party — *hình thức đưa ra khỏi Đảng*."""

    NAME_REMOVAL = "name_removal"
    EXPULSION = "expulsion"
    RESIGNATION = "resignation"


class PlacementCause(StrEnum):
    """Why a case stands where it stands."""

    TRANSFER = "transfer"
    """The member moved — *chuyển sinh hoạt đảng*. Also the cause of a case's first placement."""
    REORGANIZATION = "reorganization"
    """The organisation moved under the member — *sắp xếp tổ chức*: no transfer of the member."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A dated fact: business date ``on``, known from ``recorded_at`` until ``withdrawn_at`` (aware instants)."""

    on: date
    recorded_at: datetime
    withdrawn_at: datetime | None = None
    in_place_of: datetime | None = None
    """When what this record corrects became known: among the facts of one day it keeps that place."""

    def known_at(self, instant: datetime) -> bool:
        """Tell whether the fact was known just before the instant."""
        return self.recorded_at < instant and (self.withdrawn_at is None or self.withdrawn_at >= instant)


class Placement(Fact, frozen=True, kw_only=True, tag="placement"):
    """Where the case stands from a date on — *nơi sinh hoạt*.

    ``path`` holds organisation ids from the deployment's root to the cell, in the tree as it stood that day.
    The earliest placement also holds for the time before its date.
    """

    path: tuple[str, ...]
    cause: PlacementCause = PlacementCause.TRANSFER
    shown: bool = False
    """Whether no transfer tells of it: a step was recorded in another cell than the one before."""


class Listing(Fact, frozen=True, kw_only=True, tag="listing"):
    """Put on the list — *đưa vào danh sách cần giáo dục, giúp đỡ*, with the criterion (C1 … C4b)."""

    criterion: str = UNSPECIFIED


class Receipt(Fact, frozen=True, kw_only=True, tag="receipt"):
    """Came in, already listed, from outside this deployment — *chuyển đến*."""


class Exit(Fact, frozen=True, kw_only=True, tag="exit"):
    """End of a case — *kết thúc*.

    For ``removed``: mode, ground (X1 … X6 or another code), and whether the member was probationary that day.
    For ``other``: the reason's code. A removal of a case that was never on a list is a direct removal.
    """

    kind: ExitKind
    mode: RemovalMode | None = None
    ground: str = UNSPECIFIED
    probationary: bool = False
    reason: str = UNSPECIFIED


class Reversal(Fact, frozen=True, kw_only=True, tag="reversal"):
    """Removal annulled, membership restored — *khôi phục đảng tịch*; ``to_list``: the case is open again."""

    to_list: bool = False


Step = Placement | Listing | Receipt | Exit | Reversal

# Which of two facts of the same day and instant comes first: one cannot leave before one is somewhere.
_RANK: dict[type[Fact], int] = {Placement: 0, Listing: 1, Receipt: 1, Exit: 2, Reversal: 3}

SomeFact = TypeVar("SomeFact", bound=Fact)


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All dated facts of one case — *hồ sơ sàng lọc một đảng viên*.

    ``listed`` and ``received`` are tuples because a corrected record leaves its withdrawn predecessor behind.
    ``msgspec.to_builtins`` gives the document to store (dates as ISO text), ``msgspec.convert`` reads it back.
    """

    case_id: str
    member_id: str
    placements: tuple[Placement, ...]
    listed: tuple[Listing, ...] = ()
    received: tuple[Receipt, ...] = ()
    exits: tuple[Exit, ...] = ()
    reversals: tuple[Reversal, ...] = ()
    historical: bool = False
    """Whether the case began before the system and was imported: its earlier days are as the papers say."""

    def as_known(self, as_of: date) -> "CaseFacts":
        """Return the case as it was known at the end of a day (Vietnamese time)."""
        cut = end_of_day(as_of)
        facts = (*self.placements, *self.listed, *self.received, *self.exits, *self.reversals)
        if all(fact.known_at(cut) for fact in facts):
            return self  # nearly every case: nothing became known or was withdrawn since
        return msgspec.structs.replace(
            self,
            placements=_known(self.placements, cut),
            listed=_known(self.listed, cut),
            received=_known(self.received, cut),
            exits=_known(self.exits, cut),
            reversals=_known(self.reversals, cut),
        )

    def steps(self) -> list[Step]:
        """Return all facts in the order they happened.

        By business date; within a day in the order of recording, which is the order in which the persons
        acted; facts recorded at one instant in the only order that makes sense (placed, listed, left).
        """
        facts: list[Step] = [*self.placements, *self.listed, *self.received, *self.exits, *self.reversals]
        return sorted(facts, key=_order)

    def status_steps(self) -> Iterator[Listing | Receipt | Exit | Reversal]:
        """Yield, in order, the facts that put the case on the list or take it off."""
        for step in self.steps():
            if not isinstance(step, Placement):
                yield step

    def path_on(self, day: date) -> tuple[str, ...]:
        """Return where the case stood at the end of a day; empty if no placement is known at all."""
        placements = sorted(self.placements, key=_order)
        earlier = [placement for placement in placements if placement.on <= day]
        if earlier:
            return earlier[-1].path
        return placements[0].path if placements else ()


def end_of_day(day: date) -> datetime:
    """Return the instant at which a Vietnamese business day is over."""
    return datetime.combine(day + timedelta(days=1), time.min, VIETNAM_TIME)


def _known(facts: Iterable[SomeFact], cut: datetime) -> tuple[SomeFact, ...]:
    return tuple(fact for fact in facts if fact.known_at(cut))


def _order(fact: Fact) -> tuple[date, datetime, int]:
    return fact.on, fact.in_place_of or fact.recorded_at, _RANK[type(fact)]
