"""Alert rules and dashboards hold together with the code: every metric is exported, every runbook is there."""

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from deploy.process import SERVICES

ROOT = Path(__file__).parents[3]
OBSERVE = ROOT / "deploy" / "observe"
PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"}


def rules() -> Iterator[dict[str, Any]]:
    for file in sorted((OBSERVE / "prometheus" / "rules").glob("*.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def dashboard_expressions() -> Iterator[str]:
    for file in sorted((OBSERVE / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            yield from (target["expr"] for target in panel.get("targets", ()))


EXPORTING = (
    "services.notifications.sending",
    "services.reporting.reports",
    "services.reviews.deadlines",
    "shared.audit.watch",
    "shared.bus.metrics",
    "shared.store.backups",
    "shared.trace_export",
    "shared.web.health",
)
"""Each registers what it exports when it is loaded."""


def exported() -> set[str]:
    """Every name a process of ours can export, as Prometheus sees it."""
    for module in EXPORTING:
        importlib.import_module(module)
    found = set(PROCESS)
    for family in REGISTRY.collect():
        for suffix in ("", "_total", "_bucket", "_count", "_sum"):
            found.add(family.name + suffix)
    return found


class TestRules:
    """What wakes an operator tells what it is and where to read on."""

    @pytest.mark.parametrize("rule", list(rules()), ids=lambda rule: rule["alert"])
    def test_names_its_runbook(self, rule: dict[str, Any]):
        assert rule["labels"]["severity"] in {"page", "ticket", "info"}
        assert rule["annotations"]["summary"]
        runbook = ROOT / rule["annotations"]["runbook"]
        assert runbook.is_file(), f"{rule['alert']}: no {rule['annotations']['runbook']}"
        assert rule["alert"] in runbook.read_text(), f"{runbook.name} does not name {rule['alert']}"

    def test_every_rule_is_told_apart(self):
        names = [rule["alert"] for rule in rules()]
        assert len(names) == len(set(names))


class TestMetrics:
    """No rule and no panel stands on a metric that nobody exports."""

    @pytest.mark.parametrize(
        "expression",
        [*(rule["expr"] for rule in rules()), *dashboard_expressions()],
        ids=lambda one: one[:60],
    )
    def test_is_exported(self, expression: str):
        named = set(re.findall(r"\b(?:khoi|process)_[a-z_]+", expression))
        assert named <= exported(), named - exported()

    def test_nothing_is_exported_that_nobody_looks_at(self):
        looked_at = " ".join([*(rule["expr"] for rule in rules()), *dashboard_expressions()])
        exported()
        families = {family.name for family in REGISTRY.collect() if family.name.startswith("khoi_")}
        assert {name for name in families if name not in looked_at} == set()


class TestScrape:
    """Prometheus asks every process there is."""

    def test_web_and_worker_of_each_service(self):
        configuration = yaml.safe_load((OBSERVE / "prometheus" / "prometheus.yml").read_text())
        (job,) = [each for each in configuration["scrape_configs"] if each["job_name"] == "khoi"]
        targets = {target for part in job["static_configs"] for target in part["targets"]}
        assert targets == {f"{name}-{kind}:8000" for name in SERVICES for kind in ("web", "worker")}
