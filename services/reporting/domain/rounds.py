"""Review rounds in the pipeline (*đợt rà soát*): which cells had to report, which did, and which did not.

Read from what the rounds told and from the tree as both were known at the end of a day. Whether a round asks a cell
that was founded or dissolved while it ran it tells itself as it opens: a setting of its rule profile (chưa kiểm
chứng). What a cell had reported always counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from services.reporting.domain.case_facts import end_of_day
from services.reporting.domain.period import Period

Path = tuple[str, ...]


class CellReport(msgspec.Struct, frozen=True, kw_only=True):
    """First report of a cell — *báo cáo của chi bộ*; ``path`` as it stood that day."""

    path: Path
    on: date
    recorded_at: datetime


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """Review round — *đợt rà soát*; ``closed_at``: when its end became known."""

    round_id: str
    name: str
    organization_id: str
    opened_on: date
    opened_at: datetime
    due_on: date
    closed_on: date | None = None
    closed_at: datetime | None = None
    reports: tuple[CellReport, ...] = ()
    cells_founded: Literal["by_due_day", "before_end", "not_asked"] = "by_due_day"
    cells_dissolved: Literal["not_asked", "asked"] = "not_asked"

    def as_known(self, day: date) -> "Round | None":
        """Return the round as it was known at the end of a day; None when it was not open by then."""
        cut = end_of_day(day)
        if self.opened_at >= cut or self.opened_on > day:
            return None
        ended = self.closed_on is not None and self.closed_on <= day and (self.closed_at or cut) < cut
        return msgspec.structs.replace(
            self,
            closed_on=self.closed_on if ended else None,
            closed_at=self.closed_at if ended else None,
            reports=tuple(each for each in self.reports if each.on <= day and each.recorded_at < cut),
        )

    def touches(self, period: Period, on: date) -> bool:
        """Tell whether the round is open at the end of the day, or was on some day of the period."""
        return self.closed_on is None or self.ran_in(period, on)

    def ran_in(self, period: Period, on: date) -> bool:
        """Tell whether the round was open on some day of the period up to *on*."""
        begun = self.opened_on <= min(period.ends_on, on)
        return begun and (self.closed_on is None or self.closed_on >= period.starts_on)


class CellPlaces(msgspec.Struct, frozen=True, kw_only=True):
    """Cell on the days that say whether a round asks it: empty where it was none, or elsewhere."""

    cell_id: str
    by_due_day: Path
    when_asked: Path
    when_opened: Path = ()
    before_its_end: Path = ()
    """Of a cell that was dissolved while the round ran: where it stood on the day before."""

    def owing(self, known: Round) -> Path:
        """Return where the cell stands that owes the round a report; empty for one that owes none."""
        there = self.when_asked
        if known.cells_dissolved == "asked":
            there = there or self.before_its_end
        came: Mapping[str, Path] = {
            "by_due_day": self.by_due_day or (self.before_its_end if there else ()),
            "not_asked": self.when_opened,
            "before_end": there,
        }
        root = known.organization_id
        return there if root in there and root in came[known.cells_founded] else ()


class InRounds(msgspec.Struct, frozen=True, kw_only=True):
    """How the cells of an organisation stand in a round — *tình hình báo cáo*: ``reported`` + ``not_reported``."""

    cells: int = 0
    reported: int = 0
    late: int = 0
    """Of those that reported."""
    not_reported: int = 0
    overdue: int = 0
    """Of those that have not reported, where the due day has passed."""


class Silent(msgspec.Struct, frozen=True, kw_only=True):
    """Cell that had to report and has not — *chi bộ chưa báo cáo*."""

    cell_id: str
    path: Path
    overdue: bool


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A round as the cells stood in it at the end of a day: where each reported from, and who is silent."""

    round: Round
    reported: Mapping[Path, bool]
    """Path of each cell that reported → whether late."""
    silent: tuple[Silent, ...]

    def under(self, organization_id: str) -> InRounds:
        """Return what the cells at or below an organisation add up to."""
        late = [is_late for path, is_late in self.reported.items() if organization_id in path]
        silent = [each for each in self.silent if organization_id in each.path]
        return InRounds(
            cells=len(late) + len(silent),
            reported=len(late),
            late=sum(late),
            not_reported=len(silent),
            overdue=sum(each.overdue for each in silent),
        )


def asked_on(known: Round, day: date) -> date:
    """Return the day by which obligations are judged: a closed round asks nobody after its last day."""
    return day if known.closed_on is None else min(day, known.closed_on)


def standing(known: Round, cells: Iterable[CellPlaces], *, on: date) -> Standing:
    """Return how cells stand in a round at the end of a day; *known* is the round as known then."""
    firsts: dict[str, CellReport] = {}
    for report in sorted(known.reports, key=lambda each: (each.on, each.recorded_at)):
        firsts.setdefault(report.path[-1], report)
    due_passed = asked_on(known, on) > known.due_on
    must = {each.cell_id: place for each in cells if (place := each.owing(known))}
    return Standing(
        round=known,
        # A cell counts where it stands now; one that is gone, where it reported from.
        reported={
            must.get(cell_id, report.path): report.on > known.due_on for cell_id, report in firsts.items()
        },
        silent=tuple(
            Silent(cell_id=cell_id, path=path, overdue=due_passed)
            for cell_id, path in sorted(must.items())
            if cell_id not in firsts
        ),
    )


def added(parts: Sequence[InRounds]) -> InRounds:
    """Return the sum over several rounds: a cell counts once in each."""
    return InRounds(
        **{name: sum(getattr(part, name) for part in parts) for name in InRounds.__struct_fields__}
    )
