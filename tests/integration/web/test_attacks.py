"""What somebody with a browser, a token or a script tries, against a service as it really runs."""

import json

import pytest

from tests.integration.members.conftest import API
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration


@pytest.fixture
def raw(members):
    """Send bytes as they are, as the organising board."""
    members.as_(holding("organizing_board", "*"))
    client = members.app.test_client()

    def send(method, path, body=b"", **headers):
        given = {
            "Authorization": "Bearer organizing_board@*",
            "Content-Type": "application/json",
            "Idempotency-Key": "k",
            **headers,
        }
        return client.open(path, method=method, data=body, headers=given)

    return send


class TestOperators:
    """Operators of the database in what is sent are values of the wrong type, never conditions."""

    @pytest.mark.parametrize("value", [{"$gt": ""}, {"$ne": None}, {"$where": "sleep(1)"}, ["a"]])
    def test_in_a_body(self, register, value):
        answer = register(full_name=value, expect=422)
        assert answer["errors"][0]["pointer"].startswith("/full_name")

    @pytest.mark.parametrize("query", ["q[$ne]=x", "organization[$gt]=", "$where=1", "q=x&$or=1"])
    def test_in_a_query(self, raw, register, query):
        """An unknown name is refused or means nothing; it narrows and widens nobody's view."""
        register()
        answer = raw("GET", f"{API}/members?{query}")
        assert answer.status_code == 422 or len(answer.json["items"]) <= 1

    @pytest.mark.parametrize("name", ['{"$ne": null}', "$where", '{"$regex": ".*"}'])
    def test_as_an_id(self, board, register, name):
        register()
        assert board.get(f"{API}/members/{name}").status_code == 404

    def test_as_a_cursor(self, board, register):
        register()
        for cursor in ('{"$gt": ""}', "eyIkZ3QiOiIifQ==", "\x00", "a" * 3_000):
            assert board.get(f"{API}/members", after=cursor).status_code in {400, 422}

    def test_a_search_is_words_and_no_pattern(self, board, register):
        register(full_name="Lê Thị Thử")
        for words in ("(zzz)?", "(zzz)*", "zzz{0}", "(z+)+$"):
            assert board.get(f"{API}/members", q=words).json["items"] == []


class TestMassAssignment:
    """What a person may not set cannot be sent along."""

    @pytest.mark.parametrize(
        "field", ["version", "sequence", "_id", "organization_path", "search", "$set", "status"]
    )
    def test_a_field_that_is_not_the_callers(self, register, field):
        answer = register(**{field: "x"}, expect=422)
        assert any(each["pointer"] == f"/{field}" for each in answer["errors"])


class TestBodies:
    """What cannot be read is refused in a sentence, quickly, and never with a traceback."""

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"{",
            b"\xff\xfe",
            b"NaN",
            b"",
            b"1" * 10_000,
            b'{"full_name": "\\ud800"}',
        ],
        ids=[
            "deep list",
            "deep object",
            "cut off",
            "no UTF-8",
            "NaN",
            "empty",
            "a long number",
            "half a pair",
        ],
    )
    def test_broken_json(self, raw, bloc, body):
        answer = raw("POST", f"{API}/members", body)
        assert answer.status_code in {400, 422}
        assert answer.content_type == "application/problem+json"

    def test_too_much(self, raw, bloc):
        assert raw("POST", f"{API}/members", b'{"full_name":"' + b"a" * 2_000_000 + b'"}').status_code == 413

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
    )
    def test_a_form_of_another_site(self, raw, bloc, kind):
        answer = raw("POST", f"{API}/members", b"full_name=x", **{"Content-Type": kind})
        assert answer.status_code in {400, 415, 422}


class TestOtherSites:
    """A browser brings no rights of its own: there is no cookie, and other sites are not answered."""

    def test_a_cookie_is_no_token(self, members):
        members.as_(holding("organizing_board", "*"))
        client = members.app.test_client()
        client.set_cookie("Authorization", "Bearer organizing_board@*")
        client.set_cookie("session", "organizing_board@*")
        assert client.get(f"{API}/members").status_code == 401

    def test_no_cookie_is_ever_set(self, board):
        assert "Set-Cookie" not in board.get(f"{API}/members").headers

    def test_another_origin_is_not_let_in(self, raw):
        answer = raw("GET", f"{API}/members", Origin="https://evil.example")
        assert "Access-Control-Allow-Origin" not in answer.headers


class TestHeaders:
    """What comes back in a header is ours."""

    @pytest.mark.parametrize("given", ["a\tb", "x" * 101, "<script>", "a;b", "ộ"])
    def test_a_request_id_that_is_none(self, raw, given):
        answer = raw("GET", f"{API}/members", **{"X-Request-Id": given})
        assert answer.headers["X-Request-Id"] != given
        assert len(answer.headers["X-Request-Id"]) == 36

    def test_answers_are_not_sniffed_nor_kept(self, board):
        headers = board.get(f"{API}/members").headers
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")

    @pytest.mark.parametrize("given", ["v1\r\nX: y", '"v1", "v2"', "*", "v" * 300, "W/x"])
    def test_a_condition_that_is_none(self, raw, board, register, given):
        member = register()
        try:
            answer = raw(
                "PATCH", f"{API}/members/{member['id']}", b'{"gender": "male"}', **{"If-Match": given}
            )
        except ValueError:
            return  # the client's own library refuses to send a line break
        assert answer.status_code in {412, 422, 428}
        assert board.get(f"{API}/members/{member['id']}").json["gender"] is None


class TestPaths:
    """An address is a route with an id, never a file."""

    @pytest.mark.parametrize(
        "path", ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00", "....//", "%2e%2e%2f", "a" * 5_000]
    )
    def test_out_of_the_tree(self, board, bloc, path):
        assert board.get(f"{API}/members/{path}").status_code in {308, 404, 405}


class TestEnumeration:
    """Whoever asks for what is not theirs learns nothing about whom there is."""

    def test_a_member_asking_for_others(self, members, register):
        there = register()["id"]
        stranger = members.as_(a_member("someone-else"))
        known, unknown = (stranger.get(f"{API}/members/{name}") for name in (there, "nobody"))
        assert known.status_code == 403
        assert unknown.status_code in {403, 404}
        assert there not in json.dumps(known.json, ensure_ascii=False)

    def test_the_refusal_of_a_search(self, members, register):
        register(full_name="Lê Thị Thử")
        answer = members.as_(holding("cell_secretary", "chi-bo-2")).get(f"{API}/members", q="Lê Thị Thử")
        assert answer.json["items"] == []
