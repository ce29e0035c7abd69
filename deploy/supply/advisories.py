"""Known weaknesses of the locked packages, by pip-audit. Run by ``advisories.sh`` in the tool's own environment.

Status 0: none is known. 1: some are, and are printed. 3: no source answers, the last line says why.
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.supply.osv_copy import OsvCopy, answering

LOCKS = ("requirements/dev.lock", "requirements/image.lock")
"""Both hold what runtime.lock holds."""
NO_SOURCE = 3


class NoSourceError(Exception):
    """The source does not answer, or does not know the packages; the message says which."""


def judged(report: str) -> list[str]:
    """Return what pip-audit found, a line for each weakness; raise NoSourceError where it could not look.

    A package that the source does not know is skipped by the tool, which then says that nothing was found: a mirror of
    packages alone answers so for all of them.
    """
    dependencies: list[dict[str, Any]] = json.loads(report)["dependencies"]
    skipped = [each["skip_reason"] for each in dependencies if "skip_reason" in each]
    if skipped or not dependencies:
        raise NoSourceError(
            f"{len(skipped)} of {len(dependencies)} packages not looked up: {[*skipped, ''][0]}"
        )
    return sorted(
        f"{each['name']} {each['version']}: {weakness['id']} {' '.join(weakness['aliases'])},"
        f" mended in {', '.join(weakness['fix_versions']) or 'no version'}"
        for each in dependencies
        for weakness in each["vulns"]
    )


def look_up(lock: str, source: Sequence[str]) -> list[str]:
    """Return the known weaknesses of what *lock* names, by *source*; raise NoSourceError."""
    asked = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--requirement", lock, "--require-hashes", "--disable-pip"),
            *("--format", "json", "--progress-spinner", "off", "--timeout", "10", *source),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not asked.stdout.strip():
        raise NoSourceError(
            (asked.stderr.strip().splitlines() or [f"pip-audit: {asked.returncode}"])[-1][:300]
        )
    return judged(asked.stdout)


def every(source: Sequence[str]) -> list[str]:
    """Return the known weaknesses of every locked package by *source*."""
    return sorted({line for lock in LOCKS for line in look_up(lock, source)})


def main(arguments: Sequence[str]) -> int:
    """Look up at PyPI and then at OSV, or in the copy of OSV's database that is given."""
    reasons: list[str] = []
    try:
        if arguments:
            with answering(OsvCopy(Path(arguments[0]))) as url:
                return _told(every(("--vulnerability-service", "osv", "--osv-url", url)), arguments[0])
        for service in ("pypi", "osv"):
            try:
                return _told(every(("--vulnerability-service", service)), service)
            except NoSourceError as error:
                reasons.append(f"{service}: {error}")
    except (OSError, ValueError, zipfile.BadZipFile, NoSourceError) as error:
        reasons.append(f"{arguments[0] if arguments else 'pip-audit'}: {error}")
    print(f"no source of known weaknesses answers ({'; '.join(reasons)})")
    return NO_SOURCE


def _told(found: Sequence[str], source: str) -> int:
    for line in found:
        print(line)
    print(f"{', '.join(LOCKS)}: {len(found)} known weaknesses by {source}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
