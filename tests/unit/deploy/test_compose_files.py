"""The compose files and the realm as data: what they pass on, and that they agree with the code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from shared.access.actor import ROLE_TITLES, Grant, Role
from shared.settings import VARIABLES

ROOT = Path(__file__).parents[3]
COMPOSE = ROOT / "deploy/compose"

NOT_PASSED = {
    "KHOI_FAILPOINT": "kills processes in fault tests; a production setting refuses it",
    "KHOI_PROBE_PORT": "fixed in the image",
    "KHOI_VAR": "fixed in the image",
    "KHOI_WEB_BIND": "fixed in the image",
    "KHOI_WEB_NAME": "each container is known by its own name",
    "KHOI_SMTP_PASSWORD": "a secret: comes as KHOI_SMTP_PASSWORD_FILE",
    "KHOI_TLS_CA": "compose.tls.yaml",
    "KHOI_TLS_CERTIFICATE": "compose.tls.yaml",
    "KHOI_TLS_KEY": "compose.tls.yaml",
    "KHOI_BACKUP_KEY_FILE": "named with the command that makes or reads a backup",
    "KHOI_URL": "of the command khoi, on a person's own machine",
    "KHOI_TOKEN": "of the command khoi, on a person's own machine",
    "KHOI_PORT_BASE": "of khoi up, on one machine without containers",
    "KHOI_KAFKA_LIBS": "of the tests on Apache Kafka",
    "KHOI_OWN_BROKER": "of the tests on Apache Kafka",
}


def compose(name: str) -> dict[str, Any]:
    """A compose file; the references in it are kept as they stand."""
    found: dict[str, Any] = yaml.safe_load((COMPOSE / name).read_text("utf-8"))
    return found


def read_by_the_services() -> set[str]:
    """Every variable that the code of the services asks the environment for."""
    found = set(VARIABLES.values())
    for folder in ("shared", "services", "deploy"):
        for path in (ROOT / folder).rglob("*.py"):
            if {"bench", "demo"}.isdisjoint(path.parts):
                found |= set(re.findall(r'"(KHOI_[A-Z][A-Z_]+)"', path.read_text("utf-8")))
    return found


class TestSettings:
    """Every setting that a service reads can be set in .env, or there is a reason why not."""

    def test_each_is_passed_on_or_deliberately_not(self):
        passed = set(compose("compose.yaml")["x-khoi"]["environment"])
        missing = read_by_the_services() - passed - NOT_PASSED.keys()
        assert missing == set()

    def test_none_is_both(self):
        assert set(compose("compose.yaml")["x-khoi"]["environment"]) & NOT_PASSED.keys() == set()


class TestSecrets:
    """Secrets are files outside the repository, each in the hands of those who need it."""

    def services(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name in ("compose.yaml", "compose.tls.yaml", "compose.trial.yaml"):
            yield from compose(name)["services"].items()

    def test_no_environment_holds_a_password(self):
        for name, service in self.services():
            for variable in service.get("environment") or {}:
                secret = re.search(r"PASSWORD|SECRET(?!S$)", variable) and not variable.endswith("_FILE")
                assert not secret, f"{name}: {variable}"

    @pytest.mark.parametrize("service", ["members", "reviews", "notifications", "reporting"])
    def test_a_service_gets_its_own_passwords_alone(self, service):
        services = compose("compose.yaml")["services"]
        own = {f"mongo-{service}", f"kafka-{service}", "smtp-password"}
        own |= {"field-keys"} if service == "members" else set()
        for kind in ("web", "worker"):
            assert set(services[f"{service}-{kind}"]["secrets"]) <= own

    def test_what_the_images_are_built_from_leaves_them_out(self):
        ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
        assert {"deploy/compose/secrets", "deploy/compose/.env", "deploy/compose/site"} <= set(ignored)


class TestRealm:
    """Keycloak's realm knows the roles of the access table and gives tokens that the services read."""

    @pytest.fixture
    def realm(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((COMPOSE / "keycloak/realm.json").read_text("utf-8"))
        return found

    def test_its_roles_are_those_of_the_access_table(self, realm):
        described = {role["name"]: role["description"] for role in realm["roles"]["realm"]}
        assert described == ROLE_TITLES
        assert set(described) == set(get_args(Role))

    def test_groups_for_the_whole_deployment_grant_the_role_they_name(self, realm):
        for group in realm["groups"]:
            grants = [Grant(**json.loads(each)) for each in group["attributes"]["khoi_grants"]]
            assert grants == [Grant(role, "*") for role in group["realmRoles"]]

    def test_nobody_changes_their_own_grants(self, realm):
        (component,) = realm["components"]["org.keycloak.userprofile.UserProfileProvider"]
        profile = json.loads(component["config"]["kc.user.profile.config"][0])
        editors = {each["name"]: each["permissions"]["edit"] for each in profile["attributes"]}
        assert editors["khoi_grants"] == editors["khoi_member"] == ["admin"]

    def test_front_ends_need_pkce_and_no_password_of_a_user(self, realm):
        (front,) = realm["clients"]
        assert front["publicClient"]
        assert front["attributes"]["pkce.code.challenge.method"] == "S256"
        assert not front["directAccessGrantsEnabled"]

    def test_a_revoked_role_is_gone_within_a_minute(self, realm):
        assert realm["accessTokenLifespan"] <= 60


class TestWatching:
    """Prometheus looks at every process, with TLS and without."""

    def test_the_same_processes_are_asked(self):
        def targets(path: Path) -> list[str]:
            (job,) = yaml.safe_load(path.read_text("utf-8"))["scrape_configs"]
            found: list[str] = job["static_configs"][0]["targets"]
            return found

        plain = targets(ROOT / "deploy/observe/prometheus/prometheus.yml")
        assert plain == targets(COMPOSE / "prometheus/tls.yml")
        processes = {name for name in compose("compose.yaml")["services"] if name[-4:] in {"-web", "rker"}}
        assert {each.removesuffix(":8000") for each in plain} == processes
