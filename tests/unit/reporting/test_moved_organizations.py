"""A case stands where its cell stood in the tree of the day."""

from datetime import UTC, date, datetime

from services.reporting.domain.case_facts import PlacementCause
from services.reporting.domain.moved_organizations import MovedOrganizations, OrganizationVersion
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
