"""What becomes of a member, from the first request to the figures and inboxes of everybody concerned."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from deploy.demo.history import Story
from shared.bus import outbox
from tests.support.servers import eventually
from tests.support.stacks import Khoi

pytestmark = pytest.mark.e2e

RECOGNIZED = Story("recognized", "C1")
TRANSFERRED = Story("transferred", "C4a")
REMOVED = Story("removed", "C3", "name_removal", "X4")
EXPELLED = Story("removed", "C2", "expulsion")


def flat(report: Mapping[str, Any]) -> dict[str, int]:
    """The figures that the stories here can change."""
    figures = report["figures"]
    return {
        "listed": figures["listed"]["total"],
        "recognized": figures["recognized"],
        "transferred_out": figures["transferred_out"],
        "removed_from_list": figures["removed_from_list"]["total"],
        "continuing": figures["continuing"],
        "unreconciled": figures["unreconciled"],
    }


def counted(khoi: Khoi, path: Sequence[str]) -> list[dict[str, int]]:
    """The figures of the Khối, the grassroots organisation and the cell."""
    khoi.settle()
    return [flat(khoi.report(organization)) for organization in path]


def grown(before: Sequence[Mapping[str, int]], after: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
    """By how much each level's figures grew; figures that did not are left out."""
    return [
        {name: new[name] - old[name] for name in new if new[name] != old[name]}
        for old, new in zip(before, after, strict=True)
    ]


@pytest.fixture(scope="module")
def removed(khoi: Khoi) -> Mapping[str, Any]:
    """A case that ended in the removal of the member, applied everywhere."""
    case = khoi.tell(khoi.cells[2], REMOVED)
    khoi.settle()
    return case


class TestCaseInTheReport:
    """A case counts once at every level above its cell."""

    @pytest.mark.parametrize(
        ("story", "exit_figure"),
        [(RECOGNIZED, "recognized"), (TRANSFERRED, "transferred_out"), (EXPELLED, "removed_from_list")],
        ids=lambda value: value if isinstance(value, str) else value.outcome,
    )
    def test_at_khoi_grassroots_and_cell(self, khoi: Khoi, story: Story, exit_figure: str) -> None:
        cell = khoi.cells[0]
        before = counted(khoi, cell.path)
        khoi.tell(cell, story)
        assert grown(before, counted(khoi, cell.path)) == [{"listed": 1, exit_figure: 1}] * 3

    def test_at_a_cell_directly_under_the_khoi(self, khoi: Khoi) -> None:
        cell = khoi.cells[-1]
        before = counted(khoi, cell.path)
        khoi.tell(cell, RECOGNIZED)
        assert grown(before, counted(khoi, cell.path)) == [{"listed": 1, "recognized": 1}] * 2

    def test_not_at_another_grassroots_organisation(self, khoi: Khoi) -> None:
        other = [khoi.cells[1].path[1]]
        before = counted(khoi, other)
        khoi.tell(khoi.cells[0], RECOGNIZED)
        assert counted(khoi, other) == before

    def test_on_the_list_until_it_ends(self, khoi: Khoi) -> None:
        cell = khoi.cells[3]
        before = counted(khoi, cell.path)
        case = khoi.case(cell, RECOGNIZED)
        case.propose(khoi.round_id)
        case.guide()
        case.ballot()
        assert grown(before, counted(khoi, cell.path)) == [{"listed": 1, "continuing": 1}] * 3


class TestListing:
    """Whoever is on the list is marked so in the register, and no longer once off it."""

    @pytest.mark.parametrize("story", [RECOGNIZED, TRANSFERRED], ids=lambda story: story.outcome)
    def test_mark_in_the_register(self, khoi: Khoi, story: Story) -> None:
        case = khoi.case(khoi.cells[1], story)
        case.propose(khoi.round_id)
        case.guide()
        case.ballot()
        where = f"/api/members/members/{case.member}"
        eventually(lambda: khoi.people.board.get(where)["screening_status"] == "listed")
        case.educate()
        case.recognize() if story is RECOGNIZED else case.transfer()
        eventually(lambda: khoi.people.board.get(where)["screening_status"] == "none")


class TestRemoval:
    """A removal decided in reviews ends the membership in members and reaches the member's inbox."""

    def test_membership_ends_on_the_effective_day(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        member = khoi.people.board.get(f"/api/members/members/{removed['member_id']}")
        assert member["status"] == "left"
        assert member["leaving"]["on"] == removed["removal"]["effective_on"]
        assert member["leaving"]["case_id"] == removed["id"]

    def test_member_is_told(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        inbox = khoi.people.member(removed["member_id"]).get("/api/notifications/inbox/messages")
        notice = next(each for each in inbox["items"] if each["event_type"].endswith("MemberRemoved.v1"))
        assert notice["case_id"] == removed["id"]
        assert "khiếu nại" in notice["to_do"]

    def test_cell_is_told_of_the_change_of_its_roster(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        secretary = khoi.people.secretary(removed["organization_path"])
        items = secretary.every("/api/notifications/inbox/messages")
        assert any(each["event_type"].endswith("MembershipEnded.v1") for each in items)

    def test_roll_of_the_cell_shrinks_by_one(self, khoi: Khoi, removed: Mapping[str, Any]) -> None:
        secretary = khoi.people.secretary(removed["organization_path"])
        ended = date.fromisoformat(removed["removal"]["effective_on"])

        def base(on: date) -> int:
            roll = secretary.get("/api/reviews/roll", organization=removed["cell_id"], on=on)
            return int(roll["base"])

        assert base(ended.replace(year=ended.year + 1)) == base(date(2021, 5, 31)) - 1


class TestWaitingForOnesOwnWrite:
    """The reply names what it produced, and reporting says when it has that."""

    def test_sequence_of_the_reply_is_reached(self, khoi: Khoi) -> None:
        case = khoi.case(khoi.cells[4], RECOGNIZED)
        case.propose(khoi.round_id)
        case.guide()
        case.ballot()
        last = case.now["events"][-1]
        assert last["type"].endswith("MemberFlagged.v1")
        where = f"/api/reporting/progress/reviews/{last['subject']}"
        eventually(lambda: khoi.people.standing.get(where)["sequence"] >= last["sequence"])
        shown = khoi.people.standing.get(f"/api/reporting/cases/{last['subject']}")
        assert shown["on_list"]

    def test_a_record_never_heard_of_is_at_zero(self, khoi: Khoi) -> None:
        assert khoi.people.standing.get("/api/reporting/progress/reviews/nothing")["sequence"] == 0

    def test_position_of_the_reply_is_in_the_outbox(self, khoi: Khoi) -> None:
        case = khoi.case(khoi.cells[4], RECOGNIZED)
        case.propose(khoi.round_id)
        position = case.now["events"][-1]["position"]
        kept = outbox.documents(khoi.stores["reviews"], after=position - 1, up_to=position)
        assert [each["subject"] for each in kept] == [case.now["id"]]
