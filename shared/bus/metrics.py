"""What the bus tells Prometheus: how far behind it is, how fast it goes, what it could not apply."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_DEPTH = Gauge("khoi_outbox_depth", "Events committed and not yet on the topic", ["service"])
OUTBOX_OLDEST_SECONDS = Gauge(
    "khoi_outbox_oldest_seconds", "Age of the oldest event that is not yet on the topic", ["service"]
)
RELAY_PUBLISHED = Counter("khoi_relay_published", "Events the broker acknowledged", ["service"])
RELAY_ERRORS = Counter("khoi_relay_errors", "Rounds of the relay that ended in an error", ["service"])
RELAY_REFILLS = Counter("khoi_relay_refills", "Topics found lost or recreated and refilled", ["service"])
RELAY_LEADER = Gauge("khoi_relay_leader", "1 while this process holds the relay's lease", ["service"])

LAG = Gauge("khoi_consumer_lag", "Records behind the end of the partition", ["service", "topic", "partition"])
APPLIED = Counter("khoi_consumer_applied", "Events applied", ["service", "source"])
DUPLICATES = Counter("khoi_consumer_duplicates", "Events seen again and skipped", ["service"])
GAPS = Counter("khoi_consumer_gaps", "Events whose predecessor in the stream is missing", ["service"])
RETRIES = Counter("khoi_consumer_retries", "Further tries of failing events", ["service"])
STALLS = Counter("khoi_consumer_stalls", "Times the store was away and the consumer waited", ["service"])
HELD = Gauge("khoi_consumer_held", "Events waiting in memory behind a failing one", ["service"])
DEAD_LETTERS_OPEN = Gauge("khoi_dead_letters_open", "Parked events nobody has settled yet", ["service"])
HANDLER_SECONDS = Histogram(
    "khoi_handler_seconds",
    "Time to apply one transaction of events",
    ["service"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
AGE_SECONDS = Histogram(
    "khoi_event_age_seconds",
    "From the commit of an event to its effect here",
    ["service"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600),
)
