"""Adding up what was received — *tổng hợp*: the newest version of every report of other deployments for a period."""

from __future__ import annotations

from services.reporting.documents import ReceivedReport
from services.reporting.domain.frozen_report import (
    Package,
    consolidated,
    consolidated_comparison,
    consolidated_kinds,
)
from services.reporting.domain.period import Period
from services.reporting.domain.screening_report import Applied, ReportedOrganization, ScreeningReport
from shared.clock import Clock
from shared.store.connection import Store
from shared.web.problems import Problem

BETWEEN_DEPLOYMENTS = (
    "Đảng viên trong danh sách chuyển từ đơn vị này sang đơn vị khác được nơi đi tính chuyển sinh hoạt, nơi đến tính "
    "chuyển đến: tổng hợp giữ cả hai."
)
"""Printed with every consolidated report."""


def consolidated_report(
    store: Store, clock: Clock, *, period: Period
) -> tuple[list[ReceivedReport], ScreeningReport]:
    """Return the newest versions for a period, by source, and their sum; end with 404 when there is none."""
    found = store.collection(ReceivedReport.kind()).find(
        {
            "period_from": period.starts_on.isoformat(),
            "period_to": period.ends_on.isoformat(),
            "replaced_by": None,
        }
    )
    received = sorted(
        (ReceivedReport.from_document(raw) for raw in found),
        key=lambda each: (each.source, each.organization_id),
    )
    if not received:
        raise Problem(
            "not-found",
            f"Chưa nhận báo cáo nào cho kỳ {period.label}.",
            "No report was received for this period.",
        )
    packages = [each.read() for each in received]
    reports = [package.report for package in packages]
    return received, ScreeningReport(
        organization=ReportedOrganization(
            id="consolidated", name=f"Tổng hợp {len(reports)} đơn vị", level_name="Các đơn vị gửi báo cáo"
        ),
        period=period,
        as_of=min(report.as_of for report in reports),
        generated_at=clock.now(),
        applied={_name(package): Applied(events=_events(package)) for package in packages},
        figures=consolidated(report.figures for report in reports),
        comparison=consolidated_comparison(reports),
        by_organization_kind=consolidated_kinds(reports),
        assumptions=(
            BETWEEN_DEPLOYMENTS,
            *dict.fromkeys(assumption for report in reports for assumption in report.assumptions),
        ),
    )


def _name(package: Package) -> str:
    return f"{package.source} {package.report.organization.id}"


def _events(package: Package) -> int:
    return sum(applied.events for applied in package.report.applied.values())
