import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identifiers import (
    InvalidIdentifierError,
    card_number,
    dossier_number,
    organization_code,
    shown_dossier_number,
)


def refusal(read, value):
    with pytest.raises(InvalidIdentifierError) as refused:
        read(value)
    return refused.value.code


class TestCardNumber:
    """The card number is a text of twelve digits, or eight on cards before Chỉ thị 51-CT/TW (8/8/2025)."""

    def test_leading_zeros_are_kept(self):
        assert card_number("001 085 000 123").digits == "001085000123"

    def test_the_old_form_is_known_as_old(self):
        assert (card_number("12345678").form, card_number("123456789012").form) == ("old", "new")

    def test_a_whole_number_that_lost_no_digit_is_accepted(self):
        assert card_number(123456789012).digits == "123456789012"

    def test_a_number_that_lost_its_zero_is_refused_with_the_reason(self):
        with pytest.raises(InvalidIdentifierError, match="Số 0 ở đầu có thể đã mất"):
            card_number(1085000123)

    @pytest.mark.parametrize("value", [1.23456789012e11, "1.23457E+11", "1,2E11", "1e11", float("nan")])
    def test_scientific_notation_is_refused(self, value):
        assert refusal(card_number, value) == "number_scientific"

    @pytest.mark.parametrize("value", ["12345678901x", "", "một hai", True, "²²²²²²²²²²²²", "١٢٣٤٥٦٧٨"])
    def test_other_signs_are_refused(self, value):
        assert refusal(card_number, value) == "number_not_digits"

    @given(st.text("0123456789", min_size=1, max_size=20).filter(lambda text: len(text) not in (8, 12)))
    def test_other_lengths_are_refused(self, text):
        assert refusal(card_number, text) == "card_number_length"


class TestDossierNumber:
    """The dossier number has ten digits, printed with a gap after the sixth."""

    def test_gap_is_dropped_and_shown_again(self):
        assert shown_dossier_number(dossier_number("012345 6789")) == "012345 6789"

    def test_other_lengths_are_refused(self):
        assert refusal(dossier_number, "12345") == "dossier_number_length"


class TestOrganizationCode:
    """The organisation code is MM.MMM.MMM.MMM.MMM, fourteen digits from province to cell."""

    @pytest.mark.parametrize("text", ["38.168.053.000.001", "38168053000001", " 38 168 053 000 001"])
    def test_is_read_with_or_without_dots(self, text):
        code = organization_code(text)
        assert str(code) == "38.168.053.000.001"
        assert code.parts == ("38", "168", "053", "000", "001")

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("38.168.053.000.01", "organization_code_length"),
            ("00.168.053.000.001", "organization_code_province"),
            ("38.168.000.000.001", "organization_code_levels"),
            ("38.168.05A.000.001", "number_not_digits"),
        ],
    )
    def test_other_shapes_are_refused(self, text, code):
        assert refusal(organization_code, text) == code
