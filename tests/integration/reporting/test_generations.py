"""The read model in generations, as the web process and the operator see it."""

import msgspec
import pytest

from services.reporting.service import SERVICE
from shared.bus import rebuilding
from shared.bus.generations import ReadModel, register_of, write_register
from shared.bus.inbox import Inbox
from shared.clock import SystemClock
from shared.store.unit_of_work import UnitOfWork
from tests.integration.reporting.history import KHOI, Reporting
from tests.support.people import context_of, holding

pytestmark = pytest.mark.integration

SHAPE = SERVICE.shape
OPERATOR = holding("operator", "*")


class Operated:
    """Reporting, and the operator who rebuilds its read model."""

    def __init__(self, reporting: Reporting) -> None:
        self.front = reporting.front
        self.base = reporting.front.runtime.base
        self.unit_of_work = reporting.front.runtime.unit_of_work
        self._reporting = reporting

    def builds(self, events) -> int:
        """Begin a generation, and read *events* into it as a worker does."""
        number = rebuilding.begin(self.unit_of_work, SHAPE, context=context_of(OPERATOR)).number
        model = ReadModel(self.base, SHAPE, number)
        inbox = Inbox(UnitOfWork(model, SystemClock()), {}, SERVICE.batch_handler)
        inbox.apply([self._reporting.delivery(event) for event, _ in events], topic_ids={})
        return number

    def compares(self, number: int) -> rebuilding.Comparison:
        return rebuilding.compare(
            self.base, SHAPE, number, clock=self.front.runtime.clock, sample=SERVICE.sample
        )

    def swaps(self, number: int) -> None:
        rebuilding.swap(self.unit_of_work, SHAPE, number, context=context_of(OPERATOR))

    def listed(self):
        """How many members the report of the Khối counts as listed, or the problem's status."""
        reader = self.front.as_(holding("standing_committee", KHOI))
        answer = reader.get("/api/reporting/screening-report", organization=KHOI, period="2022")
        return answer.json["figures"]["listed"]["total"] if answer.status_code == 200 else answer.status_code

    def shown(self) -> list[tuple[int, str, int, int]]:
        answer = self.front.as_(OPERATOR).get("/api/reporting/generations")
        return [
            (each["number"], each["state"], each["events"], each["events_wanted"])
            for each in answer.json["items"]
        ]


@pytest.fixture
def operated(reporting: Reporting, the_year_2022) -> Operated:
    reporting.reads(the_year_2022.events)
    return Operated(reporting)


class TestGenerations:
    """A web process answers from the generation in use, and from another one with the next request after a swap."""

    def test_a_damaged_read_model_is_replaced(self, operated, the_year_2022):
        assert operated.listed() == 5
        operated.base.collection("cases").delete_many({"_id": {"$in": ["continuing", "died"]}})
        assert operated.listed() == 3
        events = len(the_year_2022.events)
        new = operated.builds(the_year_2022.events)
        assert operated.shown() == [(0, "live", events, events), (new, "building", events, events)]
        assert operated.listed() == 3
        found = operated.compares(new)
        assert found.collections["cases"].only_other == ("continuing", "died")
        assert found.streams.equal
        assert not found.equal
        (name,) = [each for each in found.reports_differing if each.startswith("khoi 01/01/2000")]
        assert found.reports_differing[name]["listed"] == (4, 6)
        operated.swaps(new)
        assert operated.listed() == 5
        assert operated.shown()[1][:2] == (new, "live")
        progress = operated.front.as_(OPERATOR).get("/api/reporting/progress").json
        assert sum(each["events"] for each in progress["applied"].values()) == events

    def test_an_undamaged_one_is_equal(self, operated, the_year_2022):
        found = operated.compares(operated.builds(the_year_2022.events))
        assert found.equal
        assert found.reports > 0

    def test_a_process_of_a_new_version_waits_for_its_own(self, operated):
        register = register_of(operated.base, SHAPE.version)
        older = [msgspec.structs.replace(each, version=0) for each in register.generations]
        write_register(operated.base, register.changed(*older))
        assert operated.listed() == 503
        assert operated.front.app.test_client().get("/readyz").status_code == 503
