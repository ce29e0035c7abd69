"""Numbers that are really texts: card number, dossier number, organisation code.

None of them is a primary key: probationary members have no card, codes change with reorganisations.
"""

from __future__ import annotations

import math
import re
from typing import Literal

import msgspec

from shared.text import nfc

NEW_CARD_DIGITS = 12
"""Cards exchanged under Chỉ thị 51-CT/TW (8/8/2025) carry 12 digits."""
OLD_CARD_DIGITS = 8
"""Earlier cards; assumed (chưa kiểm chứng), kept as history only."""
DOSSIER_DIGITS = 10
"""Boxes for the số lý lịch on the phiếu đảng viên, with a gap after the sixth (chưa kiểm chứng)."""
ORGANIZATION_CODE_DIGITS = 14

_GAPS = re.compile(r"[\s.\-]+")
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")


class InvalidIdentifierError(ValueError):
    """The value cannot be this identifier; ``code`` is stable, ``detail_vi`` is for the person."""

    def __init__(self, code: str, detail_vi: str) -> None:
        super().__init__(detail_vi)
        self.code = code
        self.detail_vi = detail_vi


class CardNumber(msgspec.Struct, frozen=True, order=True):
    """Số thẻ đảng viên: digits as text, so that no leading zero is ever lost."""

    digits: str

    @property
    def form(self) -> Literal["new", "old"]:
        """``new`` for 12 digits, ``old`` for the 8 digits kept as history."""
        return "new" if len(self.digits) == NEW_CARD_DIGITS else "old"

    def __str__(self) -> str:
        return self.digits


def card_number(value: object) -> CardNumber:
    """Return the card number in *value*: a text, or a whole number that has lost no digit.

    Blanks, dots and hyphens between digits are dropped. Raises InvalidIdentifierError for scientific notation,
    fractions, other letters and other lengths.
    """
    text = digits_of(value, what="Số thẻ đảng viên")
    if len(text) not in (NEW_CARD_DIGITS, OLD_CARD_DIGITS):
        lost = " Số 0 ở đầu có thể đã mất: hãy đặt ô ở dạng văn bản (Text)." if isinstance(value, int) else ""
        raise InvalidIdentifierError(
            "card_number_length",
            f"Số thẻ đảng viên phải có {NEW_CARD_DIGITS} chữ số (thẻ cũ {OLD_CARD_DIGITS} chữ số), "
            f"ở đây có {len(text)}.{lost}",
        )
    return CardNumber(text)


def dossier_number(value: object) -> str:
    """Return the dossier number (số lý lịch) in *value* as its ten digits without the gap.

    Raises InvalidIdentifierError as ``card_number`` does.
    """
    text = digits_of(value, what="Số lý lịch")
    if len(text) != DOSSIER_DIGITS:
        raise InvalidIdentifierError(
            "dossier_number_length", f"Số lý lịch phải có {DOSSIER_DIGITS} chữ số, ở đây có {len(text)}."
        )
    return text


def shown_dossier_number(digits: str) -> str:
    """Return the dossier number as the form prints it, with the gap after the sixth digit."""
    return f"{digits[:6]} {digits[6:]}"


def digits_of(value: object, *, what: str) -> str:
    """Return the digits of a number without its gaps; raise InvalidIdentifierError where digits may be lost."""
    if isinstance(value, bool):
        raise InvalidIdentifierError("number_not_digits", f"{what} phải là dãy chữ số.")
    if isinstance(value, float):
        shown = f"{value:.5G}" if math.isfinite(value) else str(value)
        raise InvalidIdentifierError(
            "number_scientific",
            f"{what} bị bảng tính lưu thành số thực ({shown}): chữ số đã có thể mất. "
            "Hãy đặt ô ở dạng văn bản (Text) và nhập lại.",
        )
    text = str(value) if isinstance(value, int) else nfc(str(value)).removeprefix("'")
    if _SCIENTIFIC.fullmatch(text):
        raise InvalidIdentifierError(
            "number_scientific",
            f"{what} viết ở dạng khoa học ({text[:20]}): chữ số đã mất. "
            "Hãy đặt ô ở dạng văn bản (Text) và nhập lại.",
        )
    digits = _GAPS.sub("", text)
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidIdentifierError("number_not_digits", f"{what} chỉ gồm chữ số.")
    return digits


class OrganizationCode(msgspec.Struct, frozen=True, order=True):
    """Mã tổ chức đảng: 14 digits as ``MM.MMM.MMM.MMM.MMM``.

    Province (2), direct superior (3), grassroots organisation (3), organisation directly under it (3, 000 if
    none), cell (3). Reported of 208-QĐ/TW (26/7/2026), not yet checked against its text (chưa kiểm chứng).
    """

    text: str

    @property
    def parts(self) -> tuple[str, str, str, str, str]:
        """The five groups of digits, province first."""
        province, superior, grassroots, direct, cell = self.text.split(".")
        return province, superior, grassroots, direct, cell

    def __str__(self) -> str:
        return self.text


def organization_code(value: object) -> OrganizationCode:
    """Return the organisation code in *value*, given with or without its dots.

    Raises InvalidIdentifierError for another shape, a zero province, or a level filled below an empty grassroots
    organisation.
    """
    digits = digits_of(value, what="Mã tổ chức đảng")
    if len(digits) != ORGANIZATION_CODE_DIGITS:
        raise InvalidIdentifierError(
            "organization_code_length",
            f"Mã tổ chức đảng phải có {ORGANIZATION_CODE_DIGITS} chữ số dạng MM.MMM.MMM.MMM.MMM, "
            f"ở đây có {len(digits)}.",
        )
    parts = (digits[:2], digits[2:5], digits[5:8], digits[8:11], digits[11:])
    if parts[0] == "00":
        raise InvalidIdentifierError("organization_code_province", "Mã tổ chức đảng có mã tỉnh 00.")
    if parts[2] == "000" and (parts[3], parts[4]) != ("000", "000"):
        raise InvalidIdentifierError(
            "organization_code_levels", "Mã tổ chức đảng có cấp dưới nhưng cấp cơ sở là 000."
        )
    return OrganizationCode(".".join(parts))
