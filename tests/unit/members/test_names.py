import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.names import InvalidNameError, name_tokens, person_name, search_key


class TestPersonName:
    """A name is stored in one form, and what is no name is refused."""

    def test_decomposed_text_becomes_nfc(self):
        assert person_name(unicodedata.normalize("NFD", "  Đặng  Thị Thủy ")) == "Đặng Thị Thủy"

    def test_names_in_capitals_get_small_letters(self):
        assert person_name("NGUYỄN ĐỨC ÁNH") == "Nguyễn Đức Ánh"

    @pytest.mark.parametrize("name", ["H'Hen Niê", "Y Moan Êñuôl", "Ông"])
    def test_names_of_other_peoples_of_the_country_are_names(self, name):
        assert person_name(name) == unicodedata.normalize("NFC", name)

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "name_missing"),
            ("An 2", "name_letters"),
            ("=A1", "name_letters"),
            ("--", "name_letters"),
            ("An\u200b Bình", "name_letters"),
            ("A" * 101, "name_too_long"),
        ],
    )
    def test_what_is_no_name_is_refused(self, text, code):
        with pytest.raises(InvalidNameError) as refused:
            person_name(text)
        assert refused.value.code == code

    @given(st.text(alphabet="ĂÂĐÊÔƠƯăâđêôơưàảãáạ bcdnthg", min_size=1).filter(str.strip))
    def test_normalising_twice_changes_nothing(self, text):
        once = person_name(text)
        assert person_name(once) == once


class TestSearch:
    """A name is found without marks, in any case and any order of its parts."""

    def test_d_with_stroke_is_d(self):
        assert search_key("Đỗ Đình Đạt") == "do dinh dat"

    def test_order_of_parts_does_not_matter(self):
        assert name_tokens("Trần Thị Bích Thị") == name_tokens("bich THI tran") == ["bich", "thi", "tran"]
