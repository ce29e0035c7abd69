"""Published figures stand beside the counted ones, with their bounds and what they leave open."""

import orjson
import pytest

from services.reporting.published import ARTICLE_OF_2023_10_12, document
from tests.integration.reporting.history import KHOI, OFFICE, PLANT
from tests.support.people import holding

pytestmark = pytest.mark.integration

PUBLISHED = "/api/reporting/published-figures"
BOARD = holding("organizing_board", "*")
STANDING = holding("standing_committee", KHOI)


@pytest.fixture
def article():
    """The article of 12/10/2023 as the service ships it, about the Khối of the test."""
    return {**orjson.loads(document(ARTICLE_OF_2023_10_12)), "organization_id": KHOI}


@pytest.fixture
def known(reporting, history):
    reporting.reads(history.events)
    return reporting.front


class TestImport:
    """Figures of a source are taken in whole, once, or refused with every fault."""

    def test_beside_a_report_of_their_organisation_only(self, known, article):
        answer = known.as_(STANDING).post(PUBLISHED, article)
        assert answer.status_code == 201
        report = (
            known.as_(BOARD).get("/api/reporting/screening-report", organization=KHOI, period="2023").json
        )
        (beside,) = report["published"]
        assert {key: figure["text"] for key, figure in beside["figures"].items()} == {
            "listed": ">20",
            "recognized": "5",
            "transferred_out": "2",
            "removed_from_list": "7",
            "continuing": "0",
        }
        assert beside["unreconciled"]["text"] == "≥ 7"
        assert beside["source"]["published_on"] == "2023-10-12"
        assert report["figures"]["listed"]["total"] == 0
        other = (
            known.as_(BOARD).get("/api/reporting/screening-report", organization=PLANT, period="2023").json
        )
        assert other["published"] == []

    def test_a_series_beside_what_the_records_say_of_its_days(self, reporting, the_year_2022, article):
        reporting.reads(the_year_2022.events)
        article["series"] = [
            {"period": {"label": "Năm 2022"}, "figures": {"listed": 6, "removed_from_list": 1}},
            {"period": {"label": "4 tháng đầu năm 2022"}, "figures": {"listed": "trên 3"}},
        ]
        front = reporting.front
        assert front.as_(STANDING).post(PUBLISHED, article).status_code == 201
        report = {"organization": KHOI, "period": "2023"}
        answer = front.as_(BOARD).get("/api/reporting/screening-report", **report).json
        year, months = answer["published"][0]["series"]
        assert year["counted"] == {"listed": 5, "removed_from_list": 1, "unreconciled": 0}
        assert months["counted"] == {"listed": 4, "unreconciled": 0}
        assert (months["part_of_year"], months["period"]["to"]) == (True, "2022-04-30")
        group = (
            front.as_(holding("working_group", KHOI)).get("/api/reporting/screening-report", **report).json
        )
        assert [part["counted"] for part in group["published"][0]["series"]] == [None, None]

    def test_the_organisation_may_be_named_within(self, known, article):
        del article["organization_id"]
        article["organization"]["id"] = KHOI
        assert known.as_(STANDING).post(PUBLISHED, article).status_code == 201
        listed = known.as_(STANDING).get(PUBLISHED, organization=KHOI).json["items"]
        assert [figures["unreconciled"]["text"] for figures in listed] == ["≥ 7"]

    def test_the_same_source_twice(self, known, article):
        known.as_(STANDING).post(PUBLISHED, article)
        answer = known.as_(STANDING).post(PUBLISHED, article)
        assert (answer.status_code, answer.json["type"]) == (409, "urn:khoi:problem:already-exists")

    def test_a_repeated_request_has_one_effect(self, known, article):
        first = known.as_(STANDING).post(PUBLISHED, article, headers={"Idempotency-Key": "k"})
        again = known.as_(STANDING).post(PUBLISHED, article, headers={"Idempotency-Key": "k"})
        assert again.status_code == 201
        assert again.data == first.data

    def test_every_fault_is_named(self, known, article):
        article["figures"]["listed"] = "khoảng 20"
        article["figures"]["score"] = 3
        article["source"]["published_on"] = "12/10/2023"
        answer = known.as_(STANDING).post(PUBLISHED, article)
        assert answer.status_code == 422
        assert {error["pointer"] for error in answer.json["errors"]} == {
            "/figures/listed",
            "/figures/score",
            "/source/published_on",
        }

    @pytest.mark.parametrize("body", [[], "x", {"organization": 3}, {"organization_id": KHOI}])
    def test_a_body_that_is_no_such_document(self, known, body):
        assert known.as_(STANDING).post(PUBLISHED, body).status_code == 422

    def test_about_an_unknown_organisation(self, known, article):
        assert known.as_(STANDING).post(PUBLISHED, {**article, "organization_id": "x"}).status_code == 404

    @pytest.mark.parametrize(
        ("actor", "status"),
        [
            (BOARD, 201),
            (STANDING, 201),
            (holding("standing_committee", OFFICE), 403),
            (holding("grassroots_committee", KHOI), 403),
            (holding("cell_secretary", f"{PLANT}/1"), 403),
        ],
        ids=lambda value: value.subject if hasattr(value, "subject") else str(value),
    )
    def test_access(self, known, article, actor, status):
        assert known.as_(actor).post(PUBLISHED, article).status_code == status

    def test_of_an_organisation_elsewhere_only_for_the_whole_deployment(self, known, article):
        del article["organization_id"]
        assert known.as_(STANDING).post(PUBLISHED, article).status_code == 403
        assert known.as_(BOARD).post(PUBLISHED, article).status_code == 201
