"""Evidence against the members' records (đối chiếu với hồ sơ đảng viên): what the register holds decides, not a claim.

C1 rests on two annual results "Không hoàn thành nhiệm vụ" (02-HD/BTCTW, 12/4/2021, Mục II, điểm 1): both must stand in
the register. X1 and X2 rest on months of a year (24-QĐ/TW, 30/7/2021, Điều 8): where the register counted them, no
more can be claimed; where it did not, the minutes are the evidence if the profile lets them, and the case says so.
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
_MONTHS = at(QD24, "Điều 8")


class MemberRecords(msgspec.Struct, frozen=True, kw_only=True):
    """Hồ sơ đảng viên: annual results and counted months by year, as the register has them now."""

    levels: Mapping[int, str] = {}
    months_absent: Mapping[int, int] = {}
    months_unpaid: Mapping[int, int] = {}

    def counted(self, kind: EvidenceKind) -> Mapping[int, int]:
        """Return the counted months that evidence of *kind* speaks of; empty for other kinds."""
        by_kind: dict[EvidenceKind, Mapping[int, int]] = {
            "absence_count": self.months_absent,
            "dues_count": self.months_unpaid,
        }
        return by_kind.get(kind, {})


def record_problems(evidence: Sequence[Evidence], records: MemberRecords) -> list[Problem]:
    """Return where *evidence* says something else than the register, with pointers into ``/evidence``."""
    found: list[Problem] = []
    for index, each in enumerate(evidence):
        if each.year is None:
            continue
        place = f"/evidence/{index}"
        if each.kind == "annual_not_completed":
            found.extend(_level_problems(each.year, records, f"{place}/year"))
        counted = records.counted(each.kind).get(each.year)
        if counted is not None and (each.count or 0) > counted:
            vi = f"Hồ sơ đảng viên năm {each.year} chỉ ghi {counted} tháng."
            en = f"The register counts {counted} month(s) in {each.year}."
            found.append(problem("months_differ", f"{place}/count", vi, en, _MONTHS))
    return found


def unrecorded_counts(evidence: Sequence[Evidence], records: MemberRecords) -> tuple[int, ...]:
    """Return the places in *evidence* of counted months of which the register holds nothing."""
    return tuple(
        index
        for index, each in enumerate(evidence)
        if each.kind in {"absence_count", "dues_count"} and each.year not in records.counted(each.kind)
    )


def unrecorded_problems(places: Sequence[int], profile: Profile) -> list[Problem]:
    """Return the refusal of counts the register does not hold, where the profile wants them held."""
    setting = profile.settings.counts_required
    if not setting.value:
        return []
    vi = "Hồ sơ đảng viên chưa ghi số tháng của năm này; hãy ghi vào hồ sơ trước."
    en = "The register has no count of the year; record it first."
    return [
        problem("count_unknown", f"/evidence/{place}/count", vi, en, setting.citation) for place in places
    ]


def _level_problems(year: int, records: MemberRecords, pointer: str) -> list[Problem]:
    level = records.levels.get(year)
    if level == NOT_COMPLETED:
        return []
    known = ", ".join(f"{each}: {LEVEL_VI[records.levels[each]]}" for each in sorted(records.levels))
    if level is None:
        vi = (
            f"Hồ sơ đảng viên chưa có kết quả xếp loại năm {year} (đang có: {known or 'chưa có năm nào'}); "
            "hãy ghi kết quả vào hồ sơ trước."
        )
        en = f"The register has no annual result of {year}; record it first."
        return [problem("classification_unknown", pointer, vi, en, _C1)]
    vi = f"Hồ sơ đảng viên năm {year} xếp loại “{LEVEL_VI[level]}”."
    return [problem("classification_differs", pointer, vi, f"The register says {level} for {year}.", _C1)]
