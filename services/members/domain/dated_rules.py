"""Quy định về chuyển sinh hoạt đảng, kết nạp lại as dated data: each value with its citation and how sure we are of it.

A regulation is one TOML file in ``rules/``; a new one is a new file, and a deployment may have its own beside or in
place of them. What holds is chosen by the day of the fact that starts a clock, never by today.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")
Certainty = Literal["verified", "weak", "inferred", "assumed"]
Days = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
Months = Annotated[int, msgspec.Meta(ge=1, le=1_200)]
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
    start_working_days: RuleValue[Days]
    """To begin the formalities, after the decision or the move."""
    present_working_days: RuleValue[Days]
    """To present the letter of introduction, after the day of the letter."""
    temporary_months: RuleValue[tuple[Months, Months]]
    """At least, and less than, so many months; study lasts up to twice the upper bound."""
    readmission_months: RuleValue[Months]
    """At least so many between leaving the Party and readmission."""

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of what it says, the same whatever the order or comments of its file."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def values(self) -> list[tuple[str, RuleValue[Any]]]:
        """Return each value by its name, for display."""
        found = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return [(name, value) for name, value in found if isinstance(value, RuleValue)]


class RuleError(ValueError):
    """A rule file cannot be used; the message names it and what is wrong."""


def parse_rules(texts: Mapping[str, str]) -> tuple[DatedRule, ...]:
    """Return the rules in *texts* (file name → TOML), the oldest first; RuleError names a file that is wrong."""
    found: dict[date, tuple[str, DatedRule]] = {}
    for name, text in sorted(texts.items()):
        try:
            rule = msgspec.convert(tomllib.loads(text), DatedRule)
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise RuleError(f"{name}: {error}") from error
        least, below = rule.temporary_months.value
        if least >= below:
            raise RuleError(f"{name}: temporary_months: {least} is not less than {below}")
        if rule.valid_from in found:
            raise RuleError(
                f"{name}: the first day {rule.valid_from} is taken by {found[rule.valid_from][0]}"
            )
        found[rule.valid_from] = (name, rule)
    return tuple(found[day][1] for day in sorted(found))


def load_rules(own: Mapping[str, str] | None = None) -> tuple[DatedRule, ...]:
    """Return the rules that come with the service and those in *own* (file name → TOML), the oldest first.

    One of *own* takes the place of the service's rule with the same first day. Raises RuleError.
    """
    folder = resources.files("services.members.domain.rules")
    ours = parse_rules(
        {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".toml")}
    )
    by_day = {rule.valid_from: rule for rule in (*ours, *parse_rules(own or {}))}
    return tuple(by_day[day] for day in sorted(by_day))


def rule_on(day: date, rules: Sequence[DatedRule]) -> DatedRule:
    """Return the one of *rules* for what happened on *day*; the first one for what lies before it."""
    return next((each for each in reversed(rules) if each.valid_from <= day), rules[0])
