"""What people do in reporting: import published figures."""

from __future__ import annotations

import hashlib

import msgspec

from services.reporting.documents import PublishedFigureSet, stored
from services.reporting.domain.published_figures import PublishedFigures
from shared.ids import new_id
from shared.store.unit_of_work import Transaction


def import_published_figures(
    tx: Transaction, published: PublishedFigures, *, organization_path: tuple[str, ...]
) -> PublishedFigureSet:
    """Keep figures as a source printed them — *nhập số liệu đã công bố*.

    Raises AlreadyExistsError when the same source, organisation and period were imported before.
    """
    kept = PublishedFigureSet(
        id=new_id(),
        organization_id=published.organization_id,
        organization_path=list(organization_path),
        origin=_origin(published),
        imported_at=tx.clock.now(),
        figures=stored(published),
    )
    tx.record("published.import", kept.id, organization=published.organization_id)
    tx.insert(kept)
    return kept


def _origin(published: PublishedFigures) -> str:
    source = published.source
    parts = (
        source.kind,
        source.name,
        source.title,
        source.published_on,
        published.organization_id or published.organization_name,
        published.period,
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
