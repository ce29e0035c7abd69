"""The tests. What `tests.support` asserts is explained by pytest like an assertion of a test's own."""

import pytest

pytest.register_assert_rewrite("tests.support")
