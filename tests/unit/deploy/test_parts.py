from pathlib import Path

import pytest

from deploy.process import SERVICES, definition
from deploy.stack.parts import Plan, Ports, plan

GIVEN_MONGO = "mongodb://db.example/?replicaSet=rs0"
GIVEN_KAFKA = "broker.example:9092"


def planned(folder: Path, **environment: str) -> Plan:
    return plan(folder, ports=Ports.counted_from(8100), environment={"PATH": "/usr/bin", **environment})


class TestPlan:
    """The parts of a stack, and what the services are told."""

    def test_every_service_has_a_web_and_a_worker(self, tmp_path: Path):
        parts = planned(tmp_path).parts
        assert {f"{name}-{kind}" for name in SERVICES for kind in ("web", "worker")} <= set(parts)

    def test_nothing_given_embeds_both_servers(self, tmp_path: Path):
        made = planned(tmp_path)
        assert {"mongo", "broker"} <= set(made.parts)
        assert made.mongodb_url == "mongodb://127.0.0.1:8120/?replicaSet=secantus"
        assert made.kafka_bootstrap_servers == "127.0.0.1:8121"

    def test_servers_given_from_outside_win(self, tmp_path: Path):
        made = planned(tmp_path, MONGODB_URL=GIVEN_MONGO, KAFKA_BOOTSTRAP_SERVERS=GIVEN_KAFKA)
        assert not {"mongo", "broker"} & set(made.parts)
        assert (made.mongodb_url, made.kafka_bootstrap_servers) == (GIVEN_MONGO, GIVEN_KAFKA)

    def test_an_empty_variable_gives_nothing(self, tmp_path: Path):
        assert "mongo" in planned(tmp_path, MONGODB_URL="").parts

    def test_no_two_parts_share_a_port(self, tmp_path: Path):
        ports = [part.port for part in planned(tmp_path).parts.values()]
        assert len(set(ports)) == len(ports)

    def test_settings_of_the_deployment_reach_the_services(self, tmp_path: Path):
        assert planned(tmp_path, KHOI_ID="bac-giang").environment["KHOI_ID"] == "bac-giang"

    def test_working_files_stay_in_the_stack_folder(self, tmp_path: Path):
        assert planned(tmp_path, KHOI_VAR="/elsewhere").environment["KHOI_VAR"] == str(tmp_path / "files")


class TestDefinition:
    """Each service by its name, and a sentence for a name that is none."""

    @pytest.mark.parametrize("name", SERVICES)
    def test_every_service_is_found(self, name: str):
        assert definition(name).name == name

    def test_an_unknown_service_is_refused(self):
        with pytest.raises(ValueError, match="no such service"):
            definition("finance")
