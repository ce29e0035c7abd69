"""DS_DANGVIEN.xlsx over the records: what is sure updates, what is near waits for a person."""

from datetime import timedelta

import pytest

from services.members.imports import execution
from services.members.imports.job import run_imports
from tests.integration.members.conftest import API, IMPORTS, version_of
from tests.integration.members.rosters import person, workbook
from tests.support.people import holding
from tests.unit.members.test_member_list import NINE, a_list

pytestmark = pytest.mark.integration

KNOWN = person(1)


def a_person(number=1, **changed):
    """The list's row for a member of ``rosters``."""
    member = person(number)
    row = {
        "name": member.full_name.upper(),
        "card": member.card_number,
        "birth_date": "07/04/1980",
        "admitted": f"{member.admitted_on:%d/%m/%Y}",
        "cell": "Chi bộ Một",
        "state": "Chính thức",
    }
    return {**row, **changed}


def content_of(*people, fields=NINE):
    return a_list(*people, fields=fields).getvalue()


@pytest.fixture
def on_record(preview, execute):
    """Six members imported from Mẫu 7-HSĐV, without birth dates."""
    return execute(preview(workbook([person(number) for number in range(6)])))


@pytest.fixture
def decide(board):
    def done(previewed, *decisions, expect=200):
        answer = board.post(
            f"{IMPORTS}/{previewed.json['id']}/decisions",
            {"decisions": list(decisions)},
            version=version_of(previewed),
        )
        assert answer.status_code == expect, answer.json
        return answer

    return done


def undecided(board, previewed):
    return board.get(f"{IMPORTS}/{previewed.json['id']}/undecided").json["items"]


@pytest.mark.usefixtures("on_record")
class TestUpdates:
    """A row that surely is a member on record proposes what it says differently, and nothing else."""

    def test_the_birth_date_comes_to_the_record(self, preview, execute, rows, board, facts_told):
        previewed = preview(content_of(*(a_person(number) for number in range(3))))
        assert (previewed.json["updates"], previewed.json["rows_ok"]) == (3, 0)
        proposed = rows(previewed.json["id"], "update")
        assert [each["changes"] for each in proposed] == [
            [{"field": "birth_date", "before": None, "after": "1980-04-07"}]
        ] * 3
        assert {each["sheet"] for each in proposed} == {"Sheet1"}
        done = execute(previewed)
        assert (done["state"], done["updated_members"], done["imported_members"]) == ("done", 3, 0)
        assert facts_told()[-1][1].changed == ["birth_date"]
        again = preview(content_of(*(a_person(number) for number in range(3)))).json
        assert (again["updates"], again["duplicates"]) == (0, 3)

    def test_another_cell_is_told_and_not_moved(self, preview, execute, rows, board):
        previewed = preview(content_of(a_person(cell="Chi bộ Hai")))
        notes = rows(previewed.json["id"], "note")
        assert "cell_differs" in {each["code"] for each in notes}
        execute(previewed)
        [item] = board.get(f"{API}/members", card_number=KNOWN.card_number).json["items"]
        cell = board.get(f"{API}/organizations/{item['cell_id']}").json
        assert cell["name"] == "Chi bộ Một"

    def test_a_new_official_member_needs_the_date(self, preview, execute, rows):
        new = a_person(30, card="097000000030")
        refused = preview(content_of(new))
        assert [each["code"] for each in rows(refused.json["id"])] == ["official_date_missing"]
        previewed = preview(content_of({**new, "official": "01/03/2013"}, fields=[*NINE, "official"]))
        assert execute(previewed)["imported_members"] == 1

    def test_a_killed_execution_goes_on_without_doubling(
        self, preview, board, members, monkeypatch, facts_told
    ):
        monkeypatch.setattr("services.members.imports.preview.BATCH_ROWS", 2)
        previewed = preview(content_of(*(a_person(number) for number in range(5))))
        before = len(facts_told())
        address = f"{IMPORTS}/{previewed.json['id']}"
        assert board.post(f"{address}/execute", version=version_of(previewed)).status_code == 202
        update = execution._update_members
        with monkeypatch.context() as patched:
            turns = iter(range(2))

            def killed(tx, rows, scope, findings):
                update(tx, rows, scope, findings)
                if next(turns) == 1:
                    raise KeyboardInterrupt
                return len(rows)

            patched.setattr(execution, "_update_members", killed)
            with pytest.raises(KeyboardInterrupt):
                run_imports(members.runtime)
        assert board.get(address).json["updated_members"] == 2
        members.runtime.clock.move_to(members.runtime.clock.now() + timedelta(seconds=16))
        run_imports(members.runtime)
        done = board.get(address).json
        assert (done["state"], done["updated_members"], done["progress"]) == ("done", 5, 5)
        assert len(facts_told()) == before + 5


