"""What people do in reporting: import published figures."""

from __future__ import annotations

import hashlib

import msgspec

from services.reporting.documents import PublishedFigureSet, stored
from services.reporting.domain.published_figures import PublishedFigures
from shared.ids import new_id
from shared.store.unit_of_work import Transaction


def import_published_figures(
    tx: Transaction,
    published: PublishedFigures,
    *,
    organization_path: tuple[str, ...],
    reason: str | None = None,
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
    tx.record("published.import", kept.id, reason=reason, organization=published.organization_id)
    tx.insert(kept)
    return kept


def known_already(tx: Transaction, published: PublishedFigures) -> bool:
    """Tell whether the same source, organisation and period was imported before."""
    found = tx.collection(PublishedFigureSet.kind()).find_one(
        {"origin": _origin(published)}, ["_id"], session=tx.session
    )
    return found is not None


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
