"""Báo cáo đã chốt: frozen, signed, corrected by a new version, sent up as a package."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from flask import Response
from flask_smorest import Blueprint

from services.reporting import freezing, queries
from services.reporting.api.screening_report import (
    count,
    for_caller,
    opens_cases,
    sent,
)
from services.reporting.documents import FrozenReport
from services.reporting.domain.frozen_report import canonical
from services.reporting.exports.formats import Rendered, render
from services.reporting.reports import screening_report
from services.reporting.schemas import (
    CorrectionSchema,
    ExportQuery,
    FreezeSchema,
    FrozenPageSchema,
    FrozenReportSchema,
    FrozenSchema,
    OrganizationPageQuery,
    PackageQuery,
    SignSchema,
)
from shared.access.actor import Context
from shared.store.errors import MissingError
from shared.store.pages import page_of
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, if_match, runtime

blueprint = Blueprint(
    "frozen_reports",
    "frozen_reports",
    url_prefix="/api/reporting/frozen-reports",
    description="Báo cáo đã chốt",
)


@blueprint.post("")
@blueprint.arguments(FreezeSchema)
@blueprint.response(201, FrozenSchema)
@action("reports.freeze")
def freeze(given: dict[str, Any]) -> Response:
    """Freeze the screening report of an organisation and period under a number and a hash."""
    organization = queries.organization(runtime().store, given["organization"])
    context = allow(path=organization.path)
    report = count(organization, given).report
    return commit(
        context,
        lambda tx: freezing.freeze(tx, report, path=organization.path),
        _shown,
        status=201,
        location=_address,
    )


@blueprint.get("")
@blueprint.arguments(OrganizationPageQuery, location="query")
@blueprint.response(200, FrozenPageSchema)
@action("reports.read")
def list_frozen(query: dict[str, Any]) -> Response:
    """List the frozen reports of an organisation, in the order in which they were frozen."""
    organization = queries.organization(runtime().store, query.pop("organization"))
    allow(path=organization.path)
    page = page_of(
        runtime().store.collection(FrozenReport.kind()),
        {"organization_id": organization.id},
        order_by="_id",
        **query,
    )
    items = [_shown(FrozenReport.from_document(raw)) for raw in page.items]
    return record_answer({"items": items, "next": page.next})


@blueprint.get("/<string:report_id>")
@blueprint.response(200, FrozenReportSchema)
@action("reports.read")
def get_frozen(report_id: str) -> Response:
    """Show a frozen report as it was frozen."""
    kept, organization, _ = _allowed(report_id)
    report = for_caller(organization, kept.report())
    content = msgspec.json.decode(kept.content)
    if not opens_cases(organization):
        content |= {"by_organization_kind": None, "published": msgspec.to_builtins(report.published)}
    return record_answer({**_shown(kept), "report": content}, kept.version)


@blueprint.post("/<string:report_id>/signature")
@blueprint.arguments(SignSchema)
@blueprint.response(200, FrozenSchema)
@action("reports.sign", conditional=True)
def sign(given: dict[str, Any], report_id: str) -> Response:
    """Sign a frozen report under the number of its paper; whoever consumes events is told of it."""
    version = if_match()
    _, _, context = _allowed(report_id)

    def work(tx: Transaction) -> FrozenReport:
        return freezing.sign(tx, tx.load_version(FrozenReport, report_id, version), given["paper"])

    return commit(context, work, _shown)


@blueprint.post("/<string:report_id>/correction")
@blueprint.arguments(CorrectionSchema)
@blueprint.response(201, FrozenSchema)
@action("reports.freeze", conditional=True)
def correct(given: dict[str, Any], report_id: str) -> Response:
    """Count the report of a frozen one again and freeze it as the next version, with what changed and why."""
    version = if_match()
    kept, organization, context = _allowed(report_id)
    as_of: date = given["as_of"] or runtime().clock.today()
    report = screening_report(
        runtime().store, runtime().clock, organization, period=kept.report().period, as_of=as_of
    ).report

    def work(tx: Transaction) -> FrozenReport:
        earlier = tx.load_version(FrozenReport, report_id, version)
        return freezing.correct(tx, earlier, report, path=organization.path, reason=given["reason"])

    return commit(context, work, _shown, status=201, location=_address)


@blueprint.get("/<string:report_id>/file")
@blueprint.arguments(ExportQuery, location="query")
@blueprint.response(200)
@action("reports.read")
def get_file(query: dict[str, Any], report_id: str) -> Response:
    """Return a frozen report as a file; the export and its reason are audited."""
    kept, organization, context = _allowed(report_id)
    rendered = render(query["format"], [for_caller(organization, kept.report())])
    _record(context, kept, "report.export", query["reason"], rendered.filename)
    return sent(rendered)


@blueprint.get("/<string:report_id>/package")
@blueprint.arguments(PackageQuery, location="query")
@blueprint.response(200)
@action("reports.send")
def get_package(query: dict[str, Any], report_id: str) -> Response:
    """Return a signed report as the package that goes up: the report, its hash, its signature, where it is from."""
    kept, _, context = _allowed(report_id)
    source = runtime().settings.event_source("reporting")
    content = canonical(freezing.package_of(kept, source=source))
    filename = f"goi-bao-cao-{kept.year}-{kept.serial:03}-{kept.revision}.json"
    _record(context, kept, "report.send", query["reason"], filename)
    return sent(Rendered(content=content, media_type="application/json", filename=filename))


def _allowed(report_id: str) -> tuple[FrozenReport, queries.Organization, Context]:
    raw = runtime().store.collection(FrozenReport.kind()).find_one({"_id": report_id})
    if raw is None:
        raise MissingError(FrozenReport.kind(), report_id)
    kept: FrozenReport = FrozenReport.from_document(raw)
    organization = queries.organization(runtime().store, kept.organization_id)
    return kept, organization, allow(path=organization.path)


def _record(context: Context, kept: FrozenReport, what: str, reason: str, filename: str) -> None:
    runtime().unit_of_work.run(
        context,
        lambda tx: tx.record(
            what,
            str(kept.id),
            reason=reason,
            after=f"{filename} {kept.sha256}",
            organization=kept.organization_id,
        ),
    )


def _shown(kept: FrozenReport) -> dict[str, Any]:
    names = (
        "organization_id",
        "year",
        "serial",
        "revision",
        "sha256",
        "frozen_at",
        "frozen_by",
        "replaced_by",
    )
    return {
        "id": kept.id,
        **{name: getattr(kept, name) for name in names},
        "signature": kept.to_mongo().get("signature"),
        "corrects": kept.to_mongo().get("corrects"),
    }


def _address(kept: FrozenReport) -> str:
    return f"/api/reporting/frozen-reports/{kept.id}"
