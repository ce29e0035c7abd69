"""Tokens of the development issuer, verified over its real key set."""

import threading
import time
from collections.abc import Iterator

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server

from shared.access.actor import Actor, Grant
from shared.access.issuer import Issuer, TokenRequest, application
from shared.access.tokens import CLOCK_SKEW_SECONDS, BadTokenError, KeysUnavailableError, Verifier
from shared.settings import Settings
from tests.support.servers import eventually

pytestmark = pytest.mark.integration

SECRETARY = TokenRequest(
    subject="a", name="Bí thư", grants=[Grant("cell_secretary", "chi-bo")], member_id="m1"
)


@pytest.fixture
def issuer(tmp_path) -> Issuer:
    return Issuer(Settings(), tmp_path)


@pytest.fixture
def settings(issuer) -> Iterator[Settings]:
    server = make_server("127.0.0.1", 0, application(issuer), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Settings(jwks_url=f"http://127.0.0.1:{server.server_port}/jwks.json")
    server.shutdown()
    thread.join()
    server.server_close()


def public_of_another() -> dict[str, str]:
    """The public half of a new key, as it stands in a key set."""
    public = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return {**jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True), "use": "sig", "alg": "RS256"}


class TestVerifier:
    """A token is trusted when its issuer signed it for us and it has not run out; nothing else is."""

    def test_the_actor_is_what_the_token_says(self, settings, issuer):
        token = issuer.token(SECRETARY)
        claims = jwt.decode(token, options={"verify_signature": False})
        assert Verifier(settings).actor(token) == Actor(
            subject="a",
            name="Bí thư",
            member_id="m1",
            grants=(Grant("cell_secretary", "chi-bo"),),
            issued_at=claims["iat"],
        )

    @pytest.mark.parametrize(
        "change",
        [
            {"exp": 1},
            {"aud": "another"},
            {"iss": "another"},
            {"sub": None},
            {"khoi_grants": [{"role": "emperor"}]},
            {"exp": int(time.time()) + 25 * 3600},
            {"iat": None},
        ],
        ids=[
            "expired",
            "audience",
            "issuer",
            "no subject",
            "unknown role",
            "longer than a day",
            "no issue time",
        ],
    )
    def test_a_wrong_claim_is_refused(self, settings, issuer, change):
        claims = jwt.decode(issuer.token(SECRETARY), options={"verify_signature": False}) | change
        kept = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(kept, issuer._key, algorithm="RS256", headers={"kid": "development"})
        with pytest.raises(BadTokenError):
            Verifier(settings).actor(token)

    def test_another_key_is_refused(self, settings, issuer):
        claims = jwt.decode(issuer.token(SECRETARY), options={"verify_signature": False})
        forger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        token = jwt.encode(claims, forger, algorithm="RS256", headers={"kid": "development"})
        with pytest.raises(BadTokenError):
            Verifier(settings).actor(token)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "ey" * 50])
    def test_no_token_at_all_is_refused(self, settings, token):
        with pytest.raises(BadTokenError):
            Verifier(settings).actor(token)

    def test_an_unsigned_token_is_refused(self, settings, issuer):
        claims = jwt.decode(issuer.token(SECRETARY), options={"verify_signature": False})
        with pytest.raises(BadTokenError):
            Verifier(settings).actor(
                jwt.encode(claims, None, algorithm="none", headers={"kid": "development"})
            )

    def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(self, settings, issuer):
        claims = jwt.decode(issuer.token(SECRETARY), options={"verify_signature": False})
        secret = issuer.keys()["keys"][0]["n"]
        token = jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "development"})
        with pytest.raises(BadTokenError):
            Verifier(settings).actor(token)

    def test_a_token_from_the_future_is_refused_beyond_the_skew_of_clocks(self, settings, issuer):
        claims = jwt.decode(issuer.token(SECRETARY), options={"verify_signature": False})
        now = int(time.time())

        def issued(seconds: int) -> str:
            given = claims | {"iat": now + seconds, "nbf": now + seconds}
            return jwt.encode(given, issuer._key, algorithm="RS256", headers={"kid": "development"})

        assert Verifier(settings).actor(issued(CLOCK_SKEW_SECONDS - 5)).subject == "a"
        with pytest.raises(BadTokenError):
            Verifier(settings).actor(issued(CLOCK_SKEW_SECONDS + 30))

    def test_a_new_key_of_the_issuer_is_fetched_when_it_is_first_seen(self, settings, issuer, monkeypatch):
        verifier = Verifier(settings)
        verifier._keys.cooldown_duration = 0  # half a minute between two unknown keys, else
        assert verifier.actor(issuer.token(SECRETARY)).subject == "a"
        claims = jwt.decode(issuer.token(SECRETARY), options={"verify_signature": False})
        rotated = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = jwt.algorithms.RSAAlgorithm.to_jwk(rotated.public_key(), as_dict=True)
        keys = {"keys": [{**public, "kid": "next", "use": "sig", "alg": "RS256"}]}
        monkeypatch.setattr(issuer, "keys", lambda: keys)
        token = jwt.encode(claims | {"sub": "b"}, rotated, algorithm="RS256", headers={"kid": "next"})
        assert verifier.actor(token).subject == "b"

    def test_a_key_the_issuer_withdrew_is_trusted_no_longer(self, settings, issuer, monkeypatch):
        monkeypatch.setattr("shared.access.tokens.KEYS_SECONDS", 0.2)
        verifier = Verifier(settings)
        assert verifier.actor(issuer.token(SECRETARY)).subject == "a"
        stolen = issuer.token(TokenRequest(subject="thief"))
        monkeypatch.setattr(issuer, "keys", lambda: {"keys": [{**public_of_another(), "kid": "next"}]})

        def refused() -> bool:
            try:
                verifier._verified(stolen)
            except BadTokenError:
                return True
            return False

        assert eventually(refused, within=10)

    def test_keys_out_of_reach_are_said_so(self, issuer):
        verifier = Verifier(Settings(jwks_url="http://127.0.0.1:9/jwks.json"))
        with pytest.raises(KeysUnavailableError):
            verifier.actor(issuer.token(SECRETARY))

    def test_a_remembered_token_is_refused_once_it_has_run_out(self, settings, issuer):
        verifier = Verifier(settings)
        claims = jwt.decode(issuer.token(SECRETARY), options={"verify_signature": False})
        last_moment = int(time.time()) - CLOCK_SKEW_SECONDS + 4
        token = jwt.encode(
            claims | {"exp": last_moment}, issuer._key, algorithm="RS256", headers={"kid": "development"}
        )
        assert verifier.actor(token) == verifier.actor(token)

        def refused() -> bool:
            try:
                verifier.actor(token)
            except BadTokenError:
                return True
            return False

        assert eventually(refused, within=10)

    def test_only_so_many_are_remembered(self, settings, issuer, monkeypatch):
        monkeypatch.setattr("shared.access.tokens.REMEMBERED_TOKENS", 2)
        verifier = Verifier(settings)
        tokens = [issuer.token(TokenRequest(subject=name)) for name in "abc"]
        assert [verifier.actor(token).subject for token in (*tokens, *tokens)] == [*"abcabc"]
        assert len(verifier._remembered) == 2


class TestIssuer:
    """The development issuer serves one machine only."""

    def test_production_refuses_it(self, tmp_path):
        with pytest.raises(PermissionError):
            Issuer(Settings(environment="production"), tmp_path)

    def test_its_key_is_for_its_owner_only(self, tmp_path):
        Issuer(Settings(), tmp_path / "state")
        assert (tmp_path / "state" / "signing-key.pem").stat().st_mode & 0o077 == 0
