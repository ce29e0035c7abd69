"""What a benchmark hands over: figures with their samples, median and spread, each beside its target."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

PERCENT_99 = 99


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A bound that the median has to keep: exactly one of the two."""

    at_least: float | None = None
    at_most: float | None = None

    def keeps(self, value: float) -> bool:
        """Say whether *value* is within the bound."""
        if self.at_least is not None:
            return value >= self.at_least
        return self.at_most is None or value <= self.at_most

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured quantity. Without a target it is there to explain another one."""

    name: str
    unit: str
    samples: tuple[float, ...]
    """One for each repetition, in the order measured."""
    target: Target | None = None

    @property
    def median(self) -> float:
        """Return the median of the samples."""
        return statistics.median(self.samples)

    @property
    def met(self) -> bool | None:
        """Say whether the median keeps the target; None where there is none."""
        return None if self.target is None else self.target.keeps(self.median)

    def text(self, value: float) -> str:
        """Return a value of this figure with as many digits as its size deserves, and its unit."""
        whole = self.unit in {"MB", "/s"} or value >= 1_000  # noqa: PLR2004 -- four digits say enough
        return f"{value:,.0f} {self.unit}" if whole else f"{value:.2f} {self.unit}"

    @property
    def spread(self) -> str:
        """Return least and greatest sample; a single one has no spread."""
        if len(self.samples) == 1:
            return "—"
        return f"{self.text(min(self.samples))} – {self.text(max(self.samples))}"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one benchmark found."""

    key: str
    title: str
    method: str
    """What was measured against what, so that a reader can judge the ratio."""
    figures: tuple[Figure, ...]
    limit: str = ""
    """What holds a missed figure back; shown only beside a miss."""

    @property
    def missed(self) -> bool:
        """Say whether any figure missed its target."""
        return any(figure.met is False for figure in self.figures)


def ratios(ours: Sequence[float], bare: Sequence[float]) -> tuple[float, ...]:
    """Return ours ÷ bare of each repetition; the two were measured one right after the other."""
    return tuple(mine / theirs for mine, theirs in zip(ours, bare, strict=True))


def percentile(samples: Sequence[float], percent: int) -> float:
    """Return the value below which *percent* of the samples lie, by the nearest rank."""
    ordered = sorted(samples)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


class Stopwatch:
    """Seconds from start to end of a ``with timed()`` block."""

    def __init__(self) -> None:
        """Start now."""
        self._started = time.perf_counter()
        self.seconds = 0.0

    def stop(self) -> None:
        """Keep the time passed."""
        self.seconds = time.perf_counter() - self._started


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Time the block."""
    watch = Stopwatch()
    try:
        yield watch
    finally:
        watch.stop()


class NotInTimeError(RuntimeError):
    """Something a benchmark waits for did not happen; the message says what."""


def wait_for(
    condition: Callable[[], bool], *, what: str, within: float = 120.0, every: float = 0.005
) -> None:
    """Wait until *condition* holds; raise NotInTimeError after *within* seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() >= deadline:
            raise NotInTimeError(f"not within {within:.0f} s: {what}")
        time.sleep(every)
