"""History imports: upload, preview, execution, over HTTP and a real Mongo-wire server."""

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest

from services.reviews.history import execution
from services.reviews.history.job import run_history_imports
from shared.audit.verify import verify
from shared.events.catalogue.members import MemberErased, MembershipEnded
from shared.workbook.limits import WorkbookLimits
from tests.integration.reviews.conftest import CELL, GRASSROOTS, KHOI, OTHER_CELL, PATHS, Story
from tests.integration.reviews.pasts import (
    BORN,
    CARD,
    IMPORTS,
    NAME,
    board,
    cases,
    executed,
    in_cell,
    known,
    previewed,
    refused,
    upload_history,
)
from tests.unit.reviews.pasts import FIRST_ROW, a_workbook

pytestmark = pytest.mark.integration

ON_LIST = {"outcome": "còn trong danh sách", "listed_on": "02/03/2026", "criterion": "C1", "ended_on": None}


def killed(*_, **__):
    raise KeyboardInterrupt


class TestImported:
    """What the preview found sound is in the records once, marked as historical, with events and audit."""

    def test_a_case_that_ended(self, office):
        office.arrive(known("hoa"))
        done = executed(office, a_workbook(in_cell(listing_base=12, listing_for=9)))
        assert (done["state"], done["imported_cases"], done["rows_refused"]) == ("done", 1, 0)
        (row,) = cases(office)
        assert (row["historical"], row["member_id"], row["open"]) == (True, "hoa", False)
        seen = office.standing.get(f"/cases/{row['id']}").json
        assert (seen["state"]["code"], seen["closed_on"]) == ("progress_recognized", "2020-06-01")
        assert seen["past"]["outcome"]["code"] == "recognized"
        assert (seen["past"]["decision_number"], seen["past"]["person"]) == (None, None)
        assert seen["past"]["listing_vote"]["shown"] is False
        assert (seen["recognition"], seen["ballots"], seen["guidance"]) == (None, [], None)
        assert office.outbox(row["id"]) == ["PastCaseRecorded"]
        assert office.audited(row["id"])[0] == "case.import"
        assert verify(office.runtime.store).intact

    def test_the_member_sees_their_own(self, office):
        office.arrive(known("hoa"))
        executed(office, a_workbook(in_cell()))
        (own,) = office.oneself("hoa").get("/me").json["items"]
        assert (own["historical"], own["past"]["ended_on"]) == (True, "2020-06-01")

    def test_old_votes_are_shown_to_the_level_that_voted(self, office):
        office.arrive(known("hoa"))
        executed(office, a_workbook(in_cell(listing_base=12, listing_for=9)))
        seen = office.secretary.get(f"/cases/{cases(office)[0]['id']}").json
        assert seen["past"]["listing_vote"] == {"shown": True, "base": 12, "in_favour": 9}

    def test_a_former_member_is_known_by_the_case_alone(self, office):
        seen = previewed(office, a_workbook(in_cell()))
        assert (seen["rows_ok"], seen["former_members"]) == (1, 1)
        notes = board(office, KHOI).get(f"{IMPORTS}/{seen['id']}/rows", kind="note").json["items"]
        assert [note["code"] for note in notes] == ["former_member"]
        executed(office, a_workbook(in_cell()))
        case = office.standing.get(f"/cases/{cases(office)[0]['id']}").json
        assert case["past"]["person"] == {
            "full_name": NAME,
            "birth_date": BORN.isoformat(),
            "card_number": None,
        }
        told = office.runtime.store.collection("outbox").find_one({"subject": case["id"]})
        assert NAME.encode() not in bytes(str(told), "utf-8")

    def test_a_case_on_the_list_goes_on_under_the_normal_rules(self, office):
        office.arrive(known("hoa"))
        executed(office, a_workbook(in_cell(**ON_LIST)))
        (row,) = cases(office)
        assert (row["open"], office.deadlines(row["id"])) == (True, [("education_end", "running")])
        assert [each["historical"] for each in office.secretary.get("/deadlines").json["items"]] == [True]
        story = Story(office, row)
        story.do(office.secretary, "helpers", on="2026-03-20", members=["m2", "m3"])
        assert (story.state, story.now["historical"]) == ("in_education", True)
        assert office.outbox(row["id"]) == ["PastCaseRecorded", "HelpersAssigned"]

    def test_a_killed_worker_is_followed_without_doubling(self, office, monkeypatch):
        office.arrive(
            *(known(f"n{n}", full_name="Trần Văn Ba", birth_date=date(1970, 1, n)) for n in (1, 2, 3))
        )
        monkeypatch.setattr("services.reviews.history.preview.BATCH_ROWS", 1)
        people = [in_cell(name="Trần Văn Ba", birth_date=f"0{n}/01/1970") for n in (1, 2, 3)]
        person = board(office, KHOI)
        seen = previewed(office, a_workbook(*people))
        person.post(f"{IMPORTS}/{seen['id']}/execute", {}, version=seen["version"])
        written = execution._write
        with monkeypatch.context() as patched:
            patched.setattr(
                execution,
                "_write",
                lambda tx, found, rows: killed() if found.next_batch else written(tx, found, rows),
            )
            with pytest.raises(KeyboardInterrupt):
                run_history_imports(office.runtime)
        assert len(cases(office)) == 1
        office.runtime.clock.move_to(office.runtime.clock.now() + timedelta(seconds=16))
        run_history_imports(office.runtime)
        done = person.get(f"{IMPORTS}/{seen['id']}").json
        assert (done["state"], done["imported_cases"]) == ("done", 3)
        assert sorted(row["member_id"] for row in cases(office)) == ["n1", "n2", "n3"]


