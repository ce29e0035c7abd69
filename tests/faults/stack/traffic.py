"""People who go on working whatever breaks: stories told in threads, each request repeated until it is answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from deploy.demo.caller import Person
from deploy.demo.history import STORIES, Cell, Story
from deploy.demo.people import People
from shared.access.actor import Role
from tests.support.servers import eventually
from tests.support.stacks import Json, Khoi

AT_ONCE = 2
"""So many stories are told at the same time."""


class PatientPeople(People):
    """People whose client repeats a request with the same Idempotency-Key while the service is away.

    They remember every event that an answer told them of.
    """

    def __init__(self, khoi: Khoi) -> None:
        super().__init__(khoi.addresses, khoi.root["id"])
        self.acknowledged: list[Json] = []
        self._one_at_a_time = threading.Lock()

    def _holding(self, role: Role, organization: str) -> Person:
        with self._one_at_a_time:
            known = (role, organization) in self._known
            person = super()._holding(role, organization)
            if not known:
                person._session.mount("http://", HTTPAdapter(max_retries=_patience()))
                person._session.hooks["response"].append(self._remember)
            return person

    def _remember(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        if answer.request.method == "POST" and answer.ok:
            self.acknowledged += [each for each in answer.json()["events"] if ".reviews." in each["type"]]


def _patience() -> Retry:
    return Retry(
        total=200,
        allowed_methods=None,
        status_forcelist=[503],
        raise_on_status=False,
        respect_retry_after_header=False,  # a test does not wait five seconds for what is back in one
        backoff_factor=0.05,
        backoff_max=0.4,
    )


@dataclass
class Traffic:
    """Stories under way."""

    people: PatientPeople
    stories: list[Future[Json]] = field(default_factory=list)

    def is_under_way(self, *, commands: int) -> None:
        """Wait until that many more events were acknowledged; AssertionError when the stories end before."""
        wanted = len(self.people.acknowledged) + commands
        eventually(lambda: len(self.people.acknowledged) >= wanted or self.ended, every=0.01)
        assert not self.ended, "the stories ended before anything was done to them"

    @property
    def ended(self) -> bool:
        """Whether nobody acts any more."""
        return all(story.done() for story in self.stories)


@contextmanager
def traffic(khoi: Khoi, cells: Sequence[Cell]) -> Iterator[Traffic]:
    """Tell one story in each of the cells while the block runs; at its end wait until all are told.

    Then every event in the log of reviews was acknowledged to somebody, and none is there that was not.
    """
    before = _log(khoi)
    with PatientPeople(khoi) as people, ThreadPoolExecutor(AT_ONCE) as pool:
        under_way = Traffic(people)
        for number, (cell, story) in enumerate(zip(cells, _stories(khoi, cells), strict=True)):
            under_way.stories.append(pool.submit(khoi.tell, cell, story, people=people, number=number))
        yield under_way
        for told in under_way.stories:
            told.result(timeout=120)
        acknowledged = {(each["type"], each["subject"], each["sequence"]) for each in people.acknowledged}
    assert _log(khoi) - before == acknowledged


def _stories(khoi: Khoi, cells: Sequence[Cell]) -> Iterator[Story]:
    """The demo's stories in turn; a probationary member is removed where one is left in the cell."""
    told = sum(khoi._used.values())
    for number, cell in enumerate(cells):
        story = STORIES[(told + number) % len(STORIES)]
        if story.probationary and (cell.path[-1], True) in khoi._used:
            story = STORIES[0]
        yield story


def _log(khoi: Khoi) -> set[tuple[str, str, int]]:
    found = khoi.stores["reviews"].collection("outbox").find({}, ["type", "subject", "sequence"])
    return {(event["type"], event["subject"], event["sequence"]) for event in found}
