"""Keycloak with the imported realm: a person signs in as a front-end would let them, and the services know them."""

from __future__ import annotations

import base64
import hashlib
import html
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from tests.containers.compose import Deployment, deployment
from tests.support.servers import eventually

pytestmark = [
    pytest.mark.containers,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not os.environ.get("KEYCLOAK_IMAGE"), reason="no image named by KEYCLOAK_IMAGE"),
]

PASSWORD = "mot-mat-khau-dai-de-thu"
CLIENT = "khoi-front"


@pytest.fixture(scope="module")
def khoi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A Khối whose tokens are Keycloak's: a production setting, TLS between all parts, no workers."""
    needed = ("mongo", "kafka", "prepare", "keycloak-database", "keycloak", "members-web", "gateway")
    with deployment(
        tmp_path_factory.mktemp("keycloak"),
        files=("compose.yaml", "compose.tls.yaml"),
        only=needed,
        profiles="keycloak",
        KHOI_PROVIDER="keycloak",
        KHOI_JWKS_URL="https://keycloak:8080/auth/realms/khoi/protocol/openid-connect/certs",
        issuer_path="/auth/realms/khoi",
    ) as running:
        configuration = f"{running.origin}/auth/realms/khoi/.well-known/openid-configuration"

        def is_there() -> bool:
            try:
                return (
                    requests.get(configuration, verify=str(running.certificate), timeout=10).status_code
                    == 200
                )
            except requests.RequestException:
                return False

        eventually(is_there, within=600, every=2)
        eventually(lambda: running.status("prepare").startswith("Exited (0)"), within=300, every=1)
        yield running


class Administration:
    """Keycloak's own API, which answers on this host alone."""

    def __init__(self, khoi: Deployment) -> None:
        self.base = f"https://localhost:{khoi.environment['KHOI_KEYCLOAK_PORT']}/auth"
        self.session = requests.Session()
        self.session.trust_env = False  # the environment's certificates would win over these
        self.session.verify = str(khoi.folder / "secrets/ca.crt")
        answer = self.session.post(
            f"{self.base}/realms/master/protocol/openid-connect/token",
            data={
                "grant_type": "password",
                "client_id": "admin-cli",
                "username": "admin",
                "password": (khoi.folder / "secrets/keycloak-admin").read_text(),
            },
            timeout=60,
        )
        answer.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def add_user(self, name: str, *, groups: tuple[str, ...] = (), **attributes: list[str]) -> None:
        answer = self.session.post(
            f"{self.base}/admin/realms/khoi/users",
            json={
                "username": name,
                "firstName": "A",
                "lastName": "Nguyễn Văn",
                "email": f"{name}@example.vn",
                "enabled": True,
                "groups": groups,
                "attributes": attributes,
                "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
            },
            timeout=60,
        )
        assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def administration(khoi) -> Iterator[Administration]:
    found = Administration(khoi)
    found.add_user("ban-to-chuc", groups=("Cán bộ Ban Tổ chức",))
    found.add_user(
        "bi-thu", khoi_grants=['{"role":"cell_secretary","organization":"chi-bo-1"}'], khoi_member=["m-1"]
    )
    yield found
    found.session.close()


class Front:
    """A front-end in a browser: the authorisation code flow with PKCE."""

    def __init__(self, khoi: Deployment) -> None:
        self.khoi = khoi
        self.realm = f"{khoi.origin}/auth/realms/khoi/protocol/openid-connect"
        self.back = f"{khoi.origin}/app"
        self.verifier = secrets.token_urlsafe(48)
        self.session = requests.Session()
        self.session.trust_env = False  # the environment's certificates would win over these
        self.session.verify = str(khoi.certificate)

    def asked(self, **more: str) -> requests.Response:
        query = {
            "client_id": CLIENT,
            "response_type": "code",
            "scope": "openid",
            "redirect_uri": self.back,
            **more,
        }
        return self.session.get(f"{self.realm}/auth", params=query, timeout=60, allow_redirects=False)

    def challenge(self) -> dict[str, str]:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        text = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return {"code_challenge": text, "code_challenge_method": "S256"}

    def token_of(self, name: str) -> str:
        page = self.asked(**self.challenge())
        form = re.search(r'action="([^"]+)"', page.text)
        assert form is not None, page.text[:500]
        entered = self.session.post(
            html.unescape(form[1]),
            data={"username": name, "password": PASSWORD},
            timeout=60,
            allow_redirects=False,
        )
        code = parse_qs(urlsplit(entered.headers["Location"]).query)["code"][0]
        answer = self.session.post(
            f"{self.realm}/token",
            data={
                "grant_type": "authorization_code",
                "client_id": CLIENT,
                "code": code,
                "redirect_uri": self.back,
                "code_verifier": self.verifier,
            },
            timeout=60,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def get(self, path: str, token: str) -> requests.Response:
        bearer = {"Authorization": f"Bearer {token}"}
        return self.session.get(f"{self.khoi.origin}{path}", headers=bearer, timeout=60)


@pytest.fixture
def front(khoi, administration) -> Iterator[Front]:
    found = Front(khoi)
    yield found
    found.session.close()


def claims(token: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


class TestSignIn:
    """People sign in at Keycloak; its tokens are what the services ask for."""

    def test_a_group_grants_its_role_for_the_whole_deployment(self, front):
        token = front.token_of("ban-to-chuc")
        assert claims(token)["khoi_grants"] == [{"role": "organizing_board", "organization": "*"}]
        assert front.get("/api/members/organizations", token).status_code == 200
        assert front.get("/api/members/audit", token).status_code == 403

    def test_a_person_has_the_grants_that_were_given_to_them(self, front, khoi):
        said = claims(front.token_of("bi-thu"))
        assert said["khoi_grants"] == [{"role": "cell_secretary", "organization": "chi-bo-1"}]
        assert said["khoi_member"] == "m-1"
        assert said["iss"] == f"{khoi.origin}/auth/realms/khoi"
        assert "khoi" in ([said["aud"]] if isinstance(said["aud"], str) else said["aud"])
        assert said["exp"] - said["iat"] <= 60

    def test_nobody_signs_in_without_pkce(self, front):
        refused = front.asked()
        assert refused.status_code == 302
        assert "error=invalid_request" in refused.headers["Location"]

    @pytest.mark.parametrize(
        "path", ["/auth/admin/", "/auth/realms/master/", "/auth/metrics", "/auth/health"]
    )
    def test_the_administration_is_not_outside(self, front, khoi, path):
        assert front.session.get(f"{khoi.origin}{path}", timeout=30).status_code == 404