class TestPutRight:
    """A case that was taken over wrongly is corrected or withdrawn by the organising board, and nobody else."""

    def imported(self, office, **row):
        office.arrive(known("hoa"))
        executed(office, a_workbook(in_cell(**row)))
        return Story(office, office.standing.get(f"/cases/{cases(office)[0]['id']}").json)

    def papers(self, **told):
        return {"status": "official", "outcome": "recognized", "criterion": "L1", **told}

    def test_a_correction_is_a_new_version_with_its_reason(self, office):
        story = self.imported(office, listing_base=12, listing_for=9)
        vote = {"base": 12, "votes_for": 9}
        past = self.papers(
            listed_on="2019-07-01", ended_on="2020-06-01", listing_vote=vote, decided_by="Đảng ủy"
        )
        story.do(board(office, KHOI), "past-correction", on="2026-11-20", reason="đọc nhầm", past=past)
        (before,) = story.now["replaced_pasts"]
        assert (story.now["past"]["listed_on"], before["past"]["listed_on"]) == ("2019-07-01", "2019-06-01")
        assert (before["reason"], before["until"], story.now["opened_on"]) == (
            "đọc nhầm",
            "2026-11-20",
            "2019-07-01",
        )
        assert office.outbox(story.now["id"]) == ["PastCaseRecorded", "PastCaseCorrected"]
        assert office.audited(story.now["id"])[-1] == "case.correct_past"
        own = office.oneself("hoa").get("/me").json["items"][0]
        assert own["replaced_pasts"][0]["past"]["listed_on"] == "2019-06-01"
        timeline = office.oneself("hoa").get(f"/cases/{story.now['id']}/timeline").json["items"]
        commands = [each["command"] for each in timeline]
        assert commands == ["take_over_past_case", "take_over_past_case", "correct_past_case"]

    def test_a_reason_that_may_tell_a_vote_is_for_whoever_sees_the_vote(self, office):
        story = self.imported(office, listing_base=12, listing_for=9)
        vote = {"base": 12, "votes_for": 8}
        past = self.papers(listed_on="2019-06-01", ended_on="2020-06-01", listing_vote=vote)
        story.do(
            board(office, KHOI), "past-correction", on="2026-11-20", reason="8 phiếu, không phải 9", past=past
        )
        seen = [each.get(f"/cases/{story.now['id']}").json for each in (office.secretary, office.standing)]
        assert [each["replaced_pasts"][0]["reason"] for each in seen] == ["8 phiếu, không phải 9", None]

    def test_a_withdrawn_case_makes_room_for_the_right_one(self, office):
        story = self.imported(office, **ON_LIST)
        story.do(board(office, KHOI), "past-withdrawal", on="2026-11-20", reason="nhầm người")
        assert (story.state, office.deadlines(story.now["id"])) == ("withdrawn", [("education_end", "met")])
        executed(office, a_workbook(in_cell(**ON_LIST)))
        assert sorted(row["open"] for row in cases(office)) == [False, True]

    def test_a_correction_into_the_time_of_another_case(self, office):
        story = self.imported(office)
        executed(office, a_workbook(in_cell(listed_on="02/06/2021", ended_on="02/06/2022", criterion="C3")))
        past = self.papers(listed_on="2019-06-01", ended_on="2021-07-01")
        answer = story.tried(board(office, KHOI), "past-correction", on="2026-11-20", reason="x", past=past)
        assert answer.json["errors"][0]["code"] == "case_known"

    def test_whoever_left_the_cell_is_not_put_on_its_list_again(self, office):
        story = self.imported(office)
        office.arrive(
            MembershipEnded(
                member_id="hoa",
                organization_path=PATHS[CELL],
                on=date(2026, 1, 1),
                mode="death",
                ground=None,
                decision=None,
                case_id=None,
                was_probationary=False,
            )
        )
        past = self.papers(outcome="on_list", listed_on="2026-03-01", criterion="C3")
        answer = story.tried(board(office, KHOI), "past-correction", on="2026-11-20", reason="x", past=past)
        assert answer.json["errors"][0]["code"] == "not_in_the_cell"

    def test_an_ordinary_case_is_not_corrected_in_this_way(self, office, a_story):
        story = a_story().listed()
        answer = story.tried(
            board(office, KHOI), "past-correction", on="2026-11-20", reason="x", past=self.papers()
        )
        assert (answer.status_code, answer.json["code"]) == (409, "not_a_past_case")


