"""The one-machine stack as an object: for ``khoi up``, the demo, end-to-end and fault tests alike."""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from deploy.process import REBUILD, SERVICES
from deploy.stack.parts import BROKER, MONGO, PROCESSES, SERVERS, WEB, Plan, Ports, plan
from deploy.stack.pings import kafka_answers, mongo_answers, wait_until
from deploy.stack.servers import last_lines, leashed
from deploy.stack.supervision import Supervisor, SupervisorError, log_of
from shared.settings import Settings

READY_SECONDS = 120.0
PREPARE_SECONDS = 900.0
"""An upgrade may build an index over all members."""


class StackError(RuntimeError):
    """The stack could not be brought up or has lost a part; the message ends with the last log lines."""


class Stack:
    """All parts of one deployment on this machine, supervised, ended with the ``with`` block.

    Without a folder it lives in a temporary one that is removed at the end; without ports it takes free ones.
    ``environment`` is what the services see (this process' own by default); ``MONGODB_URL`` and
    ``KAFKA_BOOTSTRAP_SERVERS`` in it win over the embedded servers. Start it in a thread that lives as long as
    the stack: the parts end with the thread that started them.

    Part names: ``mongo``, ``broker``, ``issuer``, and ``<service>-web``, ``<service>-worker``.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        ports: Ports | None = None,
        khoi_id: str | None = None,
        environment: Mapping[str, str] | None = None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self._temporary = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="khoi-")) if folder is None else folder.absolute()
        self.plan: Plan = plan(
            self.folder,
            ports=ports or Ports.free(),
            khoi_id=khoi_id,
            environment=environment,
        )
        self._say = say or (lambda _: None)
        self._supervisor = Supervisor(self.plan)
        self._expected: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The parts, servers first. An external Mongo or Kafka is not among them."""
        return list(self.plan.parts)

    @property
    def mongodb_url(self) -> str:
        """Where the documents are."""
        return self.plan.mongodb_url

    @property
    def kafka_bootstrap_servers(self) -> str:
        """Where the events are."""
        return self.plan.kafka_bootstrap_servers

    @property
    def settings(self) -> Settings:
        """The settings as the services of this stack read them."""
        return Settings.from_environment(self.plan.environment)

    def url(self, service: str) -> str:
        """The origin of a service's web process, ``http://127.0.0.1:PORT``."""
        return self.plan.url(service)

    def api(self, service: str) -> str:
        """The base of a service's API, ``http://127.0.0.1:PORT/api/SERVICE``."""
        return f"{self.url(service)}/api/{service}"

    def token(
        self,
        subject: str,
        *,
        name: str = "",
        member_id: str | None = None,
        grants: Sequence[Mapping[str, Any]] = (),
        minutes: int = 60,
    ) -> str:
        """A bearer token of the development issuer; ``grants`` are ``{"role": ..., "organization": ...}``."""
        return fetch_token(
            self.plan.issuer_url,
            {
                "subject": subject,
                "name": name,
                "minutes": minutes,
                "grants": [dict(grant) for grant in grants],
                **({"member_id": member_id} if member_id is not None else {}),
            },
        )

    def start(self) -> Self:
        """Start everything in order and wait until it is ready; StackError naming what failed otherwise."""
        try:
            self._start()
        except SupervisorError as error:
            self.close()
            raise StackError(str(error)) from error
        except BaseException:
            self.close()
            raise
        return self

    def _start(self) -> None:
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        (self.folder / "files").mkdir(exist_ok=True)
        self._supervisor.start()
        servers = self._in_group(SERVERS)
        for name in servers:
            self._launch(name)
        # Loads its libraries while the servers start, and waits for them itself.
        with self._preparing() as prepared:
            self.wait_ready(*servers)
            self._external_servers_answer()
            self._say("máy chủ dữ liệu và sự kiện đã sẵn sàng (servers ready)")
            outdated = prepared()
        # The workers first: each waits some seconds for its group, in which the web processes come up.
        services = self._in_group(PROCESSES)
        for name in sorted(services, key=lambda name: name.endswith(WEB)):
            self._launch(name)
        for name in outdated:
            self._say(f"{name}: dựng lại mô hình đọc cho phiên bản này (rebuilding the read model)")
            self._rebuild(name)
        self.wait_ready(*services)
        self._say("bốn dịch vụ đã sẵn sàng (services ready)")

    def close(self) -> None:
        """Drain the services, end the servers, remove the temporary folder. May be called again.

        A temporary stack with servers of its own is not drained: nobody sees its data again.
        """
        self._expected.clear()
        own_servers = MONGO in self.plan.parts and BROKER in self.plan.parts
        self._supervisor.end(drain=not (self._temporary and own_servers))
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def pid(self, name: str) -> int:
        """The process id of a running part; StackError when it does not run."""
        state = self._supervisor.states()[name]
        if not state.running:
            raise StackError(f"{name} is not running")
        return state.pid

    def kill(self, name: str) -> None:
        """SIGKILL a part (and its children) on purpose; it is no longer expected to live."""
        self._expected.discard(name)
        self._supervisor.kill(name)

    def stop(self, name: str) -> None:
        """Ask a part to end and wait until it has; it is no longer expected to live."""
        self._expected.discard(name)
        self._supervisor.halt([name])

    def start_part(self, name: str, *, wait: bool = True) -> None:
        """Start a part that was stopped or killed; with ``wait``, until it is ready."""
        self._launch(name)
        if wait:
            self.wait_ready(name)

    def restart(self, name: str) -> None:
        """Stop and start a part, and wait until it is ready."""
        self.stop(name)
        self.start_part(name)

    def wait_ready(self, *names: str, within: float = READY_SECONDS) -> None:
        """Wait until these parts (all, if none is named) answer; StackError naming those that do not."""
        waiting = list(names) or self.names
        deadline = time.monotonic() + within
        while True:
            self.check()
            waiting = [name for name in waiting if not self.plan.parts[name].answers()]
            if not waiting:
                return
            if time.monotonic() >= deadline:
                raise StackError(
                    "\n".join(
                        f"{name} không sẵn sàng sau {within:.0f} giây (not ready)\n{self.log_tail(name)}"
                        for name in waiting
                    )
                )
            time.sleep(0.1)

    def check(self) -> None:
        """StackError naming a part that died unasked, with its last log lines."""
        try:
            states = self._supervisor.states()
        except SupervisorError as error:
            raise StackError(str(error)) from error
        dead = [states[name] for name in sorted(self._expected) if not states[name].running]
        if dead:
            raise StackError(
                "\n".join(
                    f"{state.name} đã dừng ngoài dự kiến, mã {state.exit_status} (died)\n"
                    f"{self.log_tail(state.name)}"
                    for state in dead
                )
            )

    def log_tail(self, name: str, *, count: int = 15) -> str:
        """The last lines a part has written."""
        return last_lines(self.log(name), count=count)

    def log(self, name: str) -> Path:
        """Where a part's output is kept."""
        return log_of(self.folder, name)

    def _in_group(self, group: str) -> list[str]:
        return [part.name for part in self.plan.parts.values() if part.group == group]

    def _launch(self, name: str) -> None:
        self._supervisor.launch(name)
        self._expected.add(name)

    def _external_servers_answer(self) -> None:
        if MONGO not in self.plan.parts and not wait_until(
            lambda: mongo_answers(self.mongodb_url, within=3), within=15
        ):
            raise StackError(
                "MONGODB_URL: không có máy chủ nào trả lời ở đó (no writable server answers there)"
            )
        if BROKER not in self.plan.parts and not wait_until(
            lambda: kafka_answers(self.kafka_bootstrap_servers, within=3), within=15
        ):
            raise StackError(
                "KAFKA_BOOTSTRAP_SERVERS: không có máy chủ nào trả lời ở đó (no broker answers there)"
            )

    @contextmanager
    def _preparing(self) -> Iterator[Callable[[], list[str]]]:
        """Run the prepare step meanwhile; what is yielded waits for its end, StackError when it failed.

        It returns the services whose read model is of another version of the software.
        """
        log = self.log("prepare")
        said_before = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            process = subprocess.Popen(
                leashed(
                    [
                        *(sys.executable, "-m", "deploy.process", "prepare"),
                        *("--within", str(READY_SECONDS), *SERVICES),
                    ]
                ),
                cwd=self.folder,
                env=self.plan.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

        def prepared() -> list[str]:
            if process.wait(PREPARE_SECONDS) != 0:
                raise StackError(f"không tạo được chỉ mục và chủ đề (prepare failed)\n{last_lines(log)}")
            said = log.read_bytes()[said_before:].decode()
            return [name for name in SERVICES if f"`{REBUILD} {name}`" in said]

        try:
            yield prepared
        finally:
            process.kill()
            process.wait()

    def _rebuild(self, service: str) -> None:
        """Have the worker build the read model of this version, and put it in use: no other version runs here."""
        log = self.log("rebuild")
        with log.open("ab") as output:
            done = subprocess.run(
                leashed([sys.executable, "-m", "deploy.khoi", "rebuild", "run", service, "--yes"]),
                cwd=self.folder,
                env=self.plan.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            raise StackError(
                f"không dựng lại được mô hình đọc của {service} (rebuild failed)\n{last_lines(log)}"
            )


def fetch_token(issuer_url: str, wanted: Mapping[str, Any]) -> str:
    """Ask the development issuer for a token; requests' exceptions when it refuses or is not there."""
    import requests  # noqa: PLC0415 - khoi up asks for none

    with requests.post(f"{issuer_url}/token", json=dict(wanted), timeout=10) as answer:
        answer.raise_for_status()
        return str(answer.json()["access_token"])
