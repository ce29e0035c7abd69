"""The reporting service: báo cáo. Its composition."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.audit_copy import INDEXES as AUDIT_INDEXES
from services.reporting.audit_copy import SERVICES
from services.reporting.domain.frozen_report import PackageRefused
from services.reporting.domain.period import PeriodRefused
from services.reporting.domain.published_figures import PublishedFiguresRefused
from services.reporting.export_jobs.job import EXPORTS, SWEEP_EXPORTS
from services.reporting.export_jobs.parts import INDEXES as EXPORT_INDEXES
from services.reporting.handlers import BATCH_HANDLER
from services.reporting.problems import figures_refused, package_refused, period_refused
from services.reporting.projection import VERSION
from services.reporting.projection.batch import COLLECTIONS
from shared.clock import Clock
from shared.held import Held
from shared.service import ServiceDefinition
from shared.store.connection import Store
from shared.store.indexes import Index, RetiredIndex


def _blueprints() -> list[object]:
    from services.reporting.api import (  # noqa: PLC0415 -- only the web process needs the views
        cases,
        consolidated_audit,
        exports,
        frozen_reports,
        funnel,
        organizations,
        pipeline,
        published_figures,
        published_imports,
        received_reports,
        screening_report,
        trend,
    )

    return [
        screening_report.blueprint,
        cases.blueprint,
        published_figures.blueprint,
        published_imports.blueprint,
        frozen_reports.blueprint,
        pipeline.blueprint,
        received_reports.blueprint,
        exports.blueprint,
        consolidated_audit.blueprint,
        organizations.blueprint,
        trend.blueprint,
        funnel.blueprint,
    ]


def _pages() -> list[object]:
    from services.reporting.dashboard import page  # noqa: PLC0415 -- only the web process needs it

    return [page.pages]


def _held() -> Held:
    from services.reporting.held import HELD  # noqa: PLC0415 -- only who asks for a copy needs it

    return HELD


def _sample(store: Store, clock: Clock) -> Mapping[str, Mapping[str, int]]:
    from services.reporting.sample import sampled_figures  # noqa: PLC0415 -- only who compares needs it

    return sampled_figures(store, clock)


SERVICE = ServiceDefinition(
    name="reporting",
    title="Khối — Báo cáo",
    blueprints=_blueprints,
    pages=_pages,
    held=_held,
    indexes=(
        Index("organizations", (("moved", 1),)),
        Index("organizations", (("versions.parent_id", 1),)),
        Index("cases", (("under", 1),)),
        Index("rounds", (("under", 1),)),
        Index("transfers", (("under", 1),)),
        Index("published_figures", (("organization_id", 1),)),
        Index("published_figures", (("origin", 1),), unique=True),
        Index(
            "frozen_reports",
            (("organization_id", 1), ("year", 1), ("serial", 1), ("revision", 1)),
            unique=True,
        ),
        Index("frozen_reports", (("organization_id", 1), ("_id", 1))),
        Index(
            "received_reports",
            (("source", 1), ("organization_id", 1), ("period_from", 1), ("period_to", 1), ("revision", 1)),
            unique=True,
        ),
        Index("received_reports", (("period_from", 1), ("period_to", 1))),
        Index("export_jobs", (("active", 1),)),
        Index("export_jobs", (("subject", 1), ("_id", 1))),
        Index("export_jobs", (("state", 1), ("expires_at", 1))),
        *EXPORT_INDEXES,
        *AUDIT_INDEXES,
    ),
    retired_indexes=(
        RetiredIndex("cases", (("member_id", 1),), "cases are read by the organisations they are under"),
    ),
    consumes=("members", "reviews"),
    keeps_audit_of=SERVICES,
    batch_handler=BATCH_HANDLER,
    jobs=(EXPORTS, SWEEP_EXPORTS),
    problems={
        PeriodRefused: period_refused,
        PublishedFiguresRefused: figures_refused,
        PackageRefused: package_refused,
    },
    projections=COLLECTIONS,
    projection_version=VERSION,
    sample=_sample,
)
"""What `deploy.process` runs."""
