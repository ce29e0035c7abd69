"""Trường tùy chọn của hồ sơ: sensitive personal data that a deployment keeps only when it says so.

Ethnicity and religion open the list of sensitive data (Luật 91/2025/QH15, Bảo vệ dữ liệu cá nhân). They, the citizen
id and the family stand on the paper forms (Mẫu 7-HSĐV, Phiếu đảng viên) and are not needed for screening. They never
travel in an event, and are shown only to whom the access table grants them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from services.members.domain.violation import Violation
from shared.identifiers import InvalidIdentifierError, digits_of
from shared.text import nfc

OPTIONAL_VI: Mapping[str, str] = MappingProxyType(
    {
        "citizen_id": "số định danh cá nhân (CCCD)",
        "ethnicity": "dân tộc",
        "religion": "tôn giáo",
        "family": "hoàn cảnh gia đình",
    }
)
CITIZEN_ID_DIGITS = 12
SOURCE = "Luật 91/2025/QH15, dữ liệu cá nhân nhạy cảm"


def citizen_id(value: object) -> str:
    """Return the twelve digits of a citizen id; raise InvalidIdentifierError, which never quotes the number."""
    detail = f"Số định danh cá nhân phải có {CITIZEN_ID_DIGITS} chữ số, ô ở dạng văn bản (Text)."
    try:
        found = digits_of(value, what="Số định danh cá nhân")
    except InvalidIdentifierError as error:
        raise InvalidIdentifierError(error.code, detail) from None
    if len(found) != CITIZEN_ID_DIGITS:
        raise InvalidIdentifierError("citizen_id_length", detail)
    return found


def optional_value(field: str, value: str) -> str:
    """Return *value* in the one form that *field* is kept in; raise InvalidIdentifierError."""
    return citizen_id(value) if field == "citizen_id" else nfc(value)


def not_kept(fields: Collection[str], kept: Collection[str]) -> list[Violation]:
    """Return the refusal of each of *fields* that this deployment does not keep."""
    return [
        Violation(
            code="field_not_kept",
            field=field,
            detail_vi=f"Hệ thống này không lưu {OPTIONAL_VI[field]} ({SOURCE}); đơn vị phải cho phép trước.",
        )
        for field in sorted(fields)
        if field not in kept
    ]
