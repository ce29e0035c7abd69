from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.organization import (
    LevelKind,
    LevelScheme,
    OrganizationTree,
    OrganizationVersion,
    cell_too_small,
)

FOUNDED = date(2010, 1, 1)
LEVELS = LevelScheme()


def an_organization(identity, *, under=None, level="chi_bo_truc_thuoc", name=None, since=FOUNDED, until=None):
    return OrganizationVersion(
        organization_id=identity,
        name=name or identity,
        level=level,
        parent_id=under,
        valid_from=since,
        valid_to=until,
    )


KHOI = an_organization("khoi", level="dang_bo_khoi")
TEA = an_organization("tea", under="khoi", level="dang_bo_co_so")
PAPER = an_organization("paper", under="khoi", level="dang_bo_co_so")
OFFICE = an_organization("office", under="tea")


def a_tree(*versions):
    return OrganizationTree(versions or (KHOI, TEA, PAPER, OFFICE), levels=LEVELS)


def codes(violations):
    return [violation.code for violation in violations]


class TestTreeAsOfADate:
    """The tree is asked as of any date and answers as it stood then."""

    def test_path_before_and_after_a_move(self):
        moved = date(2020, 6, 1)
        tree = a_tree(
            KHOI,
            TEA,
            PAPER,
            an_organization("office", under="tea", until=moved),
            an_organization("office", under="paper", since=moved),
        )
        assert tree.path("office", on=date(2020, 5, 31)) == ["khoi", "tea", "office"]
        assert tree.path("office", on=moved) == ["khoi", "paper", "office"]
        assert [child.organization_id for child in tree.children("tea", on=moved)] == []

    def test_nothing_stands_before_it_was_established(self):
        with pytest.raises(LookupError):
            a_tree().path("office", on=date(2009, 12, 31))

    def test_a_cycle_in_the_data_is_an_error_not_a_loop(self):
        tree = a_tree(an_organization("a", under="b"), an_organization("b", under="a"))
        with pytest.raises(ValueError, match="circle"):
            tree.path("a", on=FOUNDED)


class TestEstablish:
    """A new organisation needs a parent in force that may have it, and a name of its own."""

    def test_a_new_cell(self):
        assert a_tree().check_establish(an_organization("plant", under="tea", since=date(2021, 1, 1))) == []

    def test_refusals(self):
        tree = a_tree()
        assert codes(tree.check_establish(an_organization("x", under="nowhere"))) == ["not_in_force"]
        assert codes(tree.check_establish(an_organization("x", under="office"))) == ["level_not_allowed"]
        assert codes(tree.check_establish(an_organization("x", under="tea", level="lodge"))) == [
            "unknown_level"
        ]
        assert codes(tree.check_establish(OFFICE)) == ["organization_exists"]
        assert codes(tree.check_establish(an_organization("x", under="tea", until=FOUNDED))) == ["period"]

    def test_a_name_is_free_again_after_dissolution(self):
        closed = an_organization("office", under="tea", name="Văn phòng", until=date(2015, 1, 1))
        tree = a_tree(KHOI, TEA, closed)
        namesake = an_organization("office2", under="tea", name="VĂN PHÒNG", since=date(2014, 12, 31))
        assert codes(tree.check_establish(namesake)) == ["name_in_force"]
        assert tree.check_establish(msgspec.structs.replace(namesake, valid_from=date(2015, 1, 1))) == []


