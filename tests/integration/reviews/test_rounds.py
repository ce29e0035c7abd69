"""Rounds: opened by the Khối, reported by cells, closed with a record of who did not report."""

import pytest

from tests.integration.reviews.conftest import CELL, CELLS, GRASSROOTS, KHOI, OTHER_CELL, Office, day

pytestmark = pytest.mark.integration


@pytest.fixture
def a_round(office: Office) -> str:
    answer = office.standing.post(
        "/rounds", {"name": "Đợt 1", "organization_id": KHOI, "on": day(), "due_on": day(30)}
    )
    assert answer.status_code == 201, answer.json
    return str(answer.json["id"])


class TestRounds:
    """Every cell reports, zero included; who did not is on record."""

    def test_cells_report_and_the_rest_are_named_at_the_end(self, office: Office, a_round: str):
        body = {"organization_id": CELL, "on": day(10), "reviewed": 14, "proposed": 0}
        assert office.secretary.post(f"/rounds/{a_round}/reports", body).status_code == 201
        seen = office.standing.get(f"/rounds/{a_round}").json
        assert seen["counts"] == {
            "cells": 4,
            "reported": 1,
            "not_reported": 3,
            "overdue": 3,
            "reviewed": 14,
            "proposed": 0,
        }
        closed = office.standing.post(
            f"/rounds/{a_round}/close", {"on": day(40)}, version=seen["version"]
        ).json
        assert closed["state"] == "closed"
        assert closed["not_reported"] == 3
        first = office.standing.get(f"/rounds/{a_round}/not-reported", limit=2).json
        rest = office.standing.get(f"/rounds/{a_round}/not-reported", limit=2, after=first["next"]).json
        silent = [*first["items"], *rest["items"]]
        assert {each["organization_id"] for each in silent} == CELLS - {CELL}
        assert ([len(first["items"]), rest["next"]], {each["overdue"] for each in silent}) == (
            [2, None],
            {True},
        )
        assert [each["setting"] for each in first["assumed"]] == ["round_cells"]
        assert office.secretary.get(f"/rounds/{a_round}/not-reported").json["items"] == []
        late = {**body, "organization_id": OTHER_CELL}
        other = office.person("bt-2", ("cell_secretary", OTHER_CELL))
        assert other.post(f"/rounds/{a_round}/reports", late).status_code == 409

    def test_a_cell_reports_once(self, office: Office, a_round: str):
        body = {"organization_id": CELL, "on": day(10), "reviewed": 14, "proposed": 0}
        assert office.secretary.post(f"/rounds/{a_round}/reports", body).status_code == 201
        assert office.secretary.post(f"/rounds/{a_round}/reports", body).status_code == 409

    def test_only_ones_own_cell_is_reported(self, office: Office, a_round: str):
        body = {"organization_id": OTHER_CELL, "on": day(10), "reviewed": 14, "proposed": 0}
        assert office.secretary.post(f"/rounds/{a_round}/reports", body).status_code == 403

    def test_more_proposed_than_reviewed_is_refused(self, office: Office, a_round: str):
        body = {"organization_id": CELL, "on": day(10), "reviewed": 1, "proposed": 2}
        answer = office.secretary.post(f"/rounds/{a_round}/reports", body)
        assert answer.json["errors"][0]["pointer"] == "/proposed"

    def test_a_secretary_sees_the_round_with_their_own_cell_only(self, office: Office, a_round: str):
        seen = office.secretary.get(f"/rounds/{a_round}").json
        assert [each["organization_id"] for each in seen["cells"]] == [CELL]
        assert len(office.secretary.get("/rounds").json["items"]) == 1

    def test_a_grassroots_committee_opens_no_round_of_the_khoi(self, office: Office):
        committee = office.person("cap-uy", ("grassroots_committee", GRASSROOTS))
        body = {"name": "Đợt 1", "organization_id": KHOI, "on": day(), "due_on": day(30)}
        assert committee.post("/rounds", body).status_code == 403

    def test_a_stale_close_is_refused(self, office: Office, a_round: str):
        assert office.standing.post(f"/rounds/{a_round}/close", {"on": day(40)}, version=7).status_code == 412
        assert office.standing.post(f"/rounds/{a_round}/close", {"on": day(40)}).status_code == 428
