"""The assignor: an assignment that the broker did not take is found out, and only its leader speaks up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.bus.assignor import Assignor

TOPICS = ("members", "reviews")


@dataclass
class Group:
    """A broker's group with its first member as the leader; it takes a new assignment from changed members only.

    So does the embedded broker. Apache Kafka takes it whenever the leader joins (``stubborn`` False).
    """

    members: Sequence[Assignor]
    stubborn: bool = True
    partitions: dict[str, set[int]] = field(default_factory=lambda: {"members": {0, 1, 2, 3}})
    generations: int = 0
    _words: list[bytes] | None = None
    _given: dict[str, Any] = field(default_factory=dict)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return self.partitions.get(topic)

    def rebalance(self) -> None:
        """Everybody joins, the leader assigns, everybody is told."""
        joined = [member.metadata(TOPICS) for member in self.members]
        words = [each.user_data for each in joined]
        names = [f"m{number}" for number in range(len(joined))]
        assigned = self.members[0].assign(self, list(map(Joined, names, joined)))
        if words != self._words or not self.stubborn:
            self._words, self._given = words, assigned
            self.generations += 1
        for name, member in zip(names, self.members, strict=True):
            member.on_assignment(self._given[name], self.generations)

    def rebalance_while_dropped(self) -> None:
        """As the consumers do: whoever knows that its assignment was dropped has the group join again."""
        self.rebalance()
        for _ in range(10):
            if not any(member.dropped for member in self.members):
                return
            self.rebalance()
        raise AssertionError("they join for ever")

    def given(self) -> list[tuple[str, int]]:
        """Every partition that somebody reads."""
        return sorted(
            (each.topic, each.partition) for given in self._given.values() for each in given.partitions()
        )


@dataclass
class Joined:
    """A member as the broker presents it to the leader."""

    member_id: str
    metadata: Any
    group_instance_id: str | None = None


@pytest.fixture(params=[1, 3], ids=["alone", "three"])
def members(request: pytest.FixtureRequest) -> list[Assignor]:
    return [Assignor() for _ in range(request.param)]


class TestStubbornBroker:
    """A broker that keeps the old assignment is told in other words until it takes the new one."""

    def test_topic_comes_back(self, members: list[Assignor]) -> None:
        group = Group(members)
        group.rebalance_while_dropped()
        group.partitions["reviews"] = {0}
        group.rebalance()
        assert [member.dropped for member in members] == [True, *(False for _ in members[1:])]
        group.rebalance_while_dropped()
        assert group.given() == [*(("members", number) for number in range(4)), ("reviews", 0)]

    def test_topic_comes_and_goes(self, members: list[Assignor]) -> None:
        group = Group(members)
        for partitions in ({0, 1}, set[int](), {0, 1}, set[int](), {0, 1}):
            group.partitions["reviews"] = partitions
            group.rebalance_while_dropped()
            assert [each for each in group.given() if each[0] == "reviews"] == [
                ("reviews", number) for number in sorted(partitions)
            ]

    def test_one_more_generation_for_each_change(self, members: list[Assignor]) -> None:
        group = Group(members)
        group.rebalance_while_dropped()
        group.partitions["reviews"] = {0, 1, 2}
        group.rebalance_while_dropped()
        assert group.generations == 2


class TestObedientBroker:
    """Apache Kafka takes what the leader assigns, and hears nothing but the plain words of the range assignor."""

    def test_nobody_changes_its_word(self, members: list[Assignor]) -> None:
        group = Group(members, stubborn=False)
        for partitions in ({0, 1}, set[int](), {0, 1}):
            group.partitions["reviews"] = partitions
            group.rebalance()
            assert not any(member.dropped for member in members)
        assert {member.metadata(TOPICS).user_data for member in members} == {b""}


class TestOtherLeader:
    """Who does not lead has nothing to compare with, also when it once led."""

    def test_leader_of_once(self) -> None:
        first, second = Assignor(), Assignor()
        Group([first, second]).rebalance()
        Group([second, first]).rebalance()
        assert not first.dropped
        assert not second.dropped
