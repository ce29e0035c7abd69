"""The dashboard's files over HTTP: open, cached by content, and with nothing from outside."""

import hashlib
import json
import re

import pytest

from services.reporting.dashboard.page import STATIC, files
from services.reporting.projection.cases import CASE_EVENTS
from shared.settings import Settings

pytestmark = pytest.mark.integration

PAGE = "/api/reporting/dashboard/"
VENDORED = json.loads((STATIC.parent / "vendored.json").read_text("utf-8"))


@pytest.fixture
def client(reporting):
    return reporting.front.app.test_client()


class TestFiles:
    """Every file of the page is sent with its type, an ETag of its content and the page's policy."""

    def test_the_page(self, client):
        answer = client.get(PAGE)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
        assert answer.content_type == "text/html; charset=utf-8"
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'self'; connect-src 'self'; ")
        assert "unsafe" not in policy

    def test_without_the_slash_it_is_the_same_page(self, client):
        assert client.get(PAGE.rstrip("/"), follow_redirects=True).status_code == 200

    def test_what_the_browser_has_is_not_sent_again(self, client):
        etag = client.get(f"{PAGE}start.js").headers["ETag"]
        again = client.get(f"{PAGE}start.js", headers={"If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")

    def test_what_has_its_version_in_its_name_is_kept(self, client):
        answer = client.get(f"{PAGE}{VENDORED[0]['file'].removeprefix('static/')}")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"

    @pytest.mark.parametrize("name", ["nothing.js", "../page.py", "%2e%2e/words.py", "chart.js"])
    def test_nothing_else_is_there(self, client, name):
        assert client.get(PAGE + name).status_code == 404

    def test_labels_for_every_step_of_a_case(self, client):
        words = client.get(f"{PAGE}settings.json").json["words"]
        assert {kind.__name__ for kind in CASE_EVENTS} <= words["events"].keys()

    def test_the_provider_of_the_deployment_may_be_asked(self, reporting, client):
        reporting.front.runtime.settings = Settings(
            token_issuer="https://id.example/realms/khoi", sign_in_client="khoi-dashboard"
        )
        policy = client.get(PAGE).headers["Content-Security-Policy"]
        assert "connect-src 'self' https://id.example;" in policy
        assert client.get(f"{PAGE}settings.json").json["sign_in"]["client"] == "khoi-dashboard"


class TestNothingFromOutside:
    """The page works on a LAN: no address of anybody else, no script or style in the page itself."""

    def test_addresses(self):
        ours = {name: file.content.decode() for name, file in files().items() if "chart.js/" not in name}
        found = {
            address
            for content in ours.values()
            for address in re.findall(r"https?://[\w.-]+", content)
            if address != "http://www.w3.org"  # the name space of the icon
        }
        assert found == set()

    def test_no_inline_script_or_style(self):
        page = files()["index.html"].content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page) == []

    @pytest.mark.parametrize("taken", VENDORED, ids=lambda taken: taken["name"])
    def test_vendored_files_are_as_recorded(self, taken):
        content = (STATIC.parent / taken["file"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (taken["sha256"], taken["bytes"])
