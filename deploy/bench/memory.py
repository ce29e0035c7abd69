"""The idle memory of the whole one-machine stack, as ``khoi up`` runs it for a newcomer."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from deploy.bench.arena import Arena
from deploy.bench.measuring import Figure, NotInTimeError, Outcome, Target, wait_for
from deploy.khoi.running import STATE
from deploy.stack.parts import Ports, plan
from deploy.stack.servers import free_ports, last_lines, leashed, port_is_taken

SETTLE_SECONDS = 15.0
"""From ready to the first look: the consumers have joined, the first sweeps are over."""
SAMPLE_SECONDS = 3.0
STACK_AT_MOST_MB = 800
PYTHON_AT_MOST_MB = 110
PORT_BASES = range(20_000, 60_000, 100)

METHOD = (
    "`khoi up` in a new folder with its own embedded servers, 15 s after everything answered, no request made. "
    "Every process below it is counted, and it itself: the launcher, supervisord, the issuer, both servers, four "
    "web processes with gunicorn's master each, four workers. Resident size is added up although shared pages "
    "then count several times; the proportional size (PSS) counts them once."
)
LIMIT = (
    "Each process imports the same libraries for itself: a gunicorn master and its worker, a consumer and a relay "
    "are separate interpreters, so that one may die without the others."
)


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """One process of the stack and what it occupies, in kilobytes."""

    pid: int
    name: str
    is_python: bool
    rss_kb: int
    pss_kb: int


def measure(arena: Arena) -> Outcome:
    """Look at an idle stack several times, some seconds apart."""
    arena.say("memory: starting a stack of its own")
    looks: list[list[Process]] = []
    with _stack_up(arena.folder / "idle") as pid:
        time.sleep(SETTLE_SECONDS)
        for _ in range(arena.repeats):
            looks.append(processes_below(pid))
            time.sleep(SAMPLE_SECONDS)
    largest = [max((each for each in look if each.is_python), key=lambda each: each.rss_kb) for look in looks]
    return Outcome(
        key="memory",
        title="Idle memory",
        method=METHOD,
        figures=(
            Figure(
                name=f"whole stack, resident ({len(looks[0])} processes)",
                unit="MB",
                samples=tuple(sum(each.rss_kb for each in look) / 1024 for look in looks),
                target=Target(at_most=STACK_AT_MOST_MB),
            ),
            Figure(
                name=f"largest Python process, resident ({largest[0].name})",
                unit="MB",
                samples=tuple(each.rss_kb / 1024 for each in largest),
                target=Target(at_most=PYTHON_AT_MOST_MB),
            ),
            Figure(
                name="whole stack, proportional (PSS)",
                unit="MB",
                samples=tuple(sum(each.pss_kb for each in look) / 1024 for look in looks),
            ),
            *_by_name(looks),
        ),
        limit=LIMIT,
    )


def _by_name(looks: list[list[Process]]) -> list[Figure]:
    """Return a figure for each process, the largest first."""
    samples: dict[int, tuple[str, list[float]]] = {}
    for look in looks:
        for each in look:
            samples.setdefault(each.pid, (each.name, []))[1].append(each.rss_kb / 1024)
    figures = [
        Figure(name=name, unit="MB", samples=tuple(of_it))
        for name, of_it in samples.values()
        if len(of_it) == len(looks)
    ]
    return sorted(figures, key=lambda figure: -figure.median)


@contextlib.contextmanager
def _stack_up(var: Path) -> Iterator[int]:
    """Run ``khoi up`` with its data in *var* and yield its process id once it is ready."""
    base = _free_base(var)
    var.mkdir(parents=True, exist_ok=True)
    log = var / "up.log"
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"MONGODB_URL", "KAFKA_BOOTSTRAP_SERVERS"}
    }
    with log.open("wb") as output:
        up = subprocess.Popen(
            leashed(
                [
                    sys.executable,
                    "-c",
                    "from deploy.khoi import main; main()",
                    "up",
                    "--port-base",
                    str(base),
                ],
                death=signal.SIGTERM,
            ),
            env={**environment, "KHOI_VAR": str(var)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(
            lambda: up.poll() is not None or (var / "up" / STATE).exists(),
            what="khoi up to be ready",
            every=0.2,
        )
        if up.poll() is not None:
            raise RuntimeError(f"khoi up ended with {up.returncode}\n{last_lines(log)}")
        yield up.pid
    finally:
        if up.poll() is None:
            up.send_signal(signal.SIGINT)
        try:
            up.wait(90)
        except subprocess.TimeoutExpired:
            up.kill()  # its parts are leashed to it
            up.wait()


def _free_base(folder: Path) -> int:
    """Return a port from which on a whole stack finds its ports free."""
    first = free_ports(1)[0] % len(PORT_BASES)
    bases: list[int] = [*PORT_BASES[first:], *PORT_BASES[:first]]
    for base in bases:
        parts = plan(folder, ports=Ports.counted_from(base)).parts.values()
        if not any(port_is_taken(part.port) for part in parts):
            return base
    raise NotInTimeError("no range of free ports for a stack")


def processes_below(pid: int) -> list[Process]:
    """Return the process *pid* and all below it, as the kernel sees them now."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            # pid (command) state parent ...; the command may hold spaces and parentheses.
            parent = int(status.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(status.parent.name))
    found, waiting = [], [pid]
    while waiting:
        this = waiting.pop(0)
        waiting += children.get(this, [])
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended while we looked
            found.append(_process(this))
    return found


def _process(pid: int) -> Process:
    sizes = memory_of(pid, "smaps_rollup")
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").replace("\0", " ").split()
    return Process(
        pid=pid,
        name=_name(words),
        is_python="python" in Path(f"/proc/{pid}/exe").readlink().name,
        rss_kb=sizes["Rss"],
        pss_kb=sizes["Pss"],
    )


def memory_of(pid: int, file: str = "status") -> dict[str, int]:
    """Return the kilobyte fields of one of the kernel's files about a process: ``VmHWM`` is its peak."""
    sizes = {}
    for line in Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            sizes[name] = int(value.split()[0])
    return sizes


def _name(words: list[str]) -> str:
    """Return a short name for a command line: what a reader would call the process."""
    line = " ".join(words)
    known = {
        "supervisor.supervisord": "supervisord",
        "secantusd": "SecantusDB",
        "tansu": "Tansu",
        "shared.access.issuer": "issuer",
        "deploy.khoi": "khoi up",
    }
    for mark, name in known.items():
        if mark in line:
            return name
    if "worker" in words:
        return f"{words[-1]}-worker"
    for word in words:
        if word.startswith("deploy.process:web"):
            return word.split('"')[1] + "-web"
    return words[0].rsplit("/", 1)[-1] if words else "?"
