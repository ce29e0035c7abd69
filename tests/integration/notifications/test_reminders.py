"""Reminders and escalation from the deadlines that events tell of."""

import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime

import msgspec
import pytest

from services.notifications.reminders import remind
from shared.events.catalogue.members import (
    OrganizationEstablished,
    TransferClockTold,
    TransferCompleted,
    TransferIntroduced,
)
from shared.events.catalogue.reviews import (
    CaseClosed,
    CellReviewReported,
    Clock,
    EducationExtended,
    RoundClosed,
    RoundOpened,
)
from shared.store.unit_of_work import Transaction
from tests.integration.notifications.conftest import CASE, FLAGGED, HELPED, PATH
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

SECRETARY = holding("cell_secretary", "chi-bo")
COMMITTEE = holding("grassroots_committee", "co-so")
STANDING = holding("standing_committee", "khoi")


def running(kind, due_on):
    return Clock(kind=kind, due_on=due_on, status="running")


def listed(due_on, on=date(2025, 1, 15)):
    """The member is on the list, and the end of the education runs."""
    clocks = [running("education_end", due_on)]
    return msgspec.structs.replace(FLAGGED, on=on, education_due_on=due_on, clocks=clocks)


def extended(until, on):
    clocks = [
        Clock(kind="education_end", due_on=date(2026, 1, 16), status="met"),
        running("education_end", until),
    ]
    return EducationExtended(**CASE, on=on, until=until, clocks=clocks)


def an_organization(name, parent, *, is_cell=False, path):
    return OrganizationEstablished(
        organization_id=name,
        name=name,
        code=None,
        level="cell" if is_cell else "grassroots",
        is_cell=is_cell,
        parent_id=parent,
        organization_path=path,
        on=date(2020, 1, 1),
    )


TREE = [
    an_organization("khoi", None, path=["khoi"]),
    an_organization("co-so", "khoi", path=["khoi", "co-so"]),
    an_organization("chi-bo", "co-so", is_cell=True, path=PATH),
    an_organization("chi-bo-2", "co-so", is_cell=True, path=["khoi", "co-so", "chi-bo-2"]),
]
ROUND = RoundOpened(
    round_id="r1",
    name="Đợt rà soát",
    organization_path=["khoi"],
    on=date(2025, 12, 1),
    due_on=date(2026, 1, 16),
    profile="p",
)


@pytest.fixture
def on_day(inbox):
    """Let the worker come by at ten o'clock of a day in Vietnam."""

    def come(day, hour=10):
        inbox.runtime.clock.move_to(datetime(day.year, day.month, day.day, hour - 7, tzinfo=UTC))
        remind(inbox.runtime)

    return come


@pytest.fixture
def reminded(inbox):
    """The titles of the reminders in somebody's inboxes, oldest first."""

    def titles(actor):
        items = inbox.as_(actor).get("/api/notifications/inbox/messages").json["items"]
        return [item["title"] for item in reversed(items) if item["event_type"].endswith("Reminder.v1")]

    return titles


