"""Settings: read in one place, refused with the name of the variable."""

from pathlib import Path

import pytest

from shared.bus import failpoints
from shared.settings import Settings, SettingsError


class TestFromEnvironment:
    """Variables become typed values; what cannot be used names itself."""

    def test_defaults_are_a_development_deployment(self) -> None:
        settings = Settings.from_environment({})
        assert not settings.is_production
        assert settings.topic("reviews") == "khoi.reviews.events"

    def test_values(self) -> None:
        settings = Settings.from_environment(
            {
                "KHOI_ID": "khoi-tinh",
                "KHOI_TOPIC_PARTITIONS": "12",
                "KHOI_RETRY_LADDER_SECONDS": "0.1, 1,10",
                "KHOI_CORS_ORIGINS": "https://a.example, https://b.example",
                "KHOI_VAR": "/var/khoi",
            }
        )
        assert settings.retry_ladder_seconds == (0.1, 1, 10)
        assert settings.cors_origins == ("https://a.example", "https://b.example")
        assert (settings.topic_partitions, settings.var) == (12, Path("/var/khoi"))
        assert settings.database("members") == "khoi-tinh_members"
        assert settings.dead_letter_topic("members") == "khoi-tinh.members.dead-letters"
        assert settings.group("members") == "khoi-tinh.members"
        assert settings.event_source("members") == "/khoi/khoi-tinh/members"

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("KHOI_TOPIC_PARTITIONS", "many"),
            ("KHOI_ENVIRONMENT", "playground"),
            ("KHOI_RETRY_LADDER_SECONDS", "1,soon"),
            ("KHOI_ID", "Khối"),
            ("KHOI_ID", ""),
        ],
    )
    def test_what_cannot_be_used_is_named(self, variable: str, value: str) -> None:
        with pytest.raises(SettingsError, match=variable):
            Settings.from_environment({variable: value})


class TestFailpoints:
    """Failpoints kill in tests and are refused in production."""

    def test_refused_in_production(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KHOI_FAILPOINT", "relay.after-publish")
        failpoints.refuse_in_production(Settings())
        with pytest.raises(SettingsError, match="KHOI_FAILPOINT"):
            failpoints.refuse_in_production(Settings(environment="production"))

    def test_another_point_is_passed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KHOI_FAILPOINT", "relay.after-publish")
        failpoints.reached("relay.before-publish", Settings())
        failpoints.reached("relay.after-publish", Settings(environment="production"))