class TestWhoItIsAbout:
    """A person is recognised by card, or by name with birth date; never by the name alone."""

    def test_by_an_earlier_card(self, office):
        office.arrive(known("hoa", card_number=CARD, birth_date=None))
        done = executed(office, a_workbook(in_cell(card=CARD, birth_date=None)))
        assert (done["imported_cases"], cases(office)[0]["member_id"]) == (1, "hoa")

    @pytest.mark.parametrize(
        ("people", "row", "code"),
        [
            ([known("hoa", full_name="Lê Văn Khác", card_number=CARD)], {"card": CARD}, "card_of_other"),
            ([known("hoa"), known("hoa-2")], {}, "person_ambiguous"),
            (
                [known("hoa"), known("hoa-2", card_number=CARD, birth_date=None)],
                {"card": CARD},
                "person_contradicts",
            ),
            ([], {"standing": None}, "standing_missing"),
            ([], ON_LIST, "not_on_roster"),
            ([known("hoa", OTHER_CELL)], ON_LIST, "cell_differs"),
        ],
    )
    def test_a_row_that_leaves_it_open_is_refused(self, office, people, row, code):
        if people:
            office.arrive(*people)
        seen = previewed(office, a_workbook(in_cell(**row)))
        assert refused(office, seen) == [(FIRST_ROW, code)]

    def test_whoever_left_by_the_papers_and_is_on_the_roster_is_pointed_out(self, office):
        office.arrive(known("hoa"))
        seen = previewed(office, a_workbook(in_cell(outcome="từ trần")))
        notes = board(office, KHOI).get(f"{IMPORTS}/{seen['id']}/rows", kind="note").json["items"]
        assert (seen["rows_ok"], [note["code"] for note in notes]) == (1, ["still_on_roster"])

    def test_nobody_passes_for_a_former_member_on_a_roster_without_marks(self, office):
        office.arrive(known("hoa"))
        office.runtime.store.collection("roster").update_one({"_id": "hoa"}, {"$unset": {"marks": ""}})
        seen = previewed(office, a_workbook(in_cell()))
        assert (seen["state"], seen["problem"]["code"]) == ("failed", "roster_outdated")

    def test_whoever_was_erased_is_recognised_no_more(self, office):
        office.arrive(known("hoa"), MemberErased(member_id="hoa", on=date(2026, 1, 1)))
        assert previewed(office, a_workbook(in_cell()))["former_members"] == 1


