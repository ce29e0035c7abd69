"""An upgrade in two halves: what the new version needs comes first, what only the old one had goes last."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from pymongo import UpdateOne

from shared.access.actor import Context, system_actor
from shared.audit.verify import verify
from shared.clock import FixedClock
from shared.settings import Settings
from shared.store.connection import Document, Store
from shared.store.data_steps import DATA_STEPS, DataStep, pass_over, pending, run_step
from shared.store.indexes import Index, RetiredIndex, create_indexes, drop_retired, retired_left
from shared.store.unit_of_work import Transaction, UnitOfWork

pytestmark = pytest.mark.integration

CONTEXT = Context(actor=system_actor("test"), request_id="request", correlation_id="correlation")
OLD = Index("folders", (("label", 1),), unique=True)
NEW = Index("folders", (("label", 1), ("order", 1)))
RETIRED = (
    RetiredIndex("folders", (("label", 1),), "labels are read in order"),
    RetiredIndex("drawers", (("label", 1),), "there are no drawers any more"),
)


@pytest.fixture
def store(deployment: str, mongodb_url: str) -> Iterator[Store]:
    opened = Store(Settings(khoi_id=deployment, mongodb_url=mongodb_url), "members")
    create_indexes(opened, [OLD])
    yield opened
    opened.close()


@pytest.fixture
def unit_of_work(store: Store) -> UnitOfWork:
    return UnitOfWork(store, FixedClock(datetime(2026, 1, 15, 2, 0, tzinfo=UTC)))


def keys(store: Store, collection: str) -> set[tuple[str, ...]]:
    found = store.collection(collection).index_information().values()
    return {tuple(field for field, _ in index["key"]) for index in found}


class TestRetiredIndexes:
    """Both stand while both versions run; the old one goes when it is asked to, and only it."""

    def test_created_beside_then_dropped(self, store: Store) -> None:
        create_indexes(store, [NEW])
        assert {("label",), ("label", "order")} <= keys(store, "folders")
        assert retired_left(store, RETIRED) == [RETIRED[0]]
        assert drop_retired(store, RETIRED) == ["folders.label_1"]
        assert keys(store, "folders") == {("_id",), ("label", "order")}

    def test_again_there_is_nothing_to_drop(self, store: Store) -> None:
        drop_retired(store, RETIRED)
        assert (retired_left(store, RETIRED), drop_retired(store, RETIRED)) == ([], [])

    def test_those_of_the_kernel_go_too(self, store: Store) -> None:
        store.collection("outbox").create_index([("event_id", 1)], unique=True)
        assert drop_retired(store, ()) == ["outbox.event_id_1"]


class Upgrade:
    """A step that gives folders their order, and may be broken off at a batch."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.breaks_at: int | None = None
        self.step = DataStep(
            name="folders.order.1", collection="folders", why_vi="", change=self._change, batch=4
        )

    def _change(self, tx: Transaction, documents: Sequence[Document]) -> int:
        if len(self.batches) == self.breaks_at:
            raise RuntimeError("broken off")
        self.batches.append(sorted(raw["_id"] for raw in documents))
        writes = [
            UpdateOne({"_id": raw["_id"]}, {"$set": {"order": raw["label"]}})
            for raw in documents
            if "order" not in raw
        ]
        if writes:
            tx.collection("folders").bulk_write(writes, session=tx.session)
        return len(writes)


class TestDataSteps:
    """Every old record once, whatever happens meanwhile."""

    @pytest.fixture
    def folders(self, store: Store) -> list[str]:
        names = [f"f{number:02}" for number in range(10)]
        store.collection("folders").insert_many([{"_id": each, "label": each} for each in names])
        return names

    @pytest.fixture
    def upgrade(self) -> Upgrade:
        return Upgrade()

    def unordered(self, store: Store) -> int:
        return store.collection("folders").count_documents({"order": {"$exists": False}})

    def test_batch_by_batch_and_only_once(
        self, store: Store, unit_of_work: UnitOfWork, folders: list[str], upgrade: Upgrade
    ) -> None:
        seen: list[tuple[int, int]] = []
        changed = run_step(
            unit_of_work, upgrade.step, context=CONTEXT, progress=lambda *now: seen.append(now)
        )
        assert (changed, self.unordered(store)) == (10, 0)
        assert upgrade.batches == [folders[:4], folders[4:8], folders[8:]]
        assert seen == [(4, 10), (8, 10), (10, 10)]
        assert pending(store, [upgrade.step]) == []
        assert run_step(unit_of_work, upgrade.step, context=CONTEXT) == 10
        assert len(upgrade.batches) == 3
        assert [raw["action"] for raw in store.collection("audit").find()] == ["data_step.done"]
        assert verify(store).intact

    def test_broken_off_it_goes_on_behind_the_last_batch(
        self, store: Store, unit_of_work: UnitOfWork, folders: list[str], upgrade: Upgrade
    ) -> None:
        upgrade.breaks_at = 2
        with pytest.raises(RuntimeError, match="broken off"):
            run_step(unit_of_work, upgrade.step, context=CONTEXT)
        assert (self.unordered(store), pending(store, [upgrade.step])) == (2, [upgrade.step])
        upgrade.breaks_at = None
        assert run_step(unit_of_work, upgrade.step, context=CONTEXT) == 10
        assert upgrade.batches == [folders[:4], folders[4:8], folders[8:]]

    def test_two_at_once_do_no_batch_twice(
        self, store: Store, unit_of_work: UnitOfWork, folders: list[str], upgrade: Upgrade
    ) -> None:
        other = Upgrade()

        def meanwhile(done: int, _: int) -> None:
            if done == 4:
                run_step(unit_of_work, other.step, context=CONTEXT)

        assert run_step(unit_of_work, upgrade.step, context=CONTEXT, progress=meanwhile) == 10
        assert upgrade.batches == [folders[:4]]
        assert other.batches == [folders[4:8], folders[8:]]

    def test_a_deployment_without_records_has_nothing_to_do(self, store: Store, upgrade: Upgrade) -> None:
        pass_over(store, [upgrade.step])
        assert pending(store, [upgrade.step]) == []

    def test_one_with_records_has(self, store: Store, folders: list[str], upgrade: Upgrade) -> None:
        pass_over(store, [upgrade.step])
        assert pending(store, [upgrade.step]) == [upgrade.step]
        assert store.collection(DATA_STEPS).find_one({}) is None
