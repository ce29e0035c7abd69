"""The traceparent from hop to hop, and spans on their way to a collector that is really there, or not."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from shared import traces
from shared.settings import Settings

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class _Collector(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append(body)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[HTTPServer]:
    """Takes OTLP over HTTP, as a real collector does."""
    server = HTTPServer(("127.0.0.1", 0), _Collector)
    server.taken = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _off_again() -> Iterator[None]:
    yield
    traces.close()


class TestTraceparent:
    """The trace stays, the span is one's own."""

    def test_a_request_goes_on_in_its_callers_trace(self):
        own = traces.of_request(GIVEN)
        assert own.split("-")[1] == GIVEN.split("-")[1]
        assert own.split("-")[2] != GIVEN.split("-")[2]
        assert own.endswith("-01")

    def test_a_request_without_one_begins_a_trace(self):
        first, second = traces.of_request(None), traces.of_request(None)
        assert first.split("-")[1] != second.split("-")[1]
        assert first.endswith("-00")  # nobody takes spans here

    def test_an_event_tried_again_is_the_same_span(self):
        own = traces.of_event(GIVEN, "reporting", "e1")
        assert own == traces.of_event(GIVEN, "reporting", "e1")
        assert own != traces.of_event(GIVEN, "notifications", "e1")
        assert own is not None
        assert own.split("-")[1] == GIVEN.split("-")[1]

    def test_an_event_from_before_traces(self):
        assert traces.of_event(None, "reporting", "e1") is None


class TestExport:
    """Spans go to the collector that is named, and nothing waits for it."""

    def test_a_span_with_its_parent(self, collector: HTTPServer):
        url = f"http://127.0.0.1:{collector.server_port}/v1/traces"
        traces.configure(Settings(khoi_id="k", traces_url=url), "reviews")
        own = traces.of_request(GIVEN)
        traces.record("POST cases", own=own, parent=GIVEN, kind="server", seconds=0.25, status=201)
        traces.close()
        (resource,) = collector.taken[0]["resourceSpans"]  # type: ignore[attr-defined]
        assert resource["resource"]["attributes"][0]["value"] == {"stringValue": "k-reviews"}
        (span,) = resource["scopeSpans"][0]["spans"]
        assert span["traceId"] == GIVEN.split("-")[1]
        assert (span["spanId"], span["parentSpanId"]) == (own.split("-")[2], GIVEN.split("-")[2])
        took = int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])
        assert took == pytest.approx(250_000_000, rel=0.01)
        assert span["attributes"] == [{"key": "status", "value": {"intValue": "201"}}]

    def test_a_collector_that_is_away_holds_up_nobody(self):
        traces.configure(Settings(khoi_id="k", traces_url="http://127.0.0.1:9/v1/traces"), "reviews")
        traces.record("x", own=traces.of_request(None), parent=None, kind="server", seconds=0.1)
        traces.close()
        assert not traces.exporting()

    def test_what_is_not_sampled_stays_here(self, collector: HTTPServer):
        url = f"http://127.0.0.1:{collector.server_port}/v1/traces"
        traces.configure(Settings(khoi_id="k", traces_url=url), "reviews")
        own = traces.of_request(f"{GIVEN[:-2]}00")
        traces.record("x", own=own, parent=None, kind="server", seconds=0.1)
        traces.close()
        assert collector.taken == []  # type: ignore[attr-defined]

    def test_an_address_of_another_kind_is_refused(self):
        with pytest.raises(ValueError, match="KHOI_TRACES_URL"):
            traces.configure(Settings(khoi_id="k", traces_url="file:///etc/passwd"), "reviews")
