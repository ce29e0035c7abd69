"""A channel is its folder and one line."""

import sys
from types import ModuleType

import pytest

from services.notifications.channels import CHANNELS, Channel
from services.notifications.channels.outward import outward
from services.notifications.service import SERVICE
from tests.integration.notifications.conftest import FLAGGED

pytestmark = pytest.mark.integration


@pytest.fixture
def pager(monkeypatch):
    """A further channel: what its folder would hold, and its line. Returns what it was handed."""
    handed, folder = [], ModuleType("pager.outward")
    folder.hand_over = lambda _, messages: handed.extend(messages)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pager.outward", folder)
    monkeypatch.setitem(sys.modules, "pager", ModuleType("pager"))
    monkeypatch.setitem(
        CHANNELS, "pager", Channel("pager", {".jinja": ("title",)}, says_what=False, folder="pager")
    )
    return handed


class TestChannels:
    """What reaches outside is found by its line alone."""

    def test_each_has_a_job_of_the_worker(self):
        jobs = [channel.JOB for channel in outward()]
        assert [job.name for job in jobs] == ["email", "webhooks"]
        assert list(SERVICE.jobs)[:2] == jobs
        assert SERVICE.logs == ("notifications-sent", "webhooks-sent")

    def test_a_further_one_is_handed_every_new_message(self, happens, pager):
        happens(FLAGGED)
        assert {message.inbox for message in pager} == {"member:m1", "cell_secretary@chi-bo"}
