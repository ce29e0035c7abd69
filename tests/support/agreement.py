"""Whether all parts of a stack say the same, asked after whatever was done to it.

The figures are counted here once more, from the events and by a fold that shares nothing with reporting's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from services.notifications.domain.recipients import message_id
from services.notifications.domain.who_is_told import own_table, recipients
from shared.audit.verify import verify
from shared.bus import outbox
from shared.bus.dead_letters import list_open
from shared.events.envelope import Event
from tests.support.servers import eventually
from tests.support.stacks import Khoi

Json = Mapping[str, Any]


def everything_agrees(khoi: Khoi, *, within: float = 60.0) -> None:
    """Wait until every event was published and applied; then compare all that stands on the events."""
    khoi.settle(within=within)
    eventually(lambda: depths(khoi) == {}, within=within, every=0.1)
    logs = {service: list(outbox.events_from(store, 1)) for service, store in khoi.stores.items()}
    for service, log in logs.items():
        _has_no_holes(log)
        found = verify(khoi.stores[service])
        assert found.intact, f"{service}: {found}"
        assert list_open(khoi.stores[service]) == []
    _figures_are_those_of_the_events(khoi, logs["reviews"])
    _register_follows_the_decisions(khoi, logs)
    _everybody_is_told_once(khoi, logs)


def depths(khoi: Khoi) -> dict[str, int]:
    """How many events of each service wait for its relay; nothing for none."""
    found = {service: outbox.status(store).depth for service, store in khoi.stores.items()}
    return {service: depth for service, depth in found.items() if depth}


def facts(log: Iterable[Event]) -> list[tuple[str, Json]]:
    """The bare type and the data of each event."""
    return [(event.name, msgspec.json.decode(event.data)) for event in log]


def _has_no_holes(log: Sequence[Event]) -> None:
    """Positions count all events, sequences those of each record; no event is there twice."""
    assert [event.position for event in log] == list(range(1, len(log) + 1))
    assert len({event.id for event in log}) == len(log)
    counted: Counter[str] = Counter()
    for event in log:
        counted[event.subject] += 1
        assert event.sequence == counted[event.subject], f"{event.type} {event.subject}"


def _figures_are_those_of_the_events(khoi: Khoi, log: Sequence[Event]) -> None:
    counts: dict[str, Counter[str]] = {}
    for name, data in facts(log):
        for organization in data["organization_path"]:
            counts.setdefault(organization, Counter()).update(_figures_of(name, data))
    for organization in {each for cell in khoi.cells for each in cell.path}:
        expected = counts.get(organization, Counter())
        assert _shown(khoi.report(organization)) == {name: n for name, n in expected.items() if n}


def _figures_of(name: str, data: Json) -> dict[str, int]:
    """What one event adds to the figures of every organisation on its path."""
    match name:
        case "MemberFlagged":
            return {"listed": 1, f"listed {data['criterion']}": 1, "continuing": 1}
        case "ProgressRecognized":
            return {"recognized": 1, "continuing": -1}
        case "CaseTransferred":
            return {"transferred": 1, "continuing": -1}
        case "MemberRemoved":
            probationary = {"probationary removed": 1} if data["probationary"] else {}
            return {"removed": 1, f"removed by {data['mode']}": 1, "continuing": -1, **probationary}
    return {}


def _shown(report: Json) -> dict[str, int]:
    """The report's figures under the names of the fold here, without the zeros."""
    figures = report["figures"]
    removed = figures["removed_from_list"]
    shown = {
        "listed": figures["listed"]["total"],
        **{f"listed {code}": count for code, count in figures["listed"]["by_criterion"].items()},
        "continuing": figures["continuing"],
        "recognized": figures["recognized"],
        "transferred": figures["transferred_out"],
        "removed": removed["total"],
        **{f"removed by {mode}": count for mode, count in removed["by_mode"].items()},
        "probationary removed": removed["probationary"],
        # what no story here does
        "opening": figures["opening"],
        "transferred in": figures["transferred_in"],
        "removed outside": figures["removed_outside_list"]["total"],
        "reversed": figures["reversed"]["total"],
        "other": figures["other_exits"]["total"],
        "unreconciled": figures["unreconciled"],
    }
    return {name: count for name, count in shown.items() if count}


def _register_follows_the_decisions(khoi: Khoi, logs: Mapping[str, Sequence[Event]]) -> None:
    """Each removal ended one membership, once; whoever is on the list is marked so, and nobody else."""
    removed, listed = {}, {}
    for name, data in facts(logs["reviews"]):
        if name == "MemberFlagged":
            listed[data["member_id"]] = data["case_id"]
        elif name in {"ProgressRecognized", "CaseTransferred", "MemberRemoved"}:
            del listed[data["member_id"]]
        if name == "MemberRemoved":
            removed[data["case_id"]] = data["member_id"]
    ended = [data for name, data in facts(logs["members"]) if name == "MembershipEnded"]
    assert sorted(data["case_id"] for data in ended) == sorted(removed)
    register = {member["_id"]: member for member in khoi.stores["members"].collection("members").find()}
    left = {member_id for member_id, member in register.items() if not member["current"]}
    assert left == set(removed.values())
    marked = {
        member_id: member["screening_case"]
        for member_id, member in register.items()
        if member["screening_status"] == "listed"
    }
    assert marked == listed
    roster = {member["_id"] for member in khoi.stores["reviews"].collection("roster").find({}, ["_id"])}
    assert roster == set(register)


def _everybody_is_told_once(khoi: Khoi, logs: Mapping[str, Sequence[Event]]) -> None:
    """The inboxes hold one message per event and recipient of the table, each with its own event."""
    expected: Counter[str] = Counter()
    helpers: dict[str, Sequence[str]] = {}
    for event in (*logs["members"], *logs["reviews"]):
        fact = event.fact()
        case_id = getattr(fact, "case_id", None)
        if case_id is not None and hasattr(fact, "helpers"):
            helpers[case_id] = fact.helpers
        told_to = {
            inbox
            for row in own_table().get(type(fact), ())
            for inbox in recipients(row, fact, helpers=helpers.get(case_id, ()) if case_id else ())
        }
        expected.update(message_id(event.id, inbox) for inbox in told_to)
    told = Counter(
        str(message["_id"])
        for message in khoi.stores["notifications"].collection("messages").find()
        if not message["event_type"].startswith("vn.khoi.notifications.")  # reminders
    )
    assert told == expected
    sent = Counter(
        data["notification_id"]
        for name, data in facts(logs["notifications"])
        if name == "NotificationSent" and not data["about_event"].startswith("reminder")
    )
    assert sent == expected
