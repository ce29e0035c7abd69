"""Periods of a report (*kỳ báo cáo*): month, quarter, half-year, year, term, from–to.

The kinds are those of the discipline statistics (Quyết định 885-QĐ/UBKTTW, Ủy ban Kiểm tra Trung ương,
29/12/2022) plus the free range. Both ends are business dates and belong to the period.
"""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Self

import msgspec

_QUARTERS = ("I", "II", "III", "IV")
_CODE = re.compile(r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|[Qq](?P<quarter>[1-4])|[Hh](?P<half>[12])))?\Z")
_YEAR_NAME = re.compile(r"(?:cả )?năm (?P<year>[12]\d{3})")
_MONTHS_OF_YEAR = re.compile(r"(?P<months>\d{1,2}) tháng (?P<end>đầu|cuối) năm (?P<year>[12]\d{3})")
_QUARTER_NAME = re.compile(r"quý (?P<quarter>iv|i{1,3})(?:/| năm )(?P<year>[12]\d{3})")
_MONTH_NAME = re.compile(r"tháng (?P<month>\d{1,2})(?:/| năm )(?P<year>[12]\d{3})")
_TERM_CODE = re.compile(r"term(?::(?P<id>.+))?\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class PeriodKind(StrEnum):
    """Kind of period — *loại kỳ báo cáo*."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    TERM = "term"
    RANGE = "range"


class PeriodRefused(ValueError):  # noqa: N818 - names what happened; the web layer makes the problem of it
    """A query names no period — *kỳ báo cáo không hợp lệ*; ``parameter`` is the query parameter at fault."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter
        self.detail = detail


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Term of office — *nhiệm kỳ*: from the congress to the day before the next; dates are the deployment's data."""

    id: str
    starts_on: date
    ends_on: date


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """Period of a report — *kỳ báo cáo*; both dates belong to it. In JSON the dates are ``from`` and ``to``."""

    kind: PeriodKind
    starts_on: date = msgspec.field(name="from")
    ends_on: date = msgspec.field(name="to")
    label: str

    def __post_init__(self) -> None:
        """Refuse a period that ends before it starts."""
        if self.ends_on < self.starts_on:
            raise ValueError("kỳ báo cáo kết thúc trước khi bắt đầu")

    def __contains__(self, day: date) -> bool:
        """Tell whether the business date falls into the period."""
        return self.starts_on <= day <= self.ends_on

    @classmethod
    def month(cls, year: int, month: int) -> Self:
        """Return a calendar month — *tháng*."""
        return cls._months(PeriodKind.MONTH, year, month, month, f"Tháng {month}/{year}")

    @classmethod
    def quarter(cls, year: int, quarter: int) -> Self:
        """Return a quarter, 1 to 4 — *quý*."""
        label = f"Quý {_QUARTERS[quarter - 1]}/{year}"
        return cls._months(PeriodKind.QUARTER, year, 3 * quarter - 2, 3 * quarter, label)

    @classmethod
    def half_year(cls, year: int, half: int) -> Self:
        """Return the first (1) or second (2) half of a year — *6 tháng đầu/cuối năm*."""
        label = f"6 tháng {'đầu' if half == 1 else 'cuối'} năm {year}"
        return cls._months(PeriodKind.HALF_YEAR, year, 6 * half - 5, 6 * half, label)

    @classmethod
    def year(cls, year: int) -> Self:
        """Return a calendar year — *năm*."""
        return cls._months(PeriodKind.YEAR, year, 1, 12, f"Năm {year}")

    @classmethod
    def term(cls, term: Term, *, until: date | None = None) -> Self:
        """Return a term, or its part up to a date — *từ đầu nhiệm kỳ đến …*.

        Raises ValueError if ``until`` lies outside the term.
        """
        if until is None or until == term.ends_on:
            return cls(
                kind=PeriodKind.TERM,
                starts_on=term.starts_on,
                ends_on=term.ends_on,
                label=f"Nhiệm kỳ {term.id}",
            )
        if not term.starts_on <= until <= term.ends_on:
            raise ValueError(f"ngày {until:%d/%m/%Y} nằm ngoài nhiệm kỳ {term.id}")
        return cls(
            kind=PeriodKind.TERM,
            starts_on=term.starts_on,
            ends_on=until,
            label=f"Từ đầu nhiệm kỳ {term.id} đến {until:%d/%m/%Y}",
        )

    @classmethod
    def range(cls, starts_on: date, ends_on: date) -> Self:
        """Return a free range, both days included — *từ ngày … đến ngày …*."""
        label = f"Từ {starts_on:%d/%m/%Y} đến {ends_on:%d/%m/%Y}"
        return cls(kind=PeriodKind.RANGE, starts_on=starts_on, ends_on=ends_on, label=label)

    @classmethod
    def _months(cls, kind: PeriodKind, year: int, first: int, last: int, label: str) -> Self:
        last_day = calendar.monthrange(year, last)[1]
        return cls(kind=kind, starts_on=date(year, first, 1), ends_on=date(year, last, last_day), label=label)


def parse_period(query: Mapping[str, str], *, terms: Sequence[Term] = (), today: date) -> Period:
    """Read the period from query parameters.

    ``period`` is ``2023-10``, ``2023-Q4``, ``2023-H1``, ``2023``, ``term`` (the term of ``to``, or of
    ``today``) or ``term:<id>``; with a term, ``to`` cuts it ("từ đầu nhiệm kỳ đến …"). Without ``period``,
    ``from`` and ``to`` (ISO dates) give a range. Raises PeriodRefused.
    """
    code = query.get("period", "").strip()
    if not code:
        starts_on, ends_on = _date(query, "from"), _date(query, "to")
        if starts_on is None or ends_on is None:
            raise PeriodRefused("period", "cần 'period', hoặc cả 'from' và 'to'")
        if ends_on < starts_on:
            raise PeriodRefused("to", "'to' trước 'from'")
        return Period.range(starts_on, ends_on)
    if "from" in query:
        raise PeriodRefused("from", "không dùng 'from' cùng với 'period'")
    if (match := _TERM_CODE.match(code)) is not None:
        return _term_period(query, match["id"], terms, today)
    if "to" in query:
        raise PeriodRefused("to", "'to' chỉ dùng với 'from' hoặc với nhiệm kỳ")
    return _calendar_period(code)


def named_period(label: str) -> Period | None:
    """Return the period that a Vietnamese text names by year, quarter or month, None for any other name.

    ``Năm 2021``, ``Quý I/2023``, ``Tháng 4/2022``, and parts of years: ``4 tháng đầu năm 2022``, ``6 tháng cuối năm
    2022``. "Từ đầu nhiệm kỳ" names no day.
    """
    text = " ".join(label.lower().split())
    if (match := _MONTHS_OF_YEAR.fullmatch(text)) is not None and 1 <= int(match["months"]) <= 12:  # noqa: PLR2004 - months of a year
        year, months = int(match["year"]), int(match["months"])
        first, last = (1, months) if match["end"] == "đầu" else (13 - months, 12)
        return Period.range(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))
    if (match := _QUARTER_NAME.fullmatch(text)) is not None:
        return Period.quarter(int(match["year"]), _QUARTERS.index(match["quarter"].upper()) + 1)
    if (match := _MONTH_NAME.fullmatch(text)) is not None and 1 <= int(match["month"]) <= 12:  # noqa: PLR2004 - the same
        return Period.month(int(match["year"]), int(match["month"]))
    if (match := _YEAR_NAME.fullmatch(text)) is not None:
        return Period.year(int(match["year"]))
    return None