class TestOneDeadline:
    """Before, on and after the due day, then upward; what moves or is met is not reminded of."""

    def test_the_steps_go_upward(self, happens, on_day, reminded):
        happens(listed(date(2026, 1, 16)))
        on_day(date(2026, 1, 9))
        assert reminded(SECRETARY) == ["Sắp đến hạn: hết thời hạn giáo dục, giúp đỡ, hạn ngày 16/01/2026"]
        on_day(date(2026, 1, 21))
        assert reminded(SECRETARY)[1:] == ["Quá hạn: hết thời hạn giáo dục, giúp đỡ, hạn ngày 16/01/2026"]
        assert reminded(COMMITTEE) == []
        on_day(date(2026, 1, 23))
        assert len(reminded(COMMITTEE)) == 1
        assert reminded(STANDING) == []
        on_day(date(2026, 2, 6))
        assert len(reminded(STANDING)) == 1

    def test_the_same_day_reminds_once(self, happens, on_day, reminded):
        happens(listed(date(2026, 1, 16)))
        on_day(date(2026, 1, 9))
        on_day(date(2026, 1, 9), hour=11)
        assert len(reminded(SECRETARY)) == 1

    def test_one_that_moves_has_its_reminders_anew(self, happens, on_day, reminded):
        happens(listed(date(2026, 1, 16)))
        on_day(date(2026, 1, 9))
        happens(extended(date(2026, 7, 16), on=date(2026, 1, 12)))
        on_day(date(2026, 1, 23))
        assert len(reminded(SECRETARY)) == 1
        on_day(date(2026, 7, 9))
        assert reminded(SECRETARY)[1:] == ["Sắp đến hạn: hết thời hạn giáo dục, giúp đỡ, hạn ngày 16/07/2026"]

    def test_one_that_is_met_is_not_reminded_of(self, happens, on_day, reminded):
        happens(listed(date(2026, 1, 16)), CaseClosed(**CASE, on=date(2026, 1, 5), outcome="recognized"))
        on_day(date(2026, 1, 23))
        assert reminded(SECRETARY) == []

    def test_helpers_are_reminded(self, happens, on_day, reminded):
        happens(listed(date(2026, 3, 6)), HELPED)
        on_day(date(2026, 3, 6))
        assert len(reminded(SECRETARY)) == 1
        happens(msgspec.structs.replace(HELPED, clocks=[running("follow_up", date(2026, 3, 20))]))
        on_day(date(2026, 3, 17))
        assert len(reminded(a_member("h1"))) == 1

    @pytest.mark.parametrize(("day", "hour"), [(date(2026, 1, 17), 10), (date(2026, 1, 16), 22)])
    def test_nobody_is_reminded_on_days_off_and_at_night(self, happens, on_day, reminded, day, hour):
        happens(listed(date(2026, 1, 16)))
        on_day(day, hour)
        assert reminded(SECRETARY) == []

    def test_a_transfer_is_reminded_of_until_it_is_done(self, happens, on_day, reminded):
        transfer = {"member_id": "m1", "transfer_id": "t1", "organization_path": PATH}
        happens(TransferIntroduced(**transfer, on=date(2025, 12, 1), due_on=date(2026, 1, 16)))
        on_day(date(2026, 1, 9))
        assert len(reminded(a_member("m1"))) == 1
        happens(TransferCompleted(**transfer, outcome="accepted", on=date(2026, 1, 12)))
        on_day(date(2026, 1, 23))
        assert len(reminded(a_member("m1"))) == 1

    def test_a_stay_that_is_told_of_later_is_reminded_of_once(self, happens, on_day, reminded):
        stay = {"member_id": "m1", "transfer_id": "t1", "organization_path": PATH}
        happens(TransferCompleted(**stay, outcome="accepted", temporary=True, on=date(2025, 7, 16)))
        due_on = date(2026, 1, 16)
        told = TransferClockTold(
            **stay, kind="transfer_stay", started_on=date(2025, 7, 16), due_on=due_on, on=date(2025, 12, 1)
        )
        happens(told)
        on_day(date(2026, 1, 9))
        first = reminded(a_member("m1"))
        assert len(first) == 1
        happens(told)
        assert reminded(a_member("m1")) == first


class TestARound:
    """Cells that have not reported are reminded; those above hear how many they are."""

    def test_only_those_that_have_not_reported(self, happens, on_day, reminded):
        happens(*TREE, ROUND)
        reported = CellReviewReported(
            round_id="r1", organization_path=PATH, on=date(2026, 1, 8), reviewed=12, proposed=0
        )
        happens(reported)
        on_day(date(2026, 1, 23))
        assert reminded(SECRETARY) == []
        assert reminded(COMMITTEE) == [
            "Quá hạn: báo cáo kết quả rà soát (1 chi bộ chưa báo cáo), hạn ngày 16/01/2026"
        ]

    def test_a_closed_round_is_over_also_when_its_opening_comes_late(self, happens, on_day, reminded):
        happens(
            *TREE,
            RoundClosed(round_id="r1", organization_path=["khoi"], on=date(2026, 1, 9), not_reported=[]),
        )
        happens(ROUND)
        on_day(date(2026, 1, 23))
        assert reminded(COMMITTEE) == []


