from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.small_organizations import SMALLEST_SHOWN, Rolls, kept_back

KHOI = {
    "khoi": ["khoi"],
    "plant": ["khoi", "plant"],
    "plant/1": ["khoi", "plant", "plant/1"],
    "plant/2": ["khoi", "plant", "plant/2"],
    "plant/3": ["khoi", "plant", "plant/3"],
    "office": ["khoi", "office"],
    "office/1": ["khoi", "office", "office/1"],
}


class TestKeptBack:
    """No small part is shown, and none can be found by subtraction."""

    def test_large_parts_are_all_shown(self):
        assert kept_back({"a": 10, "b": 40}) == frozenset()

    def test_a_single_small_part_takes_the_next_larger_with_it(self):
        assert kept_back({"a": 4, "b": 40, "c": 20}) == {"a", "c"}

    def test_small_parts_that_are_enough_together_need_no_other(self):
        assert kept_back({"a": 4, "b": 6, "c": 20}) == {"a", "b"}

    @given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(0, 60), max_size=12))
    def test_what_subtraction_leaves_is_never_small_or_single(self, parts):
        hidden = kept_back(parts)
        assert {part for part, members in parts.items() if members < SMALLEST_SHOWN} <= hidden
        if hidden and hidden != parts.keys():
            assert len(hidden) > 1
            assert sum(parts[part] for part in hidden) >= SMALLEST_SHOWN


class TestRolls:
    """Who is shown follows from the members of all cells below."""

    def test_a_small_cell_and_its_neighbour(self):
        rolls = Rolls(KHOI, {"plant/1": 5, "plant/2": 15, "plant/3": 30, "office/1": 25})
        assert [each for each in KHOI if not rolls.shown(each)] == ["plant/1", "plant/2"]

    def test_what_is_kept_back_for_a_neighbour_is_kept_back_below_too(self):
        rolls = Rolls(KHOI, {"plant/1": 50, "office/1": 5})
        assert not rolls.shown("plant")
        assert not rolls.shown("plant/1")
        assert rolls.shown("khoi")

    def test_an_organisation_without_members_is_small(self):
        assert not Rolls(KHOI, {}).shown("khoi")

    def test_groups_give_no_single_organisation_away(self):
        rolls = Rolls(KHOI, {"plant/1": 5, "plant/2": 15, "plant/3": 30, "office/1": 25})
        assert not rolls.parts_shown([frozenset({"plant/1"}), frozenset({"plant/2", "plant/3"})])
        assert rolls.parts_shown([frozenset({"plant/1", "plant/2"}), frozenset({"plant/3"})])
