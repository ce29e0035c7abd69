"""Readmission: at least 36 months after leaving (232-QĐ/TW, 20/1/2025); a warning, never a block."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.dated_rules import load_rules, rule_on
from services.members.domain.member import LeavingMode
from services.members.domain.readmission import LEFT_THE_PARTY, full_months, readmission_warning

LEFT = date(2020, 5, 31)
RULES = load_rules()


def warning(on, mode, *, same_card):
    rule = rule_on(on, RULES).readmission_months
    return readmission_warning(mode=mode, left_on=LEFT, on=on, same_card=same_card, rule=rule)


def warned(on, mode=LeavingMode.NAME_REMOVAL, *, same_card=True):
    found = warning(on, mode, same_card=same_card)
    return None if found is None else found.code


class TestThirtySixMonths:
    """Counted in completed months."""

    @pytest.mark.parametrize(
        ("on", "code"),
        [
            (date(2023, 5, 30), "readmission_early"),
            (date(2023, 5, 31), "left_before"),
            (date(2030, 1, 1), "left_before"),
        ],
    )
    def test_the_day(self, on, code):
        assert warned(on) == code

    @given(on=st.dates(LEFT, date(2040, 1, 1)))
    def test_early_just_while_fewer_months_have_passed(self, on):
        assert (warned(on) == "readmission_early") == (full_months(since=LEFT, on=on) < 36)

    @pytest.mark.parametrize("mode", LeavingMode)
    def test_only_of_those_who_left_the_party(self, mode):
        assert (warned(date(2021, 1, 1), mode) is not None) == (mode in LEFT_THE_PARTY)

    def test_it_says_how_sure_it_is_and_its_source(self):
        found = warning(date(2021, 1, 1), LeavingMode.RESIGNATION, same_card=False)
        assert found is not None
        assert found.detail_vi.startswith(
            "Có thể là người đã ra khỏi Đảng ngày 31/05/2020 (xin ra khỏi Đảng)"
        )
        assert "232-QĐ/TW" in found.source
        assert found.source.endswith("chưa kiểm chứng")  # in 2021 nobody has seen it

    def test_it_is_verified_while_its_regulation_held(self):
        found = warning(date(2025, 3, 1), LeavingMode.RESIGNATION, same_card=True)
        assert found is not None
        assert found.source == (
            "Quy định 232-QĐ/TW ngày 20/01/2025 (Ban Chấp hành Trung ương), kết nạp lại đảng viên"
        )
