"""The parts of the one-machine stack: which processes, on which ports, with which environment."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.process import SERVICES
from deploy.stack.pings import http_answers, kafka_answers, mongo_is_writable
from deploy.stack.servers import (
    ENGINE,
    HOST,
    free_ports,
    secantus_command,
    tansu_command,
)

MONGO, BROKER, ISSUER = "mongo", "broker", "issuer"
SERVERS, PROCESSES = "servers", "services"
WEB, WORKER = "-web", "-worker"

# A consumer joins after about half its session timeout on the embedded broker; production keeps 45 s.
SESSION_TIMEOUT_MS = 6000


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One process of the stack."""

    name: str
    group: str
    """``servers`` start first and end last; ``services`` are drained before them."""
    command: list[str]
    port: int
    answers: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_seconds: int = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """The loopback ports of a stack."""

    mongo: int
    broker: int
    issuer: int
    web: Mapping[str, int]
    probe: Mapping[str, int]

    @classmethod
    def counted_from(cls, base: int) -> "Ports":
        """Fixed ports: base + 1..4 the web processes, + 11..14 their workers' probes, + 20..22 the servers."""
        return cls(
            mongo=base + 20,
            broker=base + 21,
            issuer=base + 22,
            web={name: base + 1 + place for place, name in enumerate(SERVICES)},
            probe={name: base + 11 + place for place, name in enumerate(SERVICES)},
        )

    @classmethod
    def free(cls) -> "Ports":
        """Ports nobody listens on now."""
        mongo, broker, issuer, *rest = free_ports(3 + 2 * len(SERVICES))
        return cls(
            mongo=mongo,
            broker=broker,
            issuer=issuer,
            web=dict(zip(SERVICES, rest, strict=False)),
            probe=dict(zip(SERVICES, rest[len(SERVICES) :], strict=True)),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A stack as data: its parts and the environment common to them."""

    folder: Path
    ports: Ports
    environment: dict[str, str]
    parts: dict[str, Part]

    @property
    def mongodb_url(self) -> str:
        """Where the documents are."""
        return self.environment["MONGODB_URL"]

    @property
    def kafka_bootstrap_servers(self) -> str:
        """Where the events are."""
        return self.environment["KAFKA_BOOTSTRAP_SERVERS"]

    @property
    def issuer_url(self) -> str:
        """Where development tokens are given out."""
        return f"http://{HOST}:{self.ports.issuer}"

    def url(self, service: str) -> str:
        """The origin of a service's web process."""
        return f"http://{HOST}:{self.ports.web[service]}"


def plan(
    folder: Path,
    *,
    ports: Ports,
    khoi_id: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> Plan:
    """Lay out a stack in ``folder``.

    ``MONGODB_URL`` and ``KAFKA_BOOTSTRAP_SERVERS`` in ``environment`` (the process' own by default) win: the
    embedded server is then not among the parts.
    """
    given = os.environ if environment is None else environment
    issuer = f"http://{HOST}:{ports.issuer}"
    settled = {
        "KHOI_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
        **given,
        "KHOI_VAR": str(folder / "files"),
        "MONGODB_URL": given.get("MONGODB_URL") or f"mongodb://{HOST}:{ports.mongo}/?replicaSet=secantus",
        "KAFKA_BOOTSTRAP_SERVERS": given.get("KAFKA_BOOTSTRAP_SERVERS") or f"{HOST}:{ports.broker}",
        "KHOI_TOKEN_ISSUER": issuer,
        "KHOI_JWKS_URL": f"{issuer}/jwks.json",
        "KHOI_SIGN_IN_CLIENT": given.get("KHOI_SIGN_IN_CLIENT") or "khoi-dashboard",
    }
    if khoi_id is not None:
        settled["KHOI_ID"] = khoi_id
    parts = [
        *_servers(folder, ports, settled, given),
        *(_web(name, ports.web[name]) for name in SERVICES),
        *(_worker(name, ports.probe[name]) for name in SERVICES),
    ]
    return Plan(folder=folder, ports=ports, environment=settled, parts={part.name: part for part in parts})


def _servers(
    folder: Path,
    ports: Ports,
    settled: Mapping[str, str],
    given: Mapping[str, str],
) -> list[Part]:
    parts = []
    if not given.get("MONGODB_URL"):
        data = folder / MONGO
        data.mkdir(parents=True, exist_ok=True)
        parts.append(
            Part(
                name=MONGO,
                group=SERVERS,
                command=secantus_command(port=ports.mongo, folder=data),
                port=ports.mongo,
                answers=lambda: mongo_is_writable(HOST, ports.mongo),
                environment=ENGINE,
            )
        )
    if not given.get("KAFKA_BOOTSTRAP_SERVERS"):
        parts.append(
            Part(
                name=BROKER,
                group=SERVERS,
                command=tansu_command(port=ports.broker),
                port=ports.broker,
                answers=lambda: kafka_answers(settled["KAFKA_BOOTSTRAP_SERVERS"]),
                environment={"RUST_LOG": "warn"},
                stop_signal="KILL",  # it lingers on SIGTERM and has nothing to save
            )
        )
    parts.append(
        Part(
            name=ISSUER,
            group=SERVERS,
            command=_python(
                "shared.access.issuer", "--port", str(ports.issuer), "--state", str(folder / ISSUER)
            ),
            port=ports.issuer,
            answers=lambda: http_answers(settled["KHOI_JWKS_URL"]),
        )
    )
    return parts


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _web(name: str, port: int) -> Part:
    configuration = Path(__file__).parent.with_name("gunicorn_conf.py")
    return Part(
        name=f"{name}{WEB}",
        group=PROCESSES,
        command=_python("gunicorn", "--config", str(configuration), f'deploy.process:web("{name}")'),
        port=port,
        answers=lambda: http_answers(f"http://{HOST}:{port}/readyz"),
        environment={"KHOI_WEB_BIND": f"{HOST}:{port}", "KHOI_WEB_NAME": f"khoi-{name}-web"},
    )


def _worker(name: str, port: int) -> Part:
    return Part(
        name=f"{name}{WORKER}",
        group=PROCESSES,
        command=_python("deploy.process", "worker", name),
        port=port,
        answers=lambda: http_answers(f"http://{HOST}:{port}/readyz"),
        environment={"KHOI_PROBE_PORT": str(port)},
    )
