"""The form of published figures: its two sheets and their columns. It is this project's own; no official one exists."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.domain.code_lists import CRITERIA, GROUNDS, MODES
from shared.workbook.headers import Column

FIGURES_SHEET = "Số liệu công bố"
SHARES_SHEET = "Tỷ lệ, trong đó"
SOURCE_KINDS: Mapping[str, str] = {
    "báo": "newspaper",
    "báo cáo": "paper_report",
    "trang điện tử": "website",
}
WHOLE, PART = "cả kỳ", "từng kỳ"


def _maybe(field: str, header: str, *also: str, width: int = 12) -> Column:
    return Column(field=field, header=header, also=also, width=width, required=False)


def _removed(name: str, header: str) -> list[Column]:
    return [
        _maybe(name, header),
        *(_maybe(f"{name}.by_mode.{code}", f"{header}: {text}") for code, text in MODES.items()),
        _maybe(f"{name}.probationary", f"{header}: dự bị"),
        *(_maybe(f"{name}.by_ground.{code}", f"{header}: lý do {code}") for code in GROUNDS),
    ]


FIGURE_COLUMNS: tuple[Column, ...] = (
    _maybe("opening", "Đầu kỳ"),
    _maybe("listed", "Mới đưa vào danh sách"),
    *(_maybe(f"listed.by_criterion.{code}", f"Mới đưa vào danh sách: {code}") for code in CRITERIA),
    _maybe("transferred_in", "Chuyển đến"),
    _maybe("reversed.returned_to_list", "Trở lại danh sách"),
    _maybe("recognized", "Công nhận tiến bộ"),
    _maybe("transferred_out", "Chuyển sinh hoạt"),
    *_removed("removed_from_list", "Đưa ra khỏi Đảng"),
    _maybe("other_exits", "Ra khỏi danh sách khác"),
    _maybe("continuing", "Còn tiếp tục giáo dục, giúp đỡ", "Còn tiếp tục"),
    *_removed("removed_outside_list", "Đưa ra khỏi Đảng ngoài danh sách"),
    _maybe("reversed", "Khôi phục đảng tịch"),
)
"""Keys of the figures are their fields. A cell holds a whole number or what was printed: “trên 20”."""

COLUMNS: tuple[Column, ...] = (
    Column(field="set", header="Bộ số liệu", also=("Bộ",), width=8),
    _maybe("line", "Dòng"),
    Column(field="kind", header="Loại nguồn", width=14),
    Column(field="name", header="Tên nguồn", width=20),
    Column(field="title", header="Tiêu đề", width=40),
    Column(field="published_on", header="Ngày công bố"),
    Column(field="organization", header="Tổ chức đảng", width=34),
    _maybe("organization_id", "Mã hoặc tên trong hệ thống", width=24),
    Column(field="period", header="Kỳ", width=26),
    _maybe("from", "Từ ngày"),
    _maybe("to", "Đến ngày"),
    *FIGURE_COLUMNS,
    _maybe("note", "Ghi chú", width=40),
)
SHARE_COLUMNS: tuple[Column, ...] = (
    Column(field="set", header="Bộ số liệu", also=("Bộ",), width=8),
    Column(field="label", header="Nội dung", width=34),
    _maybe("figure", "Số liệu"),
    _maybe("percent", "Tỷ lệ (%)"),
    Column(field="of", header="Tính trên", width=34),
    _maybe("denominator", "Mẫu số"),
    _maybe("of_figure", "Chỉ tiêu", width=30),
)

EXPLAINED: Mapping[str, str] = {
    "set": "Số của bộ số liệu: một nguồn, một tổ chức, một kỳ. Các dòng cùng số thuộc một bộ.",
    "line": f"“{WHOLE}” (để trống cũng là cả kỳ) hoặc “{PART}”: một năm, một phần của năm trong chuỗi.",
    "kind": "Một trong: " + "; ".join(SOURCE_KINDS) + ".",
    "name": "Tên báo, cơ quan ban hành, trang. Dòng từng kỳ có thể để trống các cột về nguồn và tổ chức.",
    "title": "Tiêu đề bài, số và trích yếu báo cáo.",
    "published_on": "dd/mm/yyyy.",
    "organization": "Tên như nguồn in.",
    "organization_id": "Để trống nếu là tổ chức ngoài hệ thống.",
    "period": "Như nguồn in: “Năm 2021”, “4 tháng đầu năm 2022”, “Từ đầu nhiệm kỳ đến …”.",
    "from": "dd/mm/yyyy; để trống nếu nguồn không nêu. Năm, quý, tháng được hiểu theo tên kỳ.",
    "to": "dd/mm/yyyy; để trống nếu nguồn không nêu.",
    **{f"removed_from_list.by_ground.{code}": f"{text}." for code, text in GROUNDS.items()},
    "note": "Điều cần lưu ý khi đọc số liệu.",
    "label": "Điều được đếm hoặc tính tỷ lệ, ví dụ “Dự bị”.",
    "figure": "Số như nguồn in, ví dụ 2 hoặc “trên 20”.",
    "percent": "Tỷ lệ như nguồn in, ví dụ 0,14.",
    "of": "Tính trên số nào: “đảng viên bị đưa ra khỏi Đảng”. Bắt buộc với tỷ lệ; để trống nếu nguồn không nói rõ.",
    "denominator": "Mẫu số, nếu nguồn nêu.",
    "of_figure": "Tên cột của trang số liệu mà tỷ lệ nói về, nếu có.",
}
