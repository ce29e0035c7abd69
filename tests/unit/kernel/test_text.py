"""Vietnamese text: stored in NFC, searched without case and marks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text import fold, nfc


class TestNfc:
    """One normal form, single blanks, no blank ends."""

    def test_decomposed_letters_are_composed(self) -> None:
        decomposed = unicodedata.normalize("NFD", "Đảng ủy Khối")
        assert decomposed != "Đảng ủy Khối"
        assert nfc(f"  {decomposed}\t\n") == "Đảng ủy Khối"

    @given(st.text())
    def test_twice_is_once(self, text: str) -> None:
        assert nfc(nfc(text)) == nfc(text)


class TestFold:
    """Đ is D, marks and case are gone, whatever the normal form."""

    @pytest.mark.parametrize(
        ("written", "searched"),
        [
            ("Đặng Thị Huệ", "dang thi hue"),
            ("ĐẶNG  THỊ HUỆ", "dang thi hue"),
            ("Nguyễn Ước Ơn", "nguyen uoc on"),
            ("", ""),
        ],
    )
    def test_names(self, written: str, searched: str) -> None:
        assert fold(written) == searched
        assert fold(unicodedata.normalize("NFD", written)) == searched

    @given(st.text())
    def test_twice_is_once(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)
