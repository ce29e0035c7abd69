"""The reports as PDF in the official layout, typeset by typst with the fonts its wheel carries.

Data reaches the template as one JSON input and is set as text: nothing in it can become markup. The template
stands in `screening_report.typ`; it imports nothing, reads no file and needs no network and no system font.
"""

from collections.abc import Sequence
from importlib import resources
from typing import Any

import orjson
import typst

from services.reporting.domain.case_facts import VIETNAM_TIME
from services.reporting.domain.published_figures import PublishedBeside
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.exports import printed
from services.reporting.exports.columns import Column, columns
from services.reporting.exports.lines import Beside, beside, lines
from services.reporting.exports.published import published_tables
from services.reporting.exports.tables.typeset import told_to_typst


def render(reports: Sequence[ScreeningReport]) -> bytes:
    """Return the PDF: each report begins a page, with its own heading and signature block."""
    data = {"title": printed.TITLE, "reports": [_page(report) for report in reports]}
    template = resources.files(__package__) / "screening_report.typ"
    content = typst.compile(
        template.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(data).decode()},
        timestamp=int(reports[0].generated_at.timestamp()) if reports else None,
    )
    if not isinstance(content, bytes):
        raise TypeError("typst không trả về một tệp PDF")
    return content


def _page(report: ScreeningReport) -> dict[str, Any]:
    """Return what the template prints of one report, all as text."""
    shown = columns([report])
    table = [column for column in shown if column.in_table]
    flat, besides = report.figures.flat(), beside(report)
    keys = [key for column in table for key in (column.key, *(part.key for part in column.table_parts))]
    organization = report.organization
    name = printed.text(organization.name)
    signed_on = report.generated_at.astimezone(VIETNAM_TIME)
    return {
        "party": printed.PARTY,
        "superior": printed.text(organization.superior_name or "").upper(),
        "name": name.upper(),
        "place_and_day": f"Ngày {signed_on.day:02} tháng {signed_on.month:02} năm {signed_on.year}",
        "title": printed.TITLE,
        "period": printed.period(report),
        "groups": [_group(column) for column in table],
        "rows": [
            {"label": name, "cells": [str(flat.get(key, 0)) for key in keys], "stated": False},
            *(_beside(each, keys) for each in besides),
            *(_published(published, keys) for published in report.published),
        ],
        "details": _details(report, shown),
        "detail_headings": ["Chi tiết", "Kỳ này", *(each.short for each in besides)],
        "identity": printed.IDENTITY,
        "unreconciled": _unreconciled(report),
        "about": (
            f"Số liệu biết đến hết ngày {printed.day(report.as_of)}; lập lúc "
            f"{printed.instant(report.generated_at)} (giờ Việt Nam); sự kiện đã áp dụng: "
            f"{printed.applied(report)}."
        ),
        "notes": printed.notes(report),
        "tables": [told_to_typst(table) for table in published_tables([report])],
    }


def _group(column: Column) -> dict[str, Any]:
    parts = [part.heading for part in column.table_parts]
    return {"heading": column.heading, "parts": ["Tổng số", *parts] if parts else []}


def _published(published: PublishedBeside, keys: Sequence[str]) -> dict[str, Any]:
    stated = {**published.figures, "unreconciled": published.unreconciled}
    return {
        "label": f"Công bố: {printed.source(published)}",
        "cells": [stated[key].text if key in stated else "" for key in keys],
        "stated": True,
    }


def _beside(each: Beside, keys: Sequence[str]) -> dict[str, Any]:
    flat = each.figures.flat()
    return {"label": each.heading, "cells": [str(flat.get(key, 0)) for key in keys], "stated": False}


def _details(report: ScreeningReport, shown: Sequence[Column]) -> list[dict[str, Any]]:
    """Return the figures that are no columns of the table; parts that are 0 everywhere are left out, totals never."""
    in_table = {part.key for column in shown if column.in_table for part in column.table_parts}
    in_table |= {column.key for column in shown if column.in_table}
    details: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = []
    for line in lines(report, shown):
        counts = [line.count, *line.compared, *line.kinds]
        told = {"heading": line.heading, "counts": [str(count) for count in counts], "part": line.part}
        if not line.part:
            # The total of a column of the table is printed again only above parts that stand here.
            pending = [told] if line.key in in_table else []
            details += [] if pending else [told]
        elif line.key not in in_table and any(counts):
            details += [*pending, told]
            pending = []
    return details


def _unreconciled(report: ScreeningReport) -> str:
    line = f"Chưa đối chiếu được: {report.figures.unreconciled} (theo hồ sơ)"
    stated = [
        f"{published.unreconciled.text} ({printed.source(published)})" for published in report.published
    ]
    return "; ".join([line, *stated]) + "."
