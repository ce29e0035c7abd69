"""What the auditor finds: every read of a member's case, every export with its reason, chains intact."""

from collections.abc import Mapping
from typing import Any

import pytest

from deploy.demo.history import Story
from deploy.process import SERVICES
from shared.audit.verify import verify
from tests.support.servers import eventually
from tests.support.stacks import TERM_FROM, TERM_TO, Khoi

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def case(khoi: Khoi) -> Mapping[str, Any]:
    """A recognised case, applied everywhere."""
    found = khoi.tell(khoi.cells[6], Story("recognized", "C1"))
    khoi.settle()
    return found


def entries(khoi: Khoi, service: str, subject: str) -> list[tuple[str, str, str]]:
    """Actor, role and action of the entries about *subject*, in their order."""
    auditor = khoi.person("auditor")
    try:
        found = auditor.every(f"/api/{service}/audit", subject=subject)
    finally:
        auditor.close()
    return [(each["actor"], each["role"], each["action"]) for each in found]


class TestReads:
    """Who looked into a case stands in the audit, each time."""

    @pytest.mark.parametrize(
        ("service", "place", "action"),
        [
            ("reviews", "/api/reviews/cases/{id}", "case.read"),
            ("reviews", "/api/reviews/cases/{id}/timeline", "case.read_timeline"),
            ("reporting", "/api/reporting/cases/{id}", "case.read"),
        ],
    )
    def test_each_read_of_a_case(
        self, khoi: Khoi, case: Mapping[str, Any], service: str, place: str, action: str
    ) -> None:
        before = entries(khoi, service, case["id"])
        reader = khoi.people.superior(case["organization_path"])
        for _ in range(2):
            reader.get(place.format(id=case["id"]))
        actor = f"grassroots_committee@{case['organization_path'][1]}"
        assert (
            entries(khoi, service, case["id"])[len(before) :] == [(actor, "grassroots_committee", action)] * 2
        )

    def test_the_members_own_read(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        khoi.people.member(case["member_id"]).get(f"/api/reviews/cases/{case['id']}")
        assert entries(khoi, "reviews", case["id"])[-1] == (
            f"member:{case['member_id']}",
            "member",
            "case.read",
        )

    def test_cases_opened_behind_a_figure(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        before = entries(khoi, "reporting", case["id"])
        khoi.people.standing.get(
            "/api/reporting/screening-report/cases",
            organization=case["cell_id"],
            figure="recognized",
            **{"from": TERM_FROM, "to": TERM_TO},
        )
        assert [action for *_, action in entries(khoi, "reporting", case["id"])[len(before) :]] == [
            "case.read"
        ]

    def test_a_refused_read_is_none(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        before = entries(khoi, "reviews", case["id"])
        token = khoi.token("cell_secretary", khoi.cells[0].path[-1])
        assert khoi.ask("GET", f"/api/reviews/cases/{case['id']}", token=token).status_code == 403
        assert entries(khoi, "reviews", case["id"]) == before


class TestSteps:
    """Every step of a case is there in its order, with who took it in which role."""

    def test_from_proposal_to_recognition(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        cell = f"cell_secretary@{case['cell_id']}"
        committee = f"grassroots_committee@{case['organization_path'][1]}"
        steps = [entry for entry in entries(khoi, "reviews", case["id"]) if "read" not in entry[2]]
        assert [actor for actor, *_ in steps] == [
            cell, committee, cell,  # proposal, direction, ballot
            *[cell] * 6,  # notice, helpers, four follow-ups
            committee,  # recognition
        ]  # fmt: skip

    def test_an_export_with_its_reason(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        khoi.people.standing.file(
            "/api/reporting/screening-report/file",
            format="xlsx",
            organizations=case["cell_id"],
            reason="Thử xuất báo cáo",
            **{"from": TERM_FROM, "to": TERM_TO},
        )
        auditor = khoi.person("auditor")
        try:
            found = auditor.every("/api/reporting/audit", subject=case["cell_id"])
        finally:
            auditor.close()
        assert [each["reason"] for each in found if each["action"] == "report.export"] == ["Thử xuất báo cáo"]


class TestAuditor:
    """The auditor reads the audit and not the cases."""

    def test_no_case(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        answer = khoi.ask("GET", f"/api/reviews/cases/{case['id']}", token=khoi.token("auditor"))
        assert answer.status_code == 403

    @pytest.mark.parametrize("service", SERVICES)
    def test_nobody_else_reads_the_audit(self, khoi: Khoi, service: str) -> None:
        for role in ("standing_committee", "organizing_board", "operator"):
            answer = khoi.ask("GET", f"/api/{service}/audit", token=khoi.token(role))
            assert answer.status_code == 403

    @pytest.mark.parametrize("service", SERVICES)
    def test_pages_are_links_in_order(self, khoi: Khoi, service: str) -> None:
        auditor = khoi.person("auditor")
        try:
            numbers = [each["number"] for each in auditor.every(f"/api/{service}/audit")]
        finally:
            auditor.close()
        assert numbers == list(range(1, len(numbers) + 1))

    @pytest.mark.parametrize("service", SERVICES)
    def test_chain_is_intact(self, khoi: Khoi, case: Mapping[str, Any], service: str) -> None:
        found = verify(khoi.stores[service])
        assert found.intact
        assert found.entries > 0 or service == "notifications"


class TestConsolidated:
    """The auditor finds the entries of all services in one place, each chain as whole as it is at home."""

    def test_a_case_across_the_services(self, khoi: Khoi, case: Mapping[str, Any]) -> None:
        khoi.people.superior(case["organization_path"]).get(f"/api/reporting/cases/{case['id']}")
        auditor = khoi.person("auditor")

        def both() -> set[str]:
            found = auditor.get("/api/reporting/consolidated-audit", subject=case["id"])["items"]
            assert all(each["sound"] for each in found)
            services = {each["service"] for each in found}
            assert services == {"reviews", "reporting"}
            return services

        def received() -> bool:
            chains = auditor.get("/api/reporting/consolidated-audit/chains")["items"]
            assert {each["state"] for each in chains} <= {"intact", "unverified"}
            assert all(each["received"] for each in chains if each["service"] in {"members", "reviews"})
            return True

        try:
            eventually(both, within=60)
            eventually(received, within=60)
        finally:
            auditor.close()
