"""Speaks to the public APIs as one person: a token of their roles, fresh idempotency keys, If-Match."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from shared.access.actor import ROLE_TITLES, Role

_TIMEOUT = 30.0


class UnexpectedAnswerError(Exception):
    """An API answered otherwise than the demo's script expects; says where, what and why."""


class Addresses:
    """Where the parts of the running stack are: ``{"members": "http://127.0.0.1:…", …, "issuer": …}``."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        """Take the addresses by name."""
        self._urls = dict(urls)

    def of(self, path: str) -> str:
        """Return the full address of an API *path* such as ``/api/members/…``."""
        service = path.split("/")[2]
        return self._urls[service] + path

    @property
    def issuer(self) -> str:
        """Return the address of the token issuer."""
        return self._urls["issuer"]


class Person:
    """Somebody who acts: in one role for one organisation, or as a member in their own case."""

    def __init__(
        self,
        addresses: Addresses,
        *,
        role: Role,
        organization: str | None = None,
        member_id: str | None = None,
    ) -> None:
        """Get a token from the development issuer, as any client would from its OIDC provider."""
        self.role = role
        self.organization = organization
        self.title = ROLE_TITLES[role]
        self._addresses = addresses
        self._session = requests.Session()
        subject = f"{role}@{organization}" if organization else f"member:{member_id}"
        answer = self._session.post(
            f"{addresses.issuer}/token",
            json={
                "subject": subject,
                "name": self.title,
                "member_id": member_id,
                "grants": [{"role": role, "organization": organization}] if organization else [],
            },
            timeout=_TIMEOUT,
        )
        answer.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def get(self, path: str, **query: object) -> Any:
        """Return the JSON of a GET."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        return self._expect("GET", path, (200,), params=params).json()

    def file(self, path: str, **query: object) -> bytes:
        """Return the bytes of a GET."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        return self._expect("GET", path, (200,), params=params).content

    def every(self, path: str, **query: object) -> list[Any]:
        """Return the items of all pages of a list."""
        items: list[Any] = []
        after: str | None = None
        while True:
            page = self.get(path, after=after, limit=200, **query)
            items += page["items"]
            after = page["next"]
            if after is None:
                return items

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, version: int | None = None) -> Any:
        """Return the JSON of a POST that must be accepted; *version* goes into If-Match."""
        return self._expect("POST", path, (200, 201, 202), json=body or {}, version=version).json()

    def upload(self, path: str, file: Path) -> Any:
        """Return the JSON of a multipart upload."""
        with file.open("rb") as content:
            return self._expect("POST", path, (201,), files={"file": (file.name, content)}).json()

    def refused(
        self, path: str, body: Mapping[str, Any], *, version: int | None = None, status: int
    ) -> Mapping[str, Any]:
        """Return the problem document of a POST that must be refused with *status*."""
        found: Mapping[str, Any] = self._expect("POST", path, (status,), json=body, version=version).json()
        return found

    def _expect(
        self,
        method: str,
        path: str,
        statuses: Sequence[int],
        *,
        version: int | None = None,
        **options: Any,
    ) -> requests.Response:
        headers: dict[str, str] = {}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        answer = self._session.request(
            method, self._addresses.of(path), headers=headers, timeout=_TIMEOUT, **options
        )
        if answer.status_code not in statuses:
            raise UnexpectedAnswerError(
                f"{self.title}: {method} {path} → {answer.status_code}, expected {statuses}: {answer.text[:2000]}"
            )
        return answer


def wait_until(condition: Any, *, within: float, what: str) -> Any:
    """Ask until *condition* returns something true and return it; raise after *within* seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise UnexpectedAnswerError(f"not within {within:.0f} s: {what}")
        time.sleep(0.25)  # a question costs the servers as much as a command
