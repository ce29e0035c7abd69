"""A deployment's own rule profile: other thresholds and periods by a file alone, from the ballot to the deadlines."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from deploy.khoi import main
from services.reviews.profile_set import take_into_use
from services.reviews.profiles import configure, profiles_with
from shared.settings import SettingsError
from tests.integration.reviews.conftest import KHOI, Office, Story, day

pytestmark = pytest.mark.integration

OWN = """
id = "2021-tinh-thu"
title = "Quy định riêng để thử"
valid_from = 2021-05-30
extends = "2021-hd02-qd24"

[carried_over]
certainty = "assumed"
note = "Lấy theo bộ quy tắc 2021."

[sources.thu]
document = "Hướng dẫn"
number = "01-HD/THU"
issuer = "Ban Tổ chức Tỉnh ủy Thử Nghiệm"
date = 2021-05-20

[settings.flag_share]
value = { numerator = 3, denominator = 4 }
source = "thu"
clause = "điểm 1"
certainty = "verified"

[settings.education_months]
value = 6
source = "thu"
clause = "điểm 2"
certainty = "verified"

[settings.follow_up_months]
value = 1
source = "thu"
clause = "điểm 3"
certainty = "verified"
"""


@pytest.fixture
def own(office: Office, tmp_path: Path) -> Iterator[Path]:
    """The file of the deployment's profile, in use."""
    file = tmp_path / "rieng.toml"
    file.write_text(OWN, "utf-8")
    office.runtime.settings = msgspec.structs.replace(office.runtime.settings, profiles=tmp_path)
    configure(office.runtime.settings)
    yield file
    configure(msgspec.structs.replace(office.runtime.settings, profiles=None))


class TestOwnProfile:
    """What begins under it lives by its values."""

    def test_its_share(self, own: Path, a_story: Callable[[], Story]):
        assert a_story().propose().guide().ballot(in_favour=8).state == "not_listed"
        assert a_story().propose("m2").guide().ballot(in_favour=9).state == "listed"

    def test_its_periods(self, office: Office, own: Path, a_story: Callable[[], Story]):
        story = a_story().listed()
        assert (story.now["profile"]["id"], story.now["education_due_on"]) == ("2021-tinh-thu", "2021-12-15")
        story.do(office.secretary, "helpers", on=day(16), members=["m2"])
        due = office.secretary.get("/deadlines", kind="follow_up").json["items"]
        assert [each["due_on"] for each in due] == ["2021-07-17"]

    def test_a_case_keeps_the_profile_it_began_under(
        self, office: Office, a_story: Callable[[], Story], tmp_path: Path
    ):
        story = a_story().propose().guide()
        (tmp_path / "rieng.toml").write_text(OWN, "utf-8")
        configure(msgspec.structs.replace(office.runtime.settings, profiles=tmp_path))
        try:
            story.ballot(in_favour=8)
        finally:
            configure(office.runtime.settings)
        assert (story.now["profile"]["id"], story.state) == ("2021-hd02-qd24", "listed")

    def test_it_is_compared_with_another(self, office: Office, own: Path):
        answer = office.standing.get("/profiles/2021-hd02-qd24/differences/2021-tinh-thu")
        assert answer.status_code == 200, answer.json
        values = {
            each["setting"]: (each["before"]["value"], each["after"]["value"])
            for each in answer.json["items"]
            if each["value_differs"]
        }
        assert set(values) == {"flag_share", "education_months", "follow_up_months"}
        assert values["education_months"] == (12, 6)


class TestTakenIntoUse:
    """The set of profiles changes on the record, and never under a case."""

    def entries(self, office: Office, profile_id: str) -> list[str]:
        found = office.runtime.store.collection("audit").find({"subject": profile_id}).sort("_id", 1)
        return [raw["action"] for raw in found]

    def test_new_changed_and_withdrawn(self, office: Office, own: Path):
        take_into_use(office.runtime)
        take_into_use(office.runtime)
        own.write_text(OWN.replace("value = 6", "value = 7"), "utf-8")
        self.read_again(office)
        own.unlink()
        self.read_again(office)
        assert self.entries(office, "2021-tinh-thu") == [
            "profile.take_into_use",
            "profile.change",
            "profile.withdraw",
        ]

    def read_again(self, office: Office) -> None:
        """As a new process does."""
        profiles_with.cache_clear()
        configure(office.runtime.settings)
        take_into_use(office.runtime)

    @pytest.mark.parametrize("change", ["another value", "no file"])
    def test_not_under_a_case(self, office: Office, own: Path, a_story: Callable[[], Story], change: str):
        take_into_use(office.runtime)
        a_story().propose()
        if change == "no file":
            own.unlink()
        else:
            own.write_text(OWN.replace("value = 6", "value = 7"), "utf-8")
        with pytest.raises(SettingsError, match="2021-tinh-thu"):
            self.read_again(office)

    def test_not_under_a_round(self, office: Office, own: Path):
        body = {"name": "Đợt", "organization_id": KHOI, "on": day(), "due_on": day(30)}
        assert office.standing.post("/rounds", body).json["profile"] == "2021-tinh-thu"
        take_into_use(office.runtime)
        own.unlink()
        with pytest.raises(SettingsError, match="2021-tinh-thu"):
            self.read_again(office)

    def test_a_file_that_cannot_be_used_keeps_the_service_from_starting(self, office: Office, own: Path):
        own.write_text(OWN.replace("value = 6", 'value = "sáu"'), "utf-8")
        profiles_with.cache_clear()
        with pytest.raises(SettingsError, match=r"rieng\.toml"):
            configure(office.runtime.settings)


class TestCommand:
    """``khoi profiles`` for whoever writes such a file."""

    def test_list_show_compare(self, tmp_path: Path):
        (tmp_path / "rieng.toml").write_text(OWN, "utf-8")
        options = ["--folder", str(tmp_path)]
        runner = CliRunner(env={"COLUMNS": "200"})
        assert "2021-tinh-thu" in runner.invoke(main, ["profiles", "list", *options]).output
        assert "01-HD/THU" in runner.invoke(main, ["profiles", "show", "2021-tinh-thu", *options]).output
        command = ["profiles", "compare", "2021-hd02-qd24", "2021-tinh-thu", *options]
        assert "education_months" in runner.invoke(main, command).output

    def test_a_bad_file_is_one_sentence(self, tmp_path: Path):
        (tmp_path / "rieng.toml").write_text("id = ", "utf-8")
        result = CliRunner().invoke(main, ["profiles", "list", "--folder", str(tmp_path)])
        assert result.exit_code == 1
        assert "rieng.toml" in result.output
