"""The texts of notifications."""

import pytest

from services.notifications.channels import CHANNELS
from services.notifications.domain.who_is_told import own_table
from services.notifications.service import SERVICE
from services.notifications.texts import check_texts, preview, rendered
from shared.settings import Settings, SettingsError

ROWS = [(data, row) for data, rows in own_table().items() for row in rows]


@pytest.fixture(autouse=True)
def the_softwares_own_table():
    """Each process takes its table from the settings; this one goes back to the software's own."""
    SERVICE.configure(Settings())
    yield
    SERVICE.configure(Settings())


class TestTexts:
    """Every row of the table has words on every channel, and none that the channel may not say."""

    def test_every_text_can_be_made(self):
        check_texts(Settings())

    @pytest.mark.parametrize(("data", "row"), ROWS, ids=lambda each: getattr(each, "event", ""))
    @pytest.mark.parametrize("channel", ["email", "webhook"])
    def test_outside_the_inbox_nothing_of_the_case_is_said(self, data, row, channel):
        said = preview(Settings(khoi_name="Khối thử"), row, data, CHANNELS[channel])
        inbox = preview(Settings(), row, data, CHANNELS["inbox"])
        assert inbox[".jinja:title"] not in str(said)
        assert "0190f3a0" not in str(said)  # the ids of the samples

    def test_a_text_says_by_when(self):
        said = rendered(
            "inbox",
            "reviews.FollowUpRecorded",
            {"to": "cell_secretary", "due_on": "01/02/2026", "clause": ""},
        )
        assert said[".jinja:to_do"] == "Chuẩn bị kỳ theo dõi sau, trước ngày 01/02/2026."

    def test_html_is_escaped(self):
        said = rendered("email", "reviews.RoundClosed", {"khoi": "<Khối>", "see": "x", "required": False})
        assert "&lt;Khối&gt;" in said[".html.jinja:body"]
        assert said[".txt.jinja:subject"].startswith("<Khối>")


class TestADeploymentsOwnTexts:
    """They take the place of the software's, and one that cannot be made stops the start."""

    def test_they_take_its_place(self, tmp_path):
        (tmp_path / "inbox").mkdir()
        (tmp_path / "inbox/reviews.RoundClosed.jinja").write_text(
            "{% block title %}Đợt đã xong{% endblock %}{% block to_do %}{% endblock %}", "utf-8"
        )
        said = rendered("inbox", "reviews.RoundClosed", {"to": "x"}, own=tmp_path)
        assert said[".jinja:title"] == "Đợt đã xong"

    @pytest.mark.parametrize(
        ("template", "named"),
        [
            ("{% block title %}{{ member_id }}{% endblock %}", "member_id"),
            ("{% block title %}{{ due_on", "RoundClosed"),
            ("Đợt đã xong", "title"),
        ],
    )
    def test_one_that_cannot_be_made_stops_the_start(self, tmp_path, template, named):
        (tmp_path / "webhook").mkdir()
        (tmp_path / "webhook/reviews.RoundClosed.jinja").write_text(template, "utf-8")
        with pytest.raises(SettingsError, match=named):
            check_texts(Settings(notification_templates=tmp_path))

    def test_a_relation_without_words_stops_the_start(self, tmp_path):
        own = tmp_path / "own.toml"
        own.write_text('[[told]]\nevent = "members.MemberChanged"\nto = "member"\n', "utf-8")
        settings = Settings(who_is_told=own)
        SERVICE.configure(settings)
        with pytest.raises(SettingsError, match="MemberChanged"):
            check_texts(settings)

    def test_a_table_that_cannot_be_read_stops_the_start(self, tmp_path):
        with pytest.raises(SettingsError, match="KHOI_WHO_IS_TOLD"):
            SERVICE.configure(Settings(who_is_told=tmp_path / "missing.toml"))
