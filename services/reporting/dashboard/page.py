"""The page and its files over HTTP: open to whoever reaches the service, for they hold no record and no secret.

Files are read once. Their ETag is the hash of their content (an image sets all dates alike), so a browser asks
again each time and is mostly told 304; what has its version in its name is kept for a year.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from flask import Blueprint, Response, request

from services.reporting.dashboard.words import words
from shared.settings import Settings
from shared.web.problems import Problem
from shared.web.requests import runtime

STATIC = Path(__file__).with_name("static")
PAGE = "index.html"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/plain; charset=utf-8",
}
_VERSIONED = re.compile(r"-\d+\.\d+\.\d+\.")

pages = Blueprint("dashboard", __name__, url_prefix="/api/reporting/dashboard")


class File(msgspec.Struct, frozen=True):
    """One file as it is sent."""

    content: bytes
    media_type: str
    etag: str
    cached: str


@functools.cache
def files() -> Mapping[str, File]:
    """Return every file of the page by its name below the page's address."""
    found = {}
    for path in sorted(STATIC.rglob("*")):
        if path.is_file():
            name, content = path.relative_to(STATIC).as_posix(), path.read_bytes()
            kept_long = _VERSIONED.search(path.name) is not None
            found[name] = File(
                content,
                _MEDIA_TYPES[path.suffix],
                hashlib.sha256(content).hexdigest()[:32],
                "public, max-age=31536000, immutable" if kept_long else "no-cache",
            )
    return found


@pages.get("/")
def page() -> Response:
    """Return the page."""
    return _sent(files()[PAGE])


@pages.get("/<path:name>")
def file(name: str) -> Response:
    """Return a file of the page."""
    found = files().get(name)
    if found is None:
        raise Problem("not-found", "Không có tệp này.", "There is no such file.")
    return _sent(found)


@pages.get("/settings.json")
def settings_of_page() -> Response:
    """Return what the page needs to know before anybody has signed in: names, labels, where to sign in."""
    settings = runtime().settings
    told = {
        "khoi_name": settings.khoi_name,
        "sign_in": {
            "issuer": settings.token_issuer,
            "client": settings.sign_in_client,
            "scope": settings.sign_in_scope,
        }
        if settings.sign_in_client
        else None,
        # Where people can sign in, a token by hand is for trying and developing only.
        "by_token": not (settings.sign_in_client and settings.is_production),
        "words": words(),
    }
    content = msgspec.json.encode(told)
    return _sent(File(content, "application/json", hashlib.sha256(content).hexdigest()[:32], "no-cache"))


def _sent(found: File) -> Response:
    answer = Response(found.content, content_type=found.media_type)
    answer.headers["Cache-Control"] = found.cached
    answer.headers["Content-Security-Policy"] = _policy(runtime().settings)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    answer.set_etag(found.etag)
    answer.make_conditional(request)
    return answer


def _policy(settings: Settings) -> str:
    """Return what the page may load and speak to: its own origin, and the OIDC provider where one is configured."""
    issuer = urlsplit(settings.token_issuer)
    asked = f" {issuer.scheme}://{issuer.netloc}" if settings.sign_in_client else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self'{asked}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "require-trusted-types-for 'script'",
        )
    )
