"""Making a report: read the cases, count them, check the balance, put the published figures beside."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from prometheus_client import Counter

from services.reporting import queries
from services.reporting.domain.period import Period, PeriodKind
from services.reporting.domain.screening_count import ScreeningCount, count_screening
from services.reporting.domain.screening_report import REPORTING_ASSUMPTIONS, ScreeningReport
from services.reporting.domain.terms import TERM_ASSUMPTION
from shared.clock import Clock
from shared.store.connection import Store

UNBALANCED = Counter(
    "khoi_report_unbalanced_cases",
    "Cases whose own balance broke in a report (must stay 0)",
    ["organization"],
)

log = logging.getLogger("khoi.reporting")


@dataclass(frozen=True, slots=True)
class Counted:
    """A report and the cases behind its figures."""

    report: ScreeningReport
    count: ScreeningCount


def screening_report(
    store: Store, clock: Clock, organization: queries.Organization, *, period: Period, as_of: date
) -> Counted:
    """Return the screening report of an organisation — *báo cáo sàng lọc*.

    How far the read model is, is read first: a report never claims an event that came while it was counted.
    """
    applied = queries.applied(store)
    found = queries.case_facts(store, organization.id, as_of=as_of)
    count = count_screening(found, organization_id=organization.id, period=period, as_of=as_of)
    _check_balance(organization.id, count)
    by_assumed_days = period.kind is PeriodKind.TERM
    report = ScreeningReport(
        organization=queries.reported(store, organization, on=min(period.ends_on, as_of), known_on=as_of),
        period=period,
        as_of=as_of,
        generated_at=clock.now(),
        applied=applied,
        figures=count.figures,
        assumptions=(*REPORTING_ASSUMPTIONS, TERM_ASSUMPTION) if by_assumed_days else REPORTING_ASSUMPTIONS,
        published=queries.published_beside(store, organization.id),
    )
    return Counted(report=report, count=count)


def _check_balance(organization_id: str, count: ScreeningCount) -> None:
    broken = count.cases.get("unreconciled", ())
    if broken:
        UNBALANCED.labels(organization_id).inc(len(broken))
        log.error("the balance of %s does not hold for cases %s", organization_id, ", ".join(broken))
