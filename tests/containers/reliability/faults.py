"""What is done to a Khối in containers, one fault at a time. Nobody repairs anything: faults end, parts come back."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.process import SERVICES
from tests.containers.compose import Deployment, docker

PARTS = (
    "mongo",
    "kafka",
    "gateway",
    *(f"{service}-{kind}" for kind in ("worker", "web") for service in SERVICES),
)
SKEW = "+2h"
SKEWED = "reviews-worker"


@dataclass(frozen=True)
class Fault:
    """One fault; while the context is open it lasts."""

    name: str
    """Short, for the command line: ``kill mongo``."""
    text: str
    """What the page says was done."""
    does: Callable[[Deployment], AbstractContextManager[None]]
    lasts: float = 0.0
    """How long it is left open, in seconds."""


def all_faults(disks: dict[str, Path]) -> Sequence[Fault]:
    """Every fault in the order they are done; *disks* are those that can be filled."""
    servers, rest = PARTS[:3], PARTS[3:]
    return (
        *(killed(part) for part in servers),
        *(paused(part, seconds=30) for part in ("kafka", "mongo")),
        *(cut_off(part, seconds=20) for part in ("reviews-web", "members-worker", "kafka", "mongo")),
        skewed(),
        *(killed(part) for part in rest),
        *(filled(part, disk, seconds=20) for part, disk in disks.items()),
    )


def killed(part: str) -> Fault:
    """The process of a container ends by SIGKILL from outside, and the engine starts it again by its own policy."""

    @contextmanager
    def does(khoi: Deployment) -> Iterator[None]:
        kill(khoi, part)
        yield

    return Fault(f"kill {part}", f"SIGKILL `{part}`", does)


def kill(khoi: Deployment, part: str) -> None:
    """By its number on this host: what `docker kill` ends the engine takes for ended on purpose."""
    state: Any = khoi.inspect(part)["State"]
    os.kill(int(state["Pid"]), signal.SIGKILL)


def paused(part: str, *, seconds: float) -> Fault:
    """Every process of a container stands still by SIGSTOP and goes on by SIGCONT."""

    @contextmanager
    def does(khoi: Deployment) -> Iterator[None]:
        # not `docker pause`: under load its freezer at times gives up ("unable to freeze")
        listed = docker("top", khoi.containers[part], "-eo", "pid")
        processes = [int(line) for line in listed.splitlines()[1:]]
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)

    return Fault(f"pause {part}", f"`{part}` đứng yên {seconds:.0f} s (SIGSTOP)", does, seconds)


def cut_off(part: str, *, seconds: float) -> Fault:
    """A container loses the network of the servers, and gets it back, maybe with another address."""

    @contextmanager
    def does(khoi: Deployment) -> Iterator[None]:
        container, network = khoi.containers[part], f"{khoi.project}_back"
        docker("network", "disconnect", network, container)
        try:
            yield
        finally:
            docker("network", "connect", "--alias", part, network, container)

    return Fault(f"cut {part}", f"`{part}` mất mạng {seconds:.0f} s (network cut)", does, seconds)


def filled(part: str, disk: Path, *, seconds: float) -> Fault:
    """The disk of a server gets full to the last byte, and free again."""

    @contextmanager
    def does(_: Deployment) -> Iterator[None]:
        ballast = disk / "ballast"
        subprocess.run(
            ["dd", "if=/dev/zero", f"of={ballast}", "bs=4k"], check=False, capture_output=True, timeout=60
        )
        assert os.statvfs(disk).f_bavail < 10
        try:
            yield
        finally:
            ballast.unlink()

    return Fault(f"fill {part}", f"đĩa của `{part}` đầy {seconds:.0f} s (disk full)", does, seconds)


def skewed() -> Fault:
    """The clock of a worker jumps ahead; then the worker is killed, and its successor has the right time again."""

    @contextmanager
    def does(khoi: Deployment) -> Iterator[None]:
        khoi.run_in(SKEWED, "sh", "-c", f"echo {SKEW} >/tmp/clock")
        seen = khoi.run_in(SKEWED, "date", "+%s")
        assert int(seen) - time.time() > 7_000, "the clock did not move"
        try:
            yield
        finally:
            kill(khoi, SKEWED)  # its /tmp, and with it the wrong clock, goes with it

    return Fault(
        "skew",
        f"đồng hồ của `{SKEWED}` sớm 2 giờ trong 20 s, rồi SIGKILL (clock two hours ahead, then killed)",
        does,
        20,
    )
