"""Who sees a case, over HTTP with real tokens: those above the cell, the member, and nobody else."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from deploy.demo.history import Story
from deploy.documents import FOLDER
from deploy.process import SERVICES
from shared.access.table import TABLE
from tests.support.stacks import Khoi

pytestmark = pytest.mark.e2e

CELL, ELSEWHERE = 5, 4
"""Places of two cells below different committees."""


@pytest.fixture(scope="module")
def case(khoi: Khoi) -> Mapping[str, Any]:
    """A case on the list, applied everywhere."""
    found = khoi.case(khoi.cells[CELL], Story("recognized", "C1"))
    found.propose(khoi.round_id)
    found.guide()
    found.ballot()
    khoi.settle()
    return found.now


def places(case: Mapping[str, Any]) -> list[str]:
    """Every address at which something of this case or its member is read."""
    case_id, member_id = case["id"], case["member_id"]
    return [
        f"/api/reviews/cases/{case_id}",
        f"/api/reviews/cases/{case_id}/timeline",
        f"/api/reviews/members/{member_id}/cases",
        f"/api/members/members/{member_id}",
        f"/api/reporting/cases/{case_id}",
    ]


def operations() -> Iterator[tuple[str, str, str]]:
    """Every operation of the published documents: method, path, action."""
    for service in SERVICES:
        document = msgspec.json.decode((FOLDER / f"{service}.openapi.json").read_bytes())
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if isinstance(operation, dict) and "x-action" in operation:
                    yield method.upper(), path, operation["x-action"]


class TestAnothersCell:
    """The secretary of a cell elsewhere is told 403 at every address of the case."""

    def test_reading(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        token = khoi.token("cell_secretary", khoi.cells[ELSEWHERE].path[-1])
        answers = {path: khoi.ask("GET", path, token=token).status_code for path in places(case)}
        assert set(answers.values()) == {403}, answers

    def test_acting(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        answer = khoi.ask(
            "POST",
            f"/api/reviews/cases/{case['id']}/helpers",
            token=khoi.token("cell_secretary", khoi.cells[ELSEWHERE].path[-1]),
            headers={"Idempotency-Key": "stranger", "If-Match": f'"v{case["version"]}"'},
            body={"on": "2021-07-01", "members": list(khoi.cells[CELL].official[-2:])},
        )
        assert answer.status_code == 403
        assert answer.headers["Content-Type"] == "application/problem+json"

    def test_lists_do_not_hold_it(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        stranger = khoi.people.secretary(khoi.cells[ELSEWHERE].path)
        listed = [each["id"] for each in stranger.every("/api/reviews/cases")]
        members = [each["id"] for each in stranger.every("/api/members/members")]
        assert case["id"] not in listed
        assert case["member_id"] not in members

    def test_another_grassroots_committee(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        token = khoi.token("grassroots_committee", khoi.cells[ELSEWHERE].path[1])
        answers = {path: khoi.ask("GET", path, token=token).status_code for path in places(case)}
        assert set(answers.values()) == {403}, answers


class TestThoseAbove:
    """The cell, its committee and the standing committee see the case."""

    @pytest.mark.parametrize(
        ("role", "level"), [("cell_secretary", 2), ("grassroots_committee", 1), ("standing_committee", 0)]
    )
    def test_see_it(self, khoi: Khoi, case: Mapping[str, Any], role: Any, level: int) -> None:
        token = khoi.token(role, case["organization_path"][level])
        answers = {path: khoi.ask("GET", path, token=token).status_code for path in places(case)}
        assert set(answers.values()) == {200}, answers


class TestMember:
    """A member without office sees their own case and nobody else's."""

    def test_own_case(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        oneself = khoi.people.member(case["member_id"])
        assert oneself.get(f"/api/reviews/cases/{case['id']}")["id"] == case["id"]
        assert oneself.get(f"/api/reviews/cases/{case['id']}/timeline")["items"]
        own = oneself.get(f"/api/reviews/members/{case['member_id']}/cases")["items"]
        assert [each["id"] for each in own] == [case["id"]]

    def test_own_inbox_alone(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        items = khoi.people.member(case["member_id"]).every("/api/notifications/inbox/messages")
        assert {each["inbox"] for each in items} == {f"member:{case['member_id']}"}

    def test_another_members_case(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        comrade = next(each for each in khoi.cells[CELL].official if each != case["member_id"])
        token = khoi.token("member", None, member_id=comrade)
        answers = {path: khoi.ask("GET", path, token=token).status_code for path in places(case)}
        assert set(answers.values()) == {403}, answers

    def test_another_members_message(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        message = khoi.people.member(case["member_id"]).every("/api/notifications/inbox/messages")[0]
        comrade = next(each for each in khoi.cells[CELL].official if each != case["member_id"])
        answer = khoi.ask(
            "POST",
            f"/api/notifications/inbox/messages/{message['id']}/read",
            token=khoi.token("member", None, member_id=comrade),
            headers={"Idempotency-Key": "another's"},
        )
        assert answer.status_code == 404

    def test_figures_are_not_for_members(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        answer = khoi.ask(
            "GET",
            f"/api/reporting/screening-report?organization={khoi.root['id']}",
            token=khoi.token("member", None, member_id=case["member_id"]),
        )
        assert answer.status_code == 403


class TestOperator:
    """Whoever runs the system reads no case and no member."""

    def test_no_case(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        token = khoi.token("operator")
        answers = {path: khoi.ask("GET", path, token=token).status_code for path in places(case)}
        assert set(answers.values()) == {403}, answers

    def test_nothing_that_the_table_does_not_give(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        token = khoi.token("operator")
        answers = {}
        for method, path, action in operations():
            if "operator" in TABLE[action]:
                continue
            answers[method, path] = khoi.ask(
                method, path.format_map(_Filled(case)), token=token, headers={"Idempotency-Key": "operator"}
            ).status_code
        assert answers
        assert {place: status for place, status in answers.items() if status != 403} == {}


class TestNobody:
    """Without a token, or with a bad one, every operation of the published documents answers 401."""

    @pytest.mark.parametrize("token", [None, "", "not.a.token"], ids=["none", "empty", "bad"])
    def test_is_asked_who_they_are(self, khoi: Khoi, case: Mapping[str, Any], token: str | None) -> None:
        answers = {
            (method, path): khoi.ask(
                method, path.format_map(_Filled(case)), token=token, headers={"Idempotency-Key": "nobody"}
            )
            for method, path, _ in operations()
        }
        wrong = {place: each.status_code for place, each in answers.items() if each.status_code != 401}
        assert wrong == {}
        assert all(each.headers["WWW-Authenticate"].startswith("Bearer") for each in answers.values())


class _Filled(dict[str, str]):
    """Fills the names in a path with ids that exist where there are some."""

    def __init__(self, case: Mapping[str, Any]) -> None:
        super().__init__(
            case_id=case["id"],
            member_id=case["member_id"],
            organization_id=case["organization_path"][0],
            source="reviews",
            subject=case["id"],
        )

    def __missing__(self, name: str) -> str:
        return "nothing"
