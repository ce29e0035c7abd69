"""``make reliability``: every fault in turn, written to docs/reliability.md; status 1 when one was not borne."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from deploy.bench.machine import this_machine
from tests.containers.compose import PARTS, deployment, docker
from tests.containers.reliability.faults import SKEWED, Fault, all_faults
from tests.containers.reliability.khoi import SKEWABLE, KhoiInContainers, khoi_in, skewable_image, small_disks
from tests.containers.reliability.page import Run, merged, page
from tests.containers.reliability.people import Work
from tests.containers.reliability.trial import Measured, trial

PAGE = Path("docs/reliability.md")
RESULTS = PAGE.with_suffix(".json")
DISK_MEGABYTES = 700


@click.command()
@click.option(
    "--only", multiple=True, help="Chỉ lỗi này; có thể lặp lại (only these; their rows are replaced)."
)
@click.option("--repeats", type=click.IntRange(1, 20), default=1, show_default=True, help="Mỗi lỗi mấy lần.")
def main(only: tuple[str, ...], repeats: int) -> None:
    """Gây lỗi trong lúc làm việc, đo và đối chiếu (faults under load)."""
    if not os.environ.get("KHOI_IMAGE"):
        raise click.UsageError("KHOI_IMAGE chưa nêu ảnh nào: dùng make reliability (names no image)")
    if os.geteuid() != 0:
        raise click.UsageError("cần root trên máy của Docker: SIGKILL, mount (root on the engine's host)")
    started, at, machine, revision = time.monotonic(), datetime.now(UTC), this_machine(), _revision()
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "image").mkdir()
        try:
            skewable_image(folder / "image")
            with (
                small_disks(folder / "disks", megabytes=DISK_MEGABYTES) as disks,
                deployment(
                    folder,
                    files=(*PARTS, _own_parts(folder, disks)),
                    KHOI_QUIET_HOURS="00:00-23:59",  # the stories lie years back: no reminders of their deadlines
                ) as running,
                khoi_in(running) as khoi,
            ):
                work = Work()
                faults = [each for each in all_faults(disks) if not only or each.name in only]
                if not faults:
                    raise click.UsageError("không có lỗi nào tên như vậy (no such fault)")
                for fault in (each for each in faults for _ in range(repeats)):
                    click.echo(f"{time.monotonic() - started:6.0f} s  {fault.name} …")
                    found = _borne_or_not(khoi, fault, work)
                    measured.append(found)
                    click.echo(f"          {found}")
                    run = Run(
                        at=at,
                        revision=revision,
                        machine=machine,
                        load_after=os.getloadavg()[0],
                        minutes=(time.monotonic() - started) / 60,
                        planned=len(faults),
                        measured=tuple(measured),
                    )
                    _write(run, part_of_another=bool(only))  # after each: a run may be broken off
        finally:
            docker("rmi", "--force", SKEWABLE)
    sys.exit(1 if any(each.problem for each in measured) else 0)


def _write(run: Run, *, part_of_another: bool) -> None:
    if part_of_another and RESULTS.exists():
        run = merged(msgspec.json.decode(RESULTS.read_bytes(), type=Run), run)
    elif part_of_another:
        return
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(run), indent=1) + b"\n")
    PAGE.write_text(page(run), encoding="utf-8")


def _borne_or_not(khoi: KhoiInContainers, fault: Fault, work: Work) -> Measured:
    """A fault that was not borne is a row of the page as well, and the others are done all the same."""
    try:
        return trial(khoi, fault, work)
    except Exception as error:  # noqa: BLE001 -- whatever it was, it is told
        traceback.print_exc()
        return Measured(name=fault.name, text=fault.text, problem=f"{type(error).__name__}: {error}"[:400])


def _own_parts(folder: Path, disks: dict[str, Path]) -> str:
    """One more compose file: the small disks, and the worker whose clock can be moved."""
    volumes = "".join(
        f"  {name}: {{driver_opts: {{type: none, o: bind, device: {disk}}}}}\n"
        for name, disk in disks.items()
    )
    name = "compose.reliability.yaml"
    (folder / name).write_text(
        f'version: "3.8"\nservices:\n  {SKEWED}: {{image: "{SKEWABLE}"}}\nvolumes:\n{volumes}',
        encoding="utf-8",
    )
    return f"../{name}"


def _revision() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False, timeout=10
    )
    return found.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
