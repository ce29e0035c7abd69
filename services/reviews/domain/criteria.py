"""Criteria (tiêu chí): why a cell may put a member on the list, as a code list with versions and citations.

The list for what 02-HD/BTCTW calls members who need education and help, and the legacy reasons of the first
round under Chỉ thị 28-CT/TW. What a criterion demands as evidence is said here and checked when it is proposed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec

from services.reviews.domain.citation import CT28, HD02, Certainty, Citation, Problem, at

EvidenceKind = Literal[
    "annual_not_completed",
    "discipline_in_force",
    "repeated_violation",
    "committee_conclusion",
    "review_minutes",
    "absence_count",
    "dues_count",
    "card_statement",
    "annual_standing_violation",
    "political_conclusion",
    "probation_review",
    "application",
    "discipline_decision",
]
EVIDENCE_VI: dict[EvidenceKind, str] = {
    "annual_not_completed": "xếp loại năm “Không hoàn thành nhiệm vụ”",
    "discipline_in_force": "quyết định kỷ luật còn hiệu lực",
    "repeated_violation": "kết luận tiếp tục vi phạm",
    "committee_conclusion": "kết luận của cấp có thẩm quyền",
    "review_minutes": "biên bản rà soát",
    "absence_count": "số tháng bỏ sinh hoạt đảng trong năm",
    "dues_count": "số tháng không đóng đảng phí trong năm",
    "card_statement": "biên bản về việc trả hoặc hủy thẻ đảng viên",
    "annual_standing_violation": "kết luận vi phạm tư cách đảng viên của năm",
    "political_conclusion": "kết luận về tiêu chuẩn chính trị",
    "probation_review": "nghị quyết xét công nhận đảng viên chính thức",
    "application": "đơn xin ra khỏi Đảng",
    "discipline_decision": "quyết định của cơ quan kỷ luật có thẩm quyền",
}


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bằng chứng, tài liệu: what a step rests on.

    ``year`` belongs to annual kinds, ``count`` is in months, ``until`` is the last day in force.
    """

    kind: EvidenceKind
    reference: str
    on: dt.date
    year: int | None = None
    count: int | None = None
    until: dt.date | None = None


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """Tiêu chí: one reason for listing.

    ``demands`` lists evidence kinds; a kind named twice is needed for two consecutive years.
    """

    code: str
    text_vi: str
    valid_from: dt.date
    valid_until: dt.date | None
    """First day on which the code may no longer be used; None while in use."""
    demands: tuple[EvidenceKind, ...]
    citation: Citation
    certainty: Certainty


_SECTION = "Mục II, điểm 1"
_LEGACY_END = HD02.date


def _current(
    code: str, text_vi: str, *demands: EvidenceKind, clause: str = _SECTION, certainty: Certainty = "verified"
) -> Criterion:
    return Criterion(
        code=code,
        text_vi=text_vi,
        valid_from=HD02.date,
        valid_until=None,
        demands=demands,
        citation=at(HD02, clause),
        certainty=certainty,
    )


def _legacy(code: str, text_vi: str) -> Criterion:
    return Criterion(
        code=code,
        text_vi=text_vi,
        valid_from=CT28.date,
        valid_until=_LEGACY_END,
        demands=("review_minutes",),
        citation=at(CT28, "điểm 4"),
        certainty="verified",
    )


CRITERIA: tuple[Criterion, ...] = (
    _current(
        "C1",
        "Hai năm liên tiếp xếp loại không hoàn thành nhiệm vụ",
        "annual_not_completed",
        "annual_not_completed",
    ),
    _current(
        "C2",
        "Đã bị kỷ luật từ cảnh cáo, hạ bậc lương, giáng cấp, giáng chức hoặc cách chức, lại vi phạm khi đang"
        " chấp hành kỷ luật",
        "discipline_in_force",
        "repeated_violation",
    ),
    _current(
        "C3",
        "Được kết luận suy thoái tư tưởng chính trị, “tự diễn biến”, “tự chuyển hóa” hoặc vi phạm đạo đức, lối sống",
        "committee_conclusion",
    ),
    _current(
        "C4a", "Vi phạm quy định về trách nhiệm nêu gương", "committee_conclusion", certainty="inferred"
    ),
    _current(
        "C4b", "Vi phạm những điều đảng viên không được làm", "committee_conclusion", certainty="inferred"
    ),
    _legacy("L1", "Không hoàn thành nhiệm vụ đảng viên"),
    _legacy(
        "L2", "Không thực hiện đúng quy định chuyển sinh hoạt đảng hoặc không nộp hồ sơ cho nơi tiếp nhận"
    ),
    _legacy("L3", "Vi phạm kỷ luật Đảng, pháp luật Nhà nước"),
    _legacy("L4", "Thiếu gương mẫu, uy tín thấp trong quần chúng"),
)
"""Every code ever used. C4a/C4b split one criterion whose end is not in the text that could be read: inferred."""


def criterion(code: str, *, on: dt.date) -> Criterion | None:
    """Return the criterion with *code* in use on that day, or None."""
    for each in CRITERIA:
        if (
            each.code == code
            and each.valid_from <= on
            and (each.valid_until is None or on < each.valid_until)
        ):
            return each
    return None


def evidence_problems(
    demands: Sequence[EvidenceKind], evidence: Sequence[Evidence], *, on: dt.date, citation: Citation
) -> list[Problem]:
    """Return what is missing or unfit among *evidence* for the demands on that day; pointers into ``/evidence``."""
    problems: list[Problem] = []

    def found(code: str, pointer: str, vi: str, en: str) -> None:
        problems.append(Problem(code=code, pointer=pointer, detail_vi=vi, detail_en=en, citation=citation))

    for index, each in enumerate(evidence):
        if not each.reference.strip():
            vi = "Phải ghi số, trích yếu của tài liệu."
            found("evidence_reference", f"/evidence/{index}/reference", vi, "The document must be named.")
        if each.on > on:
            vi = "Tài liệu có ngày sau ngày thực hiện bước này."
            found("evidence_later", f"/evidence/{index}/on", vi, "The document is dated after this step.")
        if each.kind == "discipline_in_force" and (each.until is None or each.until < on):
            vi = "Kỷ luật đã hết thời hạn chấp hành hoặc thiếu ngày hết hiệu lực."
            en = "The discipline is no longer in force, or the day its force ends is missing."
            found("discipline_over", f"/evidence/{index}/until", vi, en)
    for kind, times in Counter(demands).items():
        given = [each for each in evidence if each.kind == kind]
        years = {each.year for each in given if each.year is not None}
        if times == 1 and not given:
            vi = f"Thiếu tài liệu: {EVIDENCE_VI[kind]}."
            found("evidence_missing", "/evidence", vi, f"Missing evidence: {kind}.")
        elif times > 1 and not any(year + 1 in years for year in years):
            vi = f"Cần {EVIDENCE_VI[kind]} của hai năm liên tiếp; kết quả quý không được tính là năm."
            en = f"Needs {kind} of two consecutive years; a quarterly result is no year."
            found("evidence_two_years", "/evidence", vi, en)
        if any(year >= on.year + 1 for year in years):
            vi = "Không thể có kết quả của năm chưa đến."
            found("evidence_year", "/evidence", vi, "There is no result of a year to come.")
    return problems
