import fcntl
import os
import socket
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from click.testing import CliRunner, Result

from deploy.khoi import main
from deploy.khoi.events import Wanted, line
from deploy.khoi.running import Running, running_stack, service_url
from deploy.stack.servers import HOST
from shared.events.envelope import Event


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The var folder of an operator who has given nothing else."""
    monkeypatch.setenv("KHOI_VAR", str(tmp_path))
    for name in ("MONGODB_URL", "KAFKA_BOOTSTRAP_SERVERS", "KHOI_TOKEN_ISSUER", "KHOI_URL", "KHOI_PORT_BASE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def khoi(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="khoi")


def a_running_stack(folder: Path, *, pid: int) -> None:
    (folder / "up").mkdir()
    running = Running(pid=pid, issuer="http://i", services={"members": "http://m"}, environment={})
    (folder / "up" / "stack.json").write_bytes(msgspec.json.encode(running))


def an_event(**changed: object) -> Event:
    facts = {
        "id": "e1",
        "type": "vn.khoi.reviews.MemberFlagged.v1",
        "source": "/khoi/k/reviews",
        "subject": "case-1",
        "time": "2026-11-22T01:02:03Z",
        "partition_key": "m1",
        "sequence": 3,
        "position": 7,
        "correlation_id": "c",
        "data": "e30=",
        **changed,
    }
    return msgspec.convert(facts, Event)


class TestUpRefuses:
    """What keeps `khoi up` from starting is one sentence and a non-zero exit."""

    def test_a_stack_that_is_already_up(self, folder: Path):
        (folder / "up").mkdir()
        with (folder / "up" / "lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write("4711")
            lock.flush()
            result = khoi("up")
        assert result.exit_code == 1
        assert "already up" in result.output
        assert "4711" in result.output

    def test_a_port_held_by_another_program(self, folder: Path):
        with socket.socket() as taken:
            taken.bind((HOST, 0))
            taken.listen()
            port = taken.getsockname()[1]
            base = port - 1 if port <= 65_000 else port - 20
            result = khoi("up", "--port-base", str(base))
        assert result.exit_code == 1
        assert str(port) in result.output
        assert "KHOI_PORT_BASE" in result.output

    def test_a_disk_nearly_full(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=3 * 1024 * 1024))
        result = khoi("up")
        assert result.exit_code == 1
        assert "disk nearly full" in result.output

    def test_a_folder_it_cannot_write(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        (folder / "file").touch()
        monkeypatch.setenv("KHOI_VAR", str(folder / "file"))
        result = khoi("up")
        assert result.exit_code == 1
        assert "cannot write" in result.output

    def test_each_refusal_is_one_line(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
        assert len(khoi("up").output.strip().splitlines()) == 1


class TestFindingTheStack:
    """Commands find what `khoi up` runs, and nothing that is gone."""

    def test_none_without_a_state(self, folder: Path):
        assert running_stack() is None

    def test_a_live_one_is_found(self, folder: Path):
        a_running_stack(folder, pid=os.getpid())
        assert service_url("members") == "http://m"

    def test_a_dead_one_is_not(self, folder: Path):
        a_running_stack(folder, pid=2**22 - 3)
        assert running_stack() is None

    def test_an_address_from_outside_wins(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        a_running_stack(folder, pid=os.getpid())
        monkeypatch.setenv("KHOI_URL", "https://khoi.example/")
        assert service_url("members") == "https://khoi.example"

    @pytest.mark.parametrize("arguments", [["token", "--role", "auditor"], ["import", __file__]])
    def test_commands_say_that_nothing_runs(self, folder: Path, arguments: list[str]):
        result = khoi(*arguments)
        assert result.exit_code == 1
        assert result.exception is None or isinstance(result.exception, SystemExit)

    def test_a_token_of_nobody_is_refused(self, folder: Path):
        assert khoi("token").exit_code == 1


class TestEventsTail:
    """One event is one line; filters choose."""

    def test_the_line_names_service_type_subject_and_place(self):
        shown = line(an_event()).plain
        assert all(part in shown for part in ("reviews", "MemberFlagged", "case-1", "#3", "@7"))

    @pytest.mark.parametrize(
        ("wanted", "takes"),
        [
            (Wanted(), True),
            (Wanted(kind="MemberFlagged"), True),
            (Wanted(kind="vn.khoi.reviews.MemberFlagged.v1"), True),
            (Wanted(kind="BallotRecorded"), False),
            (Wanted(subject="case-1"), True),
            (Wanted(subject="case-2"), False),
        ],
    )
    def test_filters(self, wanted: Wanted, takes):
        assert wanted.takes(an_event()) is takes


class TestHelp:
    """Every command of the issue is there and explains itself."""

    @pytest.mark.parametrize(
        "command",
        [
            "up",
            "demo",
            "token",
            "import",
            "events tail",
            "outbox status",
            "outbox refill",
            "dlq list",
            "dlq show",
            "dlq retry",
            "dlq drop",
            "audit verify",
            "replay",
            *(
                f"rebuild {each}"
                for each in ("run", "start", "status", "compare", "swap", "stop", "resume", "drop")
            ),
        ],
    )
    def test_help(self, command: str):
        result = khoi(*command.split(), "--help")
        assert result.exit_code == 0
        assert f"khoi {command}" in result.output
