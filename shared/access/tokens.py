"""Bearer tokens: OIDC access tokens, verified against the issuer's key set (JWKS)."""

from __future__ import annotations

import hashlib
import ssl
import threading
import time
from typing import Any

import jwt
import msgspec
from jwt import PyJWKClient

from shared.access.actor import Actor, Grant
from shared.access.revoked import CLOCK_SKEW_SECONDS, LONGEST
from shared.settings import Settings

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
KEYS_SECONDS = 300.0
"""How long the issuer's key set is believed: a key that it withdrew is trusted no longer. (The library's other cache
holds single keys for ever.)"""
REMEMBERED_SECONDS = 60.0
"""How long a token that was verified is not verified again: a client sends the same one with every request."""
REMEMBERED_TOKENS = 2_000


class BadTokenError(Exception):
    """The token cannot be trusted: malformed, expired, for somebody else, or signed by an unknown key."""


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be fetched now; nobody can be let in or refused."""


class Verifier:
    """Turns a bearer token into an actor. Keys are cached and fetched anew when an unknown key id appears."""

    def __init__(self, settings: Settings) -> None:
        """Trust the issuer, audience and key set that *settings* name."""
        self._settings = settings
        trusted = ssl.create_default_context()
        if (
            settings.tls_ca is not None
        ):  # beside the system's: the provider may be one of our own parts or not
            trusted.load_verify_locations(settings.tls_ca)
        self._keys = PyJWKClient(
            settings.jwks_url, cache_keys=False, lifespan=KEYS_SECONDS, timeout=3, ssl_context=trusted
        )
        self._remembered: dict[bytes, tuple[Actor, float]] = {}
        self._remembering = threading.Lock()

    def actor(self, token: str) -> Actor:
        """Return who the token speaks for; raise BadTokenError or KeysUnavailableError."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._remembered.get(digest)
        if known is not None and time.time() < known[1]:
            return known[0]
        actor, expires = self._verified(token)
        with self._remembering:
            while len(self._remembered) >= REMEMBERED_TOKENS:
                self._remembered.pop(next(iter(self._remembered)))
            self._remembered[digest] = (actor, min(expires, time.time() + REMEMBERED_SECONDS))
        return actor

    def _verified(self, token: str) -> tuple[Actor, float]:
        """Return the actor and the second from which the token must be refused."""
        try:
            key = self._keys.get_signing_key_from_jwt(token)
        except jwt.PyJWKClientConnectionError as error:
            raise KeysUnavailableError(str(error)) from error
        except jwt.PyJWTError as error:
            raise BadTokenError(str(error)) from error
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._settings.token_audience,
                issuer=self._settings.token_issuer,
                leeway=CLOCK_SKEW_SECONDS,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise BadTokenError(str(error)) from error
        if float(claims["exp"]) - float(claims["iat"]) > LONGEST.total_seconds():
            raise BadTokenError(
                f"it lives longer than {LONGEST}: a revocation of it would be forgotten before"
            )
        return _actor_of(claims), float(claims["exp"]) + CLOCK_SKEW_SECONDS


def _actor_of(claims: dict[str, Any]) -> Actor:
    try:
        grants = msgspec.convert(claims.get("khoi_grants", []), type=tuple[Grant, ...])
    except msgspec.ValidationError as error:
        raise BadTokenError(f"khoi_grants: {error}") from error
    member_id = claims.get("khoi_member")
    return Actor(
        subject=str(claims["sub"]),
        name=str(claims.get("name", "")),
        member_id=None if member_id is None else str(member_id),
        grants=grants,
        issued_at=float(claims["iat"]),
    )