class TestChange:
    """An organisation in force may be renamed or moved, but not into itself and not behind a later change."""

    def test_move_under_another_parent(self):
        assert a_tree().check_change(an_organization("office", under="paper", since=date(2020, 1, 1))) == []

    def test_no_cycles(self):
        kinds = [LevelKind(code="any", name_vi="Bất kỳ", is_cell=False, children=("any",))]
        nested = [
            an_organization("a", level="any"),
            an_organization("b", under="a", level="any"),
            an_organization("c", under="b", level="any"),
        ]
        tree = OrganizationTree(nested, levels=LevelScheme(kinds))
        moved = an_organization("a", under="c", level="any", since=date(2020, 1, 1))
        assert codes(tree.check_change(moved)) == ["cycle"]

    def test_later_change_and_unknown_organization(self):
        later = date(2020, 1, 1)
        tree = a_tree(
            KHOI,
            TEA,
            an_organization("office", under="tea", until=later),
            an_organization("office", under="tea", name="new", since=later),
        )
        early = an_organization("office", under="tea", name="other", since=date(2019, 1, 1))
        assert codes(tree.check_change(early)) == ["later_change_exists"]
        assert codes(tree.check_change(an_organization("ghost", under="tea"))) == ["not_in_force"]

    @given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=25))
    def test_accepted_moves_never_make_a_circle(self, moves):
        kinds = [LevelKind(code="any", name_vi="Bất kỳ", is_cell=False, children=("any",))]
        scheme = LevelScheme(kinds)
        versions = {str(n): an_organization(str(n), under="root", level="any") for n in range(7)}
        versions["root"] = an_organization("root", level="any")
        for child, parent in moves:
            tree = OrganizationTree(versions.values(), levels=scheme)
            moved = msgspec.structs.replace(versions[str(child)], parent_id=str(parent))
            if not tree.check_change(moved):
                versions[str(child)] = moved
        tree = OrganizationTree(versions.values(), levels=scheme)
        for identity in versions:
            assert tree.path(identity, on=FOUNDED)[0] == "root"


class TestMerge:
    """Two of one sort become one; what stands under the merged one must fit under the other."""

    ON = date(2020, 1, 1)

    def test_cells_and_committees_merge_with_their_like(self):
        tree = a_tree()
        assert tree.check_merge("tea", "paper", on=self.ON) == []
        assert codes(tree.check_merge("office", "paper", on=self.ON)) == ["merge_of_two_sorts"]
        assert codes(tree.check_merge("tea", "ghost", on=self.ON)) == ["not_in_force"]
        assert "cycle" in codes(tree.check_merge("khoi", "tea", on=self.ON))

    def test_what_changed_later_stands_in_the_way(self):
        later = an_organization("new", under="tea", since=date(2021, 1, 1))
        tree = a_tree(KHOI, TEA, PAPER, OFFICE, later)
        assert codes(tree.check_merge("tea", "paper", on=self.ON)) == ["later_change_exists"]


ANY = LevelScheme([LevelKind(code="any", name_vi="Bất kỳ", is_cell=False, children=("any",))])
NAMES = [f"o{number}" for number in range(4)]


class History:
    """A deployment's decisions one after another, each written only when the tree allows it."""

    def __init__(self):
        self.versions = {"root": [an_organization("root", level="any")]}

    @property
    def tree(self):
        return OrganizationTree((v for each in self.versions.values() for v in each), levels=ANY)

    def decide(self, kind, one, other, on):
        if kind == "establish":
            new = an_organization(one, under=other, level="any", since=on)
            if not self.tree.check_establish(new):
                self.versions[one] = [new]
        elif kind == "move":
            self._move(one, other, on)
        elif kind == "dissolve":
            if not self.tree.check_dissolve(one, on=on, members=0) and self._unchanged_since(one, on):
                self._end(one, on)
        elif not self.tree.check_merge(one, other, on=on):
            for child in self.tree.children(one, on=on):
                self._write(msgspec.structs.replace(child, parent_id=other, valid_from=on))
            self._end(one, on)

    def _move(self, one, other, on):
        present = self.tree.version(one, on=on)
        if present is None:
            return
        moved = msgspec.structs.replace(present, parent_id=other, valid_from=on, valid_to=None)
        if not self.tree.check_change(moved):
            self._write(moved)

    def _write(self, version):
        kept = [v for v in self.versions[version.organization_id] if v.valid_from < version.valid_from]
        self.versions[version.organization_id] = kept
        if kept:
            self._end(version.organization_id, version.valid_from)
        self.versions[version.organization_id].append(version)

    def _end(self, one, on):
        self.versions[one][-1] = msgspec.structs.replace(self.versions[one][-1], valid_to=on)

    def _unchanged_since(self, one, on):
        return self.versions[one][-1].valid_from < on and self.versions[one][-1].valid_to is None


