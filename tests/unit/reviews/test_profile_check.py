"""A profile file is checked as a whole: every fault with its place and its remedy."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.khoi.profiles import profiles
from services.reviews.domain.profile_check import faults
from tests.unit.reviews.test_profile import OTHER, TEXT


def places(text, others=None):
    return [each.place for each in faults("own.toml", text, others or {})]


class TestSoundFiles:
    """What can be loaded has no faults."""

    def test_a_file_that_extends_a_profile_of_the_service(self):
        assert places(OTHER) == []

    def test_a_file_that_extends_another_of_the_deployment(self):
        further = OTHER.replace("test-other", "further").replace("2024-01-01\nextends", "2024-02-01\nextends")
        further = further.replace('extends = "2021-hd02-qd24"', 'extends = "test-other"')
        assert places(further, {"a.toml": OTHER}) == []
        assert places(further) == ["dòng 5, extends"]

    def test_a_file_that_stands_for_itself(self):
        alone = TEXT.replace('id = "2021-hd02-qd24"', 'id = "own"').replace(
            "2021-04-12\n\n", "2021-04-13\n\n", 1
        )
        assert places(alone) == []


class TestFaults:
    """Each mistake is named with its line and how to mend it, all of them at once."""

    @pytest.mark.parametrize(
        ("old", "new", "place", "mend"),
        [
            ("[settings.flag_share]", "[settings.flag_shar]", "dòng 14, settings.flag_shar", "flag_share"),
            ("denominator = 5", 'denominator = "5"', "dòng 14, settings.flag_share", "Share"),
            ("value = 6", 'value = "sáu"', "dòng 18, settings.education_months", "int"),
            ('source = "x"\ncertainty = "weak"\n[settings.ed', 'source = "y"\ncertainty = "weak"\n[settings.ed',
             "dòng 14, settings.flag_share", "x"),
            ('extends = "2021-hd02-qd24"', 'extends = "2021"', "dòng 5, extends", "2021-hd02-qd24"),
            ("valid_from = 2024-01-01", "valid_from = 2021-04-12", "dòng 4, valid_from", "ngày áp dụng riêng"),
            ('id = "test-other"', 'id = "2025-qd294"', "dòng 2, id", "mã khác"),
            ("[carried_over]", "[carried]", "dòng 5, extends", "carried_over"),
            ("date = 2024-01-01", 'date = "sớm"', "dòng 9, sources.x", "issuer"),
            ('title = "Bộ quy tắc thử"', "", "title", "Thêm dòng title"),
        ],
    )  # fmt: skip
    def test_where_and_what_to_do(self, old, new, place, mend):
        assert old in OTHER
        (found,) = [
            each for each in faults("own.toml", OTHER.replace(old, new, 1), {}) if each.place == place
        ]
        assert mend in found.mend

    def test_broken_toml_names_its_line(self):
        (found,) = faults("own.toml", 'id = "x"\ntitle = y\n', {})
        assert "line 2" in found.wrong

    def test_all_at_once(self):
        text = OTHER.replace("value = 6", 'value = "6"').replace("value = 1\n", 'value = "1"\n')
        assert places(text) == ["dòng 18, settings.education_months", "dòng 22, settings.follow_up_months"]

    def test_without_extends_every_missing_value_is_named(self):
        text = OTHER.replace('extends = "2021-hd02-qd24"', "")
        assert any("thiếu min_helpers" in each.wrong for each in faults("own.toml", text, {}))


class TestCommand:
    """``khoi profiles validate FILE`` says yes, or prints what is wrong and fails."""

    def test_yes(self, tmp_path: Path):
        file = tmp_path / "own.toml"
        file.write_text(OTHER, "utf-8")
        answer = CliRunner().invoke(profiles, ["validate", str(file), "--folder", str(tmp_path)])
        assert (answer.exit_code, "dùng được" in answer.output) == (0, True)

    def test_no(self, tmp_path: Path):
        file = tmp_path / "own.toml"
        file.write_text(OTHER.replace("value = 6", 'value = "6"'), "utf-8")
        answer = CliRunner().invoke(profiles, ["validate", str(file)])
        assert answer.exit_code != 0
        assert "dòng 18, settings.education_months" in answer.output
