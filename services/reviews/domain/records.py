"""Evidence against the members' records (đối chiếu với hồ sơ đảng viên): what the register holds decides, not a claim.

C1 rests on two annual results "Không hoàn thành nhiệm vụ" (02-HD/BTCTW, 12/4/2021, Mục II, điểm 1); X1 and X2 on months
of a year, X5 on the conclusions of two years (24-QĐ/TW, 30/7/2021, Điều 8). Nothing that the register says otherwise
can be claimed. Of what it does not hold the profile says whether it is demanded or the named document is accepted; then
the case says that it rests on the document alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from services.reviews.domain.case import problem
from services.reviews.domain.citation import HD02, QD24, Problem, at
from services.reviews.domain.criteria import Evidence, EvidenceKind
from services.reviews.domain.profile import Profile

NOT_COMPLETED = "not_completed"
LEVEL_VI: Mapping[str, str] = {
    "excellent": "Hoàn thành xuất sắc nhiệm vụ",
    "good": "Hoàn thành tốt nhiệm vụ",
    "completed": "Hoàn thành nhiệm vụ",
    NOT_COMPLETED: "Không hoàn thành nhiệm vụ",
}
_C1 = at(HD02, "Mục II, điểm 1")
_REMOVAL = at(QD24, "Điều 8")
_HELD_BY_REGISTER: tuple[EvidenceKind, ...] = (
    "annual_not_completed",
    "absence_count",
    "dues_count",
    "annual_standing_violation",
)
"""Kinds of evidence that the register itself holds, by year."""


class MemberRecords(msgspec.Struct, frozen=True, kw_only=True):
    """Hồ sơ đảng viên: annual results, counted months and conclusions by year, as the register has them now."""

    levels: Mapping[int, str] = {}
    months_absent: Mapping[int, int] = {}
    months_unpaid: Mapping[int, int] = {}
    standing_violated: Mapping[int, bool] = {}

    def of(self, kind: EvidenceKind) -> Mapping[int, object]:
        """Return what the register holds, by year, of what evidence of *kind* speaks of; empty for other kinds."""
        by_kind: dict[EvidenceKind, Mapping[int, object]] = {
            "annual_not_completed": self.levels,
            "absence_count": self.months_absent,
            "dues_count": self.months_unpaid,
            "annual_standing_violation": self.standing_violated,
        }
        return by_kind.get(kind, {})


def record_problems(evidence: Sequence[Evidence], records: MemberRecords) -> list[Problem]:
    """Return where *evidence* says something else than the register, with pointers into ``/evidence``."""
    found: list[Problem] = []
    for index, each in enumerate(evidence):
        held = None if each.year is None else records.of(each.kind).get(each.year)
        if held is not None:
            found.extend(_differences(each, held, f"/evidence/{index}"))
    return found


def unrecorded_places(evidence: Sequence[Evidence], records: MemberRecords) -> tuple[int, ...]:
    """Return the places in *evidence* of years of which the register holds nothing."""
    return tuple(
        index
        for index, each in enumerate(evidence)
        if each.kind in _HELD_BY_REGISTER and each.year not in records.of(each.kind)
    )


def unrecorded_problems(
    places: Sequence[int], evidence: Sequence[Evidence], profile: Profile
) -> list[Problem]:
    """Return the refusal of what the register does not hold, where the profile wants it held."""
    settings = profile.settings
    found: list[Problem] = []
    for place in places:
        given = evidence[place]
        if given.kind == "annual_not_completed" and settings.classification_unrecorded.value == "demand":
            vi = (
                f"Hồ sơ đảng viên chưa có kết quả xếp loại năm {given.year}; hãy ghi kết quả vào hồ sơ trước."
            )
            en = f"The register has no annual result of {given.year}; record it first."
            code, field = "classification_unknown", "year"
            citation = settings.classification_unrecorded.citation
        elif given.kind == "annual_standing_violation" and settings.standing_unrecorded.value == "demand":
            vi = f"Hồ sơ đảng viên chưa có kết luận về tư cách đảng viên năm {given.year}; hãy ghi vào hồ sơ trước."
            en = f"The register has no conclusion on the member's standing in {given.year}; record it first."
            code, field = "standing_unknown", "year"
            citation = settings.standing_unrecorded.citation
        elif given.kind in {"absence_count", "dues_count"} and settings.counts_required.value:
            vi = "Hồ sơ đảng viên chưa ghi số tháng của năm này; hãy ghi vào hồ sơ trước."
            en = "The register has no count of the year; record it first."
            code, field, citation = "count_unknown", "count", settings.counts_required.citation
        else:
            continue
        found.append(problem(code, f"/evidence/{place}/{field}", vi, en, citation))
    return found


def _differences(given: Evidence, held: object, place: str) -> list[Problem]:
    if given.kind == "annual_not_completed" and held != NOT_COMPLETED:
        vi = f"Hồ sơ đảng viên năm {given.year} xếp loại “{LEVEL_VI[str(held)]}”."
        en = f"The register says {held} for {given.year}."
        return [problem("classification_differs", f"{place}/year", vi, en, _C1)]
    if given.kind == "annual_standing_violation" and not held:
        vi = f"Hồ sơ đảng viên năm {given.year} kết luận không vi phạm tư cách đảng viên."
        en = f"The register says that the member did not violate a member's standing in {given.year}."
        return [problem("standing_differs", f"{place}/year", vi, en, _REMOVAL)]
    if isinstance(held, int) and given.kind in {"absence_count", "dues_count"} and (given.count or 0) > held:
        vi = f"Hồ sơ đảng viên năm {given.year} chỉ ghi {held} tháng."
        en = f"The register counts {held} month(s) in {given.year}."
        return [problem("months_differ", f"{place}/count", vi, en, _REMOVAL)]
    return []
