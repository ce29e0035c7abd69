"""What decisions of the reviews service do to members."""

from datetime import date
from types import SimpleNamespace

import msgspec
import pytest

from services.members.handlers import HANDLERS
from shared.access.actor import system_actor
from shared.events.catalogue.members import Document
from shared.events.catalogue.reviews import (
    CaseClosed,
    CaseTransferred,
    MemberFlagged,
    MemberRemoved,
    PastCaseCorrected,
    PastCaseRecorded,
    ProgressRecognized,
    RemovalReversed,
)
from tests.integration.members.conftest import API
from tests.support.people import context_of
from tests.support.services import an_event

pytestmark = pytest.mark.integration

DECISION = Document(number="15-QĐ/ĐUK", issued_on=date(2024, 6, 1), issuer="Ban Thường vụ Đảng ủy Khối")


@pytest.fixture
def happens(members):
    """Let facts of one case happen, in order."""

    def tell(*facts):
        for sequence, fact in enumerate(facts, start=1):
            event = an_event(fact, subject=fact.case_id, sequence=sequence)
            members.runtime.unit_of_work.run(
                context_of(system_actor("members")),
                lambda tx, event=event, fact=fact: HANDLERS[type(fact)](tx, event, fact),
            )

    return tell


@pytest.fixture
def case(register):
    """The facts of one case of a newly registered member."""
    made = register(official_on=None, card_number=None)
    about = {"case_id": "c1", "member_id": made["id"], "organization_path": made["organization_path"]}

    def fact(kind, on, **more):
        return kind(**about, on=on, **more)

    fact.member_id = made["id"]
    return fact


@pytest.fixture
def record(board, case):
    return lambda: board.get(f"{API}/members/{case.member_id}").json


def flagged(case):
    return case(
        MemberFlagged,
        date(2023, 3, 1),
        criterion="C1",
        probationary=True,
        education_due_on=date(2024, 3, 1),
        profile="p",
    )


def removed(case):
    return case(
        MemberRemoved,
        date(2024, 6, 1),
        mode="name_removal",
        ground="X1",
        direct=False,
        probationary=True,
        effective_on=date(2024, 6, 10),
        decision=DECISION,
    )


