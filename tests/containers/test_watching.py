"""Prometheus beside the running deployment: it reaches every process over TLS and takes the rules."""

from __future__ import annotations

import os
from typing import Any

import pytest
import requests

from tests.support.servers import eventually

pytestmark = [
    pytest.mark.containers,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not os.environ.get("PROMETHEUS_IMAGE"), reason="no image named by PROMETHEUS_IMAGE"),
]


class TestPrometheus:
    """The profile observe, started beside what runs."""

    def test_it_sees_every_process_and_has_the_rules(self, khoi):
        khoi.compose("up", "-d", "--no-deps", "prometheus", within=120)
        base = f"http://127.0.0.1:{khoi.environment['KHOI_PROMETHEUS_PORT']}/api/v1"

        def asked(path: str) -> Any:
            try:
                return requests.get(f"{base}/{path}", timeout=10).json()["data"]
            except requests.RequestException:
                return None

        def seen() -> bool:
            data = asked("targets")
            assert data, "Prometheus does not answer"
            states = {each["labels"]["instance"]: each["health"] for each in data["activeTargets"]}
            assert len(states) == 8
            assert set(states.values()) == {"up"}, states
            return True

        eventually(seen, within=180, every=2)
        assert [rule for group in asked("rules")["groups"] for rule in group["rules"]]
