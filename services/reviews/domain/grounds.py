"""Grounds and modes of leaving (căn cứ, hình thức đưa ra khỏi Đảng): xóa tên, khai trừ, xin ra / cho ra."""

from __future__ import annotations

from typing import Literal

import msgspec

from services.reviews.domain.citation import QD22, QD24, QD29, Certainty, Citation, Problem, at
from services.reviews.domain.criteria import EvidenceKind

Status = Literal["official", "probationary"]
STATUS_VI: dict[Status, str] = {"official": "đảng viên chính thức", "probationary": "đảng viên dự bị"}
Mode = Literal["name_removal", "expulsion", "resignation"]
MODE_VI: dict[Mode, str] = {
    "name_removal": "xóa tên",
    "expulsion": "khai trừ",
    "resignation": "xin ra / cho ra khỏi Đảng",
}
NO_EXPULSION_OF_PROBATIONARY: Citation = at(QD22, "hình thức kỷ luật đối với đảng viên dự bị")
MODES_OF_LEAVING: Citation = at(QD24, "Điều 8")


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """Căn cứ xóa tên: one ground; ``direct`` says whether it may be used for a member who was never listed."""

    code: str
    text_vi: str
    demands: tuple[EvidenceKind, ...]
    direct: bool
    citation: Citation
    certainty: Certainty
    only_probationary: bool = False


GROUNDS: tuple[Ground, ...] = (
    Ground(
        code="X1",
        text_vi="Bỏ sinh hoạt đảng 3 tháng trong năm không có lý do chính đáng",
        demands=("absence_count",),
        direct=True,
        citation=at(QD24, "Điều 8"),
        certainty="verified",
    ),
    Ground(
        code="X2",
        text_vi="Không đóng đảng phí 3 tháng trong năm không có lý do chính đáng",
        demands=("dues_count",),
        direct=True,
        citation=at(QD24, "Điều 8"),
        certainty="verified",
    ),
    Ground(
        code="X3",
        text_vi="Tự ý trả thẻ hoặc hủy thẻ đảng viên",
        demands=("card_statement",),
        direct=True,
        citation=at(QD24, "Điều 8"),
        certainty="verified",
    ),
    Ground(
        code="X4",
        text_vi="Giảm sút ý chí phấn đấu, không làm nhiệm vụ đảng viên, đã được chi bộ giáo dục nhưng hết thời hạn"
        " vẫn không tiến bộ",
        demands=(),
        direct=False,
        citation=at(QD24, "Điều 8"),
        certainty="verified",
    ),
    Ground(
        code="X5",
        text_vi="Vi phạm tư cách đảng viên hai năm liên tiếp",
        demands=("annual_standing_violation", "annual_standing_violation"),
        direct=True,
        citation=at(QD24, "Điều 8"),
        certainty="verified",
    ),
    Ground(
        code="X6",
        text_vi="Không bảo đảm tiêu chuẩn chính trị theo quy định của Bộ Chính trị",
        demands=("political_conclusion",),
        direct=True,
        citation=at(QD24, "Điều 8"),
        certainty="verified",
    ),
    Ground(
        code="P1",
        text_vi="Đảng viên dự bị không đủ tư cách khi xét công nhận chính thức",
        demands=("probation_review",),
        direct=True,
        citation=at(QD29, "điểm 4.2"),
        certainty="verified",
        only_probationary=True,
    ),
)
_BY_CODE = {each.code: each for each in GROUNDS}


def ground(code: str) -> Ground | None:
    """Return the ground with *code*, or None."""
    return _BY_CODE.get(code)


def mode_demands(mode: Mode, ground_code: str | None) -> tuple[EvidenceKind, ...]:
    """Return the evidence kinds that a proposal in *mode* on that ground must name."""
    if mode == "expulsion":
        return ("discipline_decision",)
    if mode == "resignation":
        return ("application",)
    found = ground(ground_code) if ground_code else None
    return found.demands if found else ()


def mode_problems(*, mode: Mode, ground_code: str | None, status: Status, listed: bool) -> list[Problem]:
    """Return why *mode* on that ground cannot be proposed for a member of that status."""
    problems: list[Problem] = []
    if mode == "expulsion" and status == "probationary":
        problems.append(
            Problem(
                code="probationary_expulsion",
                pointer="/mode",
                detail_vi="Không áp dụng hình thức khai trừ đối với đảng viên dự bị; không đủ tư cách thì xóa tên.",
                detail_en="A probationary member is never expelled; one who is unfit is removed from the roll.",
                citation=NO_EXPULSION_OF_PROBATIONARY,
            )
        )
    if mode != "name_removal":
        if ground_code is not None:
            problems.append(
                Problem(
                    code="ground_not_for_mode",
                    pointer="/ground",
                    detail_vi=f"Căn cứ xóa tên không dùng cho hình thức {MODE_VI[mode]}.",
                    detail_en=f"A ground of name removal does not belong to {mode}.",
                    citation=MODES_OF_LEAVING,
                )
            )
        return problems
    found = ground(ground_code) if ground_code else None
    if found is None:
        problems.append(
            Problem(
                code="ground_unknown",
                pointer="/ground",
                detail_vi="Xóa tên phải có một căn cứ trong danh mục.",
                detail_en="Name removal needs one ground of the code list.",
                citation=MODES_OF_LEAVING,
            )
        )
        return problems
    if not listed and not found.direct:
        problems.append(
            Problem(
                code="ground_needs_education",
                pointer="/ground",
                detail_vi="Căn cứ này chỉ dùng khi chi bộ đã giáo dục, giúp đỡ đảng viên trong danh sách.",
                detail_en="This ground presupposes that the cell listed the member and gave education and help.",
                citation=found.citation,
            )
        )
    if found.only_probationary and status != "probationary":
        problems.append(
            Problem(
                code="ground_only_probationary",
                pointer="/ground",
                detail_vi="Căn cứ này chỉ dùng cho đảng viên dự bị.",
                detail_en="This ground is for probationary members only.",
                citation=found.citation,
            )
        )
    return problems
