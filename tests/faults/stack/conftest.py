"""One stack for all faults done to it; each test finds every part of it alive."""

import gc
from collections.abc import Iterator

import pytest

from deploy.stack.stack import StackError
from tests.support.stacks import Khoi, small_khoi


@pytest.fixture(scope="package")
def running() -> Iterator[Khoi]:
    with small_khoi() as khoi:
        yield khoi


@pytest.fixture
def khoi(running: Khoi) -> Khoi:
    """The small Khối with all its parts alive, also after a test that left some dead."""
    for name in running.stack.names:
        try:
            running.stack.pid(name)
        except StackError:
            running.stack.start_part(name, wait=False)
    running.stack.wait_ready()
    return running


@pytest.fixture(autouse=True)
def _swept() -> Iterator[None]:
    """Collect the sockets that kafka-python drops unclosed here, where the test's own filters still hold."""
    yield
    gc.collect()
