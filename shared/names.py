"""Names of people (họ và tên): one stored form, and the keys they are found by."""

from __future__ import annotations

import re

from shared.text import fold, nfc

MAX_NAME_LENGTH = 100

_NOT_IN_A_NAME = re.compile(r"[^\w\s'’.\-]|[\d_]")


class InvalidNameError(ValueError):
    """The text cannot be a person's name; ``code`` is stable, ``detail_vi`` is for the person."""

    def __init__(self, code: str, detail_vi: str) -> None:
        super().__init__(detail_vi)
        self.code = code
        self.detail_vi = detail_vi


def person_name(text: str) -> str:
    """Return *text* as a name is stored: NFC, single blanks, and capital first letters if all were capitals.

    Raises InvalidNameError for an empty or overlong text and for digits or signs that names do not have.
    """
    name = nfc(text)
    if not name:
        raise InvalidNameError("name_missing", "Thiếu họ và tên.")
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidNameError("name_too_long", f"Họ và tên dài quá {MAX_NAME_LENGTH} ký tự.")
    stray = _NOT_IN_A_NAME.search(name)
    if stray or not any(letter.isalpha() for letter in name):
        sign = stray.group() if stray else name[:1]
        sign = sign if sign.isprintable() else f"U+{ord(sign):04X}"
        raise InvalidNameError("name_letters", f"Họ và tên có ký tự không hợp lệ: “{sign}”.")
    if name.isupper() and len(name) > 1:
        # Exports of the higher system (DS_DANGVIEN) write names in capitals only.
        name = " ".join(part[:1] + part[1:].lower() for part in name.split(" "))
    return name


def search_key(name: str) -> str:
    """Return the folded name: no marks, no case, Đ as d."""
    return fold(name)


def name_tokens(name: str) -> list[str]:
    """Return the folded parts of *name*, sorted and without repeats, to search them in any order."""
    return sorted(set(re.findall(r"\w+", fold(name))))
