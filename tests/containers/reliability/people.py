"""People who work at a steady rate whatever breaks, and remember everything that was acknowledged to them."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from deploy.demo.caller import Person, UnexpectedAnswerError
from deploy.demo.history import STORIES, Cell
from deploy.demo.people import People
from shared.access.actor import Role
from tests.containers.reliability.khoi import KhoiInContainers
from tests.support.stacks import Json

ATTEMPT_SECONDS, PATIENCE_SECONDS, AGAIN_SECONDS = 10, 300, 0.25
AWAY = frozenset({429, 500, 502, 503, 504})
"""Answers after which the same command is sent again, under the same key."""
TOLD = tuple(story for story in STORIES if story.criterion not in {"C1", "C2"} and not story.probationary)
"""Stories that need no annual results first."""
OFFICIAL_MEMBERS = 5
"""Of a cell that is founded while people work: two help, three have a case."""


class EndedError(Exception):
    """The people go home: no further command is begun."""


@dataclass(frozen=True)
class Attempt:
    """One request as the client saw it."""

    at: float
    failed: str
    """Why it has to be sent again; empty when it was answered."""


@dataclass(frozen=True)
class Acknowledged:
    """A command that was answered with success."""

    service: str
    key: str
    events: tuple[tuple[str, str, int], ...]


@dataclass
class Work:
    """What the people of a deployment did so far; grows over all faults."""

    commands: list[Acknowledged] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    """How long each acknowledged command took from its first attempt, in seconds."""
    ending: threading.Event = field(default_factory=threading.Event)

    def failures(self, *, since: float) -> Counter[str]:
        """Why attempts failed since a moment, and how often."""
        return Counter(each.failed for each in self.attempts if each.at >= since and each.failed)


class Pace:
    """Hands out moments to act at, so many a second over all people."""

    def __init__(self, per_second: float) -> None:
        self._every = 1 / per_second
        self._lock = threading.Lock()
        self._next = time.monotonic()

    def wait(self, ending: threading.Event) -> None:
        """Wait for one's turn; EndedError when the work ends before."""
        with self._lock:
            self._next = turn = max(self._next + self._every, time.monotonic())
        if ending.wait(max(0.0, turn - time.monotonic())):
            raise EndedError


class PatientAdapter(HTTPAdapter):
    """Sends commands at the common pace, and each again until it is answered: same body, same Idempotency-Key."""

    def __init__(self, work: Work, pace: Pace) -> None:
        self._work, self._pace = work, pace
        super().__init__()

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if request.method == "POST":
            self._pace.wait(self._work.ending)
        elif self._work.ending.is_set():
            raise EndedError
        begun = time.monotonic()
        for attempt in itertools.count(1):
            answer, failed = self._once(request, **options)
            self._work.attempts.append(Attempt(time.monotonic(), failed))
            if not failed:
                break
            if time.monotonic() - begun > PATIENCE_SECONDS:
                raise AssertionError(
                    f"{request.method} {request.url}: {attempt} attempts, the last: {failed}"
                )
            time.sleep(AGAIN_SECONDS)
        assert answer is not None
        if request.method == "POST" and answer.ok:
            self._remember(request, answer, time.monotonic() - begun)
        return answer

    def _once(
        self, request: requests.PreparedRequest, **options: Any
    ) -> tuple[requests.Response | None, str]:
        try:
            answer = super().send(request, **{**options, "timeout": ATTEMPT_SECONDS})
            answer.content  # noqa: B018 -- an answer that breaks off is none
        except requests.RequestException as error:
            return None, type(error).__name__
        return answer, str(answer.status_code) if answer.status_code in AWAY else ""

    def _remember(self, request: requests.PreparedRequest, answer: requests.Response, took: float) -> None:
        events = tuple((each["type"], each["subject"], each["sequence"]) for each in answer.json()["events"])
        service = str(request.path_url).split("/")[2]
        self._work.commands.append(Acknowledged(service, str(request.headers["Idempotency-Key"]), events))
        self._work.waits.append(took)


class PatientPeople(People):
    """People whose clients are patient, also in getting their tokens."""

    def __init__(self, khoi: KhoiInContainers, work: Work, pace: Pace) -> None:
        super().__init__(khoi.addresses, khoi.root["id"])
        self._work, self._pace = work, pace
        self._one_at_a_time = threading.Lock()

    def _holding(self, role: Role, organization: str) -> Person:
        with self._one_at_a_time:
            known = (role, organization) in self._known
            while not known:
                try:
                    person = super()._holding(role, organization)
                except requests.RequestException:
                    if self._work.ending.wait(AGAIN_SECONDS):
                        raise EndedError from None
                else:
                    person._session.mount("https://", PatientAdapter(self._work, self._pace))
                    return person
            return super()._holding(role, organization)


