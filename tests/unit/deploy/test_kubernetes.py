"""The manifests as data: what may run in a cluster of a province, whatever the overlay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.process import SERVICES

KUBERNETES = Path(__file__).parents[3] / "deploy/kubernetes"
BASE = KUBERNETES / "base"
OVERLAYS = sorted(path for path in (KUBERNETES / "overlays").iterdir())


def documents(folder: Path) -> list[dict[str, Any]]:
    """Every object of the manifests below a folder; kustomizations are not among them."""
    return [
        each
        for path in sorted(folder.rglob("*.yaml"))
        if path.name != "kustomization.yaml"
        for each in yaml.safe_load_all(path.read_text("utf-8"))
    ]


OBJECTS = documents(BASE)
PODS = {
    each["metadata"]["name"]: each["spec"]["template"]["spec"]
    for each in OBJECTS
    if each["kind"] in {"Deployment", "Job"}
}


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    """Name → object."""
    return {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] == kind}


@pytest.mark.parametrize("name", PODS)
class TestPods:
    """What every process of ours is denied, and what it is limited to."""

    def test_it_is_nobody_in_particular(self, name):
        context = PODS[name]["securityContext"]
        assert (context["runAsNonRoot"], context["runAsUser"]) == (True, 10001)
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert PODS[name]["automountServiceAccountToken"] is False

    def test_it_writes_nothing_and_has_no_capability(self, name):
        for container in PODS[name]["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }

    def test_it_has_limits(self, name):
        for container in PODS[name]["containers"]:
            assert container["resources"]["limits"].keys() == {"cpu", "memory"}
            assert container["resources"]["requests"].keys() == {"cpu", "memory"}

    def test_it_takes_secrets_by_reference_as_files(self, name):
        for container in PODS[name]["containers"]:
            assert all("value" not in each or "FILE" in each["name"] for each in container.get("env", []))
        assert [each["secret"] for each in PODS[name]["volumes"] if "secret" in each]

    def test_its_image_is_named_by_the_overlay(self, name):
        assert {container["image"] for container in PODS[name]["containers"]} == {"khoi"}


class TestDeployments:
    """Processes are replaced one by one, watched, scaled, and kept from the network they do not need."""

    @pytest.mark.parametrize("name", ["web", "worker"])
    def test_they_are_probed_and_never_all_taken_down(self, name):
        deployment = of_kind("Deployment")[name]
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert name in of_kind("PodDisruptionBudget")

    def test_workers_follow_the_lag(self):
        (metric,) = of_kind("HorizontalPodAutoscaler")["worker"]["spec"]["metrics"]
        assert metric["pods"]["metric"]["name"] == "khoi_consumer_lag"

    def test_nothing_is_reached_that_is_not_allowed(self):
        policy = of_kind("NetworkPolicy")["nothing-else"]["spec"]
        assert policy == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}

    def test_a_web_process_does_not_reach_kafka(self):
        egress = of_kind("NetworkPolicy")["web"]["spec"]["egress"]
        assert 9092 not in {port["port"] for rule in egress for port in rule["ports"]}

    @pytest.mark.parametrize("service", SERVICES)
    def test_every_service_is_one(self, service):
        kustomization = yaml.safe_load((BASE / service / "kustomization.yaml").read_text("utf-8"))
        assert kustomization["namePrefix"] == f"{service}-"
        assert kustomization["resources"] == ["../service"]


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.name)
class TestOverlays:
    """A province has a namespace, an id and an audience of its own, and a version of the image that does not move."""

    def test_its_image_has_a_version(self, overlay):
        kustomization = yaml.safe_load((overlay / "kustomization.yaml").read_text("utf-8"))
        for image in kustomization["images"]:
            assert image.get("digest") or image["newTag"] not in {"", "latest"}

    def test_its_namespace_and_id_belong_together(self, overlay):
        kustomization = yaml.safe_load((overlay / "kustomization.yaml").read_text("utf-8"))
        (settings,) = kustomization["configMapGenerator"]
        literals = dict(each.split("=", 1) for each in settings["literals"])
        assert literals["KHOI_ID"] == overlay.name
        assert kustomization["namespace"] == f"khoi-{overlay.name}"
        assert literals["KHOI_TOKEN_AUDIENCE"] == f"khoi-{overlay.name}"

    def test_it_holds_no_secret(self, overlay):
        assert "Secret" not in {each["kind"] for each in documents(overlay)}