@pytest.mark.usefixtures("on_record")
class TestNearDuplicates:
    """Who may be somebody on record is shown to a person, and nothing is written before they decide."""

    @pytest.fixture
    def near(self, preview):
        """Three rows whose cards are a digit off those of members with the same names."""
        return preview(
            content_of(
                *(a_person(number, card=f"9{person(number).card_number[1:]}") for number in range(3)),
                fields=[*NINE, "official"],
            )
        )

    def test_they_wait_with_who_they_may_be(self, near, board):
        assert (near.json["undecided"], near.json["rows_ok"], near.json["updates"]) == (3, 0, 0)
        waiting = undecided(board, near)
        assert [len(each["candidates"]) for each in waiting] == [1, 1, 1]
        assert waiting[0]["candidates"][0]["rule"] == "card_one_digit"
        assert waiting[0]["candidates"][0]["card_number"] == person(0).card_number

    def test_execution_is_refused_until_all_are_decided(self, near, board, decide, execute):
        address = f"{IMPORTS}/{near.json['id']}"
        refused = board.post(f"{address}/execute", version=version_of(near))
        assert (refused.status_code, refused.json["undecided"]) == (409, 3)
        first, second, third = undecided(board, near)
        same = {"row": first["row"], "decision": "same", "member_id": first["candidates"][0]["member_id"]}
        decide(near, same, {"row": second["row"], "decision": "skip"})
        near = board.get(address)
        assert near.json["undecided"] == 1
        refused = decide(near, {"row": third["row"], "decision": "new"}, expect=422)
        assert refused.json["errors"][0]["code"] == "official_date_missing"
        decide(near, {"row": third["row"], "decision": "skip"})
        done = execute(board.get(address))
        assert (done["updated_members"], done["imported_members"]) == (1, 0)
        [item] = board.get(f"{API}/members", card_number=f"9{person(0).card_number[1:]}").json["items"]
        assert item["id"] == same["member_id"]

    def test_a_new_person_is_registered(self, preview, board, decide, execute):
        twin = a_person(card=None, cell="Chi bộ Hai", state="Dự bị", birth_date=None)
        previewed = preview(content_of(twin))
        [waiting] = undecided(board, previewed)
        decide(previewed, {"row": waiting["row"], "decision": "new"})
        assert execute(board.get(f"{IMPORTS}/{previewed.json['id']}"))["imported_members"] == 1

    def test_only_a_record_that_was_shown_can_be_chosen(self, near, board, decide):
        [waiting, *_] = undecided(board, near)
        refused = decide(
            near, {"row": waiting["row"], "decision": "same", "member_id": "somebody"}, expect=422
        )
        assert refused.json["errors"][0]["code"] == "not_a_candidate"

    def test_records_of_others_are_not_shown(self, members, preview, board, near):
        cell = board.get(f"{API}/organizations", code="38.168.001.000.002").json["items"][0]
        clerk = members.as_(holding("organizing_board", cell["id"]))
        previewed = preview(content_of(a_person(card=None, cell="Chi bộ Hai", state="Dự bị")), caller=clerk)
        [waiting] = clerk.get(f"{IMPORTS}/{previewed.json['id']}/undecided").json["items"]
        [candidate] = waiting["candidates"]
        assert (candidate["outside_subtree"], candidate["member_id"], candidate["full_name"]) == (
            True,
            None,
            None,
        )

    def test_the_rules_can_be_read(self, board):
        rules = board.get(f"{IMPORTS}/rules").json["items"]
        assert next(each["code"] for each in rules if each["sure"]) == "same_card"
