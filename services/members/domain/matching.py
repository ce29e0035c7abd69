"""Which record a row of a list means (đối chiếu danh sách): the rules, and nothing but the rules.

A row is first held against every record that shares a number, the folded name or the birth date with it. Of the
rules below the first that fits decides for that record:

* sure (chắc chắn): the row is that member, and what differs is proposed as a change of the record;
* unsure (gần trùng): it may be, and a person decides: same person, new person, or leave the row out.

One sure record makes a sure match. Two sure records, or none and some unsure ones, leave it to a person. Nobody is
ever taken for somebody else by likeness alone. The rules are this software's own: no document lays down how two
lists are to be compared (chưa kiểm chứng).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from shared.text import fold


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Người trong danh sách: what the rules look at, of a row or of a record."""

    full_name: str
    cell: str
    """Id of the cell."""
    admitted_on: date
    birth_date: date | None = None
    card_number: str | None = None
    dossier_number: str | None = None

    @property
    def name(self) -> str:
        """The folded name."""
        return fold(self.full_name)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Quy tắc đối chiếu: a code, whether it makes sure, its words, and the test itself."""

    code: str
    sure: bool
    text_vi: str
    fits: Callable[[Person, Person], bool]


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Kết quả đối chiếu một dòng: the record it surely is, or the records it may be (with the rule of each)."""

    sure: str | None = None
    rule: str | None = None
    unsure: tuple[tuple[str, str], ...] = ()
    """Record id and rule code."""


