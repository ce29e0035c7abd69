"""Backup, restore and drill as the manual has an operator type them, in the running deployment with its accounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deploy.demo.caller import Addresses, Person, UnexpectedAnswerError
from deploy.process import SERVICES
from tests.containers.compose import Deployment
from tests.support.servers import eventually

pytestmark = [pytest.mark.containers, pytest.mark.timeout(900)]

COMMAND_SECONDS, STOP_SECONDS, UP_SECONDS = 300, 120, 300
PROCESSES = [f"{name}-{kind}" for name in SERVICES for kind in ("web", "worker")]


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """The folder of backups and their key; the container's user may write there."""
    folder = tmp_path / "backups"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


@pytest.fixture
def board(khoi: Deployment) -> Iterator[Person]:
    """An officer of the organising board, speaking through the gateway."""
    services = dict.fromkeys(SERVICES, khoi.origin)
    person = Person(
        Addresses({**services, "issuer": f"{khoi.origin}/issuer"}), role="organizing_board", organization="*"
    )
    yield person
    person.close()


def typed(khoi: Deployment, backups: Path, *words: str) -> str:
    """What ``khoi backup …`` prints in its own container."""
    return khoi.compose(
        *("run", "--rm", "-v", f"{backups}:/backups", "khoi", "backup", *words), within=COMMAND_SECONDS
    )


@pytest.fixture
def root(board: Person) -> str:
    """The Khối's committee; made where no other test made one."""
    standing = board.every("/api/members/organizations")
    if standing:
        return str(next(each["id"] for each in standing if each["parent_id"] is None))
    return establish(board, "Đảng bộ Khối tỉnh Thử Nghiệm", level="dang_bo_khoi")


def establish(board: Person, name: str, *, level: str = "dang_bo_co_so", parent_id: str | None = None) -> str:
    """Establish an organisation and return its id."""
    body = {"name": name, "level": level, "on": "2020-01-06", "is_cell": False, "parent_id": parent_id}
    return str(board.post("/api/members/organizations", body)["id"])


class TestRestore:
    """After it the deployment is as it was at the cut, and goes on."""

    def test_as_the_manual_has_it(self, khoi: Deployment, board: Person, root: str, backups: Path):
        before = establish(board, "Đảng bộ có từ trước khi sao lưu", parent_id=root)
        key = ("--key-file", "/backups/key")
        typed(khoi, backups, "key", "/backups/key")
        assert "đã kiểm tra lại" in typed(khoi, backups, "create", "--to", "/backups", *key)
        (made,) = (f"/backups/{each.name}" for each in backups.glob("*.khoi-backup"))
        after = establish(board, "Đảng bộ lập sau khi sao lưu", parent_id=root)
        assert "nguyên vẹn" in typed(khoi, backups, "verify", made, *key)
        assert "tổng cộng" in typed(khoi, backups, "drill", made, *key)

        khoi.compose("stop", *PROCESSES, within=STOP_SECONDS)
        restore = ("restore", made, *key, "--replace", "--reason", "diễn tập")
        assert "đã khôi phục" in typed(khoi, backups, *restore)
        khoi.compose("up", "-d", within=UP_SECONDS)

        eventually(lambda: stands(board, before), within=UP_SECONDS, every=1)
        assert after not in {each["id"] for each in board.every("/api/members/organizations")}
        new = establish(board, "Đảng bộ lập sau khi khôi phục", parent_id=root)
        eventually(lambda: known_to_reviews(board, new), within=UP_SECONDS, every=1)
        for service in SERVICES:
            verify = ("run", "--rm", "khoi", "audit", "verify", service)
            assert "nguyên vẹn" in khoi.compose(*verify, within=COMMAND_SECONDS)


def stands(board: Person, organization: str) -> bool:
    """Whether members knows it; nobody answers, or the gateway for it, while a process starts."""
    try:
        board.get(f"/api/members/organizations/{organization}")
    except (UnexpectedAnswerError, requests.ConnectionError):
        return False
    return True


def known_to_reviews(board: Person, organization: str) -> bool:
    """Whether reviews has applied what members said of it."""
    try:
        return bool(board.get(f"/api/reviews/progress/members/{organization}")["sequence"])
    except (UnexpectedAnswerError, requests.ConnectionError):
        return False
