"""What random walks through the procedure tell, folded by reporting: the read model and the figures made of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.domain.case_facts import end_of_day
from services.reporting.domain.period import Period
from services.reporting.domain.pipeline import Passage, Step, pipeline
from services.reporting.domain.screening_count import ENTRIES, EXITS, count_screening
from services.reporting.projection.batch import FOLDS
from services.reporting.projection.cases import COLLECTION as CASES
from services.reporting.projection.cases import facts_of
from services.reporting.projection.organizations import COLLECTION as ORGANIZATIONS
from services.reporting.projection.organizations import successors_of, tree_of
from services.reporting.projection.rounds import COLLECTION as ROUNDS
from shared.events.catalogue import reviews as catalogue
from tests.unit.reporting.held_in_memory import HeldInMemory
from tests.unit.reporting.recounted import read, recounted, round_recounted, told_on
from tests.unit.reporting.registry import PARENTS, Registry, Stream
from tests.unit.reporting.told import arriving, rounds_told_by, told_by, told_of
from tests.unit.reviews import words
from tests.unit.reviews.walks import Walk

NODES = (*PARENTS, "elsewhere")
LONG_AFTER = date(2100, 1, 1)


def folded(streams: Sequence[Stream]) -> dict[str, dict[str, dict]]:
    """Fold each record from nothing, one event after the other."""
    found: dict[str, dict[str, dict]] = {}
    for stream in streams:
        for event, fact in stream:
            fold = FOLDS[type(fact)]
            documents = found.setdefault(fold.collection, {})
            documents[fold.key(fact)] = fold.apply(documents.get(fold.key(fact)), event, fact)
    return found


def figures_not_0(flat: dict[str, int]) -> Counter[str]:
    return +Counter({key: figure for key, figure in flat.items() if key != "unreconciled"})


class TestWalksFolded:
    """However the events arrive, the read model is their fold, and its reports balance and say what they say."""

    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        seed=st.integers(0, 2**32),
        cases=st.integers(1, 8),
        steps=st.integers(1, 60),
        changes=st.integers(0, 12),
        rounds=st.integers(0, 2),
    )
    def test_the_read_model_is_the_fold_of_the_events(self, seed, cases, steps, changes, rounds):
        rng = Random(seed)  # noqa: S311 - a seeded walk, no secret
        registry = Registry(rng, changes=changes)
        told = [told_by(rng, f"case-{number}", steps, registry) for number in range(cases)]
        of_rounds = [rounds_told_by(rng, registry, number) for number in range(rounds)]
        streams = [stream for of_case, of_member in told for stream in (of_case, of_member) if stream]
        streams += [*registry.streams.values(), *(stream for of_round in of_rounds for stream in of_round)]
        model = HeldInMemory()
        arrived = arriving(rng, streams)
        while arrived:
            size = rng.choice([1, 7, 40, len(arrived)])
            model.reads(arrived[:size])
            arrived = arrived[size:]
        held = model.held()
        assert {name: kept for name, kept in held.items() if kept} == folded(streams)
        for of_case, of_member in told:
            assert_complete(held, of_case)
            assert_complete(held, of_member)
        for stream in registry.streams.values():
            assert_complete(held, stream)
        for number, of_round in enumerate(of_rounds):
            events_of_round = [[event for event, _ in stream] for stream in of_round]
            document = held[ROUNDS][f"round-{number}"]
            counted = round_recounted(events_of_round)
            assert {name: document[name] for name in counted} == counted
        events = [[event for event, _ in of_case] for of_case, _ in told]
        tree = [event for stream in registry.streams.values() for event, _ in stream]
        for _ in range(10):
            assert_right(rng, held, events, tree)


def assert_complete(held, stream):
    """Every event of a record is in its document once, in its place."""
    if stream:
        event, fact = stream[0]
        document = held[FOLDS[type(fact)].collection][event.subject]
        assert [entry["sequence"] for entry in document["history"]] == list(range(1, len(stream) + 1))


def standing(held, as_of):
    """The cases as a report as of that day reads them: in the tree as it was known then."""
    known = held[ORGANIZATIONS]
    moved = [document for document in known.values() if document["moved"]]
    needed = [*moved, *(known[each] for each in successors_of(moved) if not known[each]["moved"])]
    tree = tree_of(needed, known_before=end_of_day(as_of))
    return [tree.in_tree(facts_of(document).as_known(as_of)) for document in held.get(CASES, {}).values()]


def assert_right(rng, held, events, tree):
    """A report on a random organisation, period and day balances, and says what the events alone say."""
    happened = [
        day
        for told in [*events, tree]
        for event in told
        for day in (read(event).on, told_on(event))
        if day >= words.START
    ] or [words.START]

    def a_day():
        return rng.choice(happened) + timedelta(days=rng.choice([-1, 0, 0, 1]))

    starts_on, ends_on = sorted((a_day(), a_day()))
    as_of = rng.choice([a_day(), a_day(), LONG_AFTER])
    node = rng.choice(NODES)
    count = count_screening(
        standing(held, as_of), organization_id=node, period=Period.range(starts_on, ends_on), as_of=as_of
    )
    flat = count.figures.flat()
    assert flat["unreconciled"] == 0
    assert "unreconciled" not in count.cases
    assert sum(flat[key] for key in ENTRIES) == sum(flat[key] for key in EXITS)
    assert figures_not_0(flat) == recounted(
        events, tree=tree, organization=node, starts_on=starts_on, ends_on=ends_on, as_of=as_of
    )
    assert {key: len(ids) for key, ids in count.cases.items()} == figures_not_0(flat)


class TestDeadlines:
    """What runs in a case runs in the pipeline, and nothing else: its clocks travel with its events (ADR 15)."""

    SHOWN = {"education_end": "education", "follow_up": "follow_up", "complaint_resolving": "complaint"}  # noqa: RUF012 -- never written

    @settings(max_examples=400, deadline=None)
    @given(seed=st.integers(0, 2**32), steps=st.integers(1, 60))
    def test_what_runs(self, seed, steps):
        rng = Random(seed)  # noqa: S311 - a seeded walk, no secret
        walk = Walk(rng).run(steps)
        of_case, _ = told_of(rng, walk)
        if not of_case:
            return
        document = folded([of_case])[CASES][walk.case_id]
        passage = Passage(
            facts=facts_of(document), steps=msgspec.convert(document["history"], tuple[Step, ...])
        )
        found = pipeline([passage], period=Period.year(2022), on=LONG_AFTER).deadlines
        running = Counter(
            self.SHOWN[each.kind]
            for each in walk.case.deadlines
            if each.status == "running" and each.kind in self.SHOWN
        )
        assert {kind: kept.overdue for kind, kept in found.items() if kept.overdue} == running


class TestTheWalksTellEnough:
    """Guards the test above: walks that never listed, moved, removed or restored anybody would prove nothing."""

    def test_every_event_of_a_case_is_told(self):
        rng = Random(5)  # noqa: S311 - a seeded walk, no secret
        told = Counter(
            event.name for number in range(600) for event, _ in told_by(rng, f"case-{number}", 60)[0]
        )
        assert set(told) == {kind.__name__ for kind in FOLDS if kind.__module__ == catalogue.__name__} - {
            "RoundOpened",
            "CellReviewReported",
            "RoundClosed",
        }

    def test_organisations_are_renamed_moved_merged_and_dissolved_while_cases_are_on_the_list(self):
        rng = Random(6)  # noqa: S311 - the same
        registries = [Registry(rng, changes=12) for _ in range(100)]
        changes = Counter(
            getattr(fact, "change", type(fact).__name__)
            for registry in registries
            for stream in registry.streams.values()
            for _, fact in stream
        )
        assert min(changes[kind] for kind in ("renamed", "moved", "merged", "OrganizationDissolved")) > 20
        reorganized = Counter(
            key
            for registry in registries
            for number in range(3)
            for key in _seen_by_all(told_by(rng, f"case-{number}", 40, registry)[0], registry)
        )
        assert reorganized["other_exits.by_reason.reorganization"] > 20


def _seen_by_all(of_case, registry):
    """What any organisation sees of a case in all its life."""
    tree = [event for stream in registry.streams.values() for event, _ in stream]
    life = {"starts_on": date(2000, 1, 1), "ends_on": LONG_AFTER, "as_of": LONG_AFTER}
    seen = Counter()
    for node in PARENTS:
        seen += recounted([[event for event, _ in of_case]], tree=tree, organization=node, **life)
    return seen
