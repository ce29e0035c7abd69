"""Figures that are known only up to a bound (*số liệu có cận*), as the press prints them: "trên 20"."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from typing import Self

import msgspec


class BoundKind(StrEnum):
    """How a figure is known — *mức độ biết của số liệu*."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    UNKNOWN = "unknown"


_SIGNS = {
    BoundKind.EXACT: "",
    BoundKind.AT_LEAST: "≥ ",
    BoundKind.MORE_THAN: ">",
    BoundKind.AT_MOST: "≤ ",
    BoundKind.LESS_THAN: "<",
}

_WORDS = {
    "": BoundKind.EXACT,
    "≥": BoundKind.AT_LEAST,
    ">=": BoundKind.AT_LEAST,
    "ít nhất": BoundKind.AT_LEAST,
    "không dưới": BoundKind.AT_LEAST,
    ">": BoundKind.MORE_THAN,
    "trên": BoundKind.MORE_THAN,
    "hơn": BoundKind.MORE_THAN,
    "≤": BoundKind.AT_MOST,
    "<=": BoundKind.AT_MOST,
    "nhiều nhất": BoundKind.AT_MOST,
    "không quá": BoundKind.AT_MOST,
    "<": BoundKind.LESS_THAN,
    "dưới": BoundKind.LESS_THAN,
    "gần": BoundKind.LESS_THAN,
}

# "90.000" is ninety thousand in Vietnamese; a dot that does not group three digits is not a count.
_PRINTED = re.compile(r"(?P<word>[^\d]*?)\s*(?P<number>\d{1,3}(?:\.\d{3})+|\d+)\Z")


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figure with its bound — *số liệu kèm cận*.

    A count of members or cases as its source states it. ``value`` is None exactly when the kind is
    ``unknown``. ``more_than 20`` stays what was printed; arithmetic uses that counts are whole numbers,
    so it means 21 or more.
    """

    kind: BoundKind
    value: int | None = None

    def __post_init__(self) -> None:
        """Refuse a bound without its number, and a number without a bound."""
        if (self.kind is BoundKind.UNKNOWN) != (self.value is None):
            raise ValueError("số liệu không rõ thì không có giá trị; các loại khác phải có giá trị")

    @classmethod
    def exact(cls, value: int) -> Self:
        """Return the figure known exactly."""
        return cls(BoundKind.EXACT, value)

    @classmethod
    def between(cls, low: int | None, high: int | None) -> Self:
        """Return the narrowest bound that holds for every whole number from low to high (None: open).

        A range closed at both ends but not a single number has no kind of its own (no source printed one);
        its lower end is kept.
        """
        if low is not None and low == high:
            return cls(BoundKind.EXACT, low)
        if low is not None:
            return cls(BoundKind.AT_LEAST, low)
        if high is not None:
            return cls(BoundKind.AT_MOST, high)
        return cls(BoundKind.UNKNOWN)

    @classmethod
    def parse(cls, printed: str) -> Self:
        """Read a figure as a Vietnamese text prints it: ``20``, ``trên 20``, ``hơn 90.000``, ``≥ 7``.

        Raises ValueError for anything else ("khoảng 20" bounds nothing).
        """
        text = " ".join(unicodedata.normalize("NFC", printed).lower().split())
        if text in {"không rõ", "?"}:
            return cls(BoundKind.UNKNOWN)
        match = _PRINTED.match(text)
        kind = _WORDS.get(match["word"]) if match else None
        if match is None or kind is None:
            raise ValueError(f"không đọc được số liệu: {printed!r}")
        return cls(kind, int(match["number"].replace(".", "")))

    @property
    def low(self) -> int | None:
        """Smallest whole number the figure can be; None if there is none."""
        match self.kind:
            case BoundKind.EXACT | BoundKind.AT_LEAST:
                return self.value
            case BoundKind.MORE_THAN if self.value is not None:
                return self.value + 1
            case _:
                return None

    @property
    def high(self) -> int | None:
        """Largest whole number the figure can be; None if there is none."""
        match self.kind:
            case BoundKind.EXACT | BoundKind.AT_MOST:
                return self.value
            case BoundKind.LESS_THAN if self.value is not None:
                return self.value - 1
            case _:
                return None

    def __add__(self, other: "Bound") -> "Bound":
        """Return the bound of the sum."""
        return Bound.between(_plus(self.low, other.low), _plus(self.high, other.high))

    def __sub__(self, other: "Bound") -> "Bound":
        """Return the bound of the difference: >20 minus 14 is ≥ 7."""
        low = None if self.low is None or other.high is None else self.low - other.high
        high = None if self.high is None or other.low is None else self.high - other.low
        return Bound.between(low, high)

    def __str__(self) -> str:
        """Print as in a table: ``5``, ``>20``, ``≥ 7``, ``không rõ``."""
        return "không rõ" if self.value is None else f"{_SIGNS[self.kind]}{self.value}"


def total(figures: Iterable[Bound]) -> Bound:
    """Return the bound of the sum of the figures; exactly 0 for none."""
    result = Bound.exact(0)
    for figure in figures:
        result = result + figure
    return result


def _plus(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b
