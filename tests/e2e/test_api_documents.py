"""The services as they run are those of the published documents."""

import msgspec
import pytest
import requests

from deploy.documents import FOLDER
from deploy.process import SERVICES
from tests.support.stacks import Khoi

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("service", SERVICES)
class TestOpenApi:
    """Each service serves its document, equal to the committed one."""

    def test_equals_the_committed_document(self, khoi: Khoi, service: str) -> None:
        served = requests.get(f"{khoi.stack.api(service)}/openapi.json", timeout=30)
        committed = msgspec.json.decode((FOLDER / f"{service}.openapi.json").read_bytes())
        assert msgspec.json.decode(served.content) == committed


@pytest.mark.parametrize("service", SERVICES)
class TestProbes:
    """Probes and metrics need no token."""

    @pytest.mark.parametrize("probe", ["livez", "readyz", "metrics"])
    def test_answers(self, khoi: Khoi, service: str, probe: str) -> None:
        assert requests.get(f"{khoi.stack.url(service)}/{probe}", timeout=30).status_code == 200