@contextmanager
def people_at_work(khoi: KhoiInContainers, work: Work, *, per_second: float) -> Iterator[None]:
    """Members are registered, cells founded, cases opened and stepped, messages read, reports asked for.

    At the end nobody begins anything more, and whatever was begun is answered. Raises what anybody met otherwise.
    """
    work.ending.clear()
    pace = Pace(per_second)
    with PatientPeople(khoi, work, pace) as people, ThreadPoolExecutor(7) as pool:
        doing: list[Future[None]] = [
            *(pool.submit(_until_the_end, _tell_cases, khoi, people, work) for _ in range(3)),
            *(pool.submit(_until_the_end, _register, khoi, people, work) for _ in range(2)),
            pool.submit(_until_the_end, _read_messages, khoi, people, work),
            pool.submit(_until_the_end, _ask_for_reports, khoi, people, work),
        ]
        try:
            yield
        finally:
            work.ending.set()
        for each in doing:
            each.result(timeout=PATIENCE_SECONDS + 60)


def _until_the_end(act: Any, khoi: KhoiInContainers, people: PatientPeople, work: Work) -> None:
    try:
        while not work.ending.is_set():
            act(khoi, people, work)
    except EndedError:
        pass


_numbers = itertools.count(1)


def _found_cell(khoi: KhoiInContainers, people: PatientPeople) -> Json:
    number = next(_numbers)
    found: Json = people.board.post(
        "/api/members/organizations",
        {
            "name": f"Chi bộ mới {number}",
            "level": "chi_bo_truc_thuoc",
            "on": "2010-01-04",
            "is_cell": True,
            "parent_id": khoi.committees[number % len(khoi.committees)]["id"],
        },
    )
    return found


def _register_one(people: PatientPeople, cell_id: str) -> Json:
    number = next(_numbers)
    found: Json = people.board.post(
        "/api/members/members",
        {
            "full_name": f"Trần Thị {'ABCDEGHIKLMN'[number % 12]}",
            "gender": "female",
            "admitted_on": "2009-03-02",
            "official_on": "2010-03-02",
            "cell_id": cell_id,
            "since": "2010-02-01",
            "card_number": f"098{number:09}",
        },
    )
    return found


def _register(khoi: KhoiInContainers, people: PatientPeople, work: Work) -> None:
    """Twenty members of a cell in which nothing else happens."""
    cell = _found_cell(khoi, people)
    for _ in range(20):
        _register_one(people, cell["id"])


def _tell_cases(khoi: KhoiInContainers, people: PatientPeople, work: Work) -> None:
    """A new cell, its members, and their cases once reviews knows them."""
    founded = _found_cell(khoi, people)
    members = [_register_one(people, founded["id"])["id"] for _ in range(OFFICIAL_MEMBERS)]
    cell = Cell(path=founded["organization_path"], official=members, probationary=())
    khoi.cells.append(cell)
    secretary = people.secretary(cell.path)
    while not _known_to_reviews(secretary, founded["id"]):
        if work.ending.wait(1):
            raise EndedError
    for _ in range(OFFICIAL_MEMBERS - 2):
        number = next(_numbers)
        # the number is the day a case begins on: all of them end within the term that the reports are of
        khoi.tell(cell, TOLD[number % len(TOLD)], people=people, number=number % 28)


def _known_to_reviews(secretary: Person, cell_id: str) -> bool:
    try:
        roll = secretary.get("/api/reviews/roll", organization=cell_id, on="2021-05-17")
    except UnexpectedAnswerError as error:
        if "not_yet_known" in str(error):
            return False
        raise
    return bool(roll["base"] == OFFICIAL_MEMBERS)


def _read_messages(khoi: KhoiInContainers, people: PatientPeople, work: Work) -> None:
    """Whoever is told something reads it."""
    page = people.standing.get("/api/notifications/inbox/messages", unread="true", limit=5)
    for message in page["items"]:
        people.standing.post(f"/api/notifications/inbox/messages/{message['id']}/read")
    if work.ending.wait(2):
        raise EndedError


def _ask_for_reports(khoi: KhoiInContainers, people: PatientPeople, work: Work) -> None:
    people.standing.get(
        "/api/reporting/screening-report",
        organization=khoi.root["id"],
        **{"from": "2020-10-01", "to": "2023-10-12"},
    )
    if work.ending.wait(2):
        raise EndedError
