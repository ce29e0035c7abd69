"""marshmallow's messages in Vietnamese, with a stable code each; the English original stays for English readers."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MESSAGES: Sequence[tuple[str, str, str]] = (
    (r"Missing data for required field\.", "required", "Thiếu trường bắt buộc."),
    (r"Unknown field\.", "unknown", "Trường không có trong tài liệu API; hãy bỏ đi hoặc sửa tên."),
    (r"Field may not be null\.", "null", "Không được để trống (null)."),
    (r"Not a valid date\.", "date", "Không phải ngày hợp lệ; viết theo dạng YYYY-MM-DD."),
    (r"Not a valid datetime\.", "datetime", "Không phải thời điểm hợp lệ theo ISO 8601."),
    (r"Not a valid string\.", "string", "Phải là một chuỗi ký tự."),
    (r"Not a valid utf-8 string\.", "string", "Phải là chuỗi UTF-8."),
    (r"Not a valid integer\.", "integer", "Phải là số nguyên."),
    (r"Not a valid number\.", "number", "Phải là số."),
    (r"Not a valid boolean\.", "boolean", "Phải là true hoặc false."),
    (r"Not a valid list\.", "list", "Phải là một danh sách."),
    (r"Not a valid mapping type\.", "object", "Phải là một đối tượng."),
    (r"Invalid (?:input )?type\.", "type", "Sai kiểu dữ liệu."),
    (r"Invalid JSON body\.", "json", "Thân yêu cầu không phải JSON đúng cú pháp."),
    (r"Must be one of: (.+)\.", "choice", r"Phải là một trong: \1."),
    (r"Shorter than minimum length (\d+)\.", "too_short", r"Ngắn hơn \1 ký tự hoặc phần tử."),
    (r"Longer than maximum length (\d+)\.", "too_long", r"Dài hơn \1 ký tự hoặc phần tử."),
    (r"Length must be between (\d+) and (\d+)\.", "length", r"Độ dài phải từ \1 đến \2."),
    (r"Length must be (\d+)\.", "length", r"Độ dài phải là \1."),
    (
        r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.",
        "range",
        r"Phải từ \1 đến \2.",
    ),
    (r"Must be greater than or equal to (\S+)\.", "range", r"Phải lớn hơn hoặc bằng \1."),
    (r"Must be less than or equal to (\S+)\.", "range", r"Phải nhỏ hơn hoặc bằng \1."),
    (r"String does not match expected pattern\.", "pattern", "Không đúng khuôn dạng quy định."),
    (r"Not a valid UUID\.", "uuid", "Không phải UUID hợp lệ."),
)
_COMPILED = [(re.compile(pattern), code, text) for pattern, code, text in _MESSAGES]


def in_vietnamese(message: str) -> tuple[str, str]:
    """Return the code and the Vietnamese text of a validation message; one we wrote ourselves stays as it is."""
    for pattern, code, text in _COMPILED:
        match = pattern.fullmatch(message)
        if match:
            return code, match.expand(text)
    return "invalid", message
