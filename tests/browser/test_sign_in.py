"""Signing in at an OIDC provider, the development issuer here: authorization code with PKCE, in a real Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from deploy.stack.servers import free_ports
from services.reporting.service import SERVICE
from shared.access.issuer import Issuer, application
from shared.access.tokens import Verifier
from shared.settings import Settings
from tests.browser.board import Board
from tests.browser.conftest import Served, listening
from tests.integration.reporting.history import KHOI, History, Reporting
from tests.support.servers import eventually
from tests.support.services import front_of

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings_of_issuer(mongodb_url: str) -> Settings:
    return Settings(khoi_id=f"signin{os.getpid()}", mongodb_url=mongodb_url, sign_in_client="khoi-dashboard")


@pytest.fixture(scope="module")
def settings_with_issuer(settings_of_issuer: Settings, tmp_path_factory) -> Iterator[Settings]:
    """An issuer on a port of this machine, and the settings that name it."""
    state: Path = tmp_path_factory.mktemp("issuer")
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    settings = msgspec.structs.replace(settings_of_issuer, token_issuer=url, jwks_url=f"{url}/jwks.json")
    with listening(application(Issuer(settings, state)), port):
        yield settings


@pytest.fixture
def signing_in(chromium, settings_with_issuer: Settings) -> Iterator[Board]:
    with front_of(SERVICE, settings_with_issuer) as front:
        front.runtime.verifier = Verifier(settings_with_issuer)
        told = History()
        told.khoi()
        Reporting(front).reads(told.events)
        with listening(front.app) as port:
            board = Board(chromium, Served(front, port))
            board.begin()
            yield board
            assert board.complaints() == []


class TestSignIn:
    """The page sends the person to the provider, takes the code once, and goes on where it was asked to."""

    def test_from_a_link_to_the_board(self, signing_in, picture):
        board = signing_in
        board.browser.get(f"{board.served.url}?organization={KHOI}&period=2024")
        board.appears("#to-provider").click()
        board.appears("select[name=role]")
        picture("sign-in-at-the-issuer")
        board.appears("main button").click()
        board.settled()
        assert "Năm 2024" in board.text("#asked")
        assert "code=" not in board.browser.current_url
        assert board.browser.execute_script("return Object.keys(localStorage)") == []
        board.browser.refresh()
        board.settled()  # the tab still knows who signed in

    def test_an_answer_to_somebody_else_is_not_taken(self, signing_in):
        board = signing_in
        board.browser.get(f"{board.served.url}?code=stolen&state=made-up")
        said = board.appears("#problem .problem").text
        assert "không thuộc lần đăng nhập này" in said
        assert board.browser.execute_script("return sessionStorage.length") == 0
        eventually(lambda: "code=" not in board.browser.current_url)
