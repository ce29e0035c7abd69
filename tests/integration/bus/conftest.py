"""A producing and a consuming service on the session's servers."""

import gc
from collections.abc import Iterator

import pytest

from shared.settings import Settings
from tests.support.bus import Cases, Steps, make_topics, settings_of


@pytest.fixture
def settings(deployment: str, mongodb_url: str, kafka_bootstrap: str) -> Settings:
    found = settings_of(deployment, mongodb_url, kafka_bootstrap)
    make_topics(found)
    return found


@pytest.fixture
def cases(settings: Settings) -> Iterator[Cases]:
    producing = Cases(settings)
    yield producing
    producing.close()


@pytest.fixture
def steps(settings: Settings) -> Iterator[Steps]:
    consuming = Steps(settings)
    yield consuming
    consuming.close()


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """Collect the sockets that kafka-python drops unclosed here, where the test's own filters still hold."""
    yield
    gc.collect()
