"""Commands over HTTP against a real Mongo-wire server: all or nothing, once, and never over somebody else's change."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.audit.verify import verify
from shared.settings import Settings
from shared.store.pages import encode_cursor
from tests.support.ledgers import LEDGERS
from tests.support.people import holding
from tests.support.services import front_of

pytestmark = pytest.mark.integration

PAGE = "/api/members/pages/p1"


@pytest.fixture
def front(open_service):
    return open_service(LEDGERS)


@pytest.fixture
def secretary(front):
    return front.as_(holding("cell_secretary", "chi-bo"))


def count(front, collection):
    return front.runtime.store.collection(collection).count_documents({})


class TestOneTransaction:
    """A command leaves its record, its event and its audit entry, or none of them."""

    def test_record_event_and_audit_come_together(self, front, secretary):
        answer = secretary.post(PAGE, {"text": "một"})
        assert answer.status_code == 201
        assert answer.json["events"][0] == {
            "type": "vn.khoi.members.MemberErased.v1",
            "subject": "p1",
            "sequence": 1,
            "position": 1,
        }
        assert (count(front, "pages"), count(front, "outbox"), count(front, "audit")) == (1, 1, 1)

    def test_a_refused_command_leaves_nothing(self, front, secretary):
        secretary.post(PAGE, {"text": "một"})
        assert secretary.post(PAGE, {"text": "hai"}).status_code == 409
        assert (count(front, "pages"), count(front, "outbox"), count(front, "audit")) == (1, 1, 1)

    def test_positions_and_audit_links_have_no_gap_under_concurrency(self, front, secretary):
        callers = [front.as_(holding("cell_secretary", "chi-bo", subject=f"thư ký {n}")) for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            answers = list(
                pool.map(lambda n: callers[n % 4].post(f"/api/members/pages/x{n}", {"text": "x"}), range(24))
            )
        assert {answer.status_code for answer in answers} == {201}
        positions = sorted(event["position"] for answer in answers for event in answer.json["events"])
        assert positions == list(range(1, 25))
        assert verify(front.runtime.store).intact


class TestIdempotencyKey:
    """The same POST sent twice has one effect and one answer."""

    def test_a_key_is_required(self, secretary):
        answer = secretary.post(PAGE, {"text": "một"}, headers={"Idempotency-Key": ""})
        assert answer.status_code == 400
        assert answer.json["type"] == "urn:khoi:problem:idempotency-key-missing"

    def test_the_second_post_gets_the_first_answer(self, front, secretary):
        first = secretary.post(PAGE, {"text": "một"}, headers={"Idempotency-Key": "k"})
        second = secretary.post(PAGE, {"text": "một"}, headers={"Idempotency-Key": "k"})
        assert (second.status_code, second.json) == (201, first.json)
        assert second.headers["Idempotency-Replayed"] == "true"
        assert count(front, "outbox") == 1

    def test_two_at_once_have_one_effect(self, front, secretary):
        def send(_):
            return secretary.post(PAGE, {"text": "một"}, headers={"Idempotency-Key": "k"})

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, range(8)))
        assert {(answer.status_code, answer.data) for answer in answers} == {(201, answers[0].data)}
        assert (count(front, "pages"), count(front, "outbox"), count(front, "audit")) == (1, 1, 1)

    def test_a_key_is_not_reused_for_another_request(self, secretary):
        secretary.post(PAGE, {"text": "một"}, headers={"Idempotency-Key": "k"})
        answer = secretary.post(PAGE, {"text": "hai"}, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json["type"]) == (422, "urn:khoi:problem:idempotency-key-reused")

    def test_another_person_may_use_the_same_key(self, front, secretary):
        secretary.post(PAGE, {"text": "một"}, headers={"Idempotency-Key": "k"})
        other = front.as_(holding("cell_secretary", "chi-bo", subject="người khác"))
        answer = other.post("/api/members/pages/p2", {"text": "hai"}, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201


class TestTwoEditors:
    """Nobody writes over a change they have not seen."""

    def test_a_change_needs_if_match(self, secretary):
        secretary.post(PAGE, {"text": "một"})
        assert secretary.patch(PAGE, {"text": "hai"}).status_code == 428

    def test_the_second_editor_is_refused(self, secretary):
        secretary.post(PAGE, {"text": "một"})
        assert secretary.patch(PAGE, {"text": "hai"}, version=1).status_code == 200
        answer = secretary.patch(PAGE, {"text": "ba"}, version=1)
        assert (answer.status_code, answer.json["type"]) == (412, "urn:khoi:problem:precondition-failed")
        assert secretary.get(PAGE).json["text"] == "hai"

    def test_of_many_at_once_one_wins(self, front, secretary):
        secretary.post(PAGE, {"text": "một"})
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda n: secretary.patch(PAGE, {"text": f"t{n}"}, version=1), range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
        assert count(front, "outbox") == 2

    def test_an_unchanged_record_is_not_sent_again(self, secretary):
        tag = secretary.post(PAGE, {"text": "một"}).headers["ETag"]
        assert secretary.get(PAGE, headers={"If-None-Match": tag}).status_code == 304


class TestProblems:
    """Bad input says what, where and how to mend it, in Vietnamese unless English is asked for."""

    def test_every_bad_field_is_pointed_at(self, secretary):
        answer = secretary.post(PAGE, {"txt": "x", "on": "31/12/2024"})
        assert answer.status_code == 422
        assert answer.content_type == "application/problem+json"
        found = {error["pointer"]: (error["code"], error["detail"]) for error in answer.json["errors"]}
        assert found["/text"] == ("required", "Thiếu trường bắt buộc.")
        assert found["/on"] == ("date", "Không phải ngày hợp lệ; viết theo dạng YYYY-MM-DD.")
        assert found["/txt"][0] == "unknown"

    def test_english_on_request(self, secretary):
        answer = secretary.post(PAGE, {}, headers={"Accept-Language": "en"})
        assert answer.json["errors"][0]["detail"] == "Missing data for required field."
        assert answer.headers["Content-Language"] == "en"

    def test_broken_json(self, secretary):
        answer = secretary.post(PAGE, data="{", content_type="application/json")
        assert (answer.status_code, answer.json["type"]) == (400, "urn:khoi:problem:bad-request")

    def test_a_body_beyond_the_limit(self, secretary):
        answer = secretary.post(PAGE, {"text": "x" * 1_100_000})
        assert (answer.status_code, answer.json["type"]) == (413, "urn:khoi:problem:too-large")

    def test_no_token(self, front):
        answer = front.app.test_client().get(PAGE)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"

    def test_somebody_from_elsewhere(self, front):
        stranger = front.as_(holding("cell_secretary", "chi-bo-khac"))
        answer = stranger.post(PAGE, {"text": "một"})
        assert (answer.status_code, answer.json["type"]) == (403, "urn:khoi:problem:forbidden")

    def test_a_role_that_may_do_it_nowhere(self, front):
        operator = front.as_(holding("operator", "*"))
        assert operator.get(PAGE).status_code == 403

    @pytest.mark.parametrize("body", ["{", '{"txt": 1}', '{"text": "' + "x" * 1_100_000 + '"}'])
    def test_a_body_is_looked_at_only_for_whoever_may_send_it(self, front, body):
        nobody = front.app.test_client().post(PAGE, data=body, content_type="application/json")
        operator = front.as_(holding("operator", "*"))
        refused = operator.post(PAGE, data=body, content_type="application/json")
        assert (nobody.status_code, refused.status_code) == (401, 403)

    def test_a_view_that_does_not_ask_the_access_table_answers_nothing(self, secretary):
        answer = secretary.get("/api/members/pages/careless/p1")
        assert answer.status_code == 500
        assert "p1" not in answer.text


class TestDatabaseAway:
    """Without its database the service says so at once and writes nothing; back again, it goes on."""

    def test_503_with_retry_after_then_back(self, own_mongo, deployment):
        settings = Settings(khoi_id=deployment, mongodb_url=own_mongo.url)
        with front_of(LEDGERS, settings) as front:
            secretary = front.as_(holding("cell_secretary", "chi-bo"))
            assert secretary.post(PAGE, {"text": "một"}).status_code == 201
            own_mongo.kill()
            answer = secretary.post(
                "/api/members/pages/p2", {"text": "hai"}, headers={"Idempotency-Key": "k"}
            )
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            client = front.app.test_client()
            assert (client.get("/livez").status_code, client.get("/readyz").status_code) == (200, 503)
            own_mongo.start()
            again = secretary.post("/api/members/pages/p2", {"text": "hai"}, headers={"Idempotency-Key": "k"})
            assert again.status_code == 201
            assert count(front, "outbox") == 2


class TestAuditView:
    """Auditors read the chain; nobody else does."""

    def test_the_auditor_reads_who_did_what(self, front, secretary):
        secretary.post(PAGE, {"text": "một"})
        auditor = front.as_(holding("auditor", "*"))
        entry = auditor.get("/api/members/audit").json["items"][0]
        assert (entry["action"], entry["subject"], entry["role"]) == ("page.write", "p1", "cell_secretary")

    def test_page_by_page_over_a_hole_and_beyond_the_head(self, front, secretary):
        for number in range(12):
            secretary.post(f"/api/members/pages/p{number}", {"text": "một"})
        links = front.runtime.store.collection("audit")
        links.delete_many({"_id": {"$gt": 3, "$lte": 9}})
        links.insert_one({**links.find_one({"_id": 12}), "_id": 14})
        auditor = front.as_(holding("auditor", "*"))
        seen, page = [], auditor.get("/api/members/audit", limit=2).json
        # Each reading is a link as well, behind what was there when it began.
        while page["next"] is not None and len(seen) < 8:
            seen += [item["number"] for item in page["items"]]
            links.delete_many({"action": "audit.read"})
            front.runtime.store.collection("ledger").update_one({"_id": "head"}, {"$set": {"entry": 12}})
            page = auditor.get("/api/members/audit", limit=2, after=page["next"]).json
        assert [*seen, *(item["number"] for item in page["items"])] == [1, 2, 3, 10, 11, 12, 14]

    def test_of_one_person_from_page_to_page(self, front, secretary):
        for number in range(4):
            secretary.post(f"/api/members/pages/p{number}", {"text": "một"})
        auditor = front.as_(holding("auditor", "*"))
        who = auditor.get("/api/members/audit").json["items"][0]["actor"]
        page = auditor.get("/api/members/audit", actor=who, limit=3).json
        assert [each["subject"] for each in page["items"]] == ["p0", "p1", "p2"]
        page = auditor.get("/api/members/audit", actor=who, limit=3, after=page["next"]).json
        assert ([each["subject"] for each in page["items"]], page["next"]) == (["p3"], None)

    def test_a_cursor_of_another_list_is_refused(self, front):
        auditor = front.as_(holding("auditor", "*"))
        assert auditor.get("/api/members/audit", after=encode_cursor("p1")).status_code == 400

    def test_the_secretary_does_not(self, secretary):
        assert secretary.get("/api/members/audit").status_code == 403
