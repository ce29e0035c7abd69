import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.stack.parts import PROCESSES, SERVERS, Part, Plan, Ports
from deploy.stack.supervision import Supervisor, SupervisorError, log_of
from tests.support.servers import eventually

# Says when it starts, what it was given and when it was asked to end; ends a little later.
PROGRAM = """
import os, signal, sys, time
def end(*_):
    print("asked", time.monotonic_ns(), flush=True)
    time.sleep(float(os.environ.get("LINGER", "0.1")))
    print("ended", time.monotonic_ns(), flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("started", os.environ.get("WHO", ""), flush=True)
while True:
    signal.pause()
"""


def a_part(name: str, folder: Path, *, group: str = PROCESSES, **environment: str) -> Part:
    program = folder / f"{name}.py"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(PROGRAM)
    return Part(
        name=name,
        group=group,
        command=[sys.executable, str(program)],
        port=0,
        answers=lambda: True,
        environment=environment,
    )


def a_plan(folder: Path, *parts: Part) -> Plan:
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    return Plan(
        folder=folder,
        ports=Ports.counted_from(8100),
        environment=dict(os.environ),
        parts={part.name: part for part in parts},
    )


def said(folder: Path, name: str) -> list[str]:
    log = log_of(folder, name)
    return log.read_text().splitlines() if log.exists() else []


def when(folder: Path, name: str, word: str) -> int:
    return next(int(line.split()[1]) for line in said(folder, name) if line.startswith(word))


class TestSupervisor:
    """Parts start when told, are drained in order, and their deaths are seen."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "a folder with 100% odd name"

    @pytest.fixture
    def supervisor(self, folder: Path):
        plan = a_plan(
            folder,
            a_part("server", folder, group=SERVERS),
            a_part("web", folder, WHO="100% tôi"),
            a_part("worker", folder),
        )
        supervisor = Supervisor(plan)
        supervisor.start()
        yield supervisor
        supervisor.end()

    def test_nothing_runs_until_launched(self, supervisor: Supervisor):
        assert not any(state.running for state in supervisor.states().values())

    def test_a_launched_part_runs_with_its_environment(self, supervisor: Supervisor, folder: Path):
        supervisor.launch("web")
        eventually(lambda: "started 100% tôi" in said(folder, "web"))
        assert supervisor.states()["web"].running

    def test_services_are_drained_before_servers_end(self, supervisor: Supervisor, folder: Path):
        for name in ("server", "web", "worker"):
            supervisor.launch(name)
        for name in ("server", "web", "worker"):
            eventually(lambda name=name: said(folder, name))
        supervisor.end()
        drained = max(when(folder, name, "ended") for name in ("web", "worker"))
        assert drained < when(folder, "server", "asked")

    def test_a_killed_part_is_seen_and_starts_again(self, supervisor: Supervisor, folder: Path):
        supervisor.launch("web")
        first = supervisor.states()["web"].pid
        supervisor.kill("web")
        assert not supervisor.states()["web"].running
        supervisor.launch("web")
        assert supervisor.states()["web"].pid != first

    def test_the_end_may_be_asked_twice(self, supervisor: Supervisor):
        supervisor.end()
        supervisor.end()

    def test_a_lost_supervisor_is_said(self, supervisor: Supervisor):
        os.kill(supervisor.pid, signal.SIGKILL)
        with pytest.raises(SupervisorError):
            eventually(lambda: not supervisor.states())


class TestNothingIsLeftBehind:
    """However the one who started them dies, the parts end."""

    @pytest.mark.parametrize("victim", ["owner", "supervisor"])
    def test_parts_end_with(self, victim: str, tmp_path: Path):
        owner = (
            "import sys\n"
            "from pathlib import Path\n"
            "from deploy.stack.supervision import Supervisor\n"
            "from tests.unit.deploy.test_supervision import a_part, a_plan\n"
            "folder = Path(sys.argv[1])\n"
            "supervisor = Supervisor(a_plan(folder, a_part('part', folder)))\n"
            "supervisor.start()\n"
            "supervisor.launch('part')\n"
            "print(supervisor.pid, supervisor.states()['part'].pid, flush=True)\n"
            "sys.stdin.read()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", owner, str(tmp_path / "stack")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            supervisor, part = map(int, process.stdout.readline().split())
            os.kill({"owner": process.pid, "supervisor": supervisor}[victim], signal.SIGKILL)
            eventually(lambda: not alive(part), within=10)
            process.kill()
        eventually(lambda: not alive(supervisor), within=10)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
