"""The audit of all services together: what auditors find, and what shows when somebody touched a chain."""

import csv
import io
from datetime import timedelta

import openpyxl
import orjson
import pytest

from deploy.process import definition
from services.reporting.domain.audit_chain import CHANGED, REWRITTEN
from shared.audit.chain import chained, entry_of
from shared.audit.verify import head_of
from shared.audit.watch import watch
from shared.bus.audit_log import event_of
from tests.support.people import context_of, holding
from tests.support.services import NOW

pytestmark = pytest.mark.integration

AUDIT = "/api/reporting/consolidated-audit"
AUDITOR = holding("auditor", "*")
SECRETARY = holding("cell_secretary", "chi-bo")
OFFICER = holding("organizing_board", "*")


class Chains:
    """The chains of two services, as they are written and as reporting receives them."""

    def __init__(self, reporting, open_service):
        self.reporting = reporting
        self.services = {name: open_service(definition(name)) for name in ("members", "notifications")}
        self._published = dict.fromkeys(self.services, 0)

    def happens(self, service, action, subject, *, actor=SECRETARY, **more):
        """One command: an entry, a minute after the one before."""
        runtime = self.services[service].runtime
        runtime.clock.move_to(runtime.clock.now() + timedelta(minutes=1))
        runtime.unit_of_work.run(context_of(actor), lambda tx: tx.record(action, subject, **more))

    def is_checked(self, service):
        """The service's own check of its chain, a day later."""
        runtime = self.services[service].runtime
        runtime.clock.move_to(runtime.clock.now() + timedelta(days=1, minutes=1))
        watch(runtime.store, runtime.unit_of_work, runtime.clock)

    def links(self, service):
        return self.services[service].runtime.store.collection("audit")

    def arrive(self):
        """What is not published yet reaches reporting."""
        for service, front in self.services.items():
            store, known = front.runtime.store, self._published[service]
            last, _ = head_of(store)
            events = [
                event_of(store, number, self.links(service).find_one({"_id": number}))
                for number in range(known + 1, last + 1)
            ]
            self.reporting.reads((event, None) for event in events)
            self._published[service] = last

    def ask(self, path="", **query):
        answer = self.reporting.front.as_(AUDITOR).get(f"{AUDIT}{path}", **query)
        assert answer.status_code == 200, answer.json
        return answer

    def state(self, service):
        items = self.ask("/chains").json["items"]
        return next(each for each in items if each["service"] == service)


@pytest.fixture
def chains(reporting, open_service):
    made = Chains(reporting, open_service)
    made.happens("members", "member.read", "m1", member_id="m1")
    made.happens("members", "roster.export", "chi-bo", actor=OFFICER, reason="Theo yêu cầu của đồng chí A")
    made.happens("notifications", "contact.change", "m2", member_id="m2", after="=1+1")
    made.happens("members", "member.read", "m2", member_id="m2", actor=OFFICER)
    made.arrive()
    reporting.front.runtime.clock.move_to(NOW + timedelta(hours=1))
    return made


def numbers(answer):
    return [(each["service"], each["number"]) for each in answer.json["items"]]


class TestEntries:
    """Every entry of every service, newest first, by whatever an auditor asks for."""

    def test_all_of_them(self, chains):
        answer = chains.ask()
        assert numbers(answer) == [("members", 3), ("members", 2), ("members", 1), ("notifications", 1)]
        assert answer.json["states"] == dict.fromkeys(
            ("members", "reviews", "notifications", "reporting"), "unverified"
        )

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"member_id": "m2"}, [("members", 3), ("notifications", 1)]),
            ({"action": "member.read"}, [("members", 3), ("members", 1)]),
            ({"actor": OFFICER.subject, "service": "members"}, [("members", 3), ("members", 2)]),
            ({"subject": "chi-bo"}, [("members", 2)]),
            ({"from": "2026-01-15", "to": "2026-01-15", "service": "notifications"}, [("notifications", 1)]),
            ({"to": "2026-01-14"}, []),
            ({"from": "2026-01-16"}, []),
        ],
    )
    def test_by_person_case_action_account_service_and_time(self, chains, query, found):
        assert numbers(chains.ask(**query)) == found

    def test_page_by_page(self, chains):
        found, after = [], None
        while True:
            answer = chains.ask(limit=1, service="members", **({"after": after} if after else {}))
            found += numbers(answer)
            after = answer.json["next"]
            if after is None:
                break
        assert found == [("members", 3), ("members", 2), ("members", 1)]

    def test_the_text_of_a_reason_stays_in_its_service(self, chains):
        (entry,) = chains.ask(subject="chi-bo").json["items"]
        assert entry["has_reason"]
        assert "đồng chí A" not in chains.ask().get_data(as_text=True)
        assert entry["entry"] == "/api/members/audit?number=2"
        there = chains.services["members"].as_(AUDITOR).get("/api/members/audit", number=2)
        assert [each["reason"] for each in there.json["items"]] == ["Theo yêu cầu của đồng chí A"]

    def test_each_reading_is_an_entry(self, chains):
        chains.ask(member_id="m2", action="member.read")
        last = list(chains.reporting.store.collection("audit").find().sort("_id", 1))[-1]
        assert (last["actor"], last["action"], last["member_id"], last["after"]) == (
            AUDITOR.subject,
            "audit.read",
            "m2",
            "member_id=m2; action=member.read",
        )

    def test_a_link_that_comes_twice_is_there_once(self, chains):
        chains._published["members"] = 0  # as after a lost topic
        chains.arrive()
        assert len(numbers(chains.ask(service="members"))) == 3