def one_letter_apart(left: str, right: str) -> bool:
    """Say whether one letter was put in, left out, exchanged, or swapped with its neighbour."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    short, long = sorted((left, right), key=len)
    start = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    swapped = short[start + 1 : start + 2] + short[start : start + 1]
    return short[start + 1 :] == long[start + 1 :] or (
        swapped == long[start : start + 2] and short[start + 2 :] == long[start + 2 :]
    )


def swapped_day(day: date) -> date | None:
    """Return the date with day and month exchanged; None if there is none or it is the same."""
    if day.day > 12 or day.day == day.month:  # noqa: PLR2004 -- months of a year
        return None
    return day.replace(month=day.day, day=day.month)


def _same(left: Any, right: Any) -> bool:
    return left is not None and left == right


def _contradict(left: Any, right: Any) -> bool:
    return left is not None and right is not None and left != right


def _same_card(row: Person, record: Person) -> bool:
    return _same(row.card_number, record.card_number)


def _same_dossier(row: Person, record: Person) -> bool:
    return _same(row.dossier_number, record.dossier_number)


def _same_name(row: Person, record: Person) -> bool:
    return row.name == record.name


def _known_by(row: Person, record: Person) -> bool:
    """Say whether the name, or the birth date, agrees: a number alone may be a slip of the pen."""
    return (
        _same_name(row, record)
        or one_letter_apart(row.name, record.name)
        or _same(row.birth_date, record.birth_date)
    )


def _numbers_contradict(row: Person, record: Person) -> bool:
    return _contradict(row.card_number, record.card_number) or _contradict(
        row.dossier_number, record.dossier_number
    )


def _near_card(row: Person, record: Person) -> bool:
    left, right = row.card_number, record.card_number
    return left is not None and right is not None and one_letter_apart(left, right)


RULES: Sequence[Rule] = (
    Rule(
        code="same_card",
        sure=True,
        text_vi="Cùng số thẻ đảng viên; họ tên như nhau (hoặc khác một chữ) hoặc cùng ngày sinh.",
        fits=lambda row, record: _same_card(row, record) and _known_by(row, record),
    ),
    Rule(
        code="same_dossier",
        sure=True,
        text_vi="Cùng số lý lịch, số thẻ không mâu thuẫn; họ tên như nhau (hoặc khác một chữ) hoặc cùng ngày sinh.",
        fits=lambda row, record: (
            _same_dossier(row, record)
            and not _contradict(row.card_number, record.card_number)
            and _known_by(row, record)
        ),
    ),
    Rule(
        code="same_name_birth_cell",
        sure=True,
        text_vi="Cùng họ tên (không kể dấu, chữ hoa), ngày sinh và chi bộ; các số không mâu thuẫn.",
        fits=lambda row, record: (
            _same_name(row, record)
            and _same(row.birth_date, record.birth_date)
            and row.cell == record.cell
            and not _numbers_contradict(row, record)
        ),
    ),
    Rule(
        code="same_name_admission_cell",
        sure=True,
        text_vi="Cùng họ tên, ngày vào Đảng và chi bộ; ngày sinh và các số không mâu thuẫn.",
        fits=lambda row, record: (
            _same_name(row, record)
            and row.admitted_on == record.admitted_on
            and row.cell == record.cell
            and not _contradict(row.birth_date, record.birth_date)
            and not _numbers_contradict(row, record)
        ),
    ),
    Rule(
        code="number_of_another_name",
        sure=False,
        text_vi="Cùng số thẻ hoặc số lý lịch, nhưng họ tên hoặc số còn lại khác.",
        fits=lambda row, record: _same_card(row, record) or _same_dossier(row, record),
    ),
    Rule(
        code="card_one_digit",
        sure=False,
        text_vi="Số thẻ khác nhau một chữ số (hoặc hai chữ số đổi chỗ); cùng họ tên hoặc cùng ngày sinh.",
        fits=lambda row, record: (
            _near_card(row, record) and (_same_name(row, record) or _same(row.birth_date, record.birth_date))
        ),
    ),
    Rule(
        code="same_name_birth",
        sure=False,
        text_vi="Cùng họ tên và ngày sinh, nhưng khác chi bộ hoặc khác số.",
        fits=lambda row, record: _same_name(row, record) and _same(row.birth_date, record.birth_date),
    ),
    Rule(
        code="name_one_letter",
        sure=False,
        text_vi="Cùng ngày sinh, họ tên khác nhau một chữ; các số không mâu thuẫn.",
        fits=lambda row, record: (
            _same(row.birth_date, record.birth_date)
            and one_letter_apart(row.name, record.name)
            and not _numbers_contradict(row, record)
        ),
    ),
    Rule(
        code="birth_day_month_swapped",
        sure=False,
        text_vi="Cùng họ tên, ngày và tháng sinh đổi chỗ cho nhau.",
        fits=lambda row, record: (
            _same_name(row, record)
            and row.birth_date is not None
            and _same(swapped_day(row.birth_date), record.birth_date)
        ),
    ),
    Rule(
        code="same_name_admission",
        sure=False,
        text_vi="Cùng họ tên và ngày vào Đảng, khác chi bộ; ngày sinh và các số không mâu thuẫn.",
        fits=lambda row, record: (
            _same_name(row, record)
            and row.admitted_on == record.admitted_on
            and not _contradict(row.birth_date, record.birth_date)
            and not _numbers_contradict(row, record)
        ),
    ),
)
"""In the order in which they are tried."""

RULE_BY_CODE = {rule.code: rule for rule in RULES}


def rule_between(row: Person, record: Person) -> Rule | None:
    """Return the first rule that fits, or None when the two have nothing to do with each other."""
    return next((rule for rule in RULES if rule.fits(row, record)), None)


def match(row: Person, records: Iterable[tuple[str, Person]]) -> Match:
    """Return what *row* is among *records* (id and person)."""
    found = [
        (record_id, rule) for record_id, record in records if (rule := rule_between(row, record)) is not None
    ]
    sure = [(record_id, rule) for record_id, rule in found if rule.sure]
    if len(sure) == 1:
        return Match(sure=sure[0][0], rule=sure[0][1].code)
    left = sure or found
    return Match(unsure=tuple((record_id, rule.code) for record_id, rule in left))
