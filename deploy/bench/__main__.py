"""``make bench``: measure, print, and write docs/benchmarks.md."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import structlog
from rich.console import Console
from rich.table import Table

from deploy.bench import consumer, imports, latency, memory, reads, rebuild, register, relay, reports, streams
from deploy.bench.arena import Arena
from deploy.bench.machine import this_machine
from deploy.bench.measuring import Outcome
from deploy.bench.page import Measured, Run, merged, page, verdict

BENCHMARKS: Mapping[str, Callable[[Arena], Outcome]] = {
    "relay": relay.measure,
    "consumer": consumer.measure,
    "reads": reads.measure,
    "register": register.measure,
    "latency": latency.measure,
    "imports": imports.measure,
    "reports": reports.measure,
    "report size": reports.measure_size,
    "rebuild": rebuild.measure,
    "streams": streams.measure,
    "memory": memory.measure,
}
PAGE = Path("docs/benchmarks.md")
RESULTS = PAGE.with_suffix(".json")


@click.command()
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(BENCHMARKS)),
    help="Chỉ đo phần này; có thể lặp lại. Các phần khác của trang được giữ (measure only these; the others stay).",
)
@click.option(
    "--repeats", type=click.IntRange(1, 50), default=3, show_default=True, help="Số lần đo mỗi cặp."
)
@click.option(
    "--scale",
    type=click.FloatRange(0.001, 1),
    default=1.0,
    help="Tỉ lệ cỡ dữ liệu, để thử; dưới 1 thì trang không được ghi (for trying; below 1 no page is written).",
)
@click.option(
    "--rebuild-events",
    type=click.IntRange(10_000, 10_000_000),
    default=100_000,
    show_default=True,
    help="Số sự kiện để dựng lại mô hình đọc; 1.000.000 mất rất lâu (events of the rebuild; a million take long).",
)
def main(only: tuple[str, ...], repeats: int, scale: float, rebuild_events: int) -> None:
    """Đo tốc độ và dung lượng (measure speed and size)."""
    # SIGTERM ends a run as Ctrl-C does: its servers are stopped and its folder is removed.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    logging.basicConfig(level=logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console(width=140)
    started, at, machine = time.monotonic(), datetime.now(UTC), this_machine()
    outcomes = []
    with Arena.opened(
        repeats=repeats,
        scale=scale,
        say=lambda text: console.print(text, style="dim"),
        rebuild_events=rebuild_events,
    ) as arena:
        for key in only or BENCHMARKS:
            outcome = BENCHMARKS[key](arena)
            outcomes.append(outcome)
            _show(outcome, console)
        run = Run(
            at=at,
            revision=_revision(),
            machine=machine,
            servers=arena.servers,
            repeats=repeats,
            scale=scale,
            minutes=(time.monotonic() - started) / 60,
        )
    if scale == 1:
        _write([Measured(run=run, outcome=outcome) for outcome in outcomes])
        console.print(f"→ {PAGE}")
    missed = [outcome.title for outcome in outcomes if outcome.missed]
    console.print(
        f"{run.minutes:.1f} phút; " + (f"không đạt: {', '.join(missed)}" if missed else "tất cả đều đạt")
    )


def _write(measured: Sequence[Measured]) -> None:
    before = msgspec.json.decode(RESULTS.read_bytes(), type=tuple[Measured, ...]) if RESULTS.exists() else ()
    results = merged(before, measured, order=list(BENCHMARKS))
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    PAGE.write_text(page(results), encoding="utf-8")


def _show(outcome: Outcome, console: Console) -> None:
    table = Table(title=outcome.title, title_justify="left", min_width=100)
    table.add_column("", ratio=1)
    for heading in ("trung vị (median)", "khoảng (spread)", "chỉ tiêu (target)"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for figure in outcome.figures:
        table.add_row(
            figure.name,
            figure.text(figure.median),
            figure.spread,
            "" if figure.target is None else f"{figure.target} {figure.unit}",
            verdict(figure).strip("*"),
        )
    console.print(table)


def _revision() -> str:
    """Return the commit measured, marked where files differ from it; unknown outside a repository."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"],  # noqa: S607 -- whichever git the user has
            capture_output=True,
            text=True,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