class TestScreeningStatus:
    """Who is on the list is marked as listed until the case takes them off."""

    def test_listed(self, case, happens, record):
        happens(flagged(case))
        assert record()["screening_status"] == "listed"

    @pytest.fixture(
        params=[
            (ProgressRecognized, {"decided_by": "co-so", "decision": DECISION}, "none"),
            (CaseClosed, {"outcome": "other_exit"}, "none"),
            (CaseTransferred, {"to_path": None, "continues": False}, "none"),
            (CaseTransferred, {"to_path": ["khoi", "chi-bo-2"], "continues": True}, "listed"),
        ]
    )
    def step(self, request, case):
        """A later step of the listed member's case, and the status it leaves."""
        kind, more, status = request.param
        return SimpleNamespace(facts=[flagged(case), case(kind, date(2024, 2, 1), **more)], status=status)

    def test_afterwards(self, happens, record, step):
        happens(*step.facts)
        assert record()["screening_status"] == step.status

    @pytest.mark.parametrize(
        ("outcome", "status"), [("on_list", "listed"), ("recognized", "none"), ("removed", "none")]
    )
    def test_a_case_from_before_the_system_ends_no_membership(self, case, happens, record, outcome, status):
        past = case(
            PastCaseRecorded,
            date(2021, 6, 1),
            listed_on=date(2021, 6, 1),
            criterion="C3",
            outcome=outcome,
            ended_on=None if outcome == "on_list" else date(2022, 1, 1),
            mode="name_removal" if outcome == "removed" else None,
            ground=None,
            probationary=False,
            profile="p",
            education_due_on=None,
        )
        happens(past)
        assert (record()["screening_status"], record()["status"]) == (status, "probationary")

    def test_the_mark_follows_a_past_case_that_is_put_right(self, case, happens, record):
        papers = {
            "listed_on": date(2021, 6, 1),
            "criterion": "C3",
            "mode": None,
            "ground": None,
            "probationary": False,
            "profile": "p",
            "education_due_on": None,
        }
        first = case(
            PastCaseRecorded, date(2021, 6, 1), outcome="recognized", ended_on=date(2022, 1, 1), **papers
        )
        now = {"version": 2, "corrected_on": date(2023, 1, 1), "was_on_list": False}
        goes_on = case(
            PastCaseCorrected,
            date(2021, 6, 1),
            outcome="on_list",
            ended_on=None,
            withdrawn=False,
            on_list=True,
            **papers,
            **now,
        )
        gone = case(
            PastCaseCorrected,
            date(2021, 6, 1),
            outcome="on_list",
            ended_on=None,
            withdrawn=True,
            on_list=False,
            **papers,
            **now,
        )
        happens(first, goes_on)
        assert record()["screening_status"] == "listed"
        happens(gone)
        assert record()["screening_status"] == "none"

    def test_a_former_member_is_on_no_record_here(self, case, happens, members):
        reversed_ = case(RemovalReversed, date(2022, 2, 1), decision=DECISION)
        unknown = msgspec.structs.replace(reversed_, member_id="nguoi-cu")
        closed = msgspec.structs.replace(
            case(CaseClosed, date(2022, 2, 1), outcome="restored"), member_id="nguoi-cu"
        )
        happens(unknown, closed)
        audit = members.runtime.store.collection("audit").find({"subject": "nguoi-cu"})
        assert [each["action"] for each in audit] == ["membership.not_restored"]

    def test_another_case_takes_nobody_off(self, case, happens, record):
        other = CaseClosed(
            case_id="c0",
            member_id=case.member_id,
            organization_path=["khoi"],
            on=date(2024, 1, 1),
            outcome="dropped",
        )
        happens(flagged(case), other)
        assert record()["screening_status"] == "listed"


class TestRemoval:
    """A removal ends the membership and keeps how; its reversal gives it back with its earlier dates."""

    def test_the_membership_has_ended(self, case, happens, record, facts_told):
        happens(flagged(case), removed(case))
        found = record()
        assert (found["status"], found["screening_status"]) == ("left", "none")
        assert found["leaving"] == {
            "on": "2024-06-10",
            "mode": "name_removal",
            "ground": "X1",
            "decision": {"number": "15-QĐ/ĐUK", "issued_on": "2024-06-01", "issuer": DECISION.issuer},
            "case_id": "c1",
            "was_probationary": True,
        }
        name, fact = facts_told()[-1]
        assert (name, fact.mode, fact.on, fact.was_probationary) == (
            "MembershipEnded",
            "name_removal",
            date(2024, 6, 10),
            True,
        )

    def test_a_removal_told_twice_ends_it_once(self, case, happens, facts_told):
        happens(removed(case), removed(case))
        assert [name for name, _ in facts_told()].count("MembershipEnded") == 1

    def test_a_reversal_restores_it(self, case, happens, record, facts_told):
        before = record()
        happens(removed(case), case(RemovalReversed, date(2024, 12, 1), decision=DECISION))
        after = record()
        assert (after["status"], after["leaving"]) == ("probationary", None)
        assert (after["admitted_on"], after["since"]) == (before["admitted_on"], before["since"])
        assert after["reversed_leavings"][0]["case_id"] == "c1"
        name, fact = facts_told()[-1]
        assert (name, fact.status, fact.on) == ("MembershipRestored", "probationary", date(2024, 12, 1))

    def test_who_left_is_changed_no_more(self, case, happens, board, record):
        happens(removed(case))
        answer = board.patch(
            f"{API}/members/{case.member_id}",
            {"on": "2025-01-01", "gender": "male"},
            version=record()["version"],
        )
        assert answer.json["errors"][0]["code"] == "member_left"
