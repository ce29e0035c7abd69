"""Some parts of a stack on the run's servers, started by the very command lines of the one-machine stack."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from deploy.bench.arena import Arena
from deploy.bench.measuring import NotInTimeError
from deploy.demo.caller import Addresses, Person
from deploy.demo.people import People
from deploy.demo.synthetic import SyntheticKhoi
from deploy.process import SERVICES, definition
from deploy.stack.parts import ISSUER, WEB, Plan, Ports, plan
from deploy.stack.servers import last_lines, leashed
from deploy.stack.stack import fetch_token
from shared.programs import prepare
from shared.settings import Settings

READY_SECONDS = 60.0
STOP_SECONDS = 30.0


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Running parts of one deployment."""

    plan: Plan
    pids: Mapping[str, int]

    @property
    def settings(self) -> Settings:
        """Return the settings as the parts read them."""
        return Settings.from_environment(self.plan.environment)

    @property
    def addresses(self) -> Addresses:
        """Return the addresses of the APIs and of the issuer."""
        return Addresses({**{name: self.plan.url(name) for name in SERVICES}, "issuer": self.plan.issuer_url})

    def token(self, role: str) -> str:
        """Return a token that holds *role* everywhere."""
        grant = {"role": role, "organization": "*"}
        return fetch_token(self.plan.issuer_url, {"subject": f"bench:{role}", "grants": [grant]})


@contextmanager
def running(arena: Arena, settings: Settings, names: Sequence[str]) -> Iterator[Parts]:
    """Prepare the services that *names* belong to, run those parts and the issuer, and end them afterwards."""
    folder = arena.folder / settings.khoi_id
    folder.mkdir(parents=True)
    laid_out = plan(folder, ports=Ports.free(), environment=arena.environment(settings.khoi_id))
    for service in SERVICES:
        if any(name.startswith(f"{service}-") for name in names):
            prepare(definition(service), settings)
    wanted = [laid_out.parts[name] for name in (ISSUER, *names)]
    with ExitStack() as stack:
        pids = {
            part.name: stack.enter_context(
                _process(
                    folder / f"{part.name}.log", part.command, {**laid_out.environment, **part.environment}
                )
            )
            for part in wanted
        }
        deadline = time.monotonic() + READY_SECONDS
        for part in wanted:
            while not part.answers():
                if time.monotonic() >= deadline:
                    raise NotInTimeError(
                        f"{part.name} is not ready\n{last_lines(folder / f'{part.name}.log')}"
                    )
                time.sleep(0.1)
        yield Parts(plan=laid_out, pids=pids)


@contextmanager
def _process(log: Path, command: list[str], environment: Mapping[str, str]) -> Iterator[int]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            leashed(command),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def gunicorn(arena: Arena, settings: Settings, application: str) -> Iterator[int]:
    """Serve *application* with the very settings of the stack's web processes; yield its port."""
    ports = Ports.free()
    folder = arena.folder / f"{settings.khoi_id}-bare"
    folder.mkdir(parents=True, exist_ok=True)
    laid_out = plan(folder, ports=ports, environment=arena.environment(settings.khoi_id))
    part = laid_out.parts[f"members{WEB}"]
    log = folder / "bare.log"
    with _process(log, [*part.command[:-1], application], {**laid_out.environment, **part.environment}):
        deadline = time.monotonic() + READY_SECONDS
        while not part.answers():
            if time.monotonic() >= deadline:
                raise NotInTimeError(f"the bare application is not ready\n{last_lines(log)}")
            time.sleep(0.1)
        yield part.port


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How an import went."""

    members: int
    preview_seconds: float
    """From the upload to the finished preview."""
    execute_seconds: float
    """From the order to execute to the last row in the records."""


def import_roster(addresses: Addresses, roster: Path, *, within: float = 1_800.0) -> Imported:
    """Import a roster workbook through the public API, as any client would."""
    with People(addresses, root="*") as people:
        board = people.board
        started = time.perf_counter()
        job = board.upload("/api/members/imports", roster)
        where = f"/api/members/imports/{job['id']}"
        previewed = _until(board, where, "previewed", within)
        ordered = time.perf_counter()
        board.post(f"{where}/execute", version=previewed["version"])
        done = _until(board, where, "done", within)
        ended = time.perf_counter()
    if done["rows_refused"] or done["duplicates"]:
        raise RuntimeError(f"the import refused rows of an invented roster: {done}")
    return Imported(
        members=done["imported_members"],
        preview_seconds=ordered - started,
        execute_seconds=ended - ordered,
    )


def _until(board: Person, where: str, state: str, within: float) -> Mapping[str, Any]:
    deadline = time.monotonic() + within
    while True:
        now = board.get(where)
        if now["state"] == state:
            return dict(now)
        if now["state"] == "failed" or time.monotonic() >= deadline:
            raise NotInTimeError(f"the import is {now['state']}, not {state}: {now['problem']}")
        time.sleep(0.1)


def roster_of(arena: Arena, members: int) -> Path:
    """Return the workbook of an invented Khối of that size, written once for the run."""
    path = arena.folder / f"roster-{members}.xlsx"
    if not path.exists():
        arena.say(f"writing the roster of {members:,} members")
        SyntheticKhoi(members=members).write(path)
    return path
