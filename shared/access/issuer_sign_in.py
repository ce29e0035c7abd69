"""Signing in at the development issuer: OpenID Connect's authorization code with PKCE, for pages in a browser.

Whoever signs in says who they are: this is for one machine, like the issuer itself. Codes live in memory, are good for
one use within a minute, and only lead back to this machine or to the issuer's own host.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from html import escape
from typing import get_args
from urllib.parse import urlencode, urlsplit

import msgspec
from flask import Blueprint, Response, jsonify, redirect, request

from shared.access.actor import ROLE_TITLES, Grant, Role

CODE_SECONDS = 60.0
_ASKED = ("client_id", "redirect_uri", "state", "code_challenge")
_ROLES: tuple[Role, ...] = get_args(Role)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Đăng nhập thử nghiệm</title></head>
<body><main><h1>Đăng nhập thử nghiệm</h1>
<p>Máy này dùng để thử: hãy chọn vai trò muốn thử. Hệ thống thật đăng nhập tại hệ thống xác thực của đơn vị.</p>
<form method="post" action="?{query}">
<p><label>Vai trò <select name="role">{roles}</select></label></p>
<p><label>Mã tổ chức <input name="organization" value="*" required></label> (* là toàn Khối)</p>
<p><button>Đăng nhập</button></p></form></main></body></html>
"""


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has signed in and whose page has yet to fetch its token."""

    role: Role
    organization: str
    client_id: str
    redirect_uri: str
    challenge: str
    good_until: float


class Codes:
    """The codes that were given out and not yet used."""

    def __init__(self) -> None:
        self._waiting: dict[str, SignIn] = {}

    def give(self, who: SignIn) -> str:
        """Return a code for somebody; forget those whose time is over."""
        now = time.monotonic()
        self._waiting = {code: each for code, each in self._waiting.items() if each.good_until > now}
        code = secrets.token_urlsafe(32)
        self._waiting[code] = who
        return code

    def take(self, given: Mapping[str, str]) -> SignIn | None:
        """Return whose code it is when the page that comes with it is the one that asked; a code is good once."""
        who = self._waiting.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            who is None
            or who.good_until <= time.monotonic()
            or not secrets.compare_digest(who.challenge, challenge)
            or (who.client_id, who.redirect_uri) != (given.get("client_id"), given.get("redirect_uri"))
        ):
            return None
        return who


def sign_in(issuer: str, token_of: Callable[[str, Grant], str]) -> Blueprint:
    """Return the addresses of signing in; *token_of* signs a token for a subject with one grant."""
    codes = Codes()
    pages = Blueprint("sign_in", __name__)

    @pages.get("/.well-known/openid-configuration")
    def configuration() -> Response:
        return _for_pages(
            jsonify(
                issuer=issuer,
                authorization_endpoint=f"{issuer}/authorize",
                token_endpoint=f"{issuer}/sign-in/token",
                jwks_uri=f"{issuer}/jwks.json",
                response_types_supported=["code"],
                grant_types_supported=["authorization_code"],
                code_challenge_methods_supported=["S256"],
            )
        )

    @pages.get("/authorize")
    def ask() -> Response:
        if (refused := _refused(issuer, request.args)) is not None:
            return refused
        roles = "".join(
            f'<option value="{role}"{" selected" if role == "organizing_board" else ""}>{escape(ROLE_TITLES[role])}'
            "</option>"
            for role in _ROLES
            if role not in {"member", "service"}
        )
        page = _PAGE.format(query=escape(request.query_string.decode()), roles=roles)
        answer = Response(page, content_type="text/html; charset=utf-8")
        answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        return answer

    @pages.post("/authorize")
    def signed_in() -> Response:
        if (refused := _refused(issuer, request.args)) is not None:
            return refused
        role = request.form.get("role", "")
        if role not in _ROLES:
            return Response("role", status=400)
        who = SignIn(
            role=role,
            organization=request.form.get("organization", "*").strip() or "*",
            client_id=request.args["client_id"],
            redirect_uri=request.args["redirect_uri"],
            challenge=request.args["code_challenge"],
            good_until=time.monotonic() + CODE_SECONDS,
        )
        told = urlencode({"code": codes.give(who), "state": request.args["state"]})
        return redirect(f"{who.redirect_uri}?{told}", 303)  # type: ignore[return-value]  # Flask's own class

    @pages.post("/sign-in/token")
    def token() -> Response:
        who = codes.take(request.form)
        if who is None:
            answer = jsonify(error="invalid_grant")
            answer.status_code = 400
            return _for_pages(answer)
        subject = f"{who.role}@{who.organization}"
        return _for_pages(
            jsonify(access_token=token_of(subject, Grant(who.role, who.organization)), token_type="Bearer")  # noqa: S106 -- the scheme's name
        )

    return pages


def _refused(issuer: str, asked: Mapping[str, str]) -> Response | None:
    missing = [name for name in _ASKED if not asked.get(name)]
    back = urlsplit(asked.get("redirect_uri", ""))
    if missing or asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
        return Response(f"authorization code with PKCE (S256) is needed; missing: {missing}", status=400)
    if back.scheme not in {"http", "https"} or back.hostname not in {*_LOOPBACK, urlsplit(issuer).hostname}:
        return Response("redirect_uri must lead back to this machine", status=400)
    return None


def _for_pages(answer: Response) -> Response:
    """Let pages of other origins read the answer: nothing here is anybody's secret but the code they bring."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "no-store"
    return answer
