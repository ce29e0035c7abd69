"""Who acts in tests, and a web client that speaks for them without an issuer."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.access.actor import Actor, Context, Grant, Role
from shared.access.tokens import BadTokenError
from shared.web.app import runtime_of


def holding(
    role: Role, organization: str, *, subject: str | None = None, member_id: str | None = None
) -> Actor:
    """Return somebody who holds *role* for *organization*."""
    return Actor(
        subject=subject or f"{role}@{organization}",
        member_id=member_id,
        grants=(Grant(role, organization),),
    )


def a_member(member_id: str) -> Actor:
    """Return a member who holds no office."""
    return Actor(subject=f"member:{member_id}", member_id=member_id)


def context_of(actor: Actor) -> Context:
    """Return the context of something *actor* does outside HTTP."""
    request_id = uuid.uuid4().hex
    return Context(actor=actor, request_id=request_id, correlation_id=request_id)


class KnownPeople:
    """Stands in the verifier's place: the token is the subject of somebody introduced before."""

    def __init__(self) -> None:
        self.people: dict[str, Actor] = {}

    def actor(self, token: str) -> Actor:
        try:
            return self.people[token]
        except KeyError:
            raise BadTokenError(f"nobody is called {token}") from None


class Caller:
    """Speaks to one application as one person; POST gets a new Idempotency-Key unless one is given."""

    def __init__(self, client: FlaskClient, subject: str) -> None:
        self._client = client
        self._subject = subject

    def _headers(self, method: str, headers: dict[str, str], version: int | None) -> dict[str, str]:
        found = {"Authorization": f"Bearer {self._subject}", **headers}
        if method == "POST":
            found.setdefault("Idempotency-Key", uuid.uuid4().hex)
        if version is not None:
            found["If-Match"] = f'"v{version}"'
        return found

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> TestResponse:
        return self._client.get(path, query_string=query, headers=self._headers("GET", headers or {}, None))

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        version: int | None = None,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        if body is not None:
            options["json"] = body
        return self._client.post(path, headers=self._headers("POST", headers or {}, version), **options)

    def patch(
        self, path: str, body: Any, *, version: int | None = None, headers: dict[str, str] | None = None
    ) -> TestResponse:
        return self._client.patch(path, json=body, headers=self._headers("PATCH", headers or {}, version))


class Front:
    """One service's application in this process, with people it knows."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.runtime = runtime_of(app)
        self._known = KnownPeople()
        self.runtime.verifier = self._known  # type: ignore[assignment]  # the one seam: who a token speaks for

    def as_(self, actor: Actor) -> Caller:
        self._known.people[actor.subject] = actor
        return Caller(self.app.test_client(), actor.subject)
