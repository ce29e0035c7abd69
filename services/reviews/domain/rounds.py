"""Đợt rà soát: which cells a round asks on a day, how each of them stands, and what they add up to.

Mục I, Hướng dẫn 02-HD/BTCTW ngày 12/04/2021 (Ban Tổ chức Trung ương): members are reviewed regularly, cell by cell,
and the results go up; a cell that proposes nobody reports that. What a cell owes that is founded or dissolved while a
round runs is a setting of the rule profile (``round_cells``, chưa kiểm chứng); what it had reported always counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, TypedDict

import msgspec

from services.reviews.domain.papers import Paper, day_vi
from services.reviews.domain.profile import RoundCells

Standing = Literal["reported", "late", "due", "overdue", "not_reported"]
STANDING_VI: dict[Standing, str] = {
    "reported": "đã báo cáo",
    "late": "báo cáo muộn",
    "due": "chưa đến hạn",
    "overdue": "quá hạn",
    "not_reported": "chưa báo cáo khi đợt kết thúc",
}


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """Đợt rà soát: its days."""

    on: date
    due_on: date
    closed_on: date | None = None

    def asked_on(self, day: date) -> date:
        """Return the day by which obligations are judged: a closed round asks nobody after its last day."""
        return day if self.closed_on is None else min(day, self.closed_on)


FOR_EVER = "9999-12-31"


class Stay(TypedDict):
    """Thời gian chi bộ thuộc tổ chức mở đợt: from its first day up to, not including, ``until`` (ISO text)."""

    since: str
    until: str
    path: list[str]


def owing(stays: Sequence[Stay], current: Round, rule: RoundCells, *, dissolved: bool) -> list[Stay]:
    """Return the stays in which a cell owes the round its report: none for one that came too late by *rule*.

    *stays* are those since the round's first day, in their order; *dissolved* says that the last ended with the cell.
    """
    latest = {
        "by_due_day": current.due_on.isoformat(),
        "not_asked": current.on.isoformat(),
        "before_end": FOR_EVER,
    }
    if not stays or stays[0]["since"] > latest[rule.founded]:
        return []
    if dissolved and rule.dissolved == "asked":
        return [*stays[:-1], {**stays[-1], "until": FOR_EVER}]
    return list(stays)


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """Một lần báo cáo: the first version or a correction; ``since`` is the day from which it holds."""

    number: int
    since: date
    reviewed: int
    proposed: int


class CellInRound(msgspec.Struct, frozen=True, kw_only=True):
    """Chi bộ trong đợt: where it stood on the day asked about, and the versions of its report, first to last."""

    cell_id: str
    path: tuple[str, ...]
    must_report: bool
    versions: tuple[Reported, ...] = ()

    def report_on(self, day: date) -> Reported | None:
        """Return what the cell's report said on that day; None before it reported."""
        return next((each for each in reversed(self.versions) if each.since <= day), None)

    def standing(self, current: Round, day: date) -> Standing:
        """Return how the cell stands on that day."""
        asked = current.asked_on(day)
        if self.report_on(asked) is not None:
            return "late" if self.versions[0].since > current.due_on else "reported"
        if current.closed_on is not None and day >= current.closed_on:
            return "not_reported"
        return "overdue" if asked > current.due_on else "due"


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """Tổng hợp: ``reported`` holds the late and those without a proposal; with ``not_reported`` it makes ``cells``."""

    cells: int = 0
    reported: int = 0
    nobody: int = 0
    """Cells that reported and proposed nobody."""
    late: int = 0
    not_reported: int = 0
    overdue: int = 0
    """Of those that have not reported, the ones whose due day had passed."""
    corrected: int = 0
    reviewed: int = 0
    proposed: int = 0


def sums(cells: Iterable[CellInRound], current: Round, day: date) -> Sums:
    """Return what *cells* add up to on that day. A correction counts from its own day, also after the round's end."""
    counts = dict.fromkeys(Sums.__struct_fields__, 0)
    for cell in cells:
        standing = cell.standing(current, day)
        if standing not in {"reported", "late"} and not cell.must_report:
            continue
        counts["cells"] += 1
        if standing in {"reported", "late"}:
            report = cell.report_on(day) or cell.versions[0]
            counts["reported"] += 1
            counts["nobody"] += report.proposed == 0
            counts["late"] += standing == "late"
            counts["corrected"] += report.number > 1
            counts["reviewed"] += report.reviewed
            counts["proposed"] += report.proposed
        else:
            counts["not_reported"] += 1
            counts["overdue"] += current.asked_on(day) > current.due_on
    return Sums(**counts)


def silent(cells: Iterable[CellInRound], current: Round, day: date) -> list[CellInRound]:
    """Return the cells that had to report by that day and have not."""
    return [each for each in cells if each.must_report and each.report_on(current.asked_on(day)) is None]


class Silent(msgspec.Struct, frozen=True, kw_only=True):
    """Chi bộ chưa báo cáo, as the closing record names it."""

    organization_id: str
    name: str
    organization_path: tuple[str, ...]
    above: tuple[str, ...] = ()
    """Names of what stands above it, from the round's organisation down."""


class ClosingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Biên bản kết thúc đợt: what was known on the day the round ended. It is written once and never again."""

    round_id: str
    name: str
    on: date
    due_on: date
    counts: Sums
    not_reported: tuple[Silent, ...]


def closing_paper(record: ClosingRecord) -> Paper:
    """Return the closing record as a paper."""
    counts = record.counts
    silent_lines: Sequence[str] = [
        f"{number}. {', '.join([each.name, *reversed(each.above)])}."
        for number, each in enumerate(record.not_reported, start=1)
    ]
    return Paper(
        kind="round_closing",
        summary=f"Kết thúc đợt rà soát «{record.name}»",
        number="",
        on=record.on,
        lines=(
            f"Hạn báo cáo: {day_vi(record.due_on)}; ngày kết thúc: {day_vi(record.on)}.",
            (
                f"Số chi bộ phải báo cáo: {counts.cells}; đã báo cáo: {counts.reported}, trong đó báo cáo không có "
                f"ai: {counts.nobody}, báo cáo muộn: {counts.late}; chưa báo cáo: {counts.not_reported}."
            ),
            f"Số đảng viên đã rà soát: {counts.reviewed}; dự kiến đưa vào danh sách: {counts.proposed}.",
            "Các chi bộ chưa báo cáo:" if silent_lines else "Không có chi bộ nào chưa báo cáo.",
            *silent_lines,
        ),
    )
