"""Frozen reports (*báo cáo đã chốt*): one text, one hash; what a correction changed; the package sent up.

The text is canonical JSON: UTF-8, keys in order, no spaces, no fractions. Its SHA-256 is the report's hash, which
the level above computes again. The hash shows that nothing was changed on the way; who sent it is vouched for by
the signed paper that carries the same hash.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from services.reporting.domain.screening_count import (
    ENTRIES,
    EXITS,
    Figures,
    Listed,
    OtherExits,
    Removed,
    Reversed,
)
from services.reporting.domain.screening_report import Compared, KindFigures, ScreeningReport

PACKAGE_FORMAT = "vn.khoi.report-package.v1"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Figure that a correction changed — *số liệu được sửa*; 0 where a report does not have the figure."""

    figure: str
    before: int
    after: int


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed — *người ký*: the role and its organisation, with number, date and issuer of the paper."""

    role: str
    role_title: str
    organization: str
    signed_at: datetime
    number: str
    issued_on: date
    issuer: str


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """What a version corrects — *bản sửa*: the version before by number and hash, why, and what changed."""

    revision: int
    sha256: str
    reason: str
    differences: tuple[Difference, ...]


class Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Report as it goes up — *gói báo cáo gửi cấp trên*: the report, its hash and where it comes from."""

    format: str
    source: str
    """Deployment and service that froze it, as its events name it."""
    report_id: str
    year: int
    serial: int
    revision: int
    frozen_at: datetime
    sha256: str
    report: ScreeningReport
    signature: Signature
    corrects: Correction | None = None


class PackageRefused(ValueError):  # noqa: N818 -- names what happened; the web layer makes the problem of it
    """A package is not taken in — *gói báo cáo không được nhận*; ``pointer`` is the place at fault."""

    def __init__(self, code: str, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer}: {detail}")
        self.code = code
        self.pointer = pointer
        self.detail = detail


def canonical(value: Any) -> bytes:
    """Return the canonical JSON of a report or a package."""
    return msgspec.json.encode(msgspec.to_builtins(value), order="sorted")


def sha256_of(content: bytes) -> str:
    """Return the hash, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def differences(before: Figures, after: Figures) -> tuple[Difference, ...]:
    """Return every figure that differs, by key."""
    old, new = before.flat(), after.flat()
    return tuple(
        Difference(figure=key, before=old.get(key, 0), after=new.get(key, 0))
        for key in sorted(old.keys() | new.keys())
        if old.get(key, 0) != new.get(key, 0)
    )


def read_package(document: Any) -> Package:
    """Read a decoded package and check it: form, hash, identity and parts. Raises PackageRefused."""
    if not isinstance(document, dict) or document.get("format") != PACKAGE_FORMAT:
        raise PackageRefused("format", "/format", f"không phải gói báo cáo dạng {PACKAGE_FORMAT}")
    try:
        package = msgspec.convert(document, Package)
    except msgspec.ValidationError as error:
        detail, _, place = str(error).partition(" - at `$.")
        pointer = "/" + place.rstrip("`").replace(".", "/")
        raise PackageRefused("form", pointer, f"không đúng mẫu: {detail}") from error
    # The hash is that of the text as sent: a field that this version does not know counts as well.
    if sha256_of(canonical(document["report"])) != package.sha256:
        raise PackageRefused("hash", "/sha256", "mã băm không khớp: báo cáo đã bị thay đổi sau khi chốt")
    fault = fault_in(package.report.figures)
    if fault is not None:
        raise PackageRefused("identity", "/report/figures", fault)
    if (package.revision > 1) != (package.corrects is not None):
        raise PackageRefused("correction", "/corrects", "bản từ 2 trở đi phải nói sửa bản nào, vì sao")
    return package


def fault_in(figures: Figures) -> str | None:
    """Return what does not add up in figures, or None: the identity and every total with its parts."""
    flat = figures.flat()
    left = sum(flat[key] for key in ENTRIES) - sum(flat[key] for key in EXITS)
    if left != figures.unreconciled:
        return f"không cân đối: vào trừ ra còn {left}, báo cáo ghi chưa đối chiếu {figures.unreconciled}"
    sums = {
        "listed": figures.listed.by_criterion,
        "other_exits": figures.other_exits.by_reason,
        "removed_from_list, by_mode": figures.removed_from_list.by_mode,
        "removed_from_list, by_ground": figures.removed_from_list.by_ground,
        "removed_outside_list, by_mode": figures.removed_outside_list.by_mode,
        "removed_outside_list, by_ground": figures.removed_outside_list.by_ground,
    }
    for name, parts in sums.items():
        whole = flat[name.partition(",")[0]]
        if sum(parts.values()) != whole:
            return f"các phần của {name} cộng lại {sum(parts.values())}, tổng ghi {whole}"
    return None


def consolidated(reports: Iterable[Figures]) -> Figures:
    """Return the sum of the figures of several reports — *tổng hợp*; what holds for each holds for the sum."""
    figures = list(reports)

    def removed(name: str) -> Removed:
        each: list[Removed] = [getattr(one, name) for one in figures]
        return Removed(
            total=sum(one.total for one in each),
            by_mode=_added(one.by_mode for one in each),
            by_ground=_added(one.by_ground for one in each),
            probationary=sum(one.probationary for one in each),
        )

    return Figures(
        opening=sum(one.opening for one in figures),
        listed=Listed(
            total=sum(one.listed.total for one in figures),
            by_criterion=_added(one.listed.by_criterion for one in figures),
        ),
        transferred_in=sum(one.transferred_in for one in figures),
        reversed=Reversed(
            total=sum(one.reversed.total for one in figures),
            returned_to_list=sum(one.reversed.returned_to_list for one in figures),
        ),
        recognized=sum(one.recognized for one in figures),
        transferred_out=sum(one.transferred_out for one in figures),
        removed_from_list=removed("removed_from_list"),
        removed_outside_list=removed("removed_outside_list"),
        other_exits=OtherExits(
            total=sum(one.other_exits.total for one in figures),
            by_reason=_added(one.other_exits.by_reason for one in figures),
        ),
        continuing=sum(one.continuing for one in figures),
        unreconciled=sum(one.unreconciled for one in figures),
    )


def consolidated_kinds(reports: Iterable[ScreeningReport]) -> tuple[KindFigures, ...]:
    """Return the sums by kind of organisation — *tổng hợp theo loại hình*; a kind is known by its code and name."""
    found: dict[tuple[str, str], list[KindFigures]] = {}
    for report in reports:
        for kind in report.by_organization_kind:
            found.setdefault((kind.level, kind.level_name), []).append(kind)
    return tuple(
        KindFigures(
            level=level,
            level_name=name,
            organizations=sum(kind.organizations for kind in kinds),
            figures=consolidated(kind.figures for kind in kinds),
        )
        for (level, name), kinds in sorted(found.items())
    )


def consolidated_comparison(reports: Sequence[ScreeningReport]) -> tuple[Compared, ...]:
    """Return the sums of the other periods — *tổng hợp so sánh*: of those alone that every report is compared with."""
    compared = [{(each.with_, each.period): each for each in report.comparison} for report in reports]
    common = [key for key in compared[0] if all(key in each for each in compared[1:])] if compared else []
    return tuple(
        Compared(
            with_=with_, period=period, figures=consolidated(each[with_, period].figures for each in compared)
        )
        for with_, period in common
    )


def _added(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    added: dict[str, int] = {}
    for each in parts:
        for code, count in each.items():
            added[code] = added.get(code, 0) + count
    return dict(sorted(added.items()))
