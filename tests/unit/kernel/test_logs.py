import json
import logging
import sys
from urllib.parse import quote

import pytest
import structlog
from pymongo.errors import AutoReconnect, DuplicateKeyError

from shared import logs
from shared.bus.inbox import EventFailedError, GapError

NAME = "Trần Thị Bích"
CARD = "01.123456"


@pytest.fixture
def taken() -> DuplicateKeyError:
    """What the server says when a card number is taken: it quotes the number."""
    key = {"card_number": CARD, "full_name": NAME}
    return DuplicateKeyError(f"E11000 duplicate key error dup key: {key}", 11000, {"keyValue": key})


@pytest.fixture(autouse=True)
def _nothing_in_hand():
    yield
    logs.in_hand()


def line_of(
    message: object, *arguments: object, error: BaseException | None = None, **fields: object
) -> dict:
    """What the log holds of a record."""
    info = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord("khoi.web", logging.ERROR, __file__, 1, message, arguments, info)
    record.__dict__.update(fields)
    return json.loads(logs.JsonLines().format(record))


def raised(error: BaseException, *, because: BaseException | None = None) -> BaseException:
    try:
        raise error from because
    except type(error) as found:
        return found


class TestNobodysData:
    """No name and no card number gets into a log, by whatever way it comes along."""

    def test_an_unexpected_error(self, taken: DuplicateKeyError):
        written = line_of("unexpected error in %s", "members.register", error=raised(taken))
        assert CARD not in str(written)
        assert NAME not in str(written)
        assert written["error"]["told"].startswith("DuplicateKeyError(11000) at ")
        assert written["event"] == "unexpected error in members.register"

    def test_an_error_that_quotes_what_it_was_given(self):
        error = raised(ValueError(f"cannot read {NAME}"))
        assert NAME not in str(line_of("import failed", error=error))
        assert NAME not in str(line_of("import failed: %s", error))
        assert NAME not in str(line_of(error))
        assert NAME not in str(line_of("import failed", cause=error))

    def test_the_cause_of_an_error(self, taken: DuplicateKeyError):
        told = logs.told(raised(EventFailedError(3), because=raised(taken)))
        assert told.startswith("EventFailedError: delivery 3 < DuplicateKeyError(11000) at ")
        assert CARD not in told

    def test_the_query_of_an_address(self):
        written = line_of("Error handling request %s", f"/api/members/members?name={quote(NAME)}")
        assert written["event"] == "Error handling request /api/members/members?…"

    def test_structlog_as_well(self, taken: DuplicateKeyError, capsys: pytest.CaptureFixture[str]):
        before = structlog.get_config()
        try:
            logs.configure_structured()
            log = structlog.get_logger("bus")
            log.warning("event failed", error=taken)
            try:
                raise taken
            except DuplicateKeyError:
                log.exception("a part died")
        finally:
            structlog.configure(**before)
        written = [json.loads(each) for each in capsys.readouterr().err.splitlines()]
        assert [(each["event"], each["level"]) for each in written] == [
            ("event failed", "warning"),
            ("a part died", "error"),
        ]
        assert CARD not in str(written)
        assert written[1]["error"]["at"]


class TestWhatIsSaid:
    """An operator is told what concerns them: kind, place, ids."""

    def test_an_outage_in_its_own_words(self):
        assert logs.told(AutoReconnect("mongo:27017: connection refused")).endswith("connection refused")
        assert (
            logs.told(ConnectionRefusedError(111, "refused")) == "ConnectionRefusedError: [Errno 111] refused"
        )

    def test_words_of_the_bus_which_knows_ids_only(self):
        assert (
            logs.told(GapError("the event before e7 is missing"))
            == "GapError: the event before e7 is missing"
        )

    def test_the_ids_of_what_is_in_hand(self):
        logs.in_hand(request_id="r-1", trace_id="4bf9", nothing=None)
        written = line_of("answered", status=201)
        assert (written["request_id"], written["trace_id"], written["status"]) == ("r-1", "4bf9", 201)
        assert "nothing" not in written

    def test_the_place_of_an_error(self):
        with pytest.raises(ValueError) as caught:
            json.loads("{")
        assert "json" in logs.told(caught.value)
        assert "raw_decode" in line_of("x", error=caught.value)["error"]["at"][-1]

    def test_one_line_each(self):
        info = (ValueError, ValueError("a\nb"), None)
        record = logging.LogRecord("khoi", logging.INFO, __file__, 1, "two\nlines", None, info)
        assert "\n" not in logs.JsonLines().format(record)

    def test_a_process_that_configures_itself(self, monkeypatch: pytest.MonkeyPatch):
        root = logging.getLogger()
        before = (root.handlers[:], root.level)
        monkeypatch.setenv("KHOI_LOG_LEVEL", "error")
        try:
            logs.configure()
            assert root.level == logging.ERROR
            assert isinstance(root.handlers[0].formatter, logs.JsonLines)
            assert root.handlers[0].stream is sys.stderr
        finally:
            root.handlers[:], _ = before[0], root.setLevel(before[1])
            logging.captureWarnings(capture=False)
