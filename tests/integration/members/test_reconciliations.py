"""The list of the level above beside the roll: differences as a list, nothing changed, the next one due."""

from datetime import timedelta
from io import BytesIO

import pytest

from services.members.reconciliation import job
from services.members.reconciliation.job import run_reconciliations
from tests.integration.members.conftest import API
from tests.integration.members.rosters import CELL_1, CELL_2, CO_SO, EXPELLED, person, workbook
from tests.integration.members.test_list_imports import a_person
from tests.support.people import holding
from tests.unit.members.test_member_list import a_list

pytestmark = pytest.mark.integration

RECONCILIATIONS = f"{API}/reconciliations"


@pytest.fixture
def co_so(preview, execute, board):
    """Five members in two cells, one of them expelled; the id of their superior."""
    rows = [person(number) for number in range(3)]
    execute(preview(workbook([*rows, person(3, CELL_2), person(4, CELL_2, left=EXPELLED)])))
    return board.get(f"{API}/organizations", code=CO_SO).json["items"][0]["id"]


@pytest.fixture
def start(board, co_so):
    def begun(content, *, caller=None, expect=201, **more):
        answer = (caller or board).post(
            RECONCILIATIONS,
            data={
                "file": (BytesIO(content), "cap-tren.xlsx"),
                "organization": co_so,
                "counterpart": "above",
                **more,
            },
            content_type="multipart/form-data",
        )
        assert answer.status_code == expect, answer.json
        return answer.json

    return begun


@pytest.fixture
def reconcile(start, members, board):
    def done(content, **more):
        made = start(content, **more)
        run_reconciliations(members.runtime)
        return board.get(f"{RECONCILIATIONS}/{made['id']}").json

    return done


@pytest.fixture
def differences(board):
    def listed(made):
        return board.get(f"{RECONCILIATIONS}/{made['id']}/differences", limit=200).json["items"]

    return listed


class TestDifferences:
    """What stands only there, only here, or differently; either form."""

    def test_the_same_roster_agrees(self, reconcile, differences):
        rows = [person(number) for number in range(3)]
        done = reconcile(workbook([*rows, person(3, CELL_2), person(4, CELL_2, left=EXPELLED)]))
        assert (done["state"], done["agreed"], done["differences"]) == ("done", 5, 0), differences(done)

    def test_each_kind_of_difference(self, reconcile, differences, members):
        before = members.runtime.store.collection("outbox").count_documents({})
        done = reconcile(
            a_list(
                a_person(0, birth_date=None),
                a_person(1, birth_date=None, cell="Chi bộ Hai"),
                a_person(2, birth_date=None, card=f"9{person(2).card_number[1:]}"),
                a_person(40, card="097000000040"),
                a_person(41, card="12"),
            ).getvalue()
        )
        found = {each["kind"]: each for each in differences(done)}
        assert set(found) == {"differs", "unsure", "only_in_list", "only_on_record", "unreadable"}
        assert [each["field"] for each in found["differs"]["fields"]] == ["cell_id"]
        assert found["only_on_record"]["name"] == person(3).full_name
        assert len(found["unsure"]["candidates"]) == 1
        assert (found["unreadable"]["row"], done["agreed"]) == (7, 1)
        assert members.runtime.store.collection("outbox").count_documents({}) == before

    def test_as_of_a_day_before_the_expulsion(self, reconcile, differences):
        rows = [person(number) for number in range(3)]
        done = reconcile(workbook([*rows, person(3, CELL_2)]), as_of="2019-01-01")
        assert [each["kind"] for each in differences(done)] == ["only_on_record"]

    def test_a_file_that_is_neither_form_fails(self, reconcile):
        content = a_list(a_person(0), fields=["ordinal", "name", "card", "admitted", "cell", "state"])
        failed = reconcile(content.getvalue())
        assert (failed["state"], failed["problem"]["code"]) == ("failed", "missing_column")

    def test_a_worker_that_died_is_followed_by_another(self, start, members, board, monkeypatch):
        made = start(workbook([person(number) for number in range(3)]))

        def killed(*_, **__):
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(job, "Comparison", killed)
            with pytest.raises(KeyboardInterrupt):
                run_reconciliations(members.runtime)
        run_reconciliations(members.runtime)
        address = f"{RECONCILIATIONS}/{made['id']}"
        assert board.get(address).json["state"] == "waiting"
        members.runtime.clock.move_to(members.runtime.clock.now() + timedelta(minutes=6))
        run_reconciliations(members.runtime)
        done = board.get(address).json
        assert (done["state"], done["differences"]) == ("done", 1)


class TestDue:
    """Every three months; who is late is listed."""

    def test_overdue_until_reconciled_and_again_after_three_months(self, reconcile, board, co_so, members):
        def overdue(**query):
            items = board.get(f"{RECONCILIATIONS}/overdue", limit=200, **query).json["items"]
            return {each["organization_id"] for each in items}

        assert co_so in overdue()
        done = reconcile(workbook([person(0)]))
        cell = board.get(f"{API}/organizations", code=CELL_1).json["items"][0]["id"]
        assert {co_so, cell}.isdisjoint(overdue())
        assert co_so not in overdue(as_of=done["next_due"])
        later = members.runtime.clock.today() + timedelta(days=93)
        assert {co_so, cell} <= overdue(as_of=later.isoformat())
        [listed] = board.get(RECONCILIATIONS, organization=co_so).json["items"]
        assert listed["id"] == done["id"]

    def test_others_see_nothing_of_it(self, reconcile, members):
        done = reconcile(workbook([person(0)]))
        stranger = members.as_(holding("organizing_board", "elsewhere"))
        assert stranger.get(f"{RECONCILIATIONS}/{done['id']}").status_code == 403
        assert stranger.get(f"{RECONCILIATIONS}/overdue").json["items"] == []
