import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest
import requests
from pymongo.collection import Collection

from deploy.stack.parts import Ports
from deploy.stack.servers import free_ports, port_is_taken
from services.reporting.projection import VERSION
from shared.bus.generations import COLLECTION
from tests.support.servers import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]  # two whole stacks one after the other

READY_SECONDS = 180
END_SECONDS = 120  # a loaded machine drains slowly


def alive(pid: int) -> bool:
    """A process that is there and not merely unreaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def generations(client: pymongo.MongoClient) -> Collection:
    """The register of the generations of reporting's read model."""
    (name,) = (name for name in client.list_database_names() if name.endswith("_reporting"))
    return client[name][COLLECTION]


class Up:
    """One `khoi up` in a folder of its own."""

    def __init__(self, folder: Path, base: int) -> None:
        self.folder = folder / "up"
        self.environment = {**os.environ, "KHOI_VAR": str(folder), "KHOI_PORT_BASE": str(base)}
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(Path(sys.executable).with_name("khoi")), "up"],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def ready(self) -> dict:
        def said() -> bool:
            assert self.process.poll() is None, self.output.read_text()
            return "Ctrl-C" in self.output.read_text()

        eventually(said, within=READY_SECONDS)
        return json.loads((self.folder / "stack.json").read_bytes())

    def khoi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).with_name("khoi")), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def descendants(self) -> list[int]:
        found, new = [], [self.process.pid]
        while new:
            listed = subprocess.run(
                ["ps", "-o", "pid=", "--ppid", ",".join(map(str, new))],
                capture_output=True,
                text=True,
                check=False,
            )
            new = [int(pid) for pid in listed.stdout.split()]
            found += new
        return found

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(END_SECONDS)


@pytest.fixture
def base() -> int:
    """The first of a range of ports that are all free."""

    def found() -> int:
        candidate = free_ports(1)[0]
        ports = Ports.counted_from(candidate)
        numbers = [ports.mongo, ports.broker, ports.issuer, *ports.web.values(), *ports.probe.values()]
        return 0 if any(port_is_taken(number) for number in numbers) else candidate

    return eventually(found)


@pytest.fixture
def start(tmp_path: Path, base: int) -> Iterator:
    started: list[Up] = []

    def start() -> Up:
        started.append(Up(tmp_path, base))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
        eventually(lambda each=each: not any(alive(pid) for pid in each.descendants()))


class TestUp:
    """`khoi up`: everything runs, its state survives, and nothing outlives it."""

    def test_state_survives_and_ctrl_c_ends_everything(self, start):
        up = start()
        running = up.ready()
        token = up.khoi("token", "--role", "organizing_board")
        assert token.returncode == 0, token.stderr
        with requests.get(
            f"{running['services']['members']}/api/members/organizations",
            headers={"Authorization": f"Bearer {token.stdout.strip()}"},
            timeout=10,
        ) as answer:
            assert answer.status_code == 200
        assert "already up" in up.khoi("up").stderr
        assert "members" in up.khoi("outbox", "status").stdout
        assert up.khoi("audit", "verify").returncode == 0
        with pymongo.MongoClient(running["environment"]["MONGODB_URL"]) as client:
            client.kept.things.insert_one({"_id": "thing"})
            generations(client).update_one({}, {"$set": {"generations.0.version": 0}})
        processes = up.descendants()
        assert len(processes) >= 12
        assert up.end(signal.SIGINT) == 0
        assert not [pid for pid in processes if alive(pid)]

        again = start()
        again.ready()
        with pymongo.MongoClient(running["environment"]["MONGODB_URL"]) as client:
            assert client.kept.things.find_one() == {"_id": "thing"}
            # What an earlier version of the software had made was built anew.
            made = [
                (each["version"], each["state"]) for each in generations(client).find_one()["generations"]
            ]
            assert made == [(0, "kept"), (VERSION, "live")]
        processes = again.descendants()
        assert again.end(signal.SIGTERM) != 0
        assert not [pid for pid in processes if alive(pid)]

    def test_a_part_that_dies_is_named_with_its_last_words(self, start):
        up = start()
        up.ready()
        worker = next(
            pid
            for pid in up.descendants()
            if b"worker\0reporting" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(worker, signal.SIGKILL)
        assert up.process.wait(END_SECONDS) == 1
        assert "reporting-worker đã dừng ngoài dự kiến" in up.output.read_text()

    def test_nothing_outlives_a_killed_up(self, start):
        up = start()
        up.ready()
        processes = up.descendants()
        up.end(signal.SIGKILL)
        eventually(lambda: not any(alive(pid) for pid in processes), within=END_SECONDS)
