"""The figures of a few reports: what two generations of the read model are compared by, besides their documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

from services.reporting import queries
from services.reporting.domain.period import Period
from services.reporting.domain.screening_count import count_screening
from services.reporting.projection import organizations
from shared.clock import Clock
from shared.store.connection import Store

ORGANIZATIONS = 25
YEARS = 3


def sampled_figures(store: Store, clock: Clock) -> Mapping[str, Mapping[str, int]]:
    """Return the figures of reports on the whole and on some organisations, by a name for each report.

    Which organisations follows from their ids, so that two read models of the same events have the same sample.
    """
    today = clock.today()
    periods = [
        Period.range(date(2000, 1, 1), today),
        *(Period.year(today.year - before) for before in range(YEARS)),
    ]
    figures: dict[str, Mapping[str, int]] = {}
    for organization_id in _sampled(store):
        found = queries.case_facts(store, organization_id, as_of=today)
        for period in periods:
            count = count_screening(found, organization_id=organization_id, period=period, as_of=today)
            name = f"{organization_id} {period.starts_on:%d/%m/%Y}–{period.ends_on:%d/%m/%Y}"
            figures[name] = {key: figure for key, figure in count.figures.flat().items() if figure}
    return figures


def _sampled(store: Store) -> list[str]:
    found = list(store.collection(organizations.COLLECTION).find({}, ["path"]))
    roots = sorted(str(each["_id"]) for each in found if len(each["path"]) == 1)
    others = sorted(
        (str(each["_id"]) for each in found if len(each["path"]) > 1),
        key=lambda id_: hashlib.blake2b(id_.encode()).digest(),
    )
    return [*roots, *others[:ORGANIZATIONS]]
