from datetime import date, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.period import Period, PeriodKind, PeriodRefused, Term, parse_period

TODAY = date(2023, 10, 12)
TERMS = (
    Term(id="2015–2020", starts_on=date(2015, 8, 1), ends_on=date(2020, 8, 14)),
    Term(id="2020–2025", starts_on=date(2020, 8, 15), ends_on=date(2025, 8, 14)),
)


def parsed(**query: str) -> Period:
    return parse_period(query, terms=TERMS, today=TODAY)


class TestQuery:
    """A period is named by query parameters and labelled in Vietnamese."""

    @pytest.mark.parametrize(
        ("code", "kind", "starts_on", "ends_on", "label"),
        [
            ("2024-02", PeriodKind.MONTH, date(2024, 2, 1), date(2024, 2, 29), "Tháng 2/2024"),
            ("2023-Q4", PeriodKind.QUARTER, date(2023, 10, 1), date(2023, 12, 31), "Quý IV/2023"),
            ("2023-H1", PeriodKind.HALF_YEAR, date(2023, 1, 1), date(2023, 6, 30), "6 tháng đầu năm 2023"),
            ("2023-h2", PeriodKind.HALF_YEAR, date(2023, 7, 1), date(2023, 12, 31), "6 tháng cuối năm 2023"),
            ("2023", PeriodKind.YEAR, date(2023, 1, 1), date(2023, 12, 31), "Năm 2023"),
            ("term", PeriodKind.TERM, date(2020, 8, 15), date(2025, 8, 14), "Nhiệm kỳ 2020–2025"),
            ("term:2015–2020", PeriodKind.TERM, date(2015, 8, 1), date(2020, 8, 14), "Nhiệm kỳ 2015–2020"),
        ],
    )
    def test_names_a_calendar_period_or_a_term(self, code, kind, starts_on, ends_on, label):
        assert parsed(period=code) == Period(kind=kind, starts_on=starts_on, ends_on=ends_on, label=label)

    def test_cuts_a_term_at_a_date(self):
        period = parsed(period="term", to="2023-10-12")
        assert (period.starts_on, period.ends_on) == (date(2020, 8, 15), TODAY)
        assert period.label == "Từ đầu nhiệm kỳ 2020–2025 đến 12/10/2023"

    def test_takes_any_two_dates(self):
        period = parsed(**{"from": "2023-01-15", "to": "2023-02-01"})
        assert period.kind is PeriodKind.RANGE
        assert period.label == "Từ 15/01/2023 đến 01/02/2023"

    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ({}, "period"),
            ({"from": "2023-01-01"}, "period"),
            ({"from": "2023-02-01", "to": "2023-01-01"}, "to"),
            ({"from": "2023-02-30", "to": "2023-03-01"}, "from"),
            ({"from": "20230101", "to": "2023-03-01"}, "from"),
            ({"period": "2023-13"}, "period"),
            ({"period": "2023-Q5"}, "period"),
            ({"period": "0000"}, "period"),
            ({"period": "nay"}, "period"),
            ({"period": "2023", "from": "2023-01-01"}, "from"),
            ({"period": "2023", "to": "2023-01-01"}, "to"),
            ({"period": "term:1995"}, "period"),
            ({"period": "term", "to": "2031-01-01"}, "period"),
            ({"period": "term:2020–2025", "to": "2031-01-01"}, "to"),
        ],
    )
    def test_names_the_parameter_at_fault(self, query, parameter):
        with pytest.raises(PeriodRefused) as refusal:
            parse_period(query, terms=TERMS, today=TODAY)
        assert refusal.value.parameter == parameter


class TestCalendar:
    """Months, quarters and halves cover a year without gap or overlap."""

    @given(st.integers(1, 9998))
    def test_parts_follow_one_another(self, year):
        for parts in (
            [Period.month(year, n) for n in range(1, 13)],
            [Period.quarter(year, n) for n in range(1, 5)],
            [Period.half_year(year, n) for n in (1, 2)],
        ):
            assert parts[0].starts_on == Period.year(year).starts_on
            assert parts[-1].ends_on == Period.year(year).ends_on
            for earlier, later in pairwise(parts):
                assert later.starts_on == earlier.ends_on + timedelta(days=1)

    def test_both_ends_belong_to_it(self):
        october = Period.month(2023, 10)
        assert date(2023, 10, 1) in october
        assert date(2023, 10, 31) in october
        assert date(2023, 11, 1) not in october

    def test_json_says_from_and_to(self):
        document = msgspec.to_builtins(Period.month(2023, 10))
        assert (document["from"], document["to"]) == ("2023-10-01", "2023-10-31")
