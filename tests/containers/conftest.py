"""Only where images were built: `.ci/run` does it in a stage of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.containers.compose import Deployment, deployment, docker
from tests.support.servers import eventually

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and not os.environ.get("KHOI_IMAGE"):
            item.add_marker(pytest.mark.skip(reason="no image named by KHOI_IMAGE: see tests/containers"))


@pytest.fixture(scope="session")
def image() -> str:
    """The name of the project's image."""
    return os.environ["KHOI_IMAGE"]


@pytest.fixture(scope="session")
def khoi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A Khối in containers, its gateway answering for all four services."""
    with deployment(tmp_path_factory.mktemp("khoi")) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(running.certificate))

        def answers() -> bool:
            for service in ("members", "reviews", "notifications", "reporting"):
                try:
                    asked = requests.get(f"{running.origin}/api/{service}/progress", timeout=5)
                except requests.RequestException:
                    return False
                if asked.status_code != 401:
                    return False
            return _all_healthy(running)

        eventually(answers, within=300)
        yield running


def _all_healthy(running: Deployment) -> bool:
    listed = docker(
        *("ps", "--all", "--filter", f"label=com.docker.compose.project={running.project}"),
        *("--format", '{{.Label "com.docker.compose.service"}}|{{.Status}}'),
    ).splitlines()
    states = dict(line.split("|", 1) for line in listed)
    prepared = states.get("prepare", "").startswith("Exited (0)")
    return prepared and all(
        "healthy" in state for name, state in states.items() if name[-4:] in {"-web", "rker"}
    )
