import copy

import msgspec
import pytest

from services.reporting import published
from services.reporting.domain.bound import Bound
from services.reporting.domain.published_figures import (
    PublishedBeside,
    PublishedFiguresRefused,
    read_published_figures,
)


@pytest.fixture
def the_article() -> dict:
    return msgspec.json.decode(published.document(published.ARTICLE_OF_2023_10_12))


class TestTheArticle:
    """The article of 12/10/2023 is kept as printed and leaves at least 7 cases open."""

    def test_figures_keep_their_bounds(self):
        figures = published.load(published.ARTICLE_OF_2023_10_12).figures
        assert {key: str(bound) for key, bound in figures.items()} == {
            "listed": ">20",
            "recognized": "5",
            "transferred_out": "2",
            "removed_from_list": "7",
            "continuing": "0",
        }

    def test_unreconciled_is_at_least_seven(self):
        beside = PublishedBeside.of(published.load(published.ARTICLE_OF_2023_10_12))
        assert beside.unreconciled.text == "≥ 7"
        assert beside.figures["listed"].text == ">20"

    def test_every_shipped_file_is_accepted(self):
        assert [published.load(name) for name in published.shipped()]


class TestImport:
    """A document is read strictly and every fault is named with its place."""

    def test_takes_numbers_texts_and_bound_objects(self, the_article):
        the_article["figures"] = {"listed": {"kind": "at_least", "value": 3}, "recognized": 1}
        assert read_published_figures(the_article).unreconciled == Bound.parse("≥ 2")

    def test_without_a_stated_entry_nothing_can_be_compared(self, the_article):
        the_article["figures"] = {"recognized": 1}
        assert str(read_published_figures(the_article).unreconciled) == "không rõ"

    def test_cross_cut_keeps_its_base_or_says_that_there_is_none(self, the_article):
        the_article["cross_cuts"] = [
            {"label": "Dự bị", "figure": "2"},
            {"label": "Nữ", "figure": 1, "base": "7"},
        ]
        cuts = read_published_figures(the_article).cross_cuts
        assert [cut.base for cut in cuts] == [None, "7"]

    @pytest.mark.parametrize(
        ("place", "value", "pointer"),
        [
            (("colour",), "red", "/colour"),
            (("a/b",), 1, "/a~1b"),
            (("source", "kind"), "rumour", "/source/kind"),
            (("source", "published_on"), "12/10/2023", "/source/published_on"),
            (("source", "published_on"), None, "/source/published_on"),
            (("source", "title"), "  ", "/source/title"),
            (("source",), [], "/source"),
            (("organization", "name"), 7, "/organization/name"),
            (("period", "from"), "2024-01-01", "/period/to"),
            (("figures",), {}, "/figures"),
            (("figures", "unreconciled"), 7, "/figures/unreconciled"),
            (("figures", "listed.by_criterion."), 7, "/figures/listed.by_criterion."),
            (("figures", "listed"), "khoảng 20", "/figures/listed"),
            (("figures", "listed"), True, "/figures/listed"),
            (("figures", "listed"), 20.5, "/figures/listed"),
            (("figures", "listed"), -1, "/figures/listed"),
            (("figures", "listed"), {"kind": "exact"}, "/figures/listed"),
            (("notes",), [1], "/notes/0"),
            (("cross_cuts",), [{"figure": 1}], "/cross_cuts/0/label"),
        ],
    )
    def test_names_the_place(self, the_article, place, value, pointer):
        document = copy.deepcopy(the_article)
        at = document
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = value
        with pytest.raises(PublishedFiguresRefused) as refusal:
            read_published_figures(document)
        assert [problem.pointer for problem in refusal.value.problems] == [pointer]

    def test_names_all_faults_at_once(self):
        with pytest.raises(PublishedFiguresRefused) as refusal:
            read_published_figures({"figures": {"x": 1, "listed": "?!"}})
        pointers = {problem.pointer for problem in refusal.value.problems}
        assert pointers == {"/source", "/organization", "/period", "/figures/x", "/figures/listed"}

    @pytest.mark.parametrize("document", [None, [], "text", 3])
    def test_refuses_what_is_no_object(self, document):
        with pytest.raises(PublishedFiguresRefused):
            read_published_figures(document)
