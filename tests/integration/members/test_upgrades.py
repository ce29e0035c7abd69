"""Records of earlier versions after ``khoi upgrade``: found and listed like those of today."""

from datetime import date

import pytest

from services.members.upgrades import STEPS
from shared.access.actor import Context, system_actor
from shared.programs import finish_upgrade, unfinished
from shared.store.data_steps import pass_over
from tests.support.people import holding

pytestmark = pytest.mark.integration

API = "/api/members"
CONTEXT = Context(actor=system_actor("test"), request_id="request", correlation_id="correlation")
LETTER = {"number": "15-GGT/ĐU", "issued_on": "2022-03-07", "issuer": "Đảng ủy cơ sở"}


@pytest.fixture
def upgrade(members):
    """What ``khoi upgrade`` does to the service."""

    def done():
        return finish_upgrade(members.runtime, context=CONTEXT)

    return done


class TestSearchTerms:
    """Whoever left before the upgrade is known again by name and birth date."""

    def test_a_former_member_is_warned_of_again(self, members, board, register, upgrade):
        former = register(birth_date="1980-05-06")
        store = members.runtime.store
        store.collection("members").update_one(
            {"_id": former["id"]},
            {
                "$set": {
                    "current": False,
                    "leaving": {"on": "2024-01-01", "mode": "name_removal", "was_probationary": False},
                    "search_terms": ["le", "thi", "thu"],
                }
            },
        )
        again = {
            "birth_date": "1980-05-06",
            "admitted_on": "2025-02-03",
            "official_on": None,
            "since": "2025-03-01",
        }
        assert register(**again)["warnings"] == []
        assert upgrade().changed["members.search-terms.2026-11"] == 1
        assert "readmission_early" in [each["code"] for each in register(**again)["warnings"]]

    def test_the_record_stays_what_it_is(self, members, board, register, upgrade):
        made = register()
        members.runtime.store.collection("members").update_one(
            {"_id": made["id"]}, {"$set": {"search_terms": []}}
        )
        upgrade()
        assert board.get(f"{API}/members/{made['id']}").json["version"] == made["version"]
        assert [each["id"] for each in board.get(f"{API}/members", q="thử lê").json["items"]] == [made["id"]]


class TestTransferClocks:
    """What was on its way before clocks were kept is due like the rest."""

    @pytest.fixture
    def receiver(self, members):
        return members.as_(holding("cell_secretary", "chi-bo-2"))

    @pytest.fixture
    def begun(self, members, register):
        """A transfer begun by today's version and stored as an earlier one would have."""
        sender = members.as_(holding("cell_secretary", "chi-bo-1"))

        def made(**given):
            member = register()
            body = {"to_cell_id": "chi-bo-2", "decided_on": "2022-03-01", "on": "2022-03-04", **given}
            transfer = sender.post(
                f"{API}/members/{member['id']}/transfers", body, version=member["version"]
            ).json
            step = {"on": "2022-03-07", "letter": LETTER}
            return sender.post(
                f"{API}/transfers/{transfer['id']}/introduction", step, version=transfer["version"]
            ).json

        return made

    @pytest.fixture
    def forget_clocks(self, members):
        def forgotten(*fields):
            store = members.runtime.store
            store.collection("transfer_clocks").delete_many({})
            gone = dict.fromkeys(("clocks", *fields), "")
            store.collection("transfers").update_many(
                {}, {"$unset": gone, "$set": {"due_order": "2022-04-19 x"}}
            )

        return forgotten

    def clocks(self, caller):
        found = caller.get(f"{API}/deadlines", as_of="2022-09-05").json["items"]
        return [(each["kind"], each["status"]["code"], each["due_on"]) for each in found]

    def test_on_the_way(self, receiver, begun, forget_clocks, upgrade):
        transfer = begun()
        before = self.clocks(receiver)
        forget_clocks()
        assert self.clocks(receiver) == []
        assert upgrade().changed["members.transfer-clocks.2026-11"] == 1
        assert (
            self.clocks(receiver)
            == before
            == [
                ("transfer_present", "overdue", "2022-04-19"),
                ("transfer_start", "met", "2022-05-27"),
            ]
        )
        taken = receiver.post(
            f"{API}/transfers/{transfer['id']}/acceptance", {"on": "2022-04-20"}, version=transfer["version"]
        )
        assert (taken.status_code, taken.json["late"]) == (200, ["transfer_present"])

    def test_a_guest_who_has_stayed_since(self, receiver, begun, forget_clocks, upgrade, facts_told):
        transfer = begun(temporary_until="2022-09-04")
        stay = receiver.post(
            f"{API}/transfers/{transfer['id']}/acceptance", {"on": "2022-03-08"}, version=transfer["version"]
        ).json
        forget_clocks("clock", "due_on")  # stays had no clock at all
        upgrade()
        assert ("transfer_stay", "overdue", "2022-09-04") in self.clocks(receiver)
        (name, fact) = facts_told()[-1]
        assert (name, fact.kind, fact.due_on) == ("TransferClockTold", "transfer_stay", date(2022, 9, 4))
        assert fact.organization_path[-1] == "chi-bo-2"
        over = receiver.post(
            f"{API}/transfers/{transfer['id']}/end-of-stay", {"on": "2022-09-06"}, version=stay["version"]
        )
        assert (over.status_code, over.json["late"]) == (200, ["transfer_stay"])

    def test_what_has_ended_is_not_told_of(self, receiver, begun, upgrade, facts_told):
        transfer = begun()
        receiver.post(
            f"{API}/transfers/{transfer['id']}/acceptance", {"on": "2022-03-08"}, version=transfer["version"]
        )
        assert upgrade().changed["members.transfer-clocks-told.2026-11"] == 0
        assert "TransferClockTold" not in [name for name, _ in facts_told()]

    def test_who_came_in(self, receiver, bloc, forget_clocks, upgrade):
        receiver.post(
            f"{API}/transfers/in",
            {
                "cell_id": "chi-bo-2",
                "place": "Đảng bộ nơi khác",
                "letter": LETTER,
                "on": "2022-05-30",
                "full_name": "Trần Văn Thử",
                "admitted_on": "2015-02-03",
                "official_on": "2016-02-03",
            },
        )
        before = self.clocks(receiver)
        forget_clocks()
        upgrade()
        assert self.clocks(receiver) == before == [("transfer_present", "lapsed", "2022-04-19")]


class TestWhatIsLeft:
    """It is told before, and nothing of it is left afterwards."""

    def test_told_and_done(self, members, register, upgrade):
        register()
        store = members.runtime.store
        store.collection("members").create_index([("search_terms", 1)])
        pass_over(store, STEPS)
        left = unfinished(members.runtime)
        assert [step.name for step in left.steps] == ["members.search-terms.2026-11"]
        assert [index.keys for index in left.indexes] == [(("search_terms", 1),)]
        assert upgrade().dropped == ["members.search_terms_1"]
        assert not unfinished(members.runtime).left
