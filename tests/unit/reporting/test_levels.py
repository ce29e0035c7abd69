"""Reports name the kinds of organisation as the deployment does."""

import pytest

from services.reporting.domain.code_lists import LEVELS
from services.reporting.levels import names_of
from shared.settings import SettingsError


class TestNames:
    """The deployment's own file, where it has one; else the levels of a provincial Khối."""

    def test_without_a_file(self):
        assert names_of(None) is LEVELS

    def test_of_a_file(self, tmp_path):
        path = tmp_path / "levels.toml"
        path.write_text('[[level]]\ncode = "dang_bo_xa"\nname = "Đảng bộ xã"\nshort = "root"\n', "utf-8")
        assert names_of(str(path)) == {"dang_bo_xa": "Đảng bộ xã"}

    def test_a_file_that_cannot_be_read(self, tmp_path):
        with pytest.raises(SettingsError, match="KHOI_LEVELS"):
            names_of(str(tmp_path / "none.toml"))
