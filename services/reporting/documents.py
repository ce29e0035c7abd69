"""The aggregates of reporting: what people put in, apart from the read model that events make."""

from __future__ import annotations

from typing import Any

import msgspec
from mongoengine import BooleanField, DateTimeField, DictField, IntField, ListField, StringField

from services.reporting.domain.frozen_report import Package
from services.reporting.domain.published_figures import PublishedFigures
from services.reporting.domain.screening_report import ScreeningReport
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
    for each in (document, *document["series"]):
        each["figures"] = [[key, bound] for key, bound in each["figures"].items()]
    return document


def read_stored(document: dict[str, Any]) -> PublishedFigures:
    """Return the published figures of a stored document."""
    series = [{**part, "figures": dict(part["figures"])} for part in document.get("series", ())]
    figures = dict(document["figures"])
    return msgspec.convert({**document, "figures": figures, "series": series}, PublishedFigures)


class FrozenReport(Aggregate):
    """Báo cáo đã chốt: one version of a report, whose text and hash never change again."""

    meta = {"collection": "frozen_reports", "db_alias": "reporting"}  # noqa: RUF012 -- mongoengine's own form

    organization_id = StringField(required=True)
    organization_path = ListField(StringField())
    year = IntField(required=True)
    serial = IntField(required=True)
    """Counts the organisation's reports of a year; all versions of one report have the same."""
    revision = IntField(required=True)
    content = StringField(required=True)
    """Canonical JSON of the report."""
    sha256 = StringField(required=True)
    frozen_at = DateTimeField(required=True)
    frozen_by = StringField(required=True)
    corrects = DictField(default=None, null=True)
    """Builtins of a `Correction`, for versions after the first."""
    replaced_by = StringField()
    signature = DictField(default=None, null=True)
    """Builtins of a `Signature`, once signed."""

    def report(self) -> ScreeningReport:
        """Return the report as it was frozen."""
        return msgspec.json.decode(self.content, type=ScreeningReport)


class ReceivedReport(Aggregate):
    """Báo cáo cấp dưới gửi lên: a package of another deployment, checked and kept as it came."""

    meta = {"collection": "received_reports", "db_alias": "reporting"}  # noqa: RUF012 -- mongoengine's own form

    source = StringField(required=True)
    organization_id = StringField(required=True)
    period_from = StringField(required=True)
    period_to = StringField(required=True)
    revision = IntField(required=True)
    sha256 = StringField(required=True)
    package = StringField(required=True)
    """Canonical JSON of the package."""
    received_at = DateTimeField(required=True)
    replaced_by = StringField()

    def read(self) -> Package:
        """Return the package as it came."""
        return msgspec.json.decode(self.package, type=Package)


class ExportJob(Aggregate):
    """Lượt xuất: one file that somebody ordered, on its way or ready to be fetched."""

    meta = {"collection": "export_jobs", "db_alias": "reporting"}  # noqa: RUF012 -- mongoengine's own form

    state = StringField(
        required=True, choices=("ordered", "executing", "done", "failed", "cancelled", "expired")
    )
    what = StringField(required=True)
    """Which report: a key of `services.reporting.export_jobs.contents.CONTENTS`."""
    request = DictField(required=True)
    """Builtins of an `Order`: organisations, period, day, frozen report."""
    format = StringField(required=True)
    reason = StringField(required=True)
    subject = StringField(required=True)
    """Who ordered it, and so who may see it."""
    author = DictField(required=True)
    """On whose behalf the worker acts, with the grants under which it was ordered."""
    ordered_at = DateTimeField(required=True)
    active = BooleanField(required=True)
    """Whether the worker has something to do with it."""
    attempts = IntField(required=True, default=0)
    """How many workers died at the present part since it last got further."""
    lease_holder = StringField()
    lease_until = DateTimeField()
    total = IntField(required=True)
    progress = IntField(required=True, default=0)
    """Parts that are counted, of ``total``."""
    file_name = StringField()
    sha256 = StringField()
    size = IntField()
    expires_at = DateTimeField()
    """Until when the file is kept; under the id of the record."""
    problem = DictField(default=None, null=True)
    """Why there is no file: code and detail."""
