"""What can be ordered as a file — *nội dung xuất*: how many parts each has, how a part is counted, what is printed.

A new kind of export is one class and a line in ``CONTENTS``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

import msgspec

from services.reporting import queries, sight
from services.reporting.consolidation import consolidated_report
from services.reporting.documents import FrozenReport
from services.reporting.domain.period import Period
from services.reporting.domain.screening_report import ScreeningReport
from services.reporting.export_jobs.order import Order
from services.reporting.exports.formats import Rendered, render, render_tables
from services.reporting.pipelines import PipelineReport, pipeline_report
from services.reporting.reports import screening_report
from shared.access.actor import Actor
from shared.clock import Clock
from shared.store.connection import Store
from shared.store.errors import MissingError


class Content(Protocol):
    """One kind of export."""

    action: str
    """Row of the access table that says who may have it."""

    def organizations(self, store: Store, order: Order) -> Sequence[str] | None:
        """Return whose figures are in it: the right is asked for each. None: of outside the deployment's tree."""

    def total(self, order: Order) -> int:
        """Return of how many parts it consists."""

    def part(self, store: Store, clock: Clock, person: Actor, order: Order, number: int, /) -> bytes:
        """Count one part as a person may have it; may end with a Problem."""

    def rendered(self, clock: Clock, format_: str, parts: Sequence[bytes]) -> Rendered:
        """Return the file made of all parts."""


class _OfOrganizations:
    """One part for each organisation that was named."""

    action = "reports.read"

    def organizations(self, _: Store, order: Order) -> Sequence[str]:
        return order.organizations

    def total(self, order: Order) -> int:
        return len(order.organizations)


class _ScreeningReports(_OfOrganizations):
    def part(self, store: Store, clock: Clock, person: Actor, order: Order, number: int) -> bytes:
        period, as_of = _period(order), order.as_of or clock.today()
        organization = queries.organization(store, order.organizations[number])
        sight.refuse_withheld(store, person, organization, period=period, as_of=as_of)
        report = screening_report(store, clock, organization, period=period, as_of=as_of).report
        return msgspec.json.encode(sight.for_person(person, organization, report))

    def rendered(self, _: Clock, format_: str, parts: Sequence[bytes]) -> Rendered:
        return render(format_, [msgspec.json.decode(part, type=ScreeningReport) for part in parts])


class _Pipeline(_OfOrganizations):
    def part(self, store: Store, clock: Clock, person: Actor, order: Order, number: int) -> bytes:
        organization = queries.organization(store, order.organizations[number])
        report = pipeline_report(
            store,
            clock,
            person,
            organization,
            period=_period(order),
            as_of=order.as_of,
            sort=order.sort,
        )
        return msgspec.json.encode(report)

    def rendered(self, clock: Clock, format_: str, parts: Sequence[bytes]) -> Rendered:
        from services.reporting.exports.pipeline import tables_of  # noqa: PLC0415 -- only who exports needs it

        (part,) = parts
        report = msgspec.json.decode(part, type=PipelineReport)
        return render_tables(format_, tables_of(report, made_at=clock.now()))


class _Frozen:
    action = "reports.read"

    def organizations(self, store: Store, order: Order) -> Sequence[str]:
        return [str(_frozen(store, order).organization_id)]

    def total(self, _: Order) -> int:
        return 1

    def part(self, store: Store, _: Clock, person: Actor, order: Order, __: int) -> bytes:
        kept = _frozen(store, order)
        report = kept.report()
        organization = queries.organization(store, kept.organization_id)
        sight.refuse_withheld(store, person, organization, period=report.period, as_of=report.as_of)
        return msgspec.json.encode(sight.for_person(person, organization, report))

    def rendered(self, _: Clock, format_: str, parts: Sequence[bytes]) -> Rendered:
        return render(format_, [msgspec.json.decode(part, type=ScreeningReport) for part in parts])


class _Consolidated:
    action = "reports.receive"

    def organizations(self, _: Store, __: Order) -> None:
        return None

    def total(self, _: Order) -> int:
        return 1

    def part(self, store: Store, clock: Clock, _: Actor, order: Order, __: int) -> bytes:
        received, total = consolidated_report(store, clock, period=_period(order))
        return msgspec.json.encode([total, *(each.read().report for each in received)])

    def rendered(self, _: Clock, format_: str, parts: Sequence[bytes]) -> Rendered:
        (part,) = parts
        return render(format_, msgspec.json.decode(part, type=list[ScreeningReport]))


CONTENTS: Mapping[str, Content] = MappingProxyType(
    {
        "screening_report": _ScreeningReports(),
        "pipeline": _Pipeline(),
        "frozen_report": _Frozen(),
        "consolidated_report": _Consolidated(),
    }
)
"""Name of a kind of export → what it is."""


def _period(order: Order) -> Period:
    if order.period is None:
        raise ValueError("an order of this kind has a period")
    return order.period


def _frozen(store: Store, order: Order) -> FrozenReport:
    raw = store.collection(FrozenReport.kind()).find_one({"_id": order.report_id})
    if raw is None:
        raise MissingError(FrozenReport.kind(), str(order.report_id))
    found: FrozenReport = FrozenReport.from_document(raw)
    return found
