"""One stack with a small Khối on it for all end-to-end tests; each test takes members of its own."""

from collections.abc import Iterator

import pytest

from tests.support.stacks import Khoi, small_khoi


@pytest.fixture(scope="package")
def khoi() -> Iterator[Khoi]:
    with small_khoi() as found:
        yield found
