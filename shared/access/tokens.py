"""Bearer tokens: OIDC access tokens, verified against the issuer's key set (JWKS)."""

from __future__ import annotations

from typing import Any

import jwt
import msgspec
from jwt import PyJWKClient

from shared.access.actor import Actor, Grant
from shared.settings import Settings

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
CLOCK_SKEW_SECONDS = 30


class BadTokenError(Exception):
    """The token cannot be trusted: malformed, expired, for somebody else, or signed by an unknown key."""


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be fetched now; nobody can be let in or refused."""


class Verifier:
    """Turns a bearer token into an actor. Keys are cached and fetched anew when an unknown key id appears."""

    def __init__(self, settings: Settings) -> None:
        """Trust the issuer, audience and key set that *settings* name."""
        self._settings = settings
        self._keys = PyJWKClient(settings.jwks_url, cache_keys=True, lifespan=300, timeout=3)

    def actor(self, token: str) -> Actor:
        """Return who the token speaks for; raise BadTokenError or KeysUnavailableError."""
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
        return _actor_of(claims)


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
    )
