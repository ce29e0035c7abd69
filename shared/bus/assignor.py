"""The assignor: the range assignment, and a way to find out that the broker did not take it.

The leader of a group assigns the partitions and hands them to the broker. Apache Kafka lets it do so anew whenever
it joins again, as it does when topics come or go. The embedded broker does not: for members who join a settled
group with the words they joined it with, it keeps the assignment of old and drops the new one without a sound.
The client then takes a topic for assigned that nobody reads. So:

1. the leader marks each assignment, and looks whether the mark that comes back to it is its own;
2. if it is not, it joins again with another word in what it says of itself, which no broker takes for the same.

Only a leader whose assignment was dropped changes its word: members who did it each time would chase one another
from generation to generation.
"""

from __future__ import annotations

from typing import Any

from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.protocol.consumer.metadata import ConsumerProtocolSubscription

from shared.ids import new_id


class Assignor(RangePartitionAssignor):
    """Kafka's range assignor with a mark on every assignment; its groups may mix with those without."""

    def __init__(self) -> None:
        """Begin with what the plain range assignor says."""
        self.dropped = False
        """Whether the broker kept an older assignment than ours; the group must then be joined again."""
        self._mark: bytes | None = None
        self._word = 0

    def metadata(self, topics: Any) -> Any:
        """Return what a member says of itself when it joins: its topics, and the word."""
        if self.dropped:
            self._word += 1
        self.dropped, self._mark = False, None
        return ConsumerProtocolSubscription(
            self.version, list(topics), b"%d" % self._word if self._word else b""
        )

    def assign(self, cluster: Any, members: Any) -> Any:
        """Assign as the leader, and mark it."""
        self._mark = new_id().encode()
        assignments = super().assign(cluster, members)
        for assignment in assignments.values():
            assignment.user_data = self._mark
        return assignments

    def on_assignment(self, assignment: Any, generation: int) -> None:  # noqa: ARG002 -- kafka-python's signature
        """Look at what the broker gave us, who may have been the leader."""
        self.dropped = self._mark is not None and assignment.user_data != self._mark
