"""The process manager under the stack: supervisord, written a configuration and spoken to over its own RPC.

It starts nothing by itself and restarts nothing by itself: the stack says what starts when, and a part that
dies is told to the operator instead of being hidden by a restart.
"""

import contextlib
import http.client
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from deploy.stack.parts import PROCESSES, SERVERS, Part, Plan
from deploy.stack.pings import wait_until
from deploy.stack.servers import last_lines, leashed

START_SECONDS = 20.0
SOCKET_PATH_LIMIT = 100  # the kernel's is 108 bytes
LOG_BYTES = "10MB"

_GONE = {"STOPPED", "EXITED", "FATAL", "UNKNOWN"}


class SupervisorError(RuntimeError):
    """supervisord itself did not start or does not answer."""


@dataclass(frozen=True, slots=True)
class State:
    """What the process manager knows of one part."""

    name: str
    running: bool
    pid: int
    exit_status: int


class Supervisor:
    """supervisord over the parts of one plan; a child of this process that ends with it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._groups = {part.name: part.group for part in plan.parts.values()}
        self._own_socket_folder: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._transport: Any = None
        self._rpc: Any = None
        self.log = plan.folder / "supervisor.log"
        self.output = plan.folder / "supervisor.out"

    @property
    def pid(self) -> int:
        """The process id of supervisord; SupervisorError when it was not started."""
        if self._process is None:
            raise SupervisorError("supervisord was not started")
        return self._process.pid

    def start(self) -> None:
        """Start supervisord with no part running yet."""
        try:
            # Not in the container image, whose khoi command reads this module for its help.
            from supervisor.xmlrpc import SupervisorTransport  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise SupervisorError(
                "không có supervisord ở đây: khoi up cần phần bổ sung 'embedded' (install the extra 'embedded')"
            ) from error
        socket = self._socket()
        configuration = self._plan.folder / "supervisord.conf"
        configuration.write_text(self._configuration(socket), encoding="utf-8")
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                # SIGTERM: left without its parent it still drains the parts in order before it ends.
                leashed(
                    [
                        sys.executable,
                        "-W",
                        "ignore",
                        "-m",
                        "supervisor.supervisord",
                        "-c",
                        str(configuration),
                    ],
                    death=signal.SIGTERM,
                ),
                cwd=self._plan.folder,
                env=self._plan.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in a terminal reaches the stack alone, which then stops in order
            )
        self._transport = SupervisorTransport(None, None, f"unix://{socket}")
        self._rpc = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=self._transport).supervisor
        process = self._process
        wait_until(lambda: process.poll() is not None or self._answers(), within=START_SECONDS)
        if process.poll() is not None or not self._answers():
            self.end()
            raise SupervisorError(f"supervisord did not start\n{last_lines(self.output)}")

    def launch(self, name: str) -> None:
        """Start one part; that it answers is not waited for."""
        self._call("startProcess", self._full(name), False)

    def halt(self, names: Iterable[str]) -> None:
        """Ask parts to end, all at once, and wait until they have ended; the lingering are killed."""
        names = [name for name in names if self.states()[name].running]
        for name in names:
            self._call("stopProcess", self._full(name), False)
        if names:
            longest = max(self._plan.parts[name].stop_seconds for name in names)
            wait_until(lambda: self._none_runs(names), within=longest + 5)

    def kill(self, *names: str) -> None:
        """SIGKILL parts with all their children, and wait until the process manager has seen them end."""
        states = self.states()
        for state in (states[name] for name in names):
            if state.running and state.pid:
                with contextlib.suppress(ProcessLookupError):  # it has ended by itself meanwhile
                    try:
                        os.killpg(state.pid, signal.SIGKILL)
                    except ProcessLookupError:  # just forked, not yet the leader of a group of its own
                        os.kill(state.pid, signal.SIGKILL)
        if not wait_until(lambda: self._none_runs(names), within=10):
            raise SupervisorError(f"{', '.join(names)}: still there after SIGKILL")

    def states(self) -> dict[str, State]:
        """Each part's state by its name; SupervisorError when supervisord is gone."""
        return {
            info["name"]: State(
                name=info["name"],
                running=info["statename"] not in _GONE,
                pid=info["pid"],
                exit_status=info["exitstatus"],
            )
            for info in self._call("getAllProcessInfo")
        }

    def end(self, *, drain: bool = True) -> None:
        """Stop the services, then the servers, then supervisord itself; nothing is left running.

        Without *drain* the parts are killed all at once, for data that is thrown away with them.
        """
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            try:
                if drain:
                    for group in (PROCESSES, SERVERS):
                        self.halt(name for name, its in self._groups.items() if its == group)
                else:
                    self.kill(*self._groups)
                self._call("shutdown")
            except SupervisorError:
                process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()  # its children are leashed to it
            process.wait()
        self._process = None
        if self._transport is not None:
            self._transport.close()
        if self._own_socket_folder is not None:
            Path(self._own_socket_folder, "rpc.sock").unlink(missing_ok=True)
            Path(self._own_socket_folder).rmdir()
            self._own_socket_folder = None

    def _none_runs(self, names: Iterable[str]) -> bool:
        states = self.states()
        return not any(states[name].running for name in names)

    def _full(self, name: str) -> str:
        return f"{self._groups[name]}:{name}"

    def _answers(self) -> bool:
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except SupervisorError:
            return False

    def _call(self, method: str, *arguments: Any) -> Any:
        try:
            return getattr(self._rpc, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            raise SupervisorError(f"{method}{arguments}: {fault.faultString}") from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError, ExpatError) as error:
            self._transport.close()
            raise SupervisorError(f"supervisord does not answer: {error!r}") from error

    def _socket(self) -> str:
        path = self._plan.folder / "rpc.sock"
        if len(str(path)) < SOCKET_PATH_LIMIT:
            return str(path)
        self._own_socket_folder = tempfile.mkdtemp(prefix="khoi-")
        return f"{self._own_socket_folder}/rpc.sock"

    def _configuration(self, socket: str) -> str:
        # Paths inside the folder are relative to it, for supervisord expands some of them more than once.
        lines = [
            "[supervisord]",
            "nodaemon=true",
            "silent=true",
            f"logfile={self.log.name}",
            f"logfile_maxbytes={LOG_BYTES}",
            "logfile_backups=1",
            "pidfile=supervisord.pid",
            "childlogdir=logs",
            "nocleanup=true",
            "[unix_http_server]",
            f"file={_literal(socket)}",
            "chmod=0700",
            "[rpcinterface:supervisor]",
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        ]
        for part in self._plan.parts.values():
            lines += self._program(part)
        for group, priority in ((SERVERS, 10), (PROCESSES, 20)):  # the highest priority is stopped first
            members = ",".join(name for name, its in self._groups.items() if its == group)
            lines += [f"[group:{group}]", f"programs={members}", f"priority={priority}"]
        return "\n".join(lines) + "\n"

    def _program(self, part: Part) -> list[str]:
        environment = ",".join(f'{name}="{_literal(value)}"' for name, value in part.environment.items())
        return [
            f"[program:{part.name}]",
            f"command={_literal(shlex.join(leashed(part.command)))}",
            f"environment={environment}",
            "autostart=false",
            "autorestart=false",
            "startsecs=0",
            f"stopsignal={part.stop_signal}",
            f"stopwaitsecs={part.stop_seconds}",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={log_of(self._plan.folder, part.name).relative_to(self._plan.folder)}",
            f"stdout_logfile_maxbytes={LOG_BYTES}",
            "stdout_logfile_backups=1",
        ]


def log_of(folder: Path, name: str) -> Path:
    """Where a part's output is kept."""
    return folder / "logs" / f"{name}.log"


def _literal(value: str) -> str:
    """Keep a percent sign a percent sign in supervisord's configuration."""
    return value.replace("%", "%%")
