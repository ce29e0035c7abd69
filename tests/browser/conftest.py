"""A real Chromium, and reporting behind a real socket with two years to show."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest
from flask import Flask
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from werkzeug.serving import make_server

from services.reporting.published import ARTICLE_OF_2023_10_12, document
from services.reporting.service import SERVICE
from shared.access.actor import Actor
from shared.settings import Settings
from tests.browser.board import Board
from tests.browser.years import two_years
from tests.integration.reporting.history import KHOI, Reporting
from tests.support.people import Front, holding
from tests.support.services import front_of

REQUIRED = "KHOI_BROWSER"
"""Set to ``required`` where Chromium was installed for these tests: skipping them is a failure then."""
SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--lang=vi",
)


class Served:
    """Reporting on a port of this machine, with people it knows."""

    def __init__(self, front: Front, port: int) -> None:
        self.front = front
        self.url = f"http://127.0.0.1:{port}/api/reporting/dashboard/"

    def token(self, actor: Actor) -> str:
        """Introduce somebody; their token is their subject."""
        self.front.as_(actor)
        return actor.subject

    def told(self, actor: Actor, path: str, **query: str):
        """Return what the API itself says."""
        answer = self.front.as_(actor).get(f"/api/reporting/{path}", **query)
        assert answer.status_code == 200, answer.json
        return answer.json


@contextmanager
def listening(app: Flask, port: int = 0) -> Iterator[int]:
    """Serve an application on a port of this machine, a free one unless said otherwise."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def served(mongodb_url: str) -> Iterator[Served]:
    settings = Settings(
        khoi_id=f"page{os.getpid()}",
        khoi_name="Đảng bộ Khối cơ quan và doanh nghiệp tỉnh mẫu",
        mongodb_url=mongodb_url,
    )
    with front_of(SERVICE, settings) as front:
        Reporting(front).reads(two_years().events, batch=400)
        article = {**orjson.loads(document(ARTICLE_OF_2023_10_12)), "organization_id": KHOI}
        article["period"] |= {"from": "2024-01-01", "to": "2025-12-31"}  # days that these records know of
        standing = front.as_(holding("standing_committee", KHOI))
        assert standing.post("/api/reporting/published-figures", article).status_code == 201
        with listening(front.app) as port:
            yield Served(front, port)


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A headless Chromium with a profile of its own."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        reason = "no chromium and chromedriver on this machine (apt-get install chromium chromium-driver)"
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(reason)
        pytest.skip(reason)
    options = ChromeOptions()
    options.binary_location = program
    profile = tmp_path_factory.mktemp("profile")
    root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    for flag in (*FLAGS, *root, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with Chrome(options=options, service=Service(executable_path=driver)) as browser:
        browser.set_page_load_timeout(60)
        yield browser
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def board(chromium: Chrome, served: Served) -> Iterator[Board]:
    """The page, fresh: 1366 × 768, light, nobody signed in."""
    shown = Board(chromium, served)
    shown.begin()
    yield shown
    assert shown.complaints() == []


@pytest.fixture
def picture(chromium: Chrome) -> Callable[..., None]:
    """Keep the page (with *whole*, also what lies below the window) as a picture in `var/screenshots`."""

    def keep(name: str, *, whole: bool = True) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        Board.picture_of(chromium, SCREENSHOTS / f"{name}.png", whole=whole)

    return keep
