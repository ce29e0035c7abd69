"""The compose file of one Khối, brought up on images that were built before, and taken down with its volumes."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.stack.servers import free_ports

FOLDER = Path(__file__).parents[2] / "deploy/compose"
UP_SECONDS, DOWN_SECONDS, ASK_SECONDS = 180, 120, 30


def docker(*arguments: str, within: float = ASK_SECONDS) -> str:
    """What the docker command answers; CalledProcessError with its output when it fails."""
    return _run(["docker", *arguments], within=within)


def _run(command: list[str], *, within: float, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=within, check=False, env=environment
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return done.stdout


@dataclass(frozen=True)
class Deployment:
    """A running compose project."""

    project: str
    port: int
    certificate: Path

    @property
    def origin(self) -> str:
        """The one address it has outside."""
        return f"https://localhost:{self.port}"

    @property
    def containers(self) -> dict[str, str]:
        """Name in the compose file → container id, of what is running."""
        listed = docker(
            *("ps", "--filter", f"label=com.docker.compose.project={self.project}"),
            *("--format", '{{.ID}} {{.Label "com.docker.compose.service"}}'),
        )
        return {name: number for number, name in (line.split() for line in listed.splitlines())}

    def inspect(self, name: str) -> dict[str, object]:
        """What the engine knows of a container."""
        found: dict[str, object] = json.loads(docker("inspect", self.containers[name]))[0]
        return found

    def logs(self) -> str:
        """The last lines of every container."""
        said = []
        for name, number in self.containers.items():
            done = subprocess.run(
                ["docker", "logs", "--tail", "8", number], capture_output=True, text=True, check=False
            )
            said.append(f"--- {name}\n{done.stdout}{done.stderr}")
        return "\n".join(said)


@contextmanager
def deployment(folder: Path) -> Iterator[Deployment]:
    """The compose file and the trial's issuer, on a free port, with the images named by the environment."""
    compose = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    project, port = f"khoi-{secrets.token_hex(4)}", free_ports(1)[0]
    here = folder / "compose"
    shutil.copytree(FOLDER, here, ignore=shutil.ignore_patterns("secrets", ".env", "local", "__pycache__"))
    _run([str(here / "make-secrets.sh")], within=ASK_SECONDS)
    environment = {
        **os.environ,
        "KHOI_GATEWAY_PORT": str(port),
        "KHOI_GATEWAY_BIND": "127.0.0.1",
        "KHOI_TOKEN_ISSUER": f"https://localhost:{port}/issuer",
        "KHOI_JWKS_URL": "http://issuer:8000/jwks.json",
    }
    command = [
        *compose,
        *("-p", project),
        *("-f", str(here / "compose.yaml"), "-f", str(here / "compose.trial.yaml")),
    ]
    running = Deployment(project, port, here / "secrets/gateway.crt")
    try:
        _run([*command, "up", "-d"], within=UP_SECONDS, environment=environment)
        yield running
    except BaseException:
        sys.stderr.write(running.logs())
        raise
    finally:
        _run([*command, "down", "--volumes", "--timeout", "20"], within=DOWN_SECONDS, environment=environment)
