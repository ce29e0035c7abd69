"""The compose file of one Khối, brought up on images that were built before, and taken down with its volumes."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.stack.servers import free_ports

DEPLOY = Path(__file__).parents[2] / "deploy"
PARTS = ("compose.yaml", "compose.tls.yaml", "compose.trial.yaml")
"""The compose files of the deployment that the tests look at: TLS between all parts, tokens for anybody."""
UP_SECONDS, DOWN_SECONDS, ASK_SECONDS = 600, 180, 60


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
    folder: Path
    """The folder of its compose files, settings and secrets."""
    files: tuple[str, ...]
    environment: dict[str, str]

    @property
    def certificate(self) -> Path:
        """What clients trust the gateway by."""
        return self.folder / "secrets/gateway.crt"

    def compose(self, *arguments: str, within: float = ASK_SECONDS) -> str:
        """A command of compose on this deployment."""
        program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
        files = [word for name in self.files for word in ("-f", str(self.folder / name))]
        command = [*program, "-p", self.project, *files, *arguments]
        return _run(command, within=within, environment=self.environment)

    def run_in(self, name: str, *command: str, within: float = ASK_SECONDS) -> str:
        """What a command prints in a running container; RuntimeError with its output when it fails."""
        return docker("exec", self.containers[name], *command, within=within)

    def address(self, name: str, network: str) -> str:
        """Where this host reaches a container that has no port outside."""
        networks: Any = self.inspect(name)["NetworkSettings"]
        return str(networks["Networks"][f"{self.project}_{network}"]["IPAddress"])

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

    def status(self, name: str) -> str:
        """What the engine says of a part, running or not: ``Up 3 seconds (healthy)``, ``Exited (0) …``."""
        return docker(
            *("ps", "--all", "--format", "{{.Status}}"),
            *("--filter", f"label=com.docker.compose.project={self.project}"),
            *("--filter", f"label=com.docker.compose.service={name}"),
        ).strip()

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
def deployment(
    folder: Path,
    *,
    files: tuple[str, ...] = PARTS,
    only: tuple[str, ...] = (),
    profiles: str = "",
    issuer_path: str = "/issuer",
    installed: bool = False,
    **settings: str,
) -> Iterator[Deployment]:
    """These compose files (or *only* these of their parts) on free ports, with the images named by the environment.

    An *installed* one lies in the folder already, and its own settings say which image it is.
    Nothing of it is left when the block ends, also by SIGTERM or when it did not come up.
    """
    project = f"khoi-test-{secrets.token_hex(4)}"  # clear.sh knows a test's project by this name
    port, keycloak_port, prometheus_port = free_ports(3)
    if installed:
        here = folder / "deploy/compose"
    else:
        here = folder / "compose"
        kept_out = shutil.ignore_patterns("secrets", ".env", "local", "__pycache__")
        for name in ("compose", "observe"):
            shutil.copytree(DEPLOY / name, folder / name, ignore=kept_out)
    _run([str(here / "make-secrets.sh")], within=ASK_SECONDS)
    environment = {
        **os.environ,
        "COMPOSE_PROFILES": profiles,
        "KHOI_GATEWAY_PORT": str(port),
        "KHOI_GATEWAY_BIND": "127.0.0.1",
        "KHOI_PROMETHEUS_PORT": str(prometheus_port),
        "KHOI_KEYCLOAK_PORT": str(keycloak_port),
        "KHOI_PUBLIC_URL": f"https://localhost:{port}",
        "KHOI_TOKEN_ISSUER": f"https://localhost:{port}{issuer_path}",
        "KHOI_JWKS_URL": "http://issuer:8000/jwks.json",
        **settings,
    }
    if installed:
        del environment["KHOI_IMAGE"]
    running = Deployment(project, port, here, files, environment)
    with _ended_in_order():
        try:
            running.compose("up", "-d", *only, within=UP_SECONDS)
            yield running
        except BaseException:
            sys.stderr.write(running.logs())
            raise
        finally:
            try:
                running.compose("down", "--volumes", "--timeout", "20", within=DOWN_SECONDS)
            finally:
                _run([str(DEPLOY / "compose/local/clear.sh"), project], within=DOWN_SECONDS)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM, as of a CI that takes too long, ends the block like Ctrl-C: what it started is taken down."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt("SIGTERM")

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
