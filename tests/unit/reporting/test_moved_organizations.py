"""A case stands where its cell stood in the tree of the day."""

from datetime import UTC, date, datetime

from services.reporting.domain.case_facts import PlacementCause
from services.reporting.domain.moved_organizations import Ending, MovedOrganizations, OrganizationVersion
from tests.unit.reporting.conftest import case_of, placed

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def stood(path, on, recorded=None):
    """A version: stood at a path (written with ``>``) from a day on."""
    return OrganizationVersion(
        on=on,
        recorded_at=recorded or datetime(on.year, on.month, on.day, tzinfo=UTC),
        path=tuple(path.split(">")),
        name="",
        level="",
    )


PART_MOVED = {
    "part": [stood("khoi>plant>part", date(2015, 1, 1)), stood("khoi>office>part", date(2022, 7, 1))]
}


class TestPath:
    """The part above a moved organisation is that of the day."""

    def test_before_and_after_the_move(self):
        moved = MovedOrganizations(PART_MOVED, known_before=LATER)
        path = ("khoi", "plant", "part", "cell")
        assert moved.path_on(path, date(2022, 6, 30)) == path
        assert moved.path_on(path, date(2022, 7, 1)) == ("khoi", "office", "part", "cell")

    def test_a_path_recorded_after_the_move_is_taken_back_for_an_earlier_day(self):
        moved = MovedOrganizations(PART_MOVED, known_before=LATER)
        after = ("khoi", "office", "part", "cell")
        assert moved.path_on(after, date(2020, 1, 1)) == ("khoi", "plant", "part", "cell")

    def test_a_move_above_a_moved_organisation(self):
        moved = MovedOrganizations(
            {
                **PART_MOVED,
                "office": [stood("khoi>office", date(2015, 1, 1)), stood("new>office", date(2023, 1, 1))],
            },
            known_before=LATER,
        )
        path = ("khoi", "plant", "part", "cell")
        assert moved.path_on(path, date(2023, 1, 1)) == ("new", "office", "part", "cell")
        assert moved.standing_under("new") == ["office", "part"]

    def test_a_move_that_was_not_known_yet(self):
        moved = MovedOrganizations(PART_MOVED, known_before=datetime(2022, 6, 1, tzinfo=UTC))
        path = ("khoi", "plant", "part", "cell")
        assert moved.path_on(path, date(2024, 1, 1)) == path
        assert moved.standing_under("office") == []

    def test_records_that_contradict_themselves_leave_the_path_alone(self):
        circle = MovedOrganizations(
            {"a": [stood("b>a", date(2015, 1, 1))], "b": [stood("a>b", date(2015, 1, 1))]}, known_before=LATER
        )
        assert circle.path_on(("a", "b", "cell"), date(2020, 1, 1))[-1] == "cell"


class TestCase:
    """A move above a case is one more placement, of the tree's doing and not of the member's."""

    def test_a_case_that_was_there(self):
        moves = {
            "plant/1": [
                stood("khoi>plant>plant/1", date(2015, 1, 1)),
                stood("khoi>office>plant/1", date(2022, 7, 1)),
            ]
        }
        case = MovedOrganizations(moves, known_before=LATER).in_tree(case_of("c"))
        assert [(placement.on, placement.cause) for placement in case.placements] == [
            (date(2020, 9, 1), PlacementCause.TRANSFER),
            (date(2022, 7, 1), PlacementCause.REORGANIZATION),
        ]
        assert case.path_on(date(2023, 1, 1)) == ("khoi", "office", "plant/1")

    def test_a_case_that_had_left_before(self):
        moves = {
            "plant/1": [
                stood("khoi>plant>plant/1", date(2015, 1, 1)),
                stood("khoi>office>plant/1", date(2022, 7, 1)),
            ]
        }
        gone = case_of("c", placements=(placed("plant/1"), placed("plant/2", date(2022, 1, 1))))
        assert MovedOrganizations(moves, known_before=LATER).in_tree(gone) == gone

    def test_a_case_that_no_move_touches_is_the_very_same(self):
        case = case_of("c", "office/9")
        assert MovedOrganizations(PART_MOVED, known_before=LATER).in_tree(case) is case


VERSIONS = {
    "plant/1": [stood("khoi>plant>plant/1", date(2015, 1, 1))],
    "office/1": [stood("khoi>office>office/1", date(2015, 1, 1))],
}
MERGED = {
    "plant/1": [
        Ending(on=date(2022, 7, 1), recorded_at=datetime(2022, 7, 9, tzinfo=UTC), successor_id="office/1")
    ]
}


class TestMerged:
    """The cases of a merged cell stand from that day where they went on, by the tree's doing."""

    def tree(self, *, known_before=LATER, **more):
        return MovedOrganizations({**VERSIONS, **more}, endings=MERGED, known_before=known_before)

    def test_a_case_without_a_step_since(self):
        case = self.tree().in_tree(case_of("c"))
        assert [(each.on, each.path[-1], each.cause) for each in case.placements] == [
            (date(2020, 9, 1), "plant/1", PlacementCause.TRANSFER),
            (date(2022, 7, 1), "office/1", PlacementCause.REORGANIZATION),
        ]

    def test_a_step_in_the_other_cell_is_no_transfer(self):
        for day in (date(2022, 6, 1), date(2022, 9, 1)):
            shown = case_of("c", placements=(placed("plant/1"), placed("office/1", day, shown=True)))
            assert self.tree().in_tree(shown).placements == self.tree().in_tree(case_of("c")).placements

    def test_who_had_gone_there_before_was_transferred(self):
        gone = case_of("c", placements=(placed("plant/1"), placed("office/1", date(2022, 1, 1))))
        assert [each.cause for each in self.tree().in_tree(gone).placements] == [PlacementCause.TRANSFER] * 2

    def test_before_it_was_known(self):
        case = case_of("c")
        assert self.tree(known_before=datetime(2022, 7, 8, tzinfo=UTC)).in_tree(case).path_on(
            date(2023, 1, 1)
        ) == (
            "khoi",
            "plant",
            "plant/1",
        )

    def test_what_went_on_moved_later(self):
        moved = [*VERSIONS["office/1"], stood("khoi>plant>office/1", date(2023, 1, 1))]
        tree = self.tree(**{"office/1": moved})
        assert tree.path_on(("khoi", "plant", "plant/1"), date(2024, 1, 1)) == ("khoi", "plant", "office/1")

    def test_its_cases_are_asked_for_where_they_are(self):
        assert self.tree().standing_under("office") == ["office/1", "plant/1"]

    def test_the_merged_cell_itself_stays_where_it_was(self):
        path = ("khoi", "plant", "plant/1")
        assert self.tree().place_on(path, date(2024, 1, 1)) == path
