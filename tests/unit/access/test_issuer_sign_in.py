import base64
import hashlib

import pytest
from flask import Flask

from shared.access.issuer_sign_in import sign_in

ISSUER = "http://127.0.0.1:8180"
PAGE = "http://127.0.0.1:8104/api/reporting/dashboard/"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code",
    "client_id": "page",
    "redirect_uri": PAGE,
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@pytest.fixture
def client():
    app = Flask("issuer")
    app.register_blueprint(sign_in(ISSUER, lambda subject, grant: f"token of {subject}"))
    return app.test_client()


@pytest.fixture
def code(client):
    answer = client.post("/authorize", query_string=ASKED, data={"role": "auditor", "organization": "*"})
    assert answer.status_code == 303
    return answer.headers["Location"].split("code=")[1].split("&")[0]


def fetched(client, code, **given):
    return client.post(
        "/sign-in/token",
        data={"code": code, "code_verifier": VERIFIER, "client_id": "page", "redirect_uri": PAGE, **given},
    )


class TestCodes:
    """A code is good once, for the page that asked for it and can prove that it did."""

    def test_once(self, client, code):
        assert fetched(client, code).json["access_token"] == "token of auditor@*"
        assert fetched(client, code).status_code == 400

    @pytest.mark.parametrize(
        "given", [{"code_verifier": "another"}, {"redirect_uri": "http://127.0.0.1/"}, {"client_id": "other"}]
    )
    def test_not_for_another(self, client, code, given):
        assert fetched(client, code, **given).status_code == 400


class TestAsking:
    """Only a page of this machine is led back to, and only with a challenge."""

    @pytest.mark.parametrize(
        "asked",
        [
            {"redirect_uri": "https://elsewhere.example/"},
            {"redirect_uri": "javascript:alert(1)"},
            {"code_challenge": ""},
            {"code_challenge_method": "plain"},
        ],
    )
    def test_refused(self, client, asked):
        assert client.get("/authorize", query_string={**ASKED, **asked}).status_code == 400
        assert client.post("/authorize", query_string={**ASKED, **asked}).status_code == 400

    def test_what_was_asked_is_no_markup(self, client):
        page = client.get("/authorize", query_string={**ASKED, "state": '"><script>'}).text
        assert "<script" not in page
