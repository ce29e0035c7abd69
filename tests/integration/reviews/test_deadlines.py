"""Every running clock in one list, as of any day, for whoever may see it."""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

import msgspec
import pytest

from shared.events.catalogue.members import (
    Document,
    TransferClockTold,
    TransferCompleted,
    TransferDecided,
    TransferIntroduced,
    TransferStarted,
    WorkingGroupChanged,
    WorkingGroupEstablished,
)
from tests.integration.reviews.conftest import (
    CELL,
    GRASSROOTS,
    KHOI,
    OTHER_CELL,
    OTHER_GRASSROOTS,
    PATHS,
    Office,
    Person,
    Story,
    day,
    decision,
)

pytestmark = pytest.mark.integration


def listed(person: Person, **query: Any) -> list[tuple[str, str, str]]:
    """Kind, status and due day, in the order of the list."""
    answer = person.get("/deadlines", **query)
    assert answer.status_code == 200, answer.json
    return [(each["kind"], each["status"]["code"], each["due_on"]) for each in answer.json["items"]]


@pytest.fixture
def story(a_story: Callable[[], Story]) -> Story:
    """Listed on 15/06/2021, helped and followed up four times."""
    return a_story().listed().educated()


class TestDeadlines:
    """Due, overdue, met: earliest first, from the clocks themselves."""

    def test_as_of_a_day(self, office: Office, story: Story):
        assert listed(office.standing, as_of="2022-06-15")[-2:] == [
            ("education_end", "running", "2022-06-15"),
            ("follow_up", "running", "2022-09-12"),
        ]
        assert [each[1] for each in listed(office.standing, as_of="2022-06-16")][-2:] == [
            "overdue",
            "running",
        ]

    def test_what_is_overdue(self, office: Office, story: Story):
        assert listed(office.standing, status="overdue", as_of="2022-06-16") == [
            ("education_end", "overdue", "2022-06-15")
        ]
        assert listed(office.standing, status="running", as_of="2022-06-16") == [
            ("follow_up", "running", "2022-09-12")
        ]

    def test_by_kind_and_time(self, office: Office, story: Story):
        assert {each[1] for each in listed(office.standing, kind="follow_up", status="met")} == {"met"}
        assert listed(office.standing, kind="education_end", due_before="2022-06-15") == []

    def test_an_assumed_setting_is_said_to_be_one(self, office: Office, story: Story):
        items = office.standing.get("/deadlines").json["items"]
        assert {(each["setting"], each["assumed"]) for each in items} == {
            ("education_months", True),
            ("follow_up_months", True),
        }

    def test_page_by_page(self, office: Office, story: Story):
        whole = listed(office.standing)
        pages: list[tuple[str, str, str]] = []
        after = None
        while True:
            answer = office.standing.get("/deadlines", limit=2, **({} if after is None else {"after": after}))
            pages += [(each["kind"], each["status"]["code"], each["due_on"]) for each in answer.json["items"]]
            after = answer.json["next"]
            if after is None:
                break
        assert pages == whole
        assert len(whole) > 4

    def test_a_case_that_ends_leaves_nothing_running(self, office: Office, story: Story):
        story.do(office.committee, "exit", on=day(400), kind="death", document=decision("01-BC/CB", 400))
        assert listed(office.standing, status="running") == []
        assert listed(office.standing, status="overdue") == []


class TestTransfers:
    """The clocks of transfers stand in the same list: 24-QĐ/TW (30/7/2021), điểm 6.3.1."""

    ABOUT: ClassVar[dict[str, Any]] = {
        "member_id": "m1",
        "transfer_id": "t1",
        "organization_path": PATHS[CELL],
    }

    @pytest.fixture
    def under_way(self, office: Office) -> None:
        office.arrive(
            TransferStarted(
                **self.ABOUT,
                to_path=PATHS[OTHER_CELL],
                temporary=False,
                on=date(2022, 3, 4),
                due_on=date(2022, 5, 27),
            )
        )

    def test_begun(self, office: Office, under_way: None):
        assert listed(office.standing, as_of="2022-05-28") == [("transfer_start", "overdue", "2022-05-27")]

    def test_introduced_in_time(self, office: Office, under_way: None):
        office.arrive(
            TransferIntroduced(**self.ABOUT, on=date(2022, 3, 7), due_on=date(2022, 4, 19)),
        )
        assert listed(office.standing, as_of="2022-04-19") == [
            ("transfer_present", "running", "2022-04-19"),
            ("transfer_start", "met", "2022-05-27"),
        ]

    def test_completed_late(self, office: Office, under_way: None):
        office.arrive(TransferCompleted(**self.ABOUT, outcome="returned", on=date(2022, 6, 1)))
        assert listed(office.standing) == [("transfer_start", "lapsed", "2022-05-27")]
        assert listed(office.oneself("m1")) == listed(office.standing)

    def test_decided_and_not_begun(self, office: Office):
        decided = TransferDecided(
            **self.ABOUT,
            to_path=PATHS[OTHER_CELL],
            temporary=False,
            on=date(2022, 3, 1),
            due_on=date(2022, 5, 27),
            assumed=True,
        )
        office.arrive(decided)
        (clock,) = office.standing.get("/deadlines", as_of="2022-05-28").json["items"]
        assert (clock["status"]["code"], clock["assumed"]) == ("overdue", True)

    def test_a_guest(self, office: Office):
        stay = {"outcome": "accepted", "temporary": True, "until": date(2022, 9, 4)}
        office.arrive(TransferCompleted(**self.ABOUT, **stay, on=date(2022, 3, 10)))
        assert listed(office.standing, as_of="2022-09-05") == [("transfer_stay", "overdue", "2022-09-04")]
        office.arrive(
            TransferCompleted(**self.ABOUT, outcome="returned", temporary=True, on=date(2022, 9, 4))
        )
        assert listed(office.standing) == [("transfer_stay", "met", "2022-09-04")]

    def test_a_guest_whose_stay_is_told_of_later(self, office: Office):
        """As after an upgrade: the event of the acceptance did not say until when."""
        stay = {"outcome": "accepted", "temporary": True}
        office.arrive(TransferCompleted(**self.ABOUT, **stay, on=date(2022, 3, 10)))
        assert listed(office.standing) == []
        told = TransferClockTold(
            **self.ABOUT,
            kind="transfer_stay",
            started_on=date(2022, 3, 10),
            due_on=date(2022, 9, 4),
            on=date(2022, 8, 1),
        )
        office.arrive(told)
        assert listed(office.standing, as_of="2022-09-04") == [("transfer_stay", "running", "2022-09-04")]
        office.arrive(
            TransferCompleted(**self.ABOUT, outcome="returned", temporary=True, on=date(2022, 9, 6))
        )
        office.arrive(told)
        assert listed(office.standing) == [("transfer_stay", "lapsed", "2022-09-04")]


