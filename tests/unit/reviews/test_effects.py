"""What nobody has verified is named wherever it takes effect ("chưa kiểm chứng")."""

import ast
import inspect
import textwrap

import msgspec
import pytest

from services.reviews import domain, effects
from services.reviews.domain.citation import Refusal, refuse_if
from services.reviews.domain.procedure import BY_COMMAND
from services.reviews.domain.profile import Settings
from services.reviews.refusals import refused
from tests.unit.reviews import words

PLACES = {
    **effects.SETTINGS_OF_STEP,
    **effects.SETTINGS_OF_DEADLINE,
    "round": effects.SETTINGS_OF_ROUND,
}
NAMES = sorted({name for names in PLACES.values() for name in names})


def with_certainty(setting, certainty):
    return msgspec.structs.replace(setting, certainty=certainty)


class TestEveryValueHasAPlace:
    """A setting without a place where it is shown would take effect unseen."""

    @pytest.mark.parametrize("profile", words.PROFILES, ids=lambda profile: profile.id)
    def test_of_every_profile_what_is_assumed_is_shown_somewhere(self, profile):
        shown = {each["setting"] for each in effects.unverified(profile, NAMES)}
        assert {each.name for each in profile.assumed()} == shown

    def test_what_is_verified_today_has_one_too(self):
        unplaced = {each.name for each in words.PROFILE.listed() if not each.name.startswith(tuple(NAMES))}
        assert unplaced == set()

    @pytest.mark.parametrize("name", NAMES)
    def test_no_place_names_what_does_not_exist(self, name):
        assert any(each.name.startswith(name) for each in words.PROFILE.listed())

    def test_the_places_are_steps_of_the_procedure(self):
        assert effects.SETTINGS_OF_STEP.keys() <= BY_COMMAND.keys()

    @pytest.mark.parametrize("command", sorted(BY_COMMAND))
    def test_what_a_step_reads_is_shown_with_it(self, command):
        source = textwrap.dedent(inspect.getsource(getattr(domain, command)))
        read = {
            node.attr
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute)
            and node.attr in Settings.__struct_fields__
            and "settings" in ast.unparse(node.value)
        }
        shown = effects.SETTINGS_OF_STEP.get(command, ())
        assert {name for name in read if not name.startswith(shown or ("-",))} == set()


class TestResults:
    """A result names what it was counted by."""

    def test_a_ballot(self):
        named = {each["setting"] for each in effects.of_ballot(words.PROFILE)}
        assert {"flag_base", "transit_counted", "totals_shown_from_base"} <= named
        assert "flag_share" not in named

    def test_a_vote_of_a_cell_and_of_a_committee(self):
        cell = {each["setting"] for each in effects.of_vote(words.PROFILE, "cell")}
        above = {each["setting"] for each in effects.of_vote(words.PROFILE, "standing_committee")}
        assert "removal_base" in cell
        assert "removal_base" not in above

    def test_a_correction_says_what_the_ballot_said(self):
        steps = effects.SETTINGS_OF_STEP
        assert steps["correct_ballot"] == steps["record_ballot"]


class TestRefusals:
    """A refusal that rests on such a value says so, in the words people read and as data."""

    def refusal(self, setting):
        found = domain.Problem(
            code="helpers_too_few",
            pointer="/helpers",
            detail_vi="Cần ít nhất 1 đảng viên giúp đỡ.",
            detail_en="At least 1 helper is needed.",
            citation=setting.citation,
        )
        with pytest.raises(Refusal) as raised:
            refuse_if([found])
        return refused(raised.value)

    def test_assumed(self):
        told = self.refusal(words.PROFILE.settings.min_helpers)
        assert told.detail.endswith("(chưa kiểm chứng)")
        assert told.extra["rules"][0]["citation"]["certainty"] == "assumed"
        assert told.extra["citation"]["text"].endswith("chưa kiểm chứng")

    def test_inferred(self):
        told = self.refusal(with_certainty(words.PROFILE.settings.min_helpers, "inferred"))
        assert told.detail.endswith("(suy ra, chưa kiểm chứng)")

    def test_verified(self):
        told = self.refusal(with_certainty(words.PROFILE.settings.min_helpers, "verified"))
        assert "chưa kiểm chứng" not in told.detail