def _calendar_period(code: str) -> Period:
    match = _CODE.match(code)
    if match is None or int(match["year"]) < 1:
        raise PeriodRefused("period", f"không đọc được kỳ báo cáo {code!r}")
    year = int(match["year"])
    if match["month"]:
        month = int(match["month"])
        if not 1 <= month <= 12:  # noqa: PLR2004 - months of a year
            raise PeriodRefused("period", f"không có tháng {month}")
        return Period.month(year, month)
    if match["quarter"]:
        return Period.quarter(year, int(match["quarter"]))
    if match["half"]:
        return Period.half_year(year, int(match["half"]))
    return Period.year(year)


def _term_period(query: Mapping[str, str], term_id: str | None, terms: Sequence[Term], today: date) -> Period:
    until = _date(query, "to")
    if term_id is None:
        day = until or today
        term = next((t for t in terms if t.starts_on <= day <= t.ends_on), None)
    else:
        term = next((t for t in terms if t.id == term_id), None)
    if term is None:
        raise PeriodRefused("period", "không có nhiệm kỳ này trong danh mục của đơn vị")
    try:
        return Period.term(term, until=until)
    except ValueError as error:
        raise PeriodRefused("to", str(error)) from error


def _date(query: Mapping[str, str], parameter: str) -> date | None:
    text = query.get(parameter, "").strip()
    if not text:
        return None
    if not _DATE.match(text):
        raise PeriodRefused(parameter, f"ngày phải có dạng YYYY-MM-DD: {text!r}")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise PeriodRefused(parameter, f"không có ngày {text}") from error
