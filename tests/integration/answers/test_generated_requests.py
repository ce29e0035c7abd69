"""Generated requests (schemathesis) to every operation of the four services: no 5xx, no undocumented answer.

The requests come from the service's own OpenAPI document; half of them name records that exist. How many are sent to
each operation: KHOI_SCHEMATHESIS_EXAMPLES (a few in the ordinary run, hundreds when somebody looks for trouble).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.members.service import SERVICE as MEMBERS
from services.notifications.api import stream
from services.notifications.service import SERVICE as NOTIFICATIONS
from services.reporting.service import SERVICE as REPORTING
from shared.access.actor import Actor, Grant
from tests.integration.access import places
from tests.integration.access.places import Khoi
from tests.integration.reporting.history import Reporting
from tests.integration.reviews.conftest import Office, office

pytestmark = pytest.mark.integration
__all__ = ["office"]  # a fixture of the reviews tests, used here as well

EXAMPLES = int(os.environ.get("KHOI_SCHEMATHESIS_EXAMPLES", "6"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ROLES = (
    "cell_secretary",
    "grassroots_committee",
    "standing_committee",
    "organizing_board",
    "auditor",
    "operator",
)
EVERYBODY = Actor(subject="moi-viec", grants=tuple(Grant(role, "*") for role in ROLES))  # type: ignore[arg-type]


def _surprises(khoi: Khoi, service: str) -> list[str]:
    """Send generated requests to every operation and return what should not have been answered."""
    app = khoi.client.application
    khoi.people.people[EVERYBODY.subject] = EVERYBODY
    schema = schemathesis.openapi.from_wsgi(f"/api/{service}/openapi.json", app)
    found: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        try:
            _ask(operation, khoi)
        except (Exception, BaseExceptionGroup) as failure:  # noqa: BLE001 -- all are told at the end
            told = getattr(failure, "exceptions", [failure])
            found.append(f"{operation.label}: {'; '.join(str(each)[:700] for each in told)}")
    return found


def _ask(operation: Any, khoi: Khoi) -> None:
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), known=st.booleans(), version=st.integers(1, 9))
    def send(case: Any, *, known: bool, version: int) -> None:
        if known:
            case.path_parameters = {
                name: khoi.names.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
        headers = {
            "Authorization": f"Bearer {EVERYBODY.subject}",
            "Idempotency-Key": uuid.uuid4().hex,
        }
        if case.method != "GET":
            headers["If-Match"] = f'"v{version}"'
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)

    send()


def test_members(open_service: Callable[..., Any]):
    """Members answers every generated request as its document says."""
    surprises = _surprises(places.members(open_service(MEMBERS)), "members")
    assert not surprises, "\n\n".join(surprises)


def test_reviews(office: Office):
    """Reviews answers every generated request as its document says."""
    surprises = _surprises(places.reviews(office), "reviews")
    assert not surprises, "\n\n".join(surprises)


def test_notifications(open_service: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    """Notifications answers every generated request as its document says."""
    monkeypatch.setattr(stream, "LONGEST_IN_THREAD", 0)  # what a stream says at once is what is looked at
    surprises = _surprises(places.notifications(open_service(NOTIFICATIONS)), "notifications")
    assert not surprises, "\n\n".join(surprises)


def test_reporting(open_service: Callable[..., Any]):
    """Reporting answers every generated request as its document says."""
    surprises = _surprises(places.reporting(Reporting(open_service(REPORTING))), "reporting")
    assert not surprises, "\n\n".join(surprises)
