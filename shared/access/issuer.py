"""The development issuer: gives anybody any token. For one machine only; a production setting refuses it.

``python -m shared.access.issuer --port 8180 --state var/issuer`` serves ``/jwks.json``, ``POST /token``, and
for pages in a browser the addresses of `issuer_sign_in`.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from shared.access.actor import Grant
from shared.access.issuer_sign_in import sign_in
from shared.settings import Settings

MAX_MINUTES = 24 * 60
SIGNED_IN_MINUTES = 8 * 60


class TokenRequest(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What ``POST /token`` takes."""

    subject: str
    name: str = ""
    member_id: str | None = None
    grants: list[Grant] = []
    minutes: int = 60


class Issuer:
    """Holds the signing key and signs what it is asked to sign."""

    def __init__(self, settings: Settings, state: Path) -> None:
        """Load the key from *state*, or make one that only its owner can read."""
        if settings.is_production:
            raise PermissionError("the development issuer does not run with KHOI_ENVIRONMENT=production")
        self._settings = settings
        path = state / "signing-key.pem"
        if path.exists():
            pem = path.read_bytes()
        else:
            state.mkdir(parents=True, exist_ok=True)
            pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(pem)
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{path} holds no RSA key")
        self._key = key

    @property
    def url(self) -> str:
        """The issuer's name, which is the address it is reached at."""
        return self._settings.token_issuer.rstrip("/")

    def keys(self) -> dict[str, Any]:
        """Return the key set (JWKS)."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "development", "use": "sig", "alg": "RS256"}]}

    def token(self, wanted: TokenRequest) -> str:
        """Return a signed token for *wanted*."""
        now = int(time.time())
        claims = {
            "iss": self._settings.token_issuer,
            "aud": self._settings.token_audience,
            "sub": wanted.subject,
            "name": wanted.name,
            "iat": now,
            "exp": now + 60 * max(1, min(wanted.minutes, MAX_MINUTES)),
            "khoi_grants": msgspec.to_builtins(wanted.grants),
        }
        if wanted.member_id is not None:
            claims["khoi_member"] = wanted.member_id
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "development"})


def application(issuer: Issuer) -> Flask:
    """Return the issuer's web application."""
    app = Flask("khoi-development-issuer")

    @app.get("/jwks.json")
    def keys() -> Response:
        return jsonify(issuer.keys())

    @app.post("/token")
    def token() -> tuple[Response, int]:
        try:
            wanted = msgspec.json.decode(request.get_data(), type=TokenRequest)
        except msgspec.DecodeError as error:
            return jsonify(error="invalid_request", error_description=str(error)), 400
        return jsonify(access_token=issuer.token(wanted), token_type="Bearer"), 200  # noqa: S106 -- the scheme's name

    def token_of(subject: str, grant: Grant) -> str:
        return issuer.token(TokenRequest(subject=subject, grants=[grant], minutes=SIGNED_IN_MINUTES))

    app.register_blueprint(sign_in(issuer.url, token_of))
    return app


def main() -> int:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description="Development token issuer")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 inside a container")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    arguments = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    try:
        issuer = Issuer(Settings.from_environment(), arguments.state)
    except PermissionError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- a command's one sentence to its operator
        return 2
    make_server(arguments.host, arguments.port, application(issuer), threaded=True).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
