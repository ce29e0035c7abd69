"""The dashboard as a person at the screen meets it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from shared.access.actor import Actor
from tests.support.servers import eventually

if TYPE_CHECKING:
    from tests.browser.conftest import Served

DESKTOP, PHONE, PAPER = (1366, 768), (390, 844), (703, 1000)
"""Widths and heights; paper is A4 between its margins."""
AXE = Path(__file__).with_name("axe") / "axe-4.14.1.min.js"
KEPT_BACK = "ẩn"
PATIENCE = 60.0
"""Seconds: a browser on a busy machine is slow, and that is not what is tested."""


class Board:
    """One browser on the page."""

    def __init__(self, browser: Chrome, served: Served) -> None:
        self.browser = browser
        self.served = served

    def begin(self) -> None:
        self.size(DESKTOP)
        self.media(scheme="light")
        # What earlier tests left in the tab is cleared from an address of the same origin that runs no script.
        self.browser.get(f"{self.served.url}settings.json")
        self.browser.execute_script("sessionStorage.clear(); localStorage.clear()")
        self.browser.get_log("browser")

    def opened(self) -> WebElement:
        """Open the page and return the field for the token."""
        self.browser.get(self.served.url)
        return self.appears("#token")

    def size(self, size: tuple[int, int]) -> None:
        width, height = size
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )

    def media(self, *, scheme: str = "light", media: str = "") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.cdp("Emulation.setEmulatedMedia", media=media, features=features)

    def offline(self, *, away: bool) -> None:
        self.cdp("Network.enable")
        self.cdp(
            "Network.emulateNetworkConditions",
            offline=away,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def cdp(self, command: str, **parameters: Any) -> Any:
        return self.browser.execute_cdp_cmd(command, parameters)

    def signed_in(self, actor: Actor, **asked: str) -> None:
        """Sign in with a token and wait until everything asked for is shown."""
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        self.browser.get(f"{self.served.url}?{query}")
        self.appears("#token").send_keys(self.served.token(actor), Keys.ENTER)
        self.settled()

    def settled(self) -> None:
        """Wait until the board is there and nothing is on its way."""
        eventually(
            lambda: self.browser.execute_script(
                "const board = document.getElementById('board');"
                "return !board.hidden && !document.querySelector('[aria-busy]')"
                " && document.querySelectorAll('.panel:empty').length === 0"
            ),
            within=PATIENCE,
        )

    def appears(self, selector: str) -> WebElement:
        def shown() -> WebElement | None:
            found = [each for each in self.all(selector) if each.is_displayed()]
            return found[0] if found else None

        found = eventually(shown, within=PATIENCE)
        assert found is not None
        return found

    def one(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return str(self.one(selector).get_attribute("textContent"))

    def figures(self, selector: str, name: str = "data-figure") -> dict[str, int | None]:
        """Return the figures below *selector* as a reader reads them, by their key."""
        pairs = self.browser.execute_script(
            "return [...document.querySelectorAll(arguments[0] + ' [' + arguments[1] + ']')]"
            ".map(each => [each.getAttribute(arguments[1]), each.textContent])",
            selector,
            name,
        )
        return {key: number(text) for key, text in pairs}

    def rows(self, selector: str) -> list[list[str]]:
        """Return the cells of a table's body as text."""
        found: list[list[str]] = self.browser.execute_script(
            "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
            ".map(row => [...row.cells].map(cell => cell.textContent.trim()))",
            selector,
        )
        return found

    def press(self, *keys: str) -> None:
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    def focused(self) -> WebElement:
        return self.browser.switch_to.active_element

    def violations(self) -> list[str]:
        """Return what axe-core objects to on the page as it stands."""
        self.browser.execute_script(AXE.read_text("utf-8"))
        found = self.browser.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run({resultTypes: ['violations']}).then(told => done(told.violations),"
            " error => done([{id: String(error), nodes: []}]))"
        )
        return [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found
            for node in each["nodes"] or [{"target": "", "failureSummary": ""}]
        ]

    def overflows(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        width: int = self.browser.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width

    def complaints(self) -> list[str]:
        """Return what the browser itself complained of, apart from answers that a test asked for."""
        return [
            entry["message"]
            for entry in self.browser.get_log("browser")
            if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]
        ]

    @staticmethod
    def picture_of(browser: Chrome, path: Path, *, whole: bool) -> None:
        if not whole:
            browser.save_screenshot(str(path))
            return
        size = browser.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = browser.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip}
        )
        path.write_bytes(base64.b64decode(shot["data"]))


def number(text: str) -> int | None:
    """Return the number that a Vietnamese text writes; None where it is kept back."""
    return None if text.startswith(KEPT_BACK) else int(text.replace(".", "").replace("−", "-"))
