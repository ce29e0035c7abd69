"""The form of past cases: its sheet, its columns, and what each of them is for.

The form is this project's own: no official one exists for what was never reported case by case.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.reviews.domain.grounds import MODE_VI, Mode
from services.reviews.domain.history import PAST_OUTCOME_VI
from shared.workbook.headers import Column

SHEET = "Vụ việc"
EXPLANATIONS = "Hướng dẫn"
TITLE = "DANH SÁCH VỤ VIỆC TRƯỚC KHI CÓ HỆ THỐNG"


def _maybe(field: str, header: str, *also: str, width: int = 14) -> Column:
    return Column(field=field, header=header, also=also, width=width, required=False)


COLUMNS: tuple[Column, ...] = (
    _maybe("ordinal", "Số TT", "STT", "TT", width=6),
    Column(field="name", header="Họ và tên", also=("Họ tên",), width=26),
    _maybe("birth_date", "Ngày sinh", "Ngày, tháng, năm sinh"),
    _maybe("card", "Số thẻ đảng viên", "Số thẻ Đảng", "Số thẻ", width=18),
    _maybe("standing", "Chính thức, dự bị", "Chính thức/dự bị"),
    Column(field="organization", header="Tổ chức đảng", also=("Chi bộ", "Mã tổ chức đảng"), width=34),
    _maybe("criterion", "Tiêu chí", "Mã tiêu chí", width=9),
    Column(field="listed_on", header="Ngày đưa vào danh sách"),
    _maybe("listing_document", "Văn bản đưa vào danh sách", "Số nghị quyết đưa vào danh sách", width=20),
    _maybe("listing_base", "Bỏ phiếu đưa vào danh sách: số người bỏ phiếu"),
    _maybe("listing_for", "Bỏ phiếu đưa vào danh sách: số phiếu đồng ý"),
    _maybe("education_due_on", "Hết thời hạn giáo dục, giúp đỡ"),
    Column(field="outcome", header="Kết quả", also=("Kết quả vụ việc",), width=26),
    Column(field="ended_on", header="Ngày kết thúc", also=("Ngày quyết định",)),
    _maybe("decision_number", "Số quyết định", width=18),
    _maybe("decided_by", "Cơ quan quyết định", "Cơ quan ban hành", width=24),
    _maybe("mode", "Hình thức ra khỏi Đảng", width=18),
    _maybe("ground", "Căn cứ xóa tên", "Căn cứ", width=9),
    _maybe("cell_base", "Chi bộ biểu quyết: số người biểu quyết"),
    _maybe("cell_for", "Chi bộ biểu quyết: số đồng ý"),
    _maybe("committee_base", "Cấp ủy cơ sở biểu quyết: số người biểu quyết"),
    _maybe("committee_for", "Cấp ủy cơ sở biểu quyết: số đồng ý"),
    _maybe("delivered_on", "Ngày giao quyết định"),
    _maybe("source", "Tài liệu, nơi lưu", "Tài liệu", width=30),
)
"""A file may have another order, and leave out every column that nothing is known for."""
HEADERS: Mapping[str, str] = {column.field: column.header for column in COLUMNS}

DATES = ("birth_date", "listed_on", "education_due_on", "ended_on", "delivered_on")
COUNTS = ("listing_base", "listing_for", "cell_base", "cell_for", "committee_base", "committee_for")
TEXTS = ("listing_document", "decision_number", "decided_by", "source")

EXPLAINED: Mapping[str, str] = {
    "name": "Bắt buộc. Người được nhận ra trong danh sách đảng viên theo số thẻ, hoặc theo họ tên và ngày sinh.",
    "birth_date": "dd/mm/yyyy. Cần khi không có số thẻ.",
    "card": "8 chữ số (thẻ cũ) hoặc 12 chữ số; đặt ô ở dạng văn bản (Text). Cần khi không có ngày sinh.",
    "standing": "“chính thức” hoặc “dự bị” khi ấy. Bắt buộc với người không còn trong danh sách đảng viên.",
    "organization": "Bắt buộc. Mã tổ chức (MM.MMM.MMM.MMM.MMM) hoặc tên; nếu trùng tên thì ghi mã.",
    "criterion": "C1, C2, C3, C4a, C4b từ 12/04/2021; L1, L2, L3, L4 trước đó. Để trống nếu không rõ.",
    "listed_on": "dd/mm/yyyy. Chỉ để trống khi đưa ra khỏi Đảng mà chưa từng được đưa vào danh sách.",
    "listing_document": "Số nghị quyết, biên bản. Để trống nếu không rõ.",
    "listing_base": "Số nguyên. Để trống nếu không rõ; không ghi tên người bỏ phiếu.",
    "listing_for": "Số nguyên. Để trống nếu không rõ.",
    "education_due_on": "dd/mm/yyyy. Để trống thì vụ việc còn tiếp tục được tính theo bộ quy tắc của ngày ấy.",
    "outcome": "Bắt buộc. Một trong: " + "; ".join(PAST_OUTCOME_VI.values()) + ".",
    "ended_on": "dd/mm/yyyy: ngày quyết định, ngày chuyển, ngày từ trần. Để trống khi còn trong danh sách.",
    "decision_number": "Số văn bản kết thúc vụ việc. Để trống nếu không rõ.",
    "decided_by": "Để trống nếu không rõ.",
    "mode": "Khi đưa ra khỏi Đảng: " + "; ".join(MODE_VI.values()) + ".",
    "ground": "Khi xóa tên: X1…X6, P1. Để trống nếu không rõ.",
    "cell_base": "Số nguyên, khi đưa ra khỏi Đảng. Để trống nếu không rõ.",
    "cell_for": "Số nguyên, khi đưa ra khỏi Đảng. Để trống nếu không rõ.",
    "committee_base": "Số nguyên, khi đưa ra khỏi Đảng. Để trống nếu không rõ.",
    "committee_for": "Số nguyên, khi đưa ra khỏi Đảng. Để trống nếu không rõ.",
    "delivered_on": "dd/mm/yyyy: ngày đảng viên nhận quyết định; thời hạn khiếu nại tính từ ngày này.",
    "source": "Hồ sơ, biên bản làm căn cứ và nơi lưu. Để trống nếu không rõ.",
}
MODE_WORDS: Mapping[str, Mode] = {
    **{text: mode for mode, text in MODE_VI.items()},
    "xin ra": "resignation",
    "xin ra khỏi Đảng": "resignation",
    "cho ra": "resignation",
    "cho ra khỏi Đảng": "resignation",
}