class TestRefused:
    """Cases that are there already, rows that contradict each other, and files that are no form."""

    def test_a_case_twice_in_the_file(self, office):
        office.arrive(known("hoa"))
        later = in_cell(listed_on="02/06/2020", ended_on="02/06/2021")
        seen = previewed(office, a_workbook(in_cell(), in_cell(), later))
        assert (seen["rows_ok"], refused(office, seen)) == (
            1,
            [(FIRST_ROW, "case_twice"), (FIRST_ROW + 1, "case_twice")],
        )

    def test_a_case_that_is_in_the_records(self, office):
        office.arrive(known("hoa"))
        executed(office, a_workbook(in_cell()))
        assert refused(office, previewed(office, a_workbook(in_cell()))) == [(FIRST_ROW, "case_known")]

    def test_a_member_whose_case_is_open_is_not_on_the_list_once_more(self, office):
        office.arrive(known("hoa"))
        Story(office).propose("hoa")
        seen = previewed(office, a_workbook(in_cell(**ON_LIST)))
        assert refused(office, seen) == [(FIRST_ROW, "case_known")]

    def test_what_was_recorded_since_the_preview(self, office):
        office.arrive(known("hoa"))
        person = board(office, KHOI)
        first = previewed(office, a_workbook(in_cell()))
        executed(office, a_workbook(in_cell()))
        person.post(f"{IMPORTS}/{first['id']}/execute", {}, version=first["version"])
        run_history_imports(office.runtime)
        done = person.get(f"{IMPORTS}/{first['id']}").json
        assert (done["imported_cases"], done["rows_refused"]) == (0, 1)
        assert refused(office, done) == [(FIRST_ROW, "changed_meanwhile")]
        assert len(cases(office)) == 1

    def test_nobody_imports_a_case_of_their_own(self, office):
        office.arrive(known("hoa"))
        oneself = board(office, KHOI, member_id="hoa")
        assert refused(office, previewed(office, a_workbook(in_cell()), by=oneself)) == [
            (FIRST_ROW, "own_case")
        ]

    def test_an_organisation_outside_the_importers_subtree(self, office):
        person = board(office, GRASSROOTS)
        seen = previewed(office, a_workbook(in_cell(), in_cell(OTHER_CELL)), by=person)
        assert (seen["rows_ok"], refused(office, seen)) == (1, [(FIRST_ROW + 1, "outside_subtree")])

    def test_whoever_may_not_import(self, office):
        assert upload_history(office, a_workbook(in_cell()), by=office.standing).status_code == 403

    def test_a_file_that_is_no_workbook(self, office):
        answer = upload_history(office, BytesIO(b"khong phai"))
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "not_a_workbook")

    def test_a_file_that_is_too_large(self, office, monkeypatch):
        monkeypatch.setattr("services.reviews.api.history.LIMITS", WorkbookLimits(file_bytes=1000))
        assert upload_history(office, a_workbook(in_cell())).status_code == 413

    def test_the_reading_of_rows_is_on_the_record(self, office):
        seen = previewed(office, a_workbook(in_cell(outcome="xong")))
        refused(office, seen)
        assert office.audited(seen["id"]) == [
            "import.upload",
            "import.previewed",
            "import.read",
            "import.read_rows",
        ]


class TestTemplate:
    """The empty form can be had by whoever may import."""

    def test_it_is_a_workbook_with_explanations(self, office):
        answer = board(office, KHOI).get(f"{IMPORTS}/template")
        assert openpyxl.load_workbook(BytesIO(answer.data)).sheetnames == ["Vụ việc", "Hướng dẫn"]