def a_group(organization: str, **told: Any) -> WorkingGroupEstablished:
    facts = {"group_id": "doan-1", "member_ids": ["m5"], "on": date(2021, 1, 4), **told}
    return WorkingGroupEstablished(
        name="Đoàn công tác",
        organization_ids=[organization],
        leader_id=None,
        decision=Document(number="1-QĐ", issued_on=date(2021, 1, 4), issuer="Đảng ủy Khối"),
        **facts,
    )


class TestWhoSeesThem:
    """The subtree of an office, and oneself."""

    @pytest.mark.parametrize(
        ("told", "member_id", "sees"),
        [
            ({}, None, True),
            ({}, "m5", True),
            ({}, "m6", False),  # the decision does not name them
            ({"on": date(2027, 1, 4)}, None, False),  # it has not begun
        ],
    )
    def test_a_working_group_by_the_decision_of_the_day(
        self, office: Office, story: Story, told, member_id, sees
    ):
        office.arrive(a_group(GRASSROOTS, **told))
        person = office.person("doan", ("working_group", GRASSROOTS), member_id=member_id)
        assert (person.get(f"/cases/{story.now['id']}").status_code == 200) is sees
        assert (person.get("/cases").json.get("items", []) != []) is sees

    def test_a_working_group_whose_time_is_over(self, office: Office, story: Story):
        group = a_group(GRASSROOTS)
        told = {name: getattr(group, name) for name in group.__struct_fields__}
        office.arrive(group)
        person = office.person("doan", ("working_group", GRASSROOTS))
        assert person.get("/deadlines").status_code == 200
        office.arrive(WorkingGroupChanged(**{**told, "on": date(2026, 11, 20), "change": "ended"}))
        for path in ("/deadlines", "/cases", f"/cases/{story.now['id']}", "/rounds"):
            assert person.get(path).status_code == 403

    @pytest.mark.parametrize(
        ("role", "organization"),
        [("cell_secretary", CELL), ("grassroots_committee", GRASSROOTS), ("working_group", GRASSROOTS)],
    )
    def test_within_their_subtree(self, office: Office, story: Story, role: Any, organization: str):
        office.arrive(a_group(GRASSROOTS))
        assert listed(office.person("ai-do", (role, organization))) == listed(office.standing)

    def test_not_outside_it(self, office: Office, story: Story):
        assert listed(office.person("ai-do", ("grassroots_committee", OTHER_GRASSROOTS))) == []

    def test_the_member_sees_their_own(self, office: Office, story: Story):
        assert listed(office.oneself("m1")) == listed(office.standing)
        assert listed(office.oneself("m2")) == []

    def test_nobody_without_an_office_in_the_procedure(self, office: Office, story: Story):
        assert office.person("kiem-toan", ("auditor", KHOI)).get("/deadlines").status_code == 403


class TestOthersLearnOfThem:
    """Each clock that a step starts or ends travels with the step's event: who reminds asks nobody."""

    def test_the_events_of_a_case_tell_of_all_its_clocks(self, office: Office, story: Story):
        case_id = story.now["id"]
        running: dict[str, str] = {}
        for raw in office.runtime.store.collection("outbox").find({"subject": case_id}).sort("_id", 1):
            for clock in msgspec.json.decode(raw["data"]).get("clocks", []):
                if clock["status"] == "running":
                    running[clock["kind"]] = clock["due_on"]
                else:
                    running.pop(clock["kind"], None)
        kept = office.runtime.store.collection("deadlines").find({"case_id": case_id, "status": "running"})
        assert running == {each["kind"]: each["due_on"] for each in kept}
        assert running
