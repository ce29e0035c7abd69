"""The access table: who may do what, where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.access.actor import ROLE_TITLES, Actor, Grant
from shared.access.table import TABLE, decide, visible_roots
from tests.support.people import a_member, holding

PATH = ["khoi", "co-so", "chi-bo"]
ROLES = sorted(ROLE_TITLES)


class TestReach:
    """A grant reaches its organisation and everything below it; a member reaches what is about themselves."""

    @pytest.mark.parametrize(("action", "row"), TABLE.items(), ids=TABLE)
    @pytest.mark.parametrize("role", ROLES)
    def test_only_roles_of_the_row_are_allowed(self, action, row, role):
        grant = decide(holding(role, "khoi"), action, path=PATH, member_id="m1")
        if role not in row or row[role] == "own":
            assert grant is None
        else:
            assert grant == Grant(role, "khoi")

    @pytest.mark.parametrize(
        ("action", "role"),
        [
            (action, role)
            for action, row in TABLE.items()
            for role, reach in row.items()
            if reach == "subtree"
        ],
    )
    def test_a_subtree_ends_at_its_root(self, action, role):
        assert decide(holding(role, "co-so"), action, path=PATH) is not None
        assert decide(holding(role, "co-so"), action, path=["khoi", "co-so-khac"]) is None
        assert decide(holding(role, "chi-bo"), action, path=["khoi", "co-so"]) is None
        assert decide(holding(role, "co-so"), action, path=None) is None

    @pytest.mark.parametrize(
        "action", [action for action, row in TABLE.items() if row.get("member") == "own"]
    )
    def test_a_member_reaches_only_what_is_about_themselves(self, action):
        assert decide(a_member("m1"), action, member_id="m1") is not None
        assert decide(a_member("m1"), action, member_id="m2") is None
        assert decide(a_member("m1"), action, path=PATH) is None

    def test_nobody_without_a_grant_may_do_anything(self):
        nobody = Actor(subject="x")
        assert all(decide(nobody, action, path=PATH, member_id="m1") is None for action in TABLE)

    def test_an_unknown_action_is_an_error_and_not_a_no(self):
        with pytest.raises(KeyError):
            decide(a_member("m1"), "members.score")


class TestPrinciples:
    """What the mission forbids stands in no row."""

    def test_operators_read_no_personal_data(self):
        assert {action for action, row in TABLE.items() if "operator" in row} <= {
            "organizations.read",
            "inbox.read",
            "contacts.own",
            "notifications.operate",
            "notifications.texts",
            "reports.progress",
            "progress.read",
            "system.operate",
            "access.revoke",  # whose tokens count no more: the account, not the person
        }

    def test_auditors_read_the_audit_and_not_the_cases(self):
        allowed = {action for action, row in TABLE.items() if "auditor" in row}
        assert "audit.read" in allowed
        assert not {
            action for action in allowed if action.startswith(("cases.", "members.", "reports.cases"))
        }

    def test_nothing_scores_ranks_or_recommends(self):
        words = ("score", "rank", "predict", "recommend")
        assert not [action for action in TABLE if any(word in action for word in words)]


class TestVisibleRoots:
    """A list shows just the subtrees that single decisions would allow."""

    @given(
        grants=st.lists(
            st.tuples(st.sampled_from(ROLES), st.sampled_from(["khoi", "co-so", "chi-bo", "khac", "*"])),
            max_size=4,
        ),
        action=st.sampled_from(sorted(TABLE)),
        path=st.sampled_from([["khoi"], ["khoi", "co-so"], PATH, ["khoi", "khac"]]),
    )
    def test_lists_and_single_records_agree(self, grants, action, path):
        actor = Actor(subject="x", grants=tuple(Grant(role, place) for role, place in grants))
        roots = visible_roots(actor, action)
        listed = roots is None or bool(roots & set(path))
        assert listed == (decide(actor, action, path=path) is not None)
