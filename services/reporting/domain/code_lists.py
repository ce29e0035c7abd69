"""Code lists of the report with their Vietnamese labels and sources (*danh mục mã*).

A code that is not here is counted and printed under itself: code lists of later rule profiles need no change
of this module to be reported, only to be labelled.
"""

from collections.abc import Mapping
from types import MappingProxyType

CRITERIA: Mapping[str, str] = MappingProxyType(
    {
        "C1": "Hai năm liền không hoàn thành nhiệm vụ",
        "C2": "Vi phạm khi đang chấp hành kỷ luật",
        "C3": "Suy thoái, “tự diễn biến”, “tự chuyển hóa”, vi phạm đạo đức, lối sống",
        "C4a": "Vi phạm trách nhiệm nêu gương",
        "C4b": "Vi phạm những điều đảng viên không được làm",
    }
)
"""Criteria for listing: Hướng dẫn 02-HD/BTCTW, Ban Tổ chức Trung ương, 12/4/2021, Mục II điểm 1.

The split of C4 follows the reports of other Khối; whether further criteria follow is not verified.
"""

MODES: Mapping[str, str] = MappingProxyType(
    {"name_removal": "Xóa tên", "expulsion": "Khai trừ", "resignation": "Xin ra, cho ra"}
)
"""Modes of leaving the Party, as published reports split them."""

GROUNDS: Mapping[str, str] = MappingProxyType(
    {
        "X1": "Bỏ sinh hoạt đảng 3 tháng trong năm",
        "X2": "Không đóng đảng phí 3 tháng trong năm",
        "X3": "Tự trả thẻ hoặc hủy thẻ đảng viên",
        "X4": "Giảm sút ý chí phấn đấu, sau 12 tháng giáo dục không tiến bộ",
        "X5": "Vi phạm tư cách đảng viên hai năm liền",
        "X6": "Không bảo đảm tiêu chuẩn chính trị",
    }
)
"""Grounds for removal from the roll: Quy định 24-QĐ/TW, Ban Chấp hành Trung ương, 30/7/2021, Điều 8."""

OTHER_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "death": "Từ trần",
        "closed": "Đóng hồ sơ",
        "reorganization": "Sắp xếp lại tổ chức",
        "not_removed": "Cấp có thẩm quyền không đưa ra khỏi Đảng",
        "resignation": "Xin ra khỏi Đảng",
    }
)
"""Reasons of other exits known to this service."""

LEVELS: Mapping[str, str] = MappingProxyType(
    {
        "dang_bo_khoi": "Đảng bộ Khối",
        "dang_bo_co_so": "Đảng bộ cơ sở",
        "chi_bo_co_so": "Chi bộ cơ sở",
        "dang_bo_bo_phan": "Đảng bộ bộ phận",
        "chi_bo_truc_thuoc": "Chi bộ trực thuộc",
    }
)
"""Levels of a provincial Khối before 2025: what holds where a deployment names none of its own (`levels`)."""


def label(codes: Mapping[str, str], code: str) -> str:
    """Return the label of a code; the code itself if the list does not know it."""
    return "Không ghi" if code == "unspecified" else codes.get(code, code)
