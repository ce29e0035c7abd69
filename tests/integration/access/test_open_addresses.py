"""What answers without asking the access table: probes, the API document, the dashboard's files; nothing else."""

import pytest

from deploy.process import SERVICES, definition
from shared.access.table import TABLE
from shared.settings import Settings
from shared.web.app import build

OPEN = {
    "probes.livez",
    "probes.metrics",
    "probes.readyz",
    "api-docs.openapi_json",
    "dashboard.page",
    "dashboard.file",
    "dashboard.settings_of_page",
}


@pytest.mark.parametrize("service", SERVICES)
def test_every_other_address_stands_under_an_action_and_in_the_document(service: str) -> None:
    """The matrix asks what the OpenAPI document names, so an address outside it must not exist."""
    app = build(definition(service), Settings())
    app.extensions["khoi"].close()
    document = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    named = {
        (path, method.upper())
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and operation.get("x-action") in TABLE
    }
    there = {
        (rule.rule.replace("<string:", "{").replace(">", "}"), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OPEN
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert there == named
