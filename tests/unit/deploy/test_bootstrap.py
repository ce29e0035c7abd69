import os
import shutil
import subprocess
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).parents[3] / "deploy" / "bootstrap.sh"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder without a .venv, and a folder of programs to put fakes into."""
    (tmp_path / "bin").mkdir()
    return tmp_path


def a_program(checkout: Path, name: str, script: str) -> None:
    program = checkout / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def bootstrap(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("sh"), str(BOOTSTRAP), ".venv/.installed-x"],
        cwd=checkout,
        env={"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class TestBootstrapRefuses:
    """What a fresh machine lacks is one sentence and a non-zero exit, before anything is made."""

    def refused(self, checkout: Path, **environment: str) -> str:
        done = bootstrap(checkout, **environment)
        assert done.returncode == 1
        assert len(done.stderr.strip().splitlines()) == 1
        assert not (checkout / ".venv").exists()
        return done.stderr

    def test_no_python(self, checkout: Path):
        assert "apt-get install python3" in self.refused(checkout, PYTHON="/nonexistent/python3")

    def test_python_too_old(self, checkout: Path):
        a_program(
            checkout, "old", 'case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.2;; esac'
        )
        assert "Python 3.9.2 quá cũ" in self.refused(checkout, PYTHON="old")

    def test_no_python3_venv(self, checkout: Path):
        a_program(checkout, "bare", 'case "$*" in *ensurepip*) exit 1;; esac')
        assert "apt-get install python3-venv" in self.refused(checkout, PYTHON="bare")

    def test_a_full_disk(self, checkout: Path):
        a_program(checkout, "df", "printf 'Filesystem\\n/dev/x 100 99 1 99%% /\\n'")
        assert "disk nearly full" in self.refused(checkout, PYTHON="python3")