class TestStates:
    """Whoever touches a chain is found out, and the entry is named."""

    def test_whole(self, chains):
        chains.is_checked("members")
        chains.arrive()
        found = chains.state("members")
        assert (found["state"], found["received"], found["verified"]["good_up_to"]) == ("intact", 4, 3)

    def test_an_entry_changed_in_its_service(self, chains):
        chains.links("members").update_one({"_id": 2}, {"$set": {"actor": "somebody else"}})
        chains.is_checked("members")
        chains.arrive()
        found = chains.state("members")
        assert found["state"] == "broken"
        assert [fault["number"] for fault in found["faults"]] == [2]

    def test_an_entry_changed_before_it_was_published(self, chains):
        chains.happens("members", "member.read", "m3", member_id="m3")
        chains.links("members").update_one({"_id": 4}, {"$set": {"member_id": "m4"}})
        chains.happens("members", "member.read", "m5", member_id="m5")
        chains.arrive()
        found = chains.state("members")
        assert (found["state"], found["faults"]) == ("broken", [{"number": 4, "why": CHANGED}])

    def test_an_entry_taken_away(self, chains):
        chains.happens("members", "member.read", "m3", member_id="m3")
        chains.happens("members", "member.read", "m4", member_id="m4")
        chains.links("members").delete_one({"_id": 4})
        chains.arrive()
        found = chains.state("members")
        assert (found["state"], found["missing"], found["received"]) == ("missing", [4], 5)
        assert numbers(chains.ask(service="members"))[0] == ("members", 5)

    def test_a_past_written_anew_with_all_its_hashes(self, chains):
        store = chains.services["members"].runtime.store
        previous = "0" * 64
        for raw in list(chains.links("members").find().sort("_id", 1)):
            new = chained(entry_of({**raw, "actor": "nobody"}), number=raw["_id"], previous=previous)
            chains.links("members").replace_one({"_id": raw["_id"]}, new)
            previous = new["hash"]
        store.collection("ledger").update_one({"_id": "head"}, {"$set": {"hash": previous}})
        chains.is_checked("members")  # finds a chain that is whole
        chains.arrive()
        found = chains.state("members")
        assert found["state"] == "broken"
        assert REWRITTEN in [fault["why"] for fault in found["faults"]]

    def test_an_entry_changed_in_the_copy(self, chains):
        copy = chains.reporting.store.collection("audit_entries")
        copy.update_one({"_id": "members:000000000002"}, {"$set": {"action": "nothing"}})
        assert [each["number"] for each in chains.ask().json["items"] if not each["sound"]] == [2]


class TestFile:
    """The same entries in each format; the export and its reason are on record."""

    def test_the_formats_agree(self, chains):
        query = {"service": "members", "reason": "Kiểm tra định kỳ"}
        files = {name: chains.ask("/file", format=name, **query).data for name in ("json", "csv", "xlsx")}
        expected = [3, 2, 1]
        assert [each["number"] for each in orjson.loads(files["json"])["entries"]] == expected
        rows = list(csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"))))
        assert [int(row["number"]) for row in rows] == expected
        book = openpyxl.load_workbook(io.BytesIO(files["xlsx"]))
        assert [row[1] for row in book["Nhật ký"].iter_rows(min_row=2, values_only=True)] == expected
        chain = next(row for row in book["Các chuỗi"].iter_rows(min_row=3, values_only=True))
        assert chain[:3] == ("members", "chưa được kiểm tra", 3)

    def test_no_formula_comes_out_of_an_entry(self, chains):
        query = {"service": "notifications", "reason": "Kiểm tra định kỳ"}
        (row,) = csv.DictReader(
            io.StringIO(chains.ask("/file", format="csv", **query).data.decode("utf-8-sig"))
        )
        assert row["after"] == "'=1+1"
        sheet = openpyxl.load_workbook(io.BytesIO(chains.ask("/file", format="xlsx", **query).data))[
            "Nhật ký"
        ]
        assert {cell.data_type for cell in sheet[2]} <= {"s", "n", "d"}

    def test_it_is_on_record_with_its_reason(self, chains):
        chains.ask("/file", format="json", reason="Kiểm tra định kỳ", member_id="m1")
        last = list(chains.reporting.store.collection("audit").find().sort("_id", 1))[-1]
        assert (last["action"], last["reason"], last["before"]) == (
            "audit.export",
            "Kiểm tra định kỳ",
            "member_id=m1",
        )
