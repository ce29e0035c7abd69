"""The page that a full run writes: docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from deploy.bench.machine import Machine
from deploy.bench.measuring import Figure, Outcome


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run: when, on what, how."""

    at: datetime
    revision: str
    machine: Machine
    servers: str
    repeats: int
    scale: float
    minutes: float


def verdict(figure: Figure) -> str:
    """Return whether the target was kept, in both languages; empty without a target."""
    if figure.met is None:
        return ""
    return "đạt (met)" if figure.met else "**không đạt (missed)**"


def page(run: Run, outcomes: Sequence[Outcome]) -> str:
    """Return the page in Markdown."""
    return "\n".join(_lines(run, outcomes)) + "\n"


def _lines(run: Run, outcomes: Sequence[Outcome]) -> Iterator[str]:
    machine = run.machine
    yield "# Benchmarks"
    yield ""
    yield (
        "Written by `make bench`; do not edit. Each figure is a ratio of two things measured in one run on the "
        "same servers, one right after the other, so that another machine should find about the same ratio though "
        "not the same speed. The median decides; least and greatest of the repetitions stand beside it."
    )
    yield ""
    yield f"- {run.at:%d/%m/%Y %H:%M} UTC, revision {run.revision}, {run.minutes:.1f} minutes"
    yield (
        f"- {machine.processor}, {machine.cores} cores, {machine.memory_mb:,} MB, {machine.system}, "
        f"{machine.python}; load before the run {machine.load:.2f}"
    )
    yield f"- servers: {run.servers}"
    yield f"- {', '.join(f'{name} {version}' for name, version in machine.packages.items())}"
    yield f"- {run.repeats} repetitions of each pair where nothing else is said"
    if run.scale != 1:
        yield f"- **a trial at scale {run.scale:g}: the sizes of the targets were not measured**"
    yield ""
    yield "## Targets"
    yield ""
    yield "| | figure | median | spread | target | |"
    yield "|---|---|---:|---:|---:|---|"
    for outcome in outcomes:
        for figure in outcome.figures:
            if figure.target is not None:
                yield (
                    f"| [{outcome.title}](#{_anchor(outcome.title)}) | {figure.name} | {figure.text(figure.median)} "
                    f"| {figure.spread} | {figure.target} {figure.unit} | {verdict(figure)} |"
                )
    for outcome in outcomes:
        yield ""
        yield f"## {outcome.title}"
        yield ""
        yield outcome.method
        yield ""
        yield "| figure | median | spread | |"
        yield "|---|---:|---:|---|"
        for figure in outcome.figures:
            yield f"| {figure.name} | {figure.text(figure.median)} | {figure.spread} | {verdict(figure)} |"
        if outcome.missed and outcome.limit:
            yield ""
            yield f"What limits it: {outcome.limit}"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
