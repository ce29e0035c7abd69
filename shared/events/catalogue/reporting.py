"""Events of the reporting service."""

from __future__ import annotations

from datetime import date, datetime

from shared.events.registry import Fact, event


@event("reporting")
class ReportPublished(Fact, frozen=True, kw_only=True):
    """Ban hành báo cáo: a report was frozen, numbered and hashed."""

    report_id: str
    number: str
    version: int
    organization_path: list[str]
    period_from: date
    period_to: date
    as_of: datetime
    sha256: str