class PowerCutError(BaseException):
    """The worker is gone in the middle of a transaction."""


@contextmanager
def power_cut(monkeypatch, *, after=0):
    """Let the worker die in its transaction, once *after* others went well."""
    flush, passed = Transaction.flush, []

    def cut(tx):
        if len(passed) == after:
            raise PowerCutError
        passed.append(tx)
        flush(tx)

    with monkeypatch.context() as patched:
        patched.setattr(Transaction, "flush", cut)
        with pytest.raises(PowerCutError):
            yield


class TestAfterAStandstill:
    """What came due meanwhile is gathered, and nothing is there twice."""

    def test_what_is_overdue_is_one_message(self, inbox, happens, on_day, reminded):
        for number in range(5):
            case = {"case_id": f"c{number}", "member_id": f"m{number}"}
            happens(msgspec.structs.replace(listed(date(2026, 1, 12 + number)), **case))
        on_day(date(2026, 1, 23))
        assert reminded(SECRETARY) == ["Có 5 thời hạn cần xử lý, trong đó 5 đã quá hạn"]
        (message,) = [
            item
            for item in inbox.as_(SECRETARY).get("/api/notifications/inbox/messages").json["items"]
            if item["items"]
        ]
        assert [item["case_id"] for item in message["items"]] == [f"c{number}" for number in range(5)]

    def test_killed_before_the_commit_nothing_was_said_and_nothing_is_lost(
        self, inbox, happens, on_day, reminded, monkeypatch
    ):
        happens(listed(date(2026, 1, 16)))
        with power_cut(monkeypatch):
            on_day(date(2026, 1, 9))
        assert reminded(SECRETARY) == []
        on_day(date(2026, 1, 9))
        on_day(date(2026, 1, 9))
        assert len(reminded(SECRETARY)) == 1

    def test_two_workers_at_once_remind_once(self, inbox, happens, reminded):
        happens(listed(date(2026, 1, 16)))
        inbox.runtime.clock.move_to(datetime(2026, 1, 9, 3, tzinfo=UTC))
        workers = [threading.Thread(target=remind, args=(inbox.runtime,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(reminded(SECRETARY)) == 1


class TestDigest:
    """Whoever wants it gets one a week, whatever happens to the worker."""

    def test_killed_in_the_middle_each_has_one_in_the_end(self, inbox, on_day, monkeypatch):
        people = [holding("cell_secretary", "chi-bo", subject=f"bi-thu-{number}") for number in range(3)]
        for person in people:
            inbox.as_(person).patch("/api/notifications/contact", {"digest": True}, version=0)
        with power_cut(monkeypatch, after=1):  # one of the three has theirs
            on_day(date(2026, 1, 19))
        on_day(date(2026, 1, 19))
        on_day(date(2026, 1, 20))
        for person in people:
            items = inbox.as_(person).get("/api/notifications/inbox/messages").json["items"]
            assert len([item for item in items if item["event_type"].endswith("Digest.v1")]) == 1

    def test_once_a_week(self, inbox, happens, on_day):
        happens(listed(date(2026, 1, 16)))
        secretary = inbox.as_(SECRETARY)
        inbox.runtime.clock.move_to(datetime(2026, 1, 11, tzinfo=UTC))
        secretary.patch("/api/notifications/contact", {"digest": True}, version=0)
        for day in (11, 12, 13, 19):
            on_day(date(2026, 1, day))
        items = secretary.get("/api/notifications/inbox/messages").json["items"]
        digests = [item["title"] for item in reversed(items) if item["event_type"].endswith("Digest.v1")]
        assert digests == [
            "Tổng hợp trong tuần: 2 thông báo chưa đọc, 1 thời hạn trong bảy ngày tới, 0 thời hạn đã quá hạn",
            "Tổng hợp trong tuần: 4 thông báo chưa đọc, 0 thời hạn trong bảy ngày tới, 1 thời hạn đã quá hạn",
        ]
