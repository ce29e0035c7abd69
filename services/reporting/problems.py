"""Refusals of the domain as problem documents."""

from __future__ import annotations

from services.reporting.domain.frozen_report import PackageRefused
from services.reporting.domain.period import PeriodRefused
from services.reporting.domain.published_figures import PublishedFiguresRefused
from shared.web.problems import FieldProblem, Problem, invalid


def period_refused(error: PeriodRefused) -> Problem:
    """Return the problem of a query that names no period."""
    return invalid(
        f"/query/{error.parameter}",
        "period",
        f"Kỳ báo cáo không hợp lệ: {error.detail}.",
        f"The period cannot be read; see the parameter {error.parameter}.",
    )


def figures_refused(error: PublishedFiguresRefused) -> Problem:
    """Return the problem of published figures that cannot be read, with every fault and its place."""
    return Problem(
        "invalid",
        "Số liệu công bố không đúng mẫu; xem errors.",
        "The published figures do not fit the form; see errors.",
        errors=[
            FieldProblem(pointer=fault.pointer or "/", code="published_figures", detail=fault.detail)
            for fault in error.problems
        ],
    )


def package_refused(error: PackageRefused) -> Problem:
    """Return the problem of a report package that is not taken in."""
    return Problem(
        "file-refused",
        f"Gói báo cáo không được nhận: {error.detail}.",
        f"The report package is not taken in ({error.code}); see errors.",
        errors=[FieldProblem(pointer=error.pointer, code=error.code, detail=error.detail)],
    )
