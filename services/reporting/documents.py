"""The aggregates of reporting: what people put in, apart from the read model that events make."""

from __future__ import annotations

from typing import Any

import msgspec
from mongoengine import DateTimeField, DictField, ListField, StringField

from services.reporting.domain.published_figures import PublishedFigures
from shared.store.aggregate import Aggregate


class PublishedFigureSet(Aggregate):
    """Số liệu đã công bố: figures as one source printed them for one organisation and period."""

    meta = {"collection": "published_figures", "db_alias": "reporting"}  # noqa: RUF012 -- mongoengine's own form

    organization_id = StringField()
    """None where the organisation is outside the deployment's tree."""
    organization_path = ListField(StringField())
    origin = StringField(required=True)
    """Digest of source, organisation and period: one source is imported once for each."""
    imported_at = DateTimeField(required=True)
    figures = DictField(required=True)
    """What `stored` makes of `PublishedFigures`."""

    def published(self) -> PublishedFigures:
        """Return the figures as the domain knows them."""
        return read_stored(self.figures)


def stored(published: PublishedFigures) -> dict[str, Any]:
    """Return the document of published figures. Keys carry dots, which Mongo field names should not: pairs."""
    document: dict[str, Any] = msgspec.to_builtins(published)
    document["figures"] = [[key, bound] for key, bound in document["figures"].items()]
    return document


def read_stored(document: dict[str, Any]) -> PublishedFigures:
    """Return the published figures of a stored document."""
    return msgspec.convert({**document, "figures": dict(document["figures"])}, PublishedFigures)
