"""Freezing, signing, correcting and taking in reports — *chốt, ký, sửa, nhận báo cáo*: one transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from services.reporting.documents import FrozenReport, ReceivedReport
from services.reporting.domain.case_facts import end_of_day
from services.reporting.domain.frozen_report import (
    PACKAGE_FORMAT,
    Correction,
    Package,
    PackageRefused,
    Signature,
    canonical,
    differences,
    sha256_of,
)
from services.reporting.domain.screening_report import ScreeningReport
from shared.access.actor import ROLE_TITLES
from shared.access.table import EVERYWHERE
from shared.events.catalogue.reporting import ReportPublished
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.web.problems import Problem


def freeze(tx: Transaction, report: ScreeningReport, *, path: Sequence[str]) -> FrozenReport:
    """Keep a report under its number and hash — *chốt báo cáo*."""
    year = tx.clock.today().year
    collection = tx.collection(FrozenReport.kind())
    # Commands of one service commit one after the other: nobody else takes this serial meanwhile.
    latest = collection.find_one(
        {"organization_id": report.organization.id, "year": year},
        ["serial"],
        sort=[("serial", -1)],
        session=tx.session,
    )
    serial = 1 if latest is None else int(latest["serial"]) + 1
    kept = _version(tx, report, path=path, year=year, serial=serial, revision=1)
    tx.record("report.freeze", kept.id, after=kept.sha256, organization=report.organization.id)
    tx.insert(kept)
    return kept


def correct(
    tx: Transaction, earlier: FrozenReport, report: ScreeningReport, *, path: Sequence[str], reason: str
) -> FrozenReport:
    """Put a corrected version beside the earlier one, which stays — *sửa báo cáo đã chốt*.

    Refused where a later version exists already, or no figure changed.
    """
    if earlier.replaced_by is not None:
        raise _refused(
            "Bản này đã được thay bằng bản sau; hãy sửa bản mới nhất.",
            "A later version exists; correct the newest one.",
            replaced_by=earlier.replaced_by,
        )
    changed = differences(earlier.report().figures, report.figures)
    if not changed:
        raise _refused(
            "Không có số liệu nào thay đổi so với bản đã chốt.", "No figure differs; nothing to correct."
        )
    kept = _version(
        tx, report, path=path, year=earlier.year, serial=earlier.serial, revision=earlier.revision + 1
    )
    kept.corrects = _stored(
        Correction(revision=earlier.revision, sha256=earlier.sha256, reason=reason, differences=changed)
    )
    earlier.replaced_by = kept.id
    tx.record(
        "report.correct",
        kept.id,
        reason=reason,
        before=earlier.sha256,
        after=kept.sha256,
        organization=report.organization.id,
    )
    tx.save(earlier)
    tx.insert(kept)
    return kept


def sign(tx: Transaction, kept: FrozenReport, paper: dict[str, Any]) -> FrozenReport:
    """Sign a frozen report — *ký báo cáo*: the committee of the organisation itself, under the paper's number.

    Refused when it was signed before, was replaced meanwhile, or the office held is another organisation's.
    """
    role, office = tx.context.role, tx.context.organization
    if role is None or office not in {kept.organization_id, EVERYWHERE}:
        raise _refused(
            "Báo cáo do cấp ủy của chính tổ chức ký.",
            "A report is signed by the organisation's own committee.",
        )
    if kept.signature is not None or kept.replaced_by is not None:
        raise _refused(
            "Bản này đã được ký hoặc đã được thay.", "This version is signed already, or was replaced."
        )
    report = kept.report()
    kept.signature = _stored(
        Signature(
            role=role,
            role_title=ROLE_TITLES[role],
            organization=kept.organization_id,
            signed_at=tx.clock.now(),
            **paper,
        )
    )
    tx.emit(
        kept,
        ReportPublished(
            report_id=str(kept.id),
            number=paper["number"],
            version=kept.revision,
            organization_path=list(kept.organization_path),
            period_from=report.period.starts_on,
            period_to=report.period.ends_on,
            as_of=end_of_day(report.as_of),
            sha256=kept.sha256,
        ),
    )
    tx.record("report.sign", str(kept.id), after=kept.sha256, organization=kept.organization_id)
    tx.save(kept)
    return kept


def package_of(kept: FrozenReport, *, source: str) -> dict[str, Any]:
    """Return the package of a signed report — *gói gửi cấp trên*; refused while nobody signed it.

    The report goes out as the text that was hashed, whatever fields this version has added since.
    """
    if kept.signature is None:
        raise Problem(
            "conflict",
            "Báo cáo chưa được ký nên chưa gửi được.",
            "The report is not signed; it cannot go up.",
        )
    package = Package(
        format=PACKAGE_FORMAT,
        source=source,
        report_id=str(kept.id),
        year=kept.year,
        serial=kept.serial,
        revision=kept.revision,
        frozen_at=kept.frozen_at,
        sha256=kept.sha256,
        report=kept.report(),
        signature=msgspec.convert(kept.signature, Signature),
        corrects=correction_of(kept),
    )
    return {**_stored(package), "report": msgspec.json.decode(kept.content)}


def take_in(tx: Transaction, package: Package, document: Any) -> ReceivedReport:
    """Keep a package of another deployment, as the document that came — *nhận báo cáo cấp dưới*.

    A corrected version takes the place of the one it names by hash, which stays. Raises PackageRefused for a
    second report of the same organisation and period that corrects nothing, AlreadyExistsError for the same one.
    """
    report = package.report
    same = {
        "source": package.source,
        "organization_id": report.organization.id,
        "period_from": report.period.starts_on.isoformat(),
        "period_to": report.period.ends_on.isoformat(),
    }
    held = tx.collection(ReceivedReport.kind()).find_one(
        {**same, "replaced_by": None}, session=tx.session, sort=[("revision", -1)]
    )
    kept = ReceivedReport(
        id=new_id(),
        **same,
        revision=package.revision,
        sha256=package.sha256,
        package=canonical(document).decode(),
        received_at=tx.clock.now(),
    )
    if held is not None and held["sha256"] != package.sha256:
        if package.corrects is None or package.corrects.sha256 != held["sha256"]:
            raise PackageRefused(
                "second_report",
                "/corrects",
                "đã nhận báo cáo khác của tổ chức này cho kỳ này; gói không phải bản sửa của báo cáo ấy",
            )
        earlier = ReceivedReport.from_document(held)
        earlier.replaced_by = kept.id
        tx.save(earlier)
    tx.record("report.receive", kept.id, after=kept.sha256, organization=report.organization.id)
    tx.insert(kept)
    return kept


def correction_of(kept: FrozenReport) -> Correction | None:
    """Return what a version corrects, or None for the first."""
    return None if kept.corrects is None else msgspec.convert(kept.corrects, Correction)


def _version(
    tx: Transaction, report: ScreeningReport, *, path: Sequence[str], year: int, serial: int, revision: int
) -> FrozenReport:
    content = canonical(report)
    return FrozenReport(
        id=new_id(),
        organization_id=report.organization.id,
        organization_path=list(path),
        year=year,
        serial=serial,
        revision=revision,
        content=content.decode(),
        sha256=sha256_of(content),
        frozen_at=tx.clock.now(),
        frozen_by=tx.context.actor.subject,
    )


def _stored(value: Any) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(value)
    return document


def _refused(detail: str, detail_en: str, **extra: str) -> Problem:
    return Problem("rule-refused", detail, detail_en, extra=extra)
