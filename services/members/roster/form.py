"""The form (Mẫu 7-HSĐV, Hướng dẫn 12-HD/BTCTW 2022): sheets, columns and how their headers are recognised."""

from __future__ import annotations

from shared.workbook.headers import Column

ORGANIZATION_SHEET = "Tổ chức"
MEMBER_SHEET = "Đảng viên"
FORM_NAME = "Mẫu 7-HSĐV"
TITLE = "SỔ DANH SÁCH ĐẢNG VIÊN"


MEMBER_COLUMNS: tuple[Column, ...] = (
    Column(field="ordinal", header="Số TT", also=("STT", "TT", "Số thứ tự"), width=6),
    Column(
        field="name",
        header="Họ và tên đang dùng, họ và tên khai sinh",
        also=("Họ và tên", "Họ tên", "Họ tên đang dùng, họ tên khai sinh", "Họ và tên, họ và tên khai sinh"),
        width=26,
    ),
    Column(
        field="gender",
        header="Nam, nữ; dân tộc; tôn giáo",
        also=("Nam, nữ", "Giới tính", "Giới tính, dân tộc, tôn giáo", "Nam/nữ, dân tộc, tôn giáo"),
        width=14,
    ),
    Column(field="native_place", header="Quê quán", width=22),
    Column(
        field="education",
        header="Trình độ: học vấn, lý luận chính trị, chuyên môn, ngoại ngữ",
        also=(
            "Trình độ",
            "Học vấn, lý luận, chuyên môn, ngoại ngữ",
            "Trình độ học vấn, lý luận, chuyên môn, ngoại ngữ",
        ),
        width=26,
    ),
    Column(
        field="occupation",
        header="Nghề nghiệp: trước khi vào Đảng, hiện nay",
        also=("Nghề nghiệp", "Nghề nghiệp trước khi vào Đảng, nghề nghiệp hiện nay"),
        width=24,
    ),
    Column(
        field="admission",
        header="Ngày vào Đảng, ngày chính thức",
        also=("Ngày vào Đảng; chính thức", "Ngày kết nạp, ngày chính thức", "Ngày vào Đảng"),
        width=16,
    ),
    Column(
        field="numbers",
        header="Số thẻ đảng viên, số lý lịch, số huy hiệu Đảng",
        also=(
            "Số thẻ đảng viên, số lý lịch, số huy hiệu",
            "Số thẻ, số lý lịch, số huy hiệu",
            "Số thẻ đảng, số lý lịch, số huy hiệu đảng",
            "Số thẻ đảng viên",
        ),
        width=24,
    ),
    Column(
        field="service",
        header="Bộ đội, công an, hưu trí",
        also=("Quân đội, công an, hưu trí", "Là bộ đội, công an, hưu trí"),
        width=14,
    ),
    Column(
        field="transferred_out",
        header="Ngày chuyển đi, nơi chuyển đi",
        also=("Ngày và nơi chuyển đi", "Ngày, nơi chuyển đi", "Chuyển đi"),
        width=22,
    ),
    Column(
        field="transferred_in",
        header="Ngày chuyển đến, nơi chuyển đến",
        also=("Ngày và nơi chuyển đến", "Ngày, nơi chuyển đến", "Chuyển đến"),
        width=22,
    ),
    Column(
        field="died",
        header="Ngày chết, lý do",
        also=("Ngày chết, lý do chết", "Ngày, lý do chết", "Ngày và lý do chết", "Từ trần: ngày, lý do"),
        width=14,
    ),
    Column(
        field="left",
        header="Ngày ra khỏi Đảng, hình thức ra khỏi Đảng",
        also=("Ngày và hình thức ra khỏi Đảng", "Ngày, hình thức ra khỏi Đảng", "Ra khỏi Đảng"),
        width=22,
    ),
    Column(field="notes", header="Ghi chú", width=24),
)
"""The fourteen columns; the order is the form's own, a file may have another."""

ORGANIZATION_COLUMNS: tuple[Column, ...] = (
    Column(field="code", header="Mã", also=("Mã tổ chức", "Mã tổ chức đảng"), width=22),
    Column(field="name", header="Tên tổ chức", also=("Tên", "Tên tổ chức đảng"), width=48),
    Column(field="level", header="Cấp", also=("Loại", "Loại hình", "Cấp tổ chức"), width=20),
    Column(
        field="parent_code",
        header="Mã cấp trên",
        also=("Mã tổ chức cấp trên", "Mã cấp trên trực tiếp"),
        width=22,
    ),
    Column(field="established_on", header="Ngày thành lập", width=16),
)

LIST_FORM_NAME = "DS_DANGVIEN"
LIST_COLUMNS: tuple[Column, ...] = (
    Column(field="ordinal", header="STT", also=("Số TT", "TT", "Số thứ tự"), width=6, required=False),
    Column(field="name", header="Họ và tên", also=("Họ tên",), width=28),
    Column(field="card", header="Số thẻ Đảng viên", also=("Số thẻ Đảng", "Số thẻ"), width=18),
    Column(
        field="citizen_id",
        header="Số CCCD",
        also=("CCCD", "Số căn cước", "Số căn cước công dân", "Số định danh cá nhân"),
        width=18,
        required=False,
    ),
    Column(field="birth_date", header="Ngày sinh", also=("Ngày, tháng, năm sinh",), width=14),
    Column(field="admitted", header="Ngày kết nạp", also=("Ngày vào Đảng",), width=14),
    Column(
        field="official",
        header="Ngày chính thức",
        also=("Ngày công nhận chính thức",),
        width=14,
        required=False,
    ),
    Column(field="cell", header="Chi bộ đang sinh hoạt", width=40),
    Column(field="residence_cell", header="Chi bộ nơi cư trú", width=30, required=False),
    Column(field="state", header="Trạng thái", width=18, required=False),
)
"""The list that the level above hands down (reported by a community source, chưa kiểm chứng).

“Ngày chính thức” is not one of its nine columns: a clerk may add it, for an official member who is new here
cannot be put on record without that date.
"""
