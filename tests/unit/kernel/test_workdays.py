"""Working days: Monday to Friday without public holidays, decreed swaps first."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import workdays
from shared.workdays import DecreedDays, add_working_days, is_working_day, working_days_between

DAYS = st.dates(min_value=date(2021, 1, 1), max_value=date(2030, 12, 31))


class TestIsWorkingDay:
    """Weekends and public holidays are off unless a decision moved them."""

    @pytest.mark.parametrize(
        "off",
        [
            date(2021, 4, 24),  # a Saturday
            date(2022, 9, 2),  # Quốc khánh
            date(2021, 4, 30),  # ngày Chiến thắng
            date(2022, 2, 1),  # mùng 1 Tết Nhâm Dần
            date(2022, 4, 11),  # giỗ Tổ fell on a Sunday, the Monday after was off
        ],
    )
    def test_days_off(self, off: date) -> None:
        assert not is_working_day(off)

    def test_an_ordinary_monday(self) -> None:
        assert is_working_day(date(2021, 4, 12))

    def test_decreed_swaps_win(self, monkeypatch: pytest.MonkeyPatch) -> None:
        saturday, monday = date(2021, 4, 24), date(2021, 4, 12)
        monkeypatch.setattr(workdays, "_decreed", lambda: DecreedDays(worked=[saturday], off=[monday]))
        assert is_working_day(saturday)
        assert not is_working_day(monday)


class TestAddWorkingDays:
    """The start is never counted; the result is a working day."""

    def test_over_a_weekend(self) -> None:
        assert add_working_days(date(2021, 4, 9), 1) == date(2021, 4, 12)

    def test_over_national_day(self) -> None:
        assert add_working_days(date(2022, 8, 31), 1) == date(2022, 9, 5)

    def test_none(self) -> None:
        assert add_working_days(date(2021, 4, 10), 0) == date(2021, 4, 10)

    def test_backwards_is_refused(self) -> None:
        with pytest.raises(ValueError, match="negative"):
            add_working_days(date(2021, 4, 10), -1)

    @given(DAYS, st.integers(min_value=1, max_value=60))
    def test_counting_back_gives_the_same_number(self, start: date, count: int) -> None:
        end = add_working_days(start, count)
        assert is_working_day(end)
        assert working_days_between(start, end) == count
        assert working_days_between(start, end - timedelta(days=1)) == count - 1
