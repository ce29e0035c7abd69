"""One fault under load: done, waited out, measured; then every part is compared with what was acknowledged."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping

import msgspec
from pymongo.errors import PyMongoError

from deploy.process import SERVICES
from shared.bus import outbox, progress
from tests.containers.reliability.faults import Fault
from tests.containers.reliability.khoi import KhoiInContainers
from tests.containers.reliability.people import Work, people_at_work
from tests.support.agreement import everything_agrees
from tests.support.servers import eventually
from tests.support.stacks import CONSUMES

PER_SECOND = 5.0
BEFORE_SECONDS, CALM_SECONDS = 5.0, 5.0
RECOVERED_WITHIN = 180.0
"""Bound for everything to be as before, from the end of the fault, on a machine that others use as well."""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a fault did to those who worked meanwhile."""

    name: str
    text: str
    problem: str = ""
    """What was not as it should be; empty when the fault was borne."""
    again: str = ""
    """When and on which commit it was measured, where that was in a run of its own."""
    acknowledged: int = 0
    """Commands answered with success while people worked, from before the fault until all was calm again."""
    attempts: int = 0
    failed: int = 0
    """Attempts from the fault on that had to be sent again."""
    failures: dict[str, int] = {}
    longest_wait: float = 0.0
    """Of one command from its first attempt to its answer, with all repetitions."""
    answering: float = 0.0
    """From the end of the fault to the last attempt that failed; 0 when none did after it."""
    caught_up: float = 0.0
    """From the end of the fault until every event of before was applied everywhere."""


def trial(khoi: KhoiInContainers, fault: Fault, work: Work) -> Measured:
    """Do the fault to a Khối at work. AssertionError when something was lost, doubled, or did not come back."""
    deployment = khoi.stack.deployment
    commands_before, waits_before = len(work.commands), len(work.waits)
    with people_at_work(khoi, work, per_second=PER_SECOND):
        time.sleep(BEFORE_SECONDS)
        assert len(work.commands) > commands_before, "nobody works"
        begun = time.monotonic()
        with fault.does(deployment):
            time.sleep(fault.lasts)
        ended = time.monotonic()
        eventually(khoi.answers, within=RECOVERED_WITHIN, every=0.2)
        _caught_up(khoi)
        caught_up = time.monotonic() - ended
        eventually(lambda: _calm(work), within=RECOVERED_WITHIN, every=0.2)
    failed = [each.at for each in work.attempts if each.failed and each.at >= begun]
    measured = Measured(
        name=fault.name,
        text=fault.text,
        acknowledged=len(work.commands) - commands_before,
        attempts=sum(each.at >= begun for each in work.attempts),
        failed=len(failed),
        failures=dict(work.failures(since=begun)),
        longest_wait=max(work.waits[waits_before:], default=0.0),
        answering=max([0.0, *(at - ended for at in failed)]),
        caught_up=caught_up,
    )
    agrees_with(khoi, work)
    return measured


def _calm(work: Work) -> bool:
    """Whether commands were answered for a while and none failed."""
    since = time.monotonic() - CALM_SECONDS
    recent = [each for each in list(work.attempts) if each.at >= since]
    return len(recent) > CALM_SECONDS and not any(each.failed for each in recent)


def _caught_up(khoi: KhoiInContainers) -> None:
    """Wait until what is in the outboxes now was applied by everybody who consumes it."""
    heads: dict[str, int] = {}

    def as_far() -> bool:
        try:
            if not heads:
                khoi.open_stores()
                heads.update({service: outbox.head(store) for service, store in khoi.stores.items()})
            reached = {service: progress.applied(khoi.stores[service]) for service in CONSUMES}
        except (PyMongoError, KeyError) as error:  # no database, or no container of it: not yet
            raise AssertionError(repr(error)) from error
        behind = {}
        for service, sources in CONSUMES.items():
            for source in sources:
                applied = reached[service].get(khoi.stack.settings.event_source(source))
                count = applied.events if applied else 0
                if count < heads[source]:
                    behind[f"{service} ← {source}"] = (count, heads[source])
        assert not behind, f"applied of produced: {behind}"
        return True

    eventually(as_far, within=RECOVERED_WITHIN, every=0.3)


def agrees_with(khoi: KhoiInContainers, work: Work) -> None:
    """Compare the databases with all that was ever acknowledged here, and all parts with each other."""
    khoi.open_stores()
    everything_agrees(khoi, within=RECOVERED_WITHIN)
    _nothing_lost_nothing_doubled(khoi, work)
    _copies_follow(khoi)


def _nothing_lost_nothing_doubled(khoi: KhoiInContainers, work: Work) -> None:
    logs: Mapping[str, Counter[tuple[str, str, int]]] = {
        service: Counter(
            (event["type"], event["subject"], event["sequence"])
            for event in store.collection("outbox").find({}, ["type", "subject", "sequence"])
        )
        for service, store in khoi.stores.items()
    }
    answered = {service: [each for each in work.commands if each.service == service] for service in SERVICES}
    for service, commands in answered.items():
        kept = Counter(
            str(each["_id"]).split("|", 1)[1]
            for each in khoi.stores[service].collection("idempotency").find({}, ["_id"])
        )
        assert not [each.key for each in commands if kept[each.key] != 1], f"{service}: acknowledged and lost"
        said = Counter(event for each in commands for event in each.events)
        assert not [event for event in said if logs[service][event] != said[event]], (
            f"{service}: not in the log"
        )
    # A command repeated until it was answered may have no second effect under the eyes of nobody.
    said_by_reviews = {event for each in answered["reviews"] for event in each.events}
    unheard = {event for event in logs["reviews"] if ".reviews." in event[0]} - said_by_reviews
    assert len(unheard) <= 1, unheard  # the round was opened before the work began
    registered = {
        event for each in answered["members"] for event in each.events if ".MemberRegistered." in event[0]
    }
    in_register = khoi.stores["members"].collection("members").count_documents({})
    assert in_register - len(registered) == members_at_the_beginning(khoi), "registered without an answer"


def members_at_the_beginning(khoi: KhoiInContainers) -> int:
    """Of the cells that the small Khối has before anybody works."""
    return sum(len(cell.official) + 1 for cell in khoi.cells if cell.probationary)


def _copies_follow(khoi: KhoiInContainers) -> None:
    """Each case is once with reporting, as reviews has it."""
    cases = {each["_id"] for each in khoi.stores["reviews"].collection("cases").find({}, ["_id"])}
    copies = [each["_id"] for each in khoi.stores["reporting"].collection("cases").find({}, ["_id"])]
    assert sorted(copies) == sorted(cases)
