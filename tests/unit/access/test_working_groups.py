"""A token of a working group is worth what a group in force goes with."""

import pytest

from shared.access.actor import Actor, Grant
from shared.access.working_groups import InForce, claims, narrowed, places_named

PATHS = {
    "co-so": ["khoi", "co-so"],
    "chi-bo": ["khoi", "co-so", "chi-bo"],
    "co-so-2": ["khoi", "co-so-2"],
}
GROUP = InForce(organization_ids=("co-so",), member_ids=frozenset({"m1"}))


def going_with(organization, *, member_id=None, others=()):
    return Actor(subject="x", member_id=member_id, grants=(Grant("working_group", organization), *others))


def held(actor, *groups):
    return [
        each.organization for each in narrowed(actor, groups, PATHS).grants if each.role == "working_group"
    ]


class TestNarrowed:
    """The group's organisations and the token's, whichever is the smaller."""

    @pytest.mark.parametrize(
        ("claimed", "held_"),
        [
            ("co-so", ["co-so"]),
            ("khoi", ["co-so"]),
            ("*", ["co-so"]),
            ("chi-bo", ["chi-bo"]),
            ("co-so-2", []),
            ("unknown", []),
        ],
    )
    def test_where(self, claimed, held_):
        assert held(going_with(claimed), GROUP) == held_

    def test_no_group_in_force(self):
        assert held(going_with("co-so")) == []

    def test_for_whom_its_decision_names(self):
        assert held(going_with("co-so", member_id="m1"), GROUP) == ["co-so"]
        assert held(going_with("co-so", member_id="m2"), GROUP) == []

    def test_other_offices_stay(self):
        office = Grant("cell_secretary", "chi-bo")
        assert narrowed(going_with("co-so", others=[office]), [], PATHS).grants == (office,)

    def test_what_has_to_be_looked_up(self):
        assert places_named(going_with("*"), [GROUP]) == {"co-so"}
        assert claims(going_with("co-so"))
        assert not claims(Actor(subject="x", grants=(Grant("cell_secretary", "chi-bo"),)))
