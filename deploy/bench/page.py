"""The page that runs write: docs/benchmarks.md, and beside it what they found, from which the page is made anew.

A run of some benchmarks replaces their sections and leaves the others, each with its own day and revision.
"""

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


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one benchmark found, and in which run."""

    run: Run
    outcome: Outcome


def merged(
    before: Sequence[Measured], now: Sequence[Measured], *, order: Sequence[str]
) -> tuple[Measured, ...]:
    """Return both in the order of the keys *order*, what is new in the place of what stood; others are dropped."""
    found = {each.outcome.key: each for each in (*before, *now)}
    return tuple(found[key] for key in order if key in found)


def verdict(figure: Figure) -> str:
    """Return whether the target was kept, in both languages; empty without a target."""
    if figure.met is None:
        return ""
    return "đạt (met)" if figure.met else "**không đạt (missed)**"


def page(measured: Sequence[Measured]) -> str:
    """Return the page in Markdown."""
    return "\n".join(_lines(measured)) + "\n"


def _lines(measured: Sequence[Measured]) -> Iterator[str]:
    newest = max((each.run for each in measured), key=lambda run: run.at)
    yield "# Benchmarks"
    yield ""
    yield (
        "Written by `make bench`; do not edit. Each figure is a ratio of two things measured in one run on the "
        "same servers, one right after the other, so that another machine should find about the same ratio though "
        "not the same speed. The median decides; least and greatest of the repetitions stand beside it."
    )
    yield ""
    yield f"- {_machine(newest.machine)}"
    yield f"- servers: {newest.servers}"
    yield f"- {', '.join(f'{name} {version}' for name, version in newest.machine.packages.items())}"
    if any(each.run.scale != 1 for each in measured):
        yield "- **a trial at a smaller scale: the sizes of the targets were not measured**"
    yield ""
    yield "## Targets"
    yield ""
    yield "| | figure | median | spread | target | |"
    yield "|---|---|---:|---:|---:|---|"
    for outcome in (each.outcome for each in measured):
        for figure in outcome.figures:
            if figure.target is not None:
                yield (
                    f"| [{outcome.title}](#{_anchor(outcome.title)}) | {figure.name} | {figure.text(figure.median)} "
                    f"| {figure.spread} | {figure.target} {figure.unit} | {verdict(figure)} |"
                )
    for each in measured:
        yield from _section(each, newest)


def _section(measured: Measured, newest: Run) -> Iterator[str]:
    run, outcome = measured.run, measured.outcome
    yield ""
    yield f"## {outcome.title}"
    yield ""
    yield outcome.method
    yield ""
    elsewhere = "" if _machine(run.machine) == _machine(newest.machine) else f", {_machine(run.machine)}"
    yield (
        f"Measured {run.at:%d/%m/%Y %H:%M} UTC, revision {run.revision}, {run.repeats} repetitions where nothing else "
        f"is said, load before the run {run.machine.load:.2f}{elsewhere}."
    )
    yield ""
    yield "| figure | median | spread | |"
    yield "|---|---:|---:|---|"
    for figure in outcome.figures:
        yield f"| {figure.name} | {figure.text(figure.median)} | {figure.spread} | {verdict(figure)} |"
    if outcome.missed and outcome.limit:
        yield ""
        yield f"What limits it: {outcome.limit}"


def _machine(machine: Machine) -> str:
    return f"{machine.processor}, {machine.cores} cores, {machine.memory_mb:,} MB, {machine.system}, {machine.python}"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
