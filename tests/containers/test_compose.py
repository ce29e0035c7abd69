"""The compose file, really run: the main job through the gateway, and what the gateway lets pass."""

from __future__ import annotations

import socket
import ssl
from io import StringIO

import pytest
import requests
from rich.console import Console

from deploy.demo.caller import Addresses
from deploy.demo.run import run
from tests.containers.compose import docker

pytestmark = [pytest.mark.containers, pytest.mark.timeout(600)]


class TestAKhoiInContainers:
    """Kafka, MongoDB, gateway and eight processes of the four services."""

    def test_the_main_job_runs_through_the_gateway(self, khoi, tmp_path):
        services = dict.fromkeys(("members", "reviews", "notifications", "reporting"), khoi.origin)
        addresses = Addresses({**services, "issuer": f"{khoi.origin}/issuer"})
        run(addresses, Console(file=StringIO(), width=118), tmp_path)  # raises at the first wrong figure
        assert {each.name for each in tmp_path.iterdir()} >= {"report.json", "report.xlsx", "report.pdf"}

    def test_only_the_gateway_has_a_port_outside(self, khoi):
        published = {name for name in khoi.containers if khoi.inspect(name)["HostConfig"]["PortBindings"]}
        assert published == {"gateway"}

    @pytest.mark.parametrize(
        "part", ["members-web", "reviews-worker", "reporting-web", "notifications-worker"]
    )
    def test_the_services_can_write_nothing_and_have_no_capability(self, khoi, part):
        host = khoi.inspect(part)["HostConfig"]
        assert (host["ReadonlyRootfs"], host["CapDrop"]) == (True, ["ALL"])

    @pytest.mark.parametrize(
        "path", ["/metrics", "/livez", "/api/members/../../metrics", "/", "/api/other/x"]
    )
    def test_probes_and_metrics_are_not_passed_outside(self, khoi, path):
        answer = requests.Request("GET", khoi.origin).prepare()
        answer.url = khoi.origin + path  # as written: requests would fold the dots
        with requests.Session() as session:
            assert session.send(answer, timeout=10, verify=str(khoi.certificate)).status_code == 404

    def test_a_person_is_asked_for_a_token_and_gets_no_cached_answer(self, khoi):
        answer = requests.get(f"{khoi.origin}/api/members/organizations", timeout=10)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (401, "no-store")
        assert answer.headers["Content-Type"].startswith("application/problem+json")

    def test_the_dashboard_is_there_with_its_policy(self, khoi):
        answer = requests.get(f"{khoi.origin}/api/reporting/dashboard/", timeout=10)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")

    def test_what_is_searched_for_is_in_no_log_of_the_gateway(self, khoi):
        requests.get(f"{khoi.origin}/api/members/members", params={"search": "timtennguoi"}, timeout=10)
        logged = docker("logs", khoi.containers["gateway"])
        assert "/api/members/members" in logged
        assert "timtennguoi" not in logged

    def test_old_tls_is_refused(self, khoi):
        old = ssl.create_default_context(cafile=str(khoi.certificate))
        old.set_ciphers("DEFAULT@SECLEVEL=0")  # our own side would refuse first
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        with (
            socket.create_connection(("localhost", khoi.port), timeout=10) as plain,
            pytest.raises(ssl.SSLError, match=r"(?i)version"),
        ):
            old.wrap_socket(plain, server_hostname="localhost")
