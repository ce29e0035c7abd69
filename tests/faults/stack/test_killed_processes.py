"""Processes of the services killed or ended while people work: nobody loses anything, nothing happens twice."""

import threading
import uuid
from typing import Self

import pytest
import requests

from deploy.process import SERVICES
from tests.faults.stack.traffic import traffic
from tests.support.agreement import everything_agrees
from tests.support.bus import REFUSED_CONNECTIONS
from tests.support.servers import eventually
from tests.support.stacks import Khoi

pytestmark = [pytest.mark.faults, REFUSED_CONNECTIONS]


class TestKilledWorker:
    """A worker dies by SIGKILL in the midst of a term; its successor goes on where it stopped."""

    @pytest.mark.parametrize("service", SERVICES)
    def test_in_the_midst_of_a_term(self, khoi: Khoi, service: str) -> None:
        with traffic(khoi, khoi.cells[:8]) as people:
            people.is_under_way(commands=10)
            khoi.stack.kill(f"{service}-worker")
            people.is_under_way(commands=5)  # commands do not need it
            khoi.stack.start_part(f"{service}-worker")
        everything_agrees(khoi)


class TestEndedWeb:
    """A web process asked to end (SIGTERM) first answers whatever it has taken on."""

    def test_under_load(self, khoi: Khoi) -> None:
        with Hammer(khoi) as hammer:
            eventually(lambda: len(hammer.answered) >= 20)
            khoi.stack.stop("members-web")
            eventually(lambda: hammer.refused)  # nobody listens any more
            khoi.stack.start_part("members-web")
            after = len(hammer.answered) + 20
            eventually(lambda: len(hammer.answered) >= after, within=30)
        store = khoi.stores["members"]
        assert set(hammer.answered.values()) == {201}
        kept = {each["_id"].split("|")[1] for each in store.collection("idempotency").find({}, ["_id"])}
        assert set(hammer.answered) <= kept, "answered and lost"
        assert not hammer.broken & kept, "done and not answered"
        assert not hammer.refused & kept
        everything_agrees(khoi)


class Hammer:
    """Many clients at once, each command over a connection of its own and sent once only."""

    CLIENTS = 6

    def __init__(self, khoi: Khoi) -> None:
        self._khoi = khoi
        self._token = khoi.token("organizing_board", khoi.root["id"])
        self._ending = threading.Event()
        self.answered: dict[str, int] = {}
        self.refused: set[str] = set()
        """Keys of commands for which no connection was to be had."""
        self.broken: set[str] = set()
        """Keys of commands whose connection ended without an answer."""

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._go_on) for _ in range(self.CLIENTS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _go_on(self) -> None:
        while not self._ending.is_set():
            key = str(uuid.uuid4())
            try:
                self.answered[key] = self._establish(key)
            except requests.ConnectionError as error:
                # urllib3 says "new connection" for a refused one and "aborted" for one that ended
                (self.refused if "NewConnectionError" in repr(error) else self.broken).add(key)
                self._ending.wait(0.05)

    def _establish(self, key: str) -> int:
        answer = self._khoi.ask(
            "POST",
            "/api/members/organizations",
            token=self._token,
            headers={"Idempotency-Key": key, "Connection": "close"},
            body={
                "name": f"Đảng bộ cơ sở {key[:8]}",
                "level": "dang_bo_co_so",
                "on": "2020-01-06",
                "is_cell": False,
                "parent_id": self._khoi.root["id"],
            },
        )
        return answer.status_code
