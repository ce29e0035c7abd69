"""``make reliability``: faults done to a Khối in containers while people work, judged and measured one by one."""

import pytest

pytest.register_assert_rewrite("tests.support.agreement")
