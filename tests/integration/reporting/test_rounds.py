"""Review rounds beside the figures: which cells reported, how many members they reviewed."""

from datetime import date

import pytest

from shared.events.catalogue import reviews
from tests.integration.reporting.history import KHOI, OFFICE, PLANT, path_of
from tests.support.people import holding

pytestmark = pytest.mark.integration


@pytest.fixture
def a_round(history):
    """A round of the Khối in which two of four cells reported, one of them twice."""
    about = {"round_id": "round-1"}
    opened = reviews.RoundOpened(
        **about,
        name="Rà soát năm 2022",
        organization_path=[KHOI],
        on=date(2022, 1, 5),
        due_on=date(2022, 3, 31),
        profile="hd02",
    )
    history.tell("round-1", opened)
    reports = ((f"{PLANT}/1", 10, 0, 1), (f"{OFFICE}/1", 8, 1, 1), (f"{OFFICE}/1", 9, 1, 2))
    for cell, reviewed, proposed, number in reports:
        reported = reviews.CellReviewReported(
            **about,
            organization_path=path_of(cell),
            on=date(2022, 2, 1),
            reviewed=reviewed,
            proposed=proposed,
            number=number,
            corrected_on=date(2022, 4, 5) if number > 1 else None,
            after_close=number > 1,
        )
        history.tell(f"report-{cell}", reported)
    closed = reviews.RoundClosed(
        **about, organization_path=[KHOI], on=date(2022, 4, 1), not_reported=[f"{PLANT}/2", f"{OFFICE}/2"]
    )
    history.tell("round-1", closed)
    return history


class TestRounds:
    """A round is put together from the records of the round and of each cell, in any order of arrival."""

    @pytest.mark.parametrize("turned", [False, True])
    def test_what_was_reported(self, reporting, a_round, turned):
        streams = a_round.streams()
        ordered = [told for stream in (reversed(streams) if turned else streams) for told in stream]
        reporting.reads(ordered)
        caller = reporting.front.as_(holding("grassroots_committee", OFFICE))
        (found,) = caller.get("/api/reporting/rounds", organization=OFFICE).json["items"]
        assert found == {
            "round_id": "round-1",
            "name": "Rà soát năm 2022",
            "opened_on": "2022-01-05",
            "due_on": "2022-03-31",
            "closed_on": "2022-04-01",
            "cells_reported": 2,
            "cells_late": 0,
            "cells_corrected": 1,
            "cells_corrected_after_close": 1,
            "cells_not_reported": 2,
            "reviewed": 19,
            "proposed": 1,
        }

    @pytest.mark.parametrize(
        ("asked", "held"),
        [
            ((KHOI, "2022", "2022-12-31"), 1),
            ((PLANT, "2022", "2022-12-31"), 1),
            ((KHOI, "2022", "2022-01-04"), 0),  # not known yet
            ((KHOI, "2021", "2022-12-31"), 0),
            ((KHOI, "2023", "2023-12-31"), 0),  # it was closed the year before
        ],
    )
    def test_how_many_ran_in_the_period_of_a_report(self, reporting, a_round, asked, held):
        reporting.reads(a_round.events)
        reader = reporting.front.as_(holding("standing_committee", KHOI))
        about = dict(zip(("organization", "period", "as_of"), asked, strict=True))
        assert reader.get("/api/reporting/screening-report", **about).json["rounds_held"] == held

    def test_another_organisations_rounds(self, reporting, a_round):
        reporting.reads(a_round.events)
        caller = reporting.front.as_(holding("grassroots_committee", OFFICE))
        assert caller.get("/api/reporting/rounds", organization=PLANT).status_code == 403


class TestInThePipeline:
    """The pipeline says, for each organisation, which cells owe a report on a day, also while the round is open."""

    @pytest.mark.parametrize(
        ("as_of", "whole", "silent"),
        [
            ("2022-01-20", (4, 0, 4, 0), 4),
            ("2022-02-10", (4, 2, 2, 0), 2),
            ("2022-04-01", (4, 2, 2, 2), 2),
        ],
    )
    def test_who_has_not_reported(self, reporting, a_round, as_of, whole, silent):
        reporting.reads(a_round.events)
        caller = reporting.front.as_(holding("standing_committee", KHOI))
        answer = caller.get("/api/reporting/pipeline", organization=KHOI, period="2022-Q1", as_of=as_of).json
        owed = answer["whole"]["rounds"]
        assert (owed["cells"], owed["reported"], owed["not_reported"], owed["overdue"]) == whole
        (found,) = answer["rounds"]
        assert (found["name"], len(found["silent"])) == ("Rà soát năm 2022", silent)
        assert {"name": "Chi bộ 2", "above": ["Đảng bộ Nhà máy mẫu"]}.items() <= next(
            cell for cell in found["silent"] if cell["organization_id"] == f"{PLANT}/2"
        ).items()

    def test_an_organisation_below_of_which_no_cell_reported(self, reporting, a_round):
        told = [each for each in a_round.events if each[0].subject != f"report-{PLANT}/1"]
        reporting.reads(told)
        caller = reporting.front.as_(holding("grassroots_committee", PLANT))
        query = {"organization": PLANT, "period": "2022-Q1", "as_of": "2022-03-01"}
        answer = caller.get("/api/reporting/pipeline", **query).json
        assert answer["whole"]["rounds"]["not_reported"] == 2
        assert [each["round_id"] for each in answer["rounds"]] == ["round-1"]

    def test_sorted_and_as_a_file(self, reporting, a_round):
        reporting.reads(a_round.events)
        caller = reporting.front.as_(holding("standing_committee", KHOI))
        query = {
            "organization": KHOI,
            "period": "2022",
            "as_of": "2022-12-31",
            "sort": "-rounds.not_reported",
        }
        answer = caller.get("/api/reporting/pipeline", **query).json
        for format_ in ("json", "csv", "xlsx", "docx", "pdf", "text"):
            file = caller.get("/api/reporting/pipeline/file", **query, format=format_, reason="Giao ban")
            assert file.status_code == 200
            if format_ == "json":
                assert file.json == answer
        items = reporting.front.as_(holding("auditor", "*")).get("/api/reporting/audit").json["items"]
        told = [entry["reason"] for entry in items if entry["action"] == "report.export"]
        assert told == ["Giao ban"] * 6
