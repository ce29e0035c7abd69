"""One correlation id and one trace, from the HTTP request to whatever the other services do because of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from deploy.demo.history import Story
from deploy.demo.people import People
from shared.store.connection import Document
from tests.support.stacks import Khoi

pytestmark = pytest.mark.e2e

CORRELATION = "e2e-tracing-1"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(scope="module")
def removed(khoi: Khoi) -> Iterator[Mapping[str, Any]]:
    """A removal that the standing committee decided under ids of its client's."""
    with People(khoi.addresses, root=khoi.root["id"]) as people:
        people.standing._session.headers.update({"X-Correlation-Id": CORRELATION, "traceparent": TRACE})
        case = khoi.tell(khoi.cells[8], Story("removed", "C1", "name_removal", "X4"), people=people)
        khoi.settle()
        yield case


def of_type(khoi: Khoi, service: str, name: str) -> list[Document]:
    """The events of one type in the outbox of a service that carry our correlation id."""
    found = khoi.stores[service].collection("outbox").find({"correlation_id": CORRELATION})
    return [event for event in found if event["type"].split(".")[-2] == name]


class TestCorrelation:
    """The client's id is in everything that follows."""

    def test_decision(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        (event,) = of_type(khoi, "reviews", "MemberRemoved")
        assert event["subject"] == removed["id"]
        assert event["traceparent"].split("-")[1] == TRACE.split("-")[1]

    def test_ending_of_the_membership(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        (event,) = of_type(khoi, "members", "MembershipEnded")
        assert event["partition_key"] == removed["member_id"]
        assert event["traceparent"].split("-")[1] == TRACE.split("-")[1]

    def test_audit_of_the_ending_names_the_decision(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        (decision,) = of_type(khoi, "reviews", "MemberRemoved")
        auditor = khoi.person("auditor")
        try:
            found = auditor.every("/api/members/audit", subject=removed["member_id"])
        finally:
            auditor.close()
        ending = next(each for each in found if each["action"] == "membership.end")
        assert (ending["request_id"], ending["actor"]) == (decision["event_id"], "system:members")

    def test_notices(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        (decision,) = of_type(khoi, "reviews", "MemberRemoved")
        (ending,) = of_type(khoi, "members", "MembershipEnded")
        told = of_type(khoi, "notifications", "NotificationSent")
        about = {msgspec.json.decode(event["data"])["about_event"] for event in told}
        assert {decision["event_id"], ending["event_id"]} <= about

    def test_nothing_of_other_requests(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        subjects = {
            event["subject"]
            for event in khoi.stores["reviews"].collection("outbox").find({"correlation_id": CORRELATION})
        }
        assert subjects == {removed["id"]}


class TestRequestId:
    """Every answer says under which id its request is known."""

    def test_the_clients_own(self, khoi: Khoi) -> None:
        answer = khoi.ask("GET", "/api/reviews/progress", headers={"X-Request-Id": "mine-1"})
        assert answer.headers["X-Request-Id"] == "mine-1"

    def test_a_new_one_instead_of_a_malformed_one(self, khoi: Khoi) -> None:
        answer = khoi.ask("GET", "/api/reviews/progress", headers={"X-Request-Id": "two words"})
        assert answer.headers["X-Request-Id"] not in {"", "two words"}

    def test_in_the_audit_of_a_command(self, khoi: Khoi) -> None:
        answer = khoi.ask(
            "POST",
            "/api/members/organizations",
            token=khoi.token("organizing_board", khoi.root["id"]),
            headers={"X-Request-Id": "mine-2", "Idempotency-Key": "mine-2"},
            body={
                "name": "Đảng bộ cơ sở không có chi bộ",
                "level": "dang_bo_co_so",
                "on": "2020-01-06",
                "is_cell": False,
                "parent_id": khoi.root["id"],
            },
        )
        assert answer.status_code == 201
        audit = khoi.stores["members"].collection("audit")
        assert [each["subject"] for each in audit.find({"request_id": "mine-2"})] == [answer.json()["id"]]
