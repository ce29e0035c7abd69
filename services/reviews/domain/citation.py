"""Citations (căn cứ) and refusals: every rule names its source, every refusal names its rule.

Numbers of documents are used again each term, so a document is known by number, issuer and date together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import msgspec

Certainty = Literal["verified", "weak", "inferred", "assumed"]
"""Mức độ kiểm chứng: seen in an official text, seen in a weak source, concluded from seen texts, or assumed."""

CERTAINTY_VI: dict[Certainty, str] = {
    "verified": "đã kiểm chứng",
    "weak": "nguồn yếu, chưa kiểm chứng",
    "inferred": "suy ra, chưa kiểm chứng",
    "assumed": "chưa kiểm chứng",
}


class Citation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Căn cứ: one clause of one document."""

    document: str
    number: str
    issuer: str
    date: dt.date
    clause: str
    certainty: Certainty = "verified"
    """How sure we are that the clause says it: where a value cites, that of the value."""

    @property
    def unverified(self) -> str:
        """Return what is shown beside what nobody has seen in an official text ("chưa kiểm chứng"), else nothing."""
        return "" if self.certainty == "verified" else CERTAINTY_VI[self.certainty]

    def __str__(self) -> str:
        """Return the citation as people write it, the date as dd/mm/yyyy, marked where it is not verified."""
        cited = f"{self.clause}, {self.document} {self.number} ngày {self.date:%d/%m/%Y} ({self.issuer})"
        return f"{cited}; {self.unverified}" if self.unverified else cited


def _source(document: str, number: str, issuer: str, date: dt.date) -> Citation:
    return Citation(document=document, number=number, issuer=issuer, date=date, clause="")


CT28 = _source("Chỉ thị", "28-CT/TW", "Ban Bí thư", dt.date(2019, 1, 21))
HD02 = _source("Hướng dẫn", "02-HD/BTCTW", "Ban Tổ chức Trung ương", dt.date(2021, 4, 12))
QD29 = _source("Quy định", "29-QĐ/TW", "Ban Chấp hành Trung ương", dt.date(2016, 7, 25))
QD24 = _source("Quy định", "24-QĐ/TW", "Ban Chấp hành Trung ương", dt.date(2021, 7, 30))
# Year and number are verified; the day of QĐ 22 is recalled, not seen.
QD22 = _source("Quy định", "22-QĐ/TW", "Ban Chấp hành Trung ương", dt.date(2021, 7, 28))


def at(source: Citation, clause: str) -> Citation:
    """Return the citation of *clause* in the document of *source*."""
    return msgspec.structs.replace(source, clause=clause)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Lý do không được thực hiện: one rule that stands against a step, with the place of the offending fact.

    ``pointer`` is a JSON pointer into the facts of the command ("" for the step as a whole); ``code`` is stable.
    """

    code: str
    pointer: str
    detail_vi: str
    detail_en: str
    citation: Citation | None = None


class Refusal(Exception):  # noqa: N818  (the field's word: a step refused is an outcome, not a malfunction)
    """Từ chối: the step may not be taken; holds every problem found, never an empty list."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        if not self.problems:
            raise ValueError("a refusal needs at least one problem")
        super().__init__(
            "; ".join(f"{problem.code} at {problem.pointer or '/'}" for problem in self.problems)
        )

    @property
    def rule_code(self) -> str:
        """Return the code of the first problem."""
        return self.problems[0].code

    @property
    def codes(self) -> frozenset[str]:
        """Return the codes of all problems."""
        return frozenset(problem.code for problem in self.problems)


def refuse_if(problems: Iterable[Problem]) -> None:
    """Raise Refusal with all *problems*, or return when there is none."""
    found = tuple(problems)
    if found:
        raise Refusal(found)
