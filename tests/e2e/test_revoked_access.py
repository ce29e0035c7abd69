"""Revoked access over real sockets: within a minute no service takes the tokens that were issued before."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import requests

from tests.support.servers import eventually
from tests.support.stacks import Khoi

ADDRESSES = (
    "/api/members/organizations",
    "/api/reviews/rounds",
    "/api/notifications/inbox/messages",
    "/api/reporting/organizations",
)
WITHIN = 60.0


def statuses(khoi: Khoi, token: str) -> set[int]:
    return {khoi.ask("GET", path, token=token).status_code for path in ADDRESSES}


class TestRevokedAccess:
    """An operator revokes; every service refuses, open streams end, tokens issued later are accepted."""

    def test_within_a_minute_in_all_services(self, khoi: Khoi) -> None:
        grants = [{"role": "organizing_board", "organization": "*"}]
        token = khoi.stack.token("can-bo-thoi-viec", grants=grants)
        later = khoi.stack.token("can-bo-doi-viec", grants=grants)
        assert statuses(khoi, token) == statuses(khoi, later) == {200}
        stream = requests.get(
            khoi.addresses.of("/api/notifications/inbox/stream"),
            params={"hold": 120},
            headers={"Authorization": f"Bearer {token}"},
            stream=True,
            timeout=WITHIN,
        )
        with closing(khoi.person("operator")) as operator, stream:
            # The second's token was issued after that moment: the same events must leave it alone.
            for subject, before in (
                ("can-bo-doi-viec", datetime.now(UTC) - timedelta(minutes=1)),
                ("can-bo-thoi-viec", datetime.now(UTC)),
            ):
                operator.post(
                    "/api/members/revocations",
                    {"subject": subject, "issued_before": before.isoformat(), "reason": "thôi giữ chức vụ"},
                )
            assert eventually(lambda: statuses(khoi, token) == {401}, within=WITHIN)
            assert b"".join(stream.iter_content(None))  # to its end, which comes long before its time
        assert statuses(khoi, later) == {200}
