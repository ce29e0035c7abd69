"""What a person sees of an organisation's figures — *phạm vi được xem*: asked of the access table and of the rolls.

Whoever may not open the cases of an organisation is outside it: no figures of a small organisation, and in a file
no parts by which one could be found.
"""

from __future__ import annotations

from datetime import date

import msgspec

from services.reporting import queries
from services.reporting.domain.period import Period
from services.reporting.domain.published_figures import PublishedBeside
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.domain.small_organizations import WITHHELD, RollsOfDays
from shared.access.actor import Actor
from shared.access.table import decide
from shared.store.connection import Store
from shared.web.problems import Problem


def opens_cases(actor: Actor, organization: queries.Organization) -> bool:
    """Tell whether a person may open the cases of an organisation; whoever may not is outside it."""
    return decide(actor, "reports.cases", path=organization.path) is not None


def rolls(store: Store, *, period: Period, as_of: date) -> RollsOfDays:
    """Return the rolls by which figures of a period, as known on a day, are kept back: of its last day and of that."""
    return queries.rolls(store, (as_of, min(period.ends_on, as_of)))


def refuse_withheld(
    store: Store, actor: Actor, organization: queries.Organization, *, period: Period, as_of: date
) -> None:
    """End with 409 when the organisation's figures are kept from the person: a file has no place to say why."""
    if opens_cases(actor, organization) or rolls(store, period=period, as_of=as_of).shown(organization.id):
        return
    raise Problem(
        "conflict",
        WITHHELD,
        "The organisation has too few members for its figures to be shown to somebody outside it.",
        extra={"organization": organization.id},
    )


def for_person(actor: Actor, organization: queries.Organization, report: ScreeningReport) -> ScreeningReport:
    """Return a report as the person may have it in a file: for somebody outside, without what its rolls do not cover.

    Those are the parts, and what the records say of the days of published figures, which are other days.
    """
    if opens_cases(actor, organization):
        return report
    published = tuple(without_records(each) for each in report.published)
    return msgspec.structs.replace(report, by_organization_kind=(), published=published)


def without_records(published: PublishedBeside) -> PublishedBeside:
    """Return published figures as the source printed them, without what the records say beside."""
    series = tuple(msgspec.structs.replace(part, counted=None) for part in published.series)
    return msgspec.structs.replace(published, counted=None, series=series)
