from deploy.bench import invented
from services.reporting.projection.batch import FOLDS
from shared.settings import Settings


class TestInventedEvents:
    """The events measured are events that the consumer would accept."""

    def test_positions_and_sequences_have_no_gaps(self):
        log = invented.Log(Settings(), "reviews")
        invented.cases(log, 3)
        assert [event.position for event in log.events] == list(range(1, 25))
        for case in ("c0", "c1", "c2"):
            assert [event.sequence for event in log.events if event.subject == case] == list(range(1, 9))

    def test_every_fact_is_decoded_and_folded(self):
        roster, procedure = invented.Log(Settings(), "members"), invented.Log(Settings(), "reviews")
        invented.organizations(roster)
        invented.members(roster, 5)
        invented.cases(procedure, 1)
        assert {type(event.fact()) for event in (*roster.events, *procedure.events)} <= set(FOLDS)
