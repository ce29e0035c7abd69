"""The level kinds of a deployment are a file."""

from pathlib import Path

import pytest

from services.members.domain.organization import PROVINCIAL_BLOC_LEVELS
from services.members.levels import scheme_of
from shared.settings import SettingsError

EXAMPLE = Path(__file__).parents[3] / "deploy" / "levels.example.toml"
COMMUNE = """
[[level]]
code = "dang_bo"
name = "Đảng bộ"
children = ["dang_bo", "chi_bo"]

[[level]]
code = "chi_bo"
name = "Chi bộ"
short = "cell"
cell = true
"""


@pytest.fixture
def a_file(tmp_path):
    def made(text):
        path = tmp_path / "levels.toml"
        path.write_text(text, "utf-8")
        return path

    return made


class TestLevels:
    """Another deployment brings its own names and depth; a file that cannot be used is named."""

    def test_the_example_is_what_holds_without_a_file(self):
        assert scheme_of(EXAMPLE).kinds == PROVINCIAL_BLOC_LEVELS

    def test_other_names_and_any_depth(self, a_file):
        scheme = scheme_of(a_file(COMMUNE))
        assert scheme.allows(parent=None, child="dang_bo")
        assert scheme.allows(parent="dang_bo", child="dang_bo")
        assert not scheme.allows(parent="chi_bo", child="chi_bo")
        assert scheme.find_short("cell", is_cell=True) is scheme.find("CHI BO")

    @pytest.mark.parametrize(
        "text",
        ["level = 1", "[[level]]\ncode = 'a'\n", COMMUNE + "[[level]]\ncode = 'chi_bo'\nname = 'Tổ'\n", "["],
    )
    def test_a_file_that_cannot_be_used_is_named(self, a_file, text):
        with pytest.raises(SettingsError, match=r"KHOI_LEVELS.*levels\.toml"):
            scheme_of(a_file(text))

    def test_a_missing_file_is_named(self, tmp_path):
        with pytest.raises(SettingsError, match=r"nowhere\.toml"):
            scheme_of(tmp_path / "nowhere.toml")
