"""Revoked access at a service: the command, who may give it, and the list that each process goes by."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from pymongo.errors import AutoReconnect

from services.reporting.service import SERVICE as REPORTING
from shared.access import revocations
from shared.access.revoked import SKEW
from shared.bus.delivery import Delivery
from shared.bus.inbox import Inbox
from shared.events.catalogue.members import AccessRevoked
from tests.support.people import holding
from tests.support.services import an_event

pytestmark = pytest.mark.integration

REVOCATIONS = "/api/members/revocations"
ORGANIZATIONS = "/api/members/organizations"


@pytest.fixture
def now(members, monkeypatch):
    """The service's clock shows the true time: what has run out the store really forgets."""
    monkeypatch.setattr(revocations, "FRESH_SECONDS", 0.0)
    instant = datetime.now(UTC).replace(microsecond=0)
    members.runtime.clock.move_to(instant)
    return instant


@pytest.fixture
def operator(members, now):
    return members.as_(holding("operator", "*"))


@pytest.fixture
def secretary(members, now):
    """A secretary with a token issued so many seconds after now."""

    def signed_in(seconds, *, subject="bi-thu"):
        issued_at = (now + timedelta(seconds=seconds)).timestamp()
        someone = holding("cell_secretary", "chi-bo-1", subject=subject)
        return members.as_(msgspec.structs.replace(someone, issued_at=issued_at))

    return signed_in


def revoke(operator, *, expect=201, **more):
    answer = operator.post(REVOCATIONS, {"subject": "bi-thu", "reason": "thôi giữ chức vụ", **more})
    assert answer.status_code == expect, answer.json
    return answer


class TestRevokedAccess:
    """A token issued before is refused, one issued later is accepted, whatever else it says."""

    def test_a_revoked_token_is_refused_and_a_later_one_accepted(self, operator, secretary):
        assert secretary(-60).get(ORGANIZATIONS).status_code == 200
        revoke(operator)
        refused = secretary(-60).get(ORGANIZATIONS)
        assert (refused.status_code, refused.json["type"]) == (401, "urn:khoi:problem:not-authenticated")
        assert "invalid_token" in refused.headers["WWW-Authenticate"]
        assert secretary(SKEW.total_seconds() - 1).get(ORGANIZATIONS).status_code == 401
        assert secretary(SKEW.total_seconds()).get(ORGANIZATIONS).status_code == 200
        assert secretary(-60, subject="bi-thu-khac").get(ORGANIZATIONS).status_code == 200

    def test_the_later_of_two_revocations_counts(self, operator, secretary, now):
        revoke(operator)
        revoke(operator, issued_before=(now - timedelta(hours=2)).isoformat())
        assert secretary(-60).get(ORGANIZATIONS).status_code == 401

    def test_the_event_and_the_audit_say_it_without_a_name(self, operator, facts_told, members):
        made = revoke(operator).json
        [(name, fact)] = facts_told()
        assert (name, fact.subject, fact.revocation_id) == ("AccessRevoked", "bi-thu", made["id"])
        entry = members.runtime.store.collection("audit").find_one({"action": "access.revoke"})
        assert (entry["subject"], entry["reason"], entry["role"]) == (
            "bi-thu",
            "thôi giữ chức vụ",
            "operator",
        )

    def test_only_whoever_gives_and_takes_roles_may(self, members, now, operator):
        for someone in (holding("cell_secretary", "chi-bo-1"), holding("organizing_board", "co-so")):
            revoke(members.as_(someone), expect=403)
            assert members.as_(someone).get(REVOCATIONS).status_code == 403
        revoke(members.as_(holding("organizing_board", "*")))

    @pytest.mark.parametrize(
        ("seconds", "code"), [(60, "instant_in_future"), (-200_000, "nothing_to_revoke")]
    )
    def test_what_cannot_be_revoked(self, operator, now, seconds, code):
        instant = (now + timedelta(seconds=seconds)).isoformat()
        answer = revoke(operator, expect=422, issued_before=instant)
        assert [each["code"] for each in answer.json["errors"]] == [code]

    def test_it_is_forgotten_once_it_has_nothing_left_to_refuse(self, operator, members, now):
        revoke(operator)
        assert len(operator.get(REVOCATIONS).json["items"]) == 1
        members.runtime.clock.move_to(now + timedelta(hours=25))
        assert operator.get(REVOCATIONS).json["items"] == []
        indexes = members.runtime.base.collection("revocations").index_information().values()
        assert [each["key"] for each in indexes if each.get("expireAfterSeconds") == 0] == [[("until", 1)]]


class TestTheList:
    """While it cannot be read the last one counts for a minute; then nobody is let in."""

    def test_a_list_that_cannot_be_read(self, operator, secretary, members, monkeypatch):
        revoke(operator)
        assert secretary(-60).get(ORGANIZATIONS).status_code == 401
        known = members.runtime.revocations

        class _Away:
            service = "members"

            def collection(self, name):
                raise AutoReconnect("away")

        monkeypatch.setattr(known, "_store", _Away())
        assert secretary(-60).get(ORGANIZATIONS).status_code == 401
        assert secretary(40).get(ORGANIZATIONS).status_code == 200
        monkeypatch.setattr(known, "_read_at", known._read_at - revocations.BELIEVED_SECONDS)
        answer = secretary(40).get(ORGANIZATIONS)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


class TestEveryService:
    """Another service keeps the revocation by its event, whatever else it does with events."""

    def test_by_the_members_topic_and_only_while_it_matters(self, open_service, now):
        reporting = open_service(REPORTING)
        reporting.runtime.clock.move_to(now)
        inbox = Inbox(reporting.runtime.unit_of_work, {}, REPORTING.batch_handler)
        for number, hours in ((1, 25), (2, -1)):
            fact = AccessRevoked(
                revocation_id=f"r{number}",
                subject=f"bi-thu-{number}",
                issued_before=now,
                until=now + timedelta(hours=hours),
            )
            event = an_event(fact, subject=f"r{number}", sequence=1)
            arrived = Delivery(
                topic="members",
                partition=0,
                offset=number,
                headers=[],
                key=f"r{number}",
                value=event.data,
                event=event,
                fact=fact,
            )
            inbox.apply([arrived], topic_ids={})
        someone = holding("cell_secretary", "chi-bo-1", subject="bi-thu-1")
        before = msgspec.structs.replace(someone, issued_at=(now - timedelta(minutes=1)).timestamp())
        after = msgspec.structs.replace(before, issued_at=(now + SKEW).timestamp())
        assert reporting.as_(before).get("/api/reporting/organizations").status_code == 401
        assert reporting.as_(after).get("/api/reporting/organizations").status_code == 200
        kept = reporting.runtime.base.collection("revocations").find({})
        assert [each["_id"] for each in kept] == ["r1"]