DECISIONS = st.tuples(
    st.sampled_from(("establish", "establish", "move", "move", "merge", "dissolve")),
    st.sampled_from(NAMES),
    st.sampled_from(["root", *NAMES]),
    st.integers(1, 12).map(lambda month: date(2020, month, 1)),
)


class TestDatedChanges:
    """Whatever is decided in whatever order, each day has one tree."""

    def test_a_circle_between_then_and_now_is_one(self):
        history = History()
        for decision in (
            ("establish", "o0", "root", date(2020, 1, 1)),
            ("establish", "o1", "root", date(2020, 1, 1)),
            ("move", "o1", "o0", date(2020, 8, 1)),
            ("move", "o1", "root", date(2020, 10, 1)),
        ):
            history.decide(*decision)
        moved = an_organization("o0", under="o1", level="any", since=date(2020, 5, 1))
        assert codes(history.tree.check_change(moved)) == ["cycle"]

    def test_nothing_comes_to_stand_under_what_ended_since(self):
        history = History()
        for decision in (
            ("establish", "o0", "root", date(2020, 1, 1)),
            ("dissolve", "o0", "root", date(2020, 8, 1)),
        ):
            history.decide(*decision)
        late = an_organization("o1", under="o0", level="any", since=date(2020, 5, 1))
        assert codes(history.tree.check_establish(late)) == ["not_in_force"]

    @given(st.lists(DECISIONS, max_size=40))
    def test_every_day_each_organisation_has_one_place_under_the_root(self, decisions):
        history = History()
        for decision in decisions:
            history.decide(*decision)
        tree = history.tree
        for day in (date(2020, month, 1) for month in range(1, 13)):
            standing = tree.in_force(day)
            assert len({version.organization_id for version in standing}) == len(standing)
            for version in standing:
                path = tree.path(version.organization_id, on=day)
                assert path[0] == "root"
                assert path[-1] == version.organization_id


class TestDissolve:
    """Only an organisation without members and without organisations under it can be dissolved."""

    def test_refusals(self):
        tree = a_tree()
        assert codes(tree.check_dissolve("office", on=date(2020, 1, 1), members=3)) == [
            "dissolve_with_members"
        ]
        assert codes(tree.check_dissolve("tea", on=date(2020, 1, 1), members=0)) == ["dissolve_with_children"]
        assert codes(tree.check_dissolve("ghost", on=date(2020, 1, 1), members=0)) == ["not_in_force"]
        assert tree.check_dissolve("office", on=date(2020, 1, 1), members=0) == []

    def test_an_organization_founded_later_counts(self):
        tree = a_tree(KHOI, TEA, an_organization("office", under="tea", since=date(2021, 1, 1)))
        assert codes(tree.check_dissolve("tea", on=date(2020, 1, 1), members=0)) == ["dissolve_with_children"]


class TestLevels:
    """Level kinds are data, found by code or Vietnamese name."""

    def test_found_by_name_without_marks(self):
        assert LEVELS.find("CHI BO CO SO") is LEVELS.kind("chi_bo_co_so")
        assert LEVELS.find("tổ") is None

    def test_unknown_children_are_an_error(self):
        with pytest.raises(ValueError, match="unknown children"):
            LevelScheme([LevelKind(code="a", name_vi="A", is_cell=False, children=("b",))])

    def test_small_cells_are_warned_of(self):
        assert cell_too_small(3) is None
        assert cell_too_small(2).code == "cell_too_small"
