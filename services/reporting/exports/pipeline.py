"""The pipeline as tables — *tiến độ giải quyết*: stages, ages, deadlines, outcomes, rounds, silent cells."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from services.reporting.domain.case_facts import ExitKind
from services.reporting.domain.pipeline import AGES, STAGES, Kept, Pipeline
from services.reporting.domain.rounds import InRounds
from services.reporting.exports import printed
from services.reporting.exports.tables.document import Heading, Table, Tables, Value
from services.reporting.pipelines import PipelinePart, PipelineReport

TITLE = "Tiến độ rà soát, giáo dục, giúp đỡ, sàng lọc đảng viên"
_DEADLINES = {
    "education": "Thời hạn giáo dục",
    "follow_up": "Kỳ theo dõi",
    "complaint": "Giải quyết khiếu nại",
}
_KEPT = {
    "met": "đúng hạn",
    "missed": "quá hạn",
    "overdue": "trong đó chưa thực hiện",
    "running": "đang chạy",
    "due_soon": "trong đó sắp đến hạn",
}
_OUTCOMES = {
    "all": "Mọi kết quả",
    ExitKind.RECOGNIZED.value: "Công nhận tiến bộ",
    ExitKind.TRANSFERRED.value: "Chuyển sinh hoạt",
    ExitKind.REMOVED.value: "Đưa ra khỏi Đảng",
    ExitKind.OTHER.value: "Khác",
}
_RESOLVED = {"upheld": "Giữ nguyên", "reversed": "Hủy quyết định", "not_examined": "Không xem xét"}
_IN_ROUNDS = {
    "cells": "Chi bộ phải báo cáo",
    "reported": "Đã báo cáo",
    "late": "Trong đó: muộn",
    "not_reported": "Chưa báo cáo",
    "overdue": "Trong đó: quá hạn",
}
_ORGANIZATION = (Heading(key="organization", text="Tổ chức đảng"), Heading(key="level", text="Cấp"))

Read = Callable[[Pipeline], int | None]


def tables_of(report: PipelineReport, *, made_at: datetime) -> Tables:
    """Return the pipeline as a document: the organisation first in every table, then those below in their order."""
    parts = (report.whole, *report.items)
    applied = ", ".join(
        f"{printed.text(name)}: {each.events}" for name, each in sorted(report.applied.items())
    )
    return Tables(
        title=TITLE,
        filename=f"tien-do-sang-loc-{report.as_of:%Y%m%d}",
        organization=report.whole.name,
        subject=f"{printed.text(report.period.label)}; tính đến hết ngày {printed.day(report.as_of)}",
        about=(
            f"Giai đoạn, thời gian, chuyển sinh hoạt, báo cáo của chi bộ: đến hết ngày {printed.day(report.as_of)}; "
            f"kết quả, khiếu nại: {printed.text(report.period.label)}; lập lúc {printed.instant(made_at)} (giờ Việt "
            f"Nam); sự kiện đã áp dụng: {applied or 'chưa có'}."
        ),
        tables=(
            _stages(parts),
            _ages(parts),
            _deadlines(parts),
            _outcomes(parts),
            *_rounds(report, parts),
        ),
        notes=() if report.withheld is None else (report.withheld,),
        made_at=made_at,
        value=msgspec.to_builtins(report),
    )


def _stages(parts: Sequence[PipelinePart]) -> Table:
    def in_stage(stage: str) -> Read:
        return lambda found: found.stages[stage].cases

    figures: list[tuple[Heading, Read]] = [
        (Heading(key=f"stages.{stage}.cases", text=text), in_stage(stage)) for stage, text in STAGES.items()
    ]
    whole = Heading(key="open", text="Đang giải quyết", sums=tuple(heading.key for heading, _ in figures))
    return _table(
        "stages",
        "Hồ sơ theo giai đoạn",
        parts,
        [(whole, lambda found: sum(each.cases for each in found.stages.values())), *figures],
    )


def _ages(parts: Sequence[PipelinePart]) -> Table:
    """Return a row for each organisation and stage: how long its cases have been in it."""
    groups = [
        *(Heading(key=f"up_to_{end}", text=f"Đến {end} ngày") for end in AGES),
        Heading(key="longer", text=f"Trên {AGES[-1]} ngày"),
    ]
    rows: list[tuple[Value, ...]] = []
    for part in parts:
        for stage, text in STAGES.items():
            found = None if part.pipeline is None else part.pipeline.stages[stage]
            figures: tuple[Value, ...] = (None,) * (3 + len(groups))
            if found is not None:
                figures = (found.cases, *found.by_age, found.median_days, found.longest_days)
            rows.append((part.name, text, *figures))
    return Table(
        key="ages",
        title="Thời gian ở từng giai đoạn",
        headings=(
            Heading(key="organization", text="Tổ chức đảng"),
            Heading(key="stage", text="Giai đoạn"),
            Heading(key="cases", text="Hồ sơ", sums=tuple(each.key for each in groups)),
            *groups,
            Heading(key="median_days", text="Trung vị (ngày)"),
            Heading(key="longest_days", text="Lâu nhất (ngày)"),
        ),
        rows=tuple(rows),
        labels=2,
    )


def _deadlines(parts: Sequence[PipelinePart]) -> Table:
    def kept(kind: str, state: str) -> Read:
        return lambda found: getattr(found.deadlines.get(kind, Kept()), state)

    figures: list[tuple[Heading, Read]] = [
        (Heading(key=f"deadlines.{kind}.{state}", text=f"{text}: {how}"), kept(kind, state))
        for kind, text in _DEADLINES.items()
        for state, how in _KEPT.items()
    ]
    return _table("deadlines", "Thời hạn", parts, figures)


def _outcomes(parts: Sequence[PipelinePart]) -> Table:
    def median(kind: str) -> Read:
        return lambda found: found.median_days_to_outcome.get(kind)

    def resolved(outcome: str) -> Read:
        return lambda found: found.complaints_by_outcome.get(outcome, 0)

    told = {
        outcome
        for part in parts
        if part.pipeline is not None
        for outcome in part.pipeline.complaints_by_outcome
    }
    outcomes = [*_RESOLVED, *sorted(told - _RESOLVED.keys())]
    figures: list[tuple[Heading, Read]] = [
        (Heading(key="outcomes", text="Kết thúc trong kỳ"), lambda found: found.outcomes),
        *(
            (Heading(key=f"median_days_to_outcome.{kind}", text=f"Trung vị ngày: {text}"), median(kind))
            for kind, text in _OUTCOMES.items()
        ),
        (Heading(key="complaints", text="Khiếu nại"), lambda found: found.complaints),
        (Heading(key="complaints_late", text="Khiếu nại quá hạn"), lambda found: found.complaints_late),
        *(
            (
                Heading(key=f"complaints_by_outcome.{each}", text=f"Kết quả: {_RESOLVED.get(each, each)}"),
                resolved(each),
            )
            for each in outcomes
        ),
        (Heading(key="reversals", text="Khôi phục đảng tịch"), lambda found: found.reversals),
    ]
    table = _table("outcomes", "Kết quả, khiếu nại, chuyển đi", parts, figures)
    moving = (
        Heading(key="in_transit", text="Đang chuyển sinh hoạt"),
        Heading(key="in_transit_overdue", text="Trong đó: quá hạn"),
    )
    return msgspec.structs.replace(
        table,
        headings=(*table.headings, *moving),
        rows=tuple(
            (*row, part.in_transit, part.in_transit_overdue)
            for row, part in zip(table.rows, parts, strict=True)
        ),
    )


def _rounds(report: PipelineReport, parts: Sequence[PipelinePart]) -> tuple[Table, Table]:
    headings = [
        Heading(key=key, text=text, sums=("reported", "not_reported") if key == "cells" else ())
        for key, text in _IN_ROUNDS.items()
    ]

    def figures(found: InRounds) -> Iterable[Value]:
        return (getattr(found, key) for key in _IN_ROUNDS)

    standing = Table(
        key="rounds",
        title="Đợt rà soát",
        headings=(*_round_headings(), Heading(key="organization", text="Tổ chức đảng"), *headings),
        rows=tuple(
            (each.name, each.due_on, each.closed_on, part.name, *figures(part.by_round[number]))
            for number, each in enumerate(report.rounds)
            for part in parts
        ),
        labels=4,
    )
    silent = Table(
        key="silent",
        title="Chi bộ chưa báo cáo",
        headings=(
            *_round_headings(),
            Heading(key="cell", text="Chi bộ"),
            Heading(key="above", text="Thuộc"),
            Heading(key="overdue", text="Quá hạn"),
        ),
        rows=tuple(
            (
                each.name,
                each.due_on,
                each.closed_on,
                cell.name,
                ", ".join(reversed(cell.above)),
                "có" if cell.overdue else "chưa",
            )
            for each in report.rounds
            for cell in each.silent
        ),
        labels=5,
    )
    return standing, silent


def _round_headings() -> tuple[Heading, ...]:
    return (
        Heading(key="round", text="Đợt"),
        Heading(key="due_on", text="Hạn báo cáo"),
        Heading(key="closed_on", text="Kết thúc"),
    )


def _table(
    key: str, title: str, parts: Sequence[PipelinePart], figures: Sequence[tuple[Heading, Read]]
) -> Table:
    return Table(
        key=key,
        title=title,
        headings=(*_ORGANIZATION, *(heading for heading, _ in figures)),
        rows=tuple(
            (
                part.name,
                part.level_name,
                *(None if part.pipeline is None else read(part.pipeline) for _, read in figures),
            )
            for part in parts
        ),
        labels=2,
    )
