"""Making a report: read the cases, count them, check the balance, put beside it what it is compared with."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
from prometheus_client import Counter

from services.reporting import queries
from services.reporting.domain.case_facts import CaseFacts
from services.reporting.domain.comparison import period_before, year_before
from services.reporting.domain.period import Period, PeriodKind
from services.reporting.domain.published_figures import PublishedBeside, PublishedPeriod
from services.reporting.domain.screening_count import ScreeningCount, count_screening, count_within
from services.reporting.domain.screening_report import (
    REPORTING_ASSUMPTIONS,
    Compared,
    KindFigures,
    ScreeningReport,
)
from services.reporting.domain.terms import TERM_ASSUMPTION, TERMS
from services.reporting.levels import level_name
from services.reporting.rounds import rounds_held
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
    kinds: tuple[frozenset[str], ...] = ()
    """The organisations behind each line of ``report.by_organization_kind``."""


@dataclass(frozen=True, slots=True)
class Part:
    """An organisation directly below, and its own count."""

    organization: queries.Organization
    level: str
    name: str
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
    kinds = _kinds(
        below(store, organization.id, found, period=period, as_of=as_of), period=period, as_of=as_of
    )
    by_assumed_days = period.kind is PeriodKind.TERM
    report = ScreeningReport(
        organization=queries.reported(store, organization, on=min(period.ends_on, as_of), known_on=as_of),
        period=period,
        as_of=as_of,
        generated_at=clock.now(),
        applied=applied,
        figures=count.figures,
        assumptions=(*REPORTING_ASSUMPTIONS, TERM_ASSUMPTION) if by_assumed_days else REPORTING_ASSUMPTIONS,
        published=tuple(
            _with_records(each, found, organization.id, as_of=as_of)
            for each in queries.published_beside(store, organization.id)
        ),
        comparison=_comparison(found, organization.id, period=period, as_of=as_of),
        by_organization_kind=tuple(
            KindFigures(
                level=level,
                level_name=level_name(level),
                organizations=len(within),
                figures=count_within(
                    _standing_in(found, within), within=within, period=period, as_of=as_of
                ).figures,
            )
            for level, within in kinds.items()
        ),
        rounds_held=rounds_held(store, organization, period=period, as_of=as_of),
    )
    return Counted(report=report, count=count, kinds=tuple(kinds.values()))


def _with_records(
    published: PublishedBeside, found: Sequence[CaseFacts], organization_id: str, *, as_of: date
) -> PublishedBeside:
    """Put beside published figures what the records say of the same days, where the source names them."""

    def counted(period: PublishedPeriod, stated: Iterable[str]) -> dict[str, int] | None:
        if period.starts_on is None or period.ends_on is None:
            return None
        days = Period.range(period.starts_on, period.ends_on)
        count = count_screening(found, organization_id=organization_id, period=days, as_of=as_of)
        flat = count.figures.flat()
        return {key: flat.get(key, 0) for key in (*stated, "unreconciled")}

    return msgspec.structs.replace(
        published,
        counted=counted(published.period, published.figures),
        series=tuple(
            msgspec.structs.replace(part, counted=counted(part.period, part.figures))
            for part in published.series
        ),
    )


def by_organization(
    store: Store, organization: queries.Organization, *, period: Period, as_of: date
) -> list[Part]:
    """Return the count of each organisation directly below one, whether or not it has a case."""
    found = queries.case_facts(store, organization.id, as_of=as_of)
    parts = []
    for part in below(store, organization.id, found, period=period, as_of=as_of):
        version = part.version_on(min(period.ends_on, as_of), known_on=as_of)
        parts.append(
            Part(
                organization=part,
                level=version.level if version is not None else "",
                name=version.name if version is not None else part.id,
                count=count_screening(
                    _standing_in(found, frozenset({part.id})),
                    organization_id=part.id,
                    period=period,
                    as_of=as_of,
                ),
            )
        )
    return parts


def below(
    store: Store, organization_id: str, found: Sequence[CaseFacts], *, period: Period, as_of: date
) -> list[queries.Organization]:
    """Return the organisations directly below, and those that cases stand in before they are known to exist."""
    standing = {
        each.id: each for each in queries.subordinates(store, organization_id, period=period, as_of=as_of)
    }
    paths = {
        placement.path for case in found for placement in case.placements if organization_id in placement.path
    }
    named = {path[path.index(organization_id) + 1] for path in paths if path[-1] != organization_id}
    standing |= queries.organizations_of(store, sorted(named - standing.keys()))
    return [standing[each] for each in sorted(standing)]


def _kinds(
    standing: Sequence[queries.Organization], *, period: Period, as_of: date
) -> Mapping[str, frozenset[str]]:
    """Group the organisations directly below by their level at the end of the period."""
    kinds: dict[str, set[str]] = {}
    for each in standing:
        version = each.version_on(min(period.ends_on, as_of), known_on=as_of)
        if version is not None:
            kinds.setdefault(version.level, set()).add(each.id)
    return {level: frozenset(kinds[level]) for level in sorted(kinds)}


def _comparison(
    found: Sequence[CaseFacts], organization_id: str, *, period: Period, as_of: date
) -> tuple[Compared, ...]:
    periods = (("period_before", period_before(period, terms=TERMS)), ("year_before", year_before(period)))
    return tuple(
        Compared(
            with_=name,  # type: ignore[arg-type]  # one of the two literals above
            period=other,
            figures=count_screening(
                found, organization_id=organization_id, period=other, as_of=as_of
            ).figures,
        )
        for name, other in periods
        if other is not None
    )


def _standing_in(found: Iterable[CaseFacts], within: frozenset[str]) -> list[CaseFacts]:
    """Leave out the cases that never stood in the organisations: most, where there are many organisations."""
    return [
        case for case in found if any(not within.isdisjoint(placement.path) for placement in case.placements)
    ]


def _check_balance(organization_id: str, count: ScreeningCount) -> None:
    broken = count.cases.get("unreconciled", ())
    if broken:
        UNBALANCED.labels(organization_id).inc(len(broken))
        log.error("the balance of %s does not hold for cases %s", organization_id, ", ".join(broken))
