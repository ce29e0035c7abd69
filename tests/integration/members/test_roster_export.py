"""The roster as a workbook: as of a day, with a reason, and read again without a change."""

from datetime import date, timedelta
from io import BytesIO

import openpyxl
import pytest

from tests.integration.members.conftest import API
from tests.integration.members.rosters import CELL_2, CO_SO, EXPELLED, person, workbook
from tests.support.people import holding

pytestmark = pytest.mark.integration

FORMS = ("7-hsdv", "ds-dangvien")


@pytest.fixture
def on_record(preview, execute, board):
    """Two cells with official, probationary, exempt and expelled members; the id of their superior."""
    execute(
        preview(
            workbook(
                [
                    person(1, full_name="Lê Văn Ước"),
                    person(2, notes='=HYPERLINK("http://x")', exempt_from=date(2024, 1, 1)),
                    person(3, official_on=None, card_number=None, dossier_number=None),
                    person(4, CELL_2),
                    person(5, CELL_2, left=EXPELLED),
                ]
            )
        )
    )
    return board.get(f"{API}/organizations", code=CO_SO).json["items"][0]["id"]


@pytest.fixture
def export(board, on_record):
    def got(form, *, caller=None, expect=200, **query):
        answer = (caller or board).get(
            f"{API}/roster/file",
            **{"organization": on_record, "form": form, "reason": "Đối chiếu quý", **query},
        )
        assert answer.status_code == expect, answer.data
        return answer

    return got


def names_in(answer):
    """Every text of the workbook's last sheet."""
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).worksheets[-1]
    return [str(cell.value) for row in sheet for cell in row if cell.value is not None]


class TestExport:
    """What is exported is what is on record that day."""

    @pytest.mark.parametrize("form", FORMS)
    def test_read_again_it_changes_nothing(self, form, export, preview, rows):
        again = preview(export(form).data).json
        figures = {
            name: again[name] for name in ("rows_ok", "rows_refused", "updates", "undecided", "organizations")
        }
        assert figures == dict.fromkeys(figures, 0), rows(again["id"])
        assert again["duplicates"] == (5 if form == "7-hsdv" else 4)

    def test_no_cell_becomes_a_formula(self, export):
        sheet = openpyxl.load_workbook(BytesIO(export("7-hsdv").data)).worksheets[-1]
        assert "f" not in {cell.data_type for row in sheet for cell in row}

    def test_as_of_a_day_before(self, export):
        told = names_in(export("ds-dangvien", as_of="2019-01-01"))
        assert sum("CHI BỘ" in text.upper() for text in told) - 2 == 5
        assert sum("CHI BỘ" in text.upper() for text in names_in(export("ds-dangvien"))) - 2 == 4

    def test_who_was_transferred_later_stands_where_they_stood(self, export, board, members):
        secretary = members.as_(holding("cell_secretary", "*"))
        found = board.get(f"{API}/members", card_number=person(1).card_number).json["items"][0]
        target = board.get(f"{API}/organizations", code=CELL_2).json["items"][0]["id"]
        day = members.runtime.clock.today()
        transfer = secretary.post(
            f"{API}/members/{found['id']}/transfers",
            {
                "to_cell_id": target,
                "decided_on": f"{day - timedelta(days=9)}",
                "on": f"{day - timedelta(days=8)}",
            },
            version=found["version"],
        ).json
        letter = {"number": "1-GGT", "issued_on": f"{day - timedelta(days=7)}", "issuer": "Đảng ủy"}
        for step, given in (
            ("introduction", {"letter": letter, "on": f"{day - timedelta(days=6)}"}),
            ("acceptance", {"on": f"{day - timedelta(days=5)}"}),
        ):
            transfer = secretary.post(
                f"{API}/transfers/{transfer['id']}/{step}", given, version=transfer["version"]
            ).json

        def in_cell_2(**query):
            return sum(text.startswith(CELL_2) for text in names_in(export("ds-dangvien", **query)))

        assert (in_cell_2(), in_cell_2(as_of=f"{day - timedelta(days=6)}")) == (2, 1)


class TestReasonAndReach:
    """An export needs a reason, which the audit keeps, and reaches as far as the role does."""

    def test_the_audit_has_it(self, export, members):
        export("7-hsdv")
        [entry] = members.runtime.store.collection("audit").find({"action": "roster.export"})
        assert (entry["reason"], entry["after"].endswith("(5)")) == ("Đối chiếu quý", True)

    def test_without_a_reason_it_is_refused(self, export):
        export("7-hsdv", reason="", expect=422)

    def test_a_secretary_exports_their_cell_only(self, export, members, board, on_record):
        cell = board.get(f"{API}/organizations", code=CELL_2).json["items"][0]["id"]
        secretary = members.as_(holding("cell_secretary", cell))
        export("ds-dangvien", caller=secretary, organization=cell)
        export("ds-dangvien", caller=secretary, expect=403)

    def test_a_day_to_come_is_refused(self, export):
        export("7-hsdv", as_of="2999-01-01", expect=422)
