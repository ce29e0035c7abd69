"""Published percentages (*tỷ lệ đã công bố*): each over the denominator that its source names.

One report prints shares of members and shares of violations side by side; a percentage without its denominator says
nothing, so it is not taken in. What the source's own figures give is worked out beside it, with their bounds: 7 of
"trên 20" is at most 33,33%.
"""

import re
from fractions import Fraction

import msgspec

from services.reporting.domain.bound import Bound

_PERCENT = re.compile(r"(?P<whole>\d{1,4})(?:[.,](?P<part>\d{1,4}))?\s*%?")
_DECIMALS = 2


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Percentage as printed — *tỷ lệ*: of ``of``; ``figure`` is the key of what is counted, if it is one of ours.

    ``percent`` has a point and the decimals that were printed: ``0.14``.
    """

    label: str
    percent: str
    of: str
    figure: str | None = None
    denominator: Bound | None = None


class PercentSpan(msgspec.Struct, frozen=True, kw_only=True):
    """Percentages that figures with bounds allow; None: open at that end."""

    low: Fraction | None
    high: Fraction | None

    def holds(self, percent: str) -> bool:
        """Tell whether a printed percentage can be one of them, as it is rounded to its own decimals."""
        value = Fraction(percent)
        decimals = len(percent.partition(".")[2])
        half = Fraction(1, 2 * 10**decimals)
        return (self.low is None or value + half >= self.low) and (
            self.high is None or value - half <= self.high
        )

    def __str__(self) -> str:
        """Print as in a table: ``33,33%``, ``≤ 33,33%``, ``20,00–25,00%``."""
        low, high = self.low, self.high
        if low is not None and low == high:
            return f"{_text(low)}%"
        if low is not None and high is not None:
            return f"{_text(low)}–{_text(high)}%"
        if low is not None:
            return f"≥ {_text(low)}%"
        return f"≤ {_text(high)}%" if high is not None else "không rõ"


def read_percent(printed: object) -> str:
    """Read a percentage as a text prints it: ``0,14``, ``0.14%``, a whole number. Raises ValueError."""
    text = str(printed).strip() if isinstance(printed, str | int) and not isinstance(printed, bool) else ""
    match = _PERCENT.fullmatch(text)
    if match is None:
        raise ValueError("không phải tỷ lệ phần trăm như 0,14 hoặc 35%")
    return f"{int(match['whole'])}.{match['part']}" if match["part"] else str(int(match["whole"]))


def printed_percent(percent: str) -> str:
    """Return a kept percentage as it is printed in Vietnamese: ``0,14%``."""
    return f"{percent.replace('.', ',')}%"


def percent_span(figure: Bound, denominator: Bound) -> PercentSpan:
    """Return which percentages a figure is of a denominator, by what is known of both."""
    low = high = None
    if figure.low is not None and denominator.high:
        low = Fraction(100 * figure.low, denominator.high)
    if figure.high is not None and denominator.low:
        high = Fraction(100 * figure.high, denominator.low)
    return PercentSpan(low=low, high=high)


def _text(value: Fraction) -> str:
    hundredths = round(value * 10**_DECIMALS)
    return f"{hundredths // 100},{hundredths % 100:02}"
