"""The report as its readers use it: from a figure to its cases, beside published figures, as a file."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest

from deploy.demo.history import Story
from services.reporting.published import ARTICLE_OF_2023_10_12, document
from tests.support.stacks import TERM_FROM, TERM_TO, Khoi

pytestmark = pytest.mark.e2e

CELL = 7


@pytest.fixture(scope="module")
def told(khoi: Khoi) -> list[Mapping[str, Any]]:
    """Cases of three outcomes in one cell, applied everywhere."""
    stories = (
        Story("recognized", "C1"),
        Story("transferred", "C4a"),
        Story("removed", "C2", "expulsion"),
        Story("removed", "C4b", "resignation"),
    )
    cases = []
    for number, story in enumerate(stories):
        cases.append(khoi.tell(khoi.cells[CELL], story, number=number))
        khoi.settle()  # the roll of the next ballot must know who has left
    return cases


def figures(node: Any, name: str = "") -> Iterator[tuple[str, int]]:
    """The report's figures by the dotted names under which their cases are asked for."""
    if isinstance(node, int):
        yield name, node
        return
    for key, child in node.items():
        under = (
            name if key == "total" or key in {"by_mode", "by_ground", "by_criterion", "by_reason"} else key
        )
        dotted = f"{name}.{key}" if name and key != "total" else under
        yield from figures(child, dotted)


class TestDrillDown:
    """Behind every figure stand as many cases as it says."""

    @pytest.mark.parametrize("level", [0, 1, 2], ids=["khối", "cơ sở", "chi bộ"])
    def test_cases_equal_the_figure(self, khoi: Khoi, told: list[Mapping[str, Any]], level: int) -> None:
        organization = khoi.cells[CELL].path[level]
        counted = dict(figures(khoi.report(organization)["figures"]))
        assert counted["listed"] >= len(told)
        opened = {
            figure: khoi.people.standing.get(
                "/api/reporting/screening-report/cases",
                organization=organization,
                figure=figure,
                **{"from": TERM_FROM, "to": TERM_TO},
            )["count"]
            for figure in counted
        }
        assert opened == counted

    def test_cases_are_those_of_the_story(self, khoi: Khoi, told: list[Mapping[str, Any]]) -> None:
        cases = khoi.people.standing.get(
            "/api/reporting/screening-report/cases",
            organization=khoi.cells[CELL].path[-1],
            figure="removed_from_list",
            **{"from": TERM_FROM, "to": TERM_TO},
        )["cases"]
        assert {each["case_id"] for each in cases} == {told[2]["id"], told[3]["id"]}

    def test_no_such_figure(self, khoi: Khoi) -> None:
        answer = khoi.ask(
            "GET",
            f"/api/reporting/screening-report/cases?organization={khoi.root['id']}&figure=score",
            token=khoi.token("standing_committee", khoi.root["id"]),
        )
        assert answer.status_code == 422


class TestBalance:
    """Who came onto the list is accounted for at every level."""

    @pytest.mark.parametrize("level", [0, 1, 2], ids=["khối", "cơ sở", "chi bộ"])
    def test_holds(self, khoi: Khoi, told: list[Mapping[str, Any]], level: int) -> None:
        assert khoi.report(khoi.cells[CELL].path[level])["balance"]["holds"]

    def test_parts_add_up_to_the_whole(self, khoi: Khoi, told: list[Mapping[str, Any]]) -> None:
        def listed(organization: str) -> int:
            return int(khoi.report(organization)["figures"]["listed"]["total"])

        parts = [each["id"] for each in khoi.committees]
        parts += [cell.path[-1] for cell in khoi.cells if len(cell.path) == 2]
        assert sum(map(listed, parts)) == listed(khoi.root["id"])


class TestPublishedFigures:
    """What a newspaper printed stands beside what was counted, with its bounds and source, never mixed in."""

    @pytest.fixture
    def beside(self, khoi: Khoi) -> Mapping[str, Any]:
        before = khoi.report(khoi.root["id"])
        if not before["published"]:
            article = msgspec.json.decode(document(ARTICLE_OF_2023_10_12))
            khoi.people.board.post(
                "/api/reporting/published-figures", {**article, "organization_id": khoi.root["id"]}
            )
        after: Mapping[str, Any] = khoi.report(khoi.root["id"])
        assert after["figures"] == before["figures"]
        return after

    def test_with_their_bounds(self, beside: Mapping[str, Any]) -> None:
        (published,) = beside["published"]
        shown = {name: figure["text"] for name, figure in published["figures"].items()}
        assert (shown["listed"], shown["recognized"], shown["transferred_out"]) == (">20", "5", "2")
        assert published["unreconciled"]["text"] == "≥ 7"

    def test_with_their_source(self, beside: Mapping[str, Any]) -> None:
        (published,) = beside["published"]
        assert published["source"]

    def test_not_at_a_cell(self, khoi: Khoi, beside: Mapping[str, Any]) -> None:
        assert khoi.report(khoi.cells[CELL].path[-1])["published"] == []


class TestFile:
    """The report as a file is a file of that kind."""

    @pytest.mark.parametrize(("kind", "starts"), [("xlsx", b"PK"), ("pdf", b"%PDF")])
    def test_kind(self, khoi: Khoi, told: list[Mapping[str, Any]], kind: str, starts: bytes) -> None:
        content = khoi.people.standing.file(
            "/api/reporting/screening-report/file",
            format=kind,
            organizations=",".join(khoi.cells[CELL].path),
            reason="Thử",
            **{"from": TERM_FROM, "to": TERM_TO},
        )
        assert content.startswith(starts)
