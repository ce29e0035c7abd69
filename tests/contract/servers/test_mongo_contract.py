"""What the kernel needs of whatever speaks MongoDB's wire protocol. Run against each: embedded, container, real."""

import threading

import pymongo
import pytest
from pymongo.errors import DuplicateKeyError, OperationFailure

pytestmark = pytest.mark.integration


@pytest.fixture
def database(mongodb_url, deployment):
    client = pymongo.MongoClient(mongodb_url, tz_aware=True, w="majority")
    try:
        yield client[f"{deployment}_contract"]
        client.drop_database(f"{deployment}_contract")
    finally:
        client.close()


@pytest.fixture
def things(database):
    database.create_collection("things")
    database.create_collection("others")
    return database["things"]


class TestTransactions:
    """All writes of a transaction, or none; two that touch the same document do not both win."""

    def test_an_abort_leaves_nothing_in_any_collection(self, database, things):
        def work(session):
            things.insert_one({"_id": 1}, session=session)
            database["others"].insert_one({"_id": 1}, session=session)
            raise RuntimeError("no")

        with database.client.start_session() as session, pytest.raises(RuntimeError):
            session.with_transaction(work)
        assert things.find_one() is None
        assert database["others"].find_one() is None

    def test_nobody_else_sees_a_write_before_the_commit(self, database, things):
        with database.client.start_session() as session, session.start_transaction():
            things.insert_one({"_id": 1}, session=session)
            assert things.find_one({"_id": 1}) is None
            assert things.find_one({"_id": 1}, session=session) is not None
        assert things.find_one({"_id": 1}) is not None

    def test_of_two_that_change_one_document_the_second_is_told_to_try_again(self, database, things):
        things.insert_one({"_id": "head", "n": 0})
        with database.client.start_session() as first, database.client.start_session() as second:
            first.start_transaction()
            second.start_transaction()
            for session in (first, second):
                things.find_one({"_id": "head"}, session=session)
            things.update_one({"_id": "head"}, {"$inc": {"n": 1}}, session=first)
            with pytest.raises(OperationFailure) as refusal:
                things.update_one({"_id": "head"}, {"$inc": {"n": 1}}, session=second)
            assert refusal.value.has_error_label("TransientTransactionError")
            first.commit_transaction()
        assert things.find_one({"_id": "head"})["n"] == 1

    def test_concurrent_counters_lose_nothing(self, database, things):
        things.insert_one({"_id": "head", "n": 0})

        def work(session):
            n = things.find_one({"_id": "head"}, session=session)["n"]
            things.replace_one({"_id": "head"}, {"n": n + 1}, session=session)
            database["others"].insert_one({"_id": n + 1}, session=session)

        def several():
            for _ in range(10):
                with database.client.start_session() as session:
                    session.with_transaction(work)

        threads = [threading.Thread(target=several) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert things.find_one({"_id": "head"})["n"] == 30
        assert database["others"].count_documents({}) == 30


class TestIndexes:
    """Unique and partial unique indexes hold, inside transactions too."""

    def test_unique(self, database, things):
        things.create_index("key", unique=True)
        things.insert_one({"key": "a"})
        with database.client.start_session() as session:
            session.start_transaction()
            with pytest.raises(DuplicateKeyError):
                things.insert_one({"key": "a"}, session=session)
            session.abort_transaction()

    def test_partial_unique_leaves_the_rest_alone(self, things):
        things.create_index("card", unique=True, partialFilterExpression={"current": True})
        things.insert_many([{"card": "1", "current": False}, {"card": "1", "current": False}])
        things.insert_one({"card": "1", "current": True})
        with pytest.raises(DuplicateKeyError):
            things.insert_one({"card": "1", "current": True})

    def test_a_conditional_replace_matches_its_version_only(self, things):
        things.insert_one({"_id": 1, "version": 1})
        assert things.replace_one({"_id": 1, "version": 1}, {"version": 2}).matched_count == 1
        assert things.replace_one({"_id": 1, "version": 1}, {"version": 2}).matched_count == 0


class TestChangeStreams:
    """A committed transaction wakes whoever watches; an aborted one does not."""

    def test_a_commit_is_seen_and_an_abort_is_not(self, database, things):
        with things.watch(max_await_time_ms=500) as stream:
            with database.client.start_session() as session:
                session.start_transaction()
                things.insert_one({"_id": "aborted"}, session=session)
                session.abort_transaction()
                session.start_transaction()
                things.insert_one({"_id": "committed"}, session=session)
                session.commit_transaction()
            assert next(stream)["documentKey"]["_id"] == "committed"
