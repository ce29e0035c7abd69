"""Quy định về chuyển sinh hoạt đảng, kết nạp lại as dated data: each value with its citation and how sure we are of it.

A regulation is one TOML file in ``rules/``; a new one is a new file. What holds is chosen by the day of
the fact that starts a clock, never by today.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")
Certainty = Literal["verified", "weak", "inferred", "assumed"]
UNVERIFIED_VI: Mapping[Certainty, str] = MappingProxyType(
    {
        "verified": "",
        "weak": "nguồn yếu, chưa kiểm chứng",
        "inferred": "suy ra, chưa kiểm chứng",
        "assumed": "chưa kiểm chứng",
    }
)
"""What is shown beside a value that was not seen in an official text."""


class RuleValue(msgspec.Struct, Generic[T], frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Giá trị quy định: one value, its clause, and how sure we are of it."""

    value: T
    document: str
    number: str
    issuer: str
    date: date
    clause: str
    certainty: Certainty
    note: str = ""

    @property
    def assumed(self) -> bool:
        """Say whether nobody has seen the value in an official text for its time (chưa kiểm chứng)."""
        return self.certainty != "verified"

    @property
    def source(self) -> str:
        """Return the citation as people write it, with a mark when the value is not verified."""
        cited = f"{self.document} {self.number} ngày {self.date:%d/%m/%Y} ({self.issuer}), {self.clause}"
        mark = UNVERIFIED_VI[self.certainty]
        return f"{cited}; {mark}" if mark else cited


class DatedRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Quy định về chuyển sinh hoạt đảng, kết nạp lại: what holds for the facts from ``valid_from`` on."""

    title: str
    valid_from: date
    start_working_days: RuleValue[int]
    """To begin the formalities, after the decision or the move."""
    present_working_days: RuleValue[int]
    """To present the letter of introduction, after the day of the letter."""
    temporary_months: RuleValue[tuple[int, int]]
    """At least, and less than, so many months; study lasts up to twice the upper bound."""
    readmission_months: RuleValue[int]
    """At least so many between leaving the Party and readmission."""


def parse_rules(texts: Mapping[str, str]) -> tuple[DatedRule, ...]:
    """Return the rules in *texts* (file name → TOML), the oldest first; ValueError names a file that is wrong."""
    found: dict[date, DatedRule] = {}
    for name, text in sorted(texts.items()):
        try:
            rule = msgspec.convert(tomllib.loads(text), DatedRule)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise ValueError(f"{name}: {error}") from error
        if rule.valid_from in found:
            raise ValueError(
                f"{name}: the first day {rule.valid_from} is taken by {found[rule.valid_from].title}"
            )
        found[rule.valid_from] = rule
    return tuple(found[day] for day in sorted(found))


@lru_cache(maxsize=1)
def rules() -> tuple[DatedRule, ...]:
    """Return the rules that come with the service, the oldest first."""
    folder = resources.files("services.members.domain.rules")
    return parse_rules(
        {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".toml")}
    )


def rule_on(day: date) -> DatedRule:
    """Return the rule for what happened on *day*; the first one for what lies before it."""
    return next((each for each in reversed(rules()) if each.valid_from <= day), rules()[0])
