"""A notifications service that events reach, and a mail server beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from deploy.stack.servers import free_ports
from services.notifications.channels.email.transport import SENT_LOGS
from services.notifications.handlers import HANDLERS
from services.notifications.service import SERVICE
from shared.access.actor import system_actor
from shared.events.catalogue.members import Document, WorkingGroupEstablished
from shared.events.catalogue.reviews import HelpersAssigned, MemberFlagged, ProgressRecognized, RoundClosed
from shared.events.registry import Fact
from shared.settings import Settings
from tests.support.people import Front, context_of
from tests.support.services import an_event, front_of
from tests.support.smtp_process import PASSWORD, USER, MailServer, mail_server

PATH = ["khoi", "co-so", "chi-bo"]
CASE = {"case_id": "c1", "member_id": "m1", "organization_path": PATH}
FLAGGED = MemberFlagged(
    **CASE,
    on=date(2024, 3, 1),
    criterion="C1",
    probationary=False,
    education_due_on=date(2025, 3, 1),
    profile="p",
)
HELPED = HelpersAssigned(**CASE, on=date(2024, 3, 8), helpers=["h1"])
RECOGNIZED = ProgressRecognized(
    **CASE,
    on=date(2025, 2, 1),
    decided_by="co-so",
    decision=Document(number="12-QĐ/ĐU", issued_on=date(2025, 2, 1), issuer="Đảng ủy cơ sở"),
)
ROUND_CLOSED = RoundClosed(
    round_id="r1", organization_path=["khoi"], on=date(2025, 9, 30), not_reported=["chi-bo"]
)
GROUP = WorkingGroupEstablished(
    group_id="g1",
    name="Đoàn công tác số 1",
    organization_ids=["co-so"],
    member_ids=["m9"],
    leader_id=None,
    on=date(2024, 1, 1),
    decision=Document(number="1-QĐ/ĐUK", issued_on=date(2024, 1, 1), issuer="Đảng ủy Khối"),
)


def happen(front: Front, *facts: Fact, subject: str = "c1", named: str | None = None) -> None:
    """Let *facts* reach the service, in order; what is *named* alike is the same event when it comes again."""
    for sequence, fact in enumerate(facts, start=1):
        event = an_event(fact, subject=subject, sequence=sequence)
        if named is not None:
            event = msgspec.structs.replace(event, id=f"{named}-{sequence}")
        front.runtime.unit_of_work.run(
            context_of(system_actor("notifications")),
            lambda tx, event=event, fact=fact: HANDLERS[type(fact)](tx, event, fact),
        )


@pytest.fixture
def inbox(open_service: Callable[..., Front]) -> Front:
    return open_service(SERVICE)


@pytest.fixture
def happens(inbox: Front) -> Callable[..., None]:
    """Let facts of one case happen, in order."""
    return lambda *facts: happen(inbox, *facts)


def lost(front: Front, *more: str) -> None:
    """Leave the service as of an older backup: of what it was told nothing is in it, the broker is as it is."""
    for name in ("messages", "deliveries", "deadlines", "outbox", "sent_log", "already_sent", *more):
        front.runtime.store.collection(name).delete_many({})


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    """A mail server that runs."""
    pytest.importorskip("aiosmtpd", reason="aiosmtpd is in requirements/dev.lock; the environment is older")
    with mail_server(tmp_path, free_ports(1)[0]) as server:
        yield server


def with_mail(settings: Settings, port: int, certificate: Path, **more: object) -> Settings:
    """Return *settings* with the channel e-mail on."""
    return msgspec.structs.replace(
        settings,
        smtp_host="localhost",
        smtp_port=port,
        smtp_username=USER,
        smtp_password=PASSWORD,
        smtp_sender="thong-bao@khoi.example",
        smtp_ca=certificate,
        public_url="https://khoi.example",
        **more,
    )


@pytest.fixture
def mail_settings(settings: Settings, mail: MailServer, kafka_bootstrap: str) -> Settings:
    """Settings of the service with its mail server, and the broker that keeps what was sent."""
    beside = msgspec.structs.replace(settings, kafka_bootstrap_servers=kafka_bootstrap)
    return with_mail(beside, mail.port, mail.certificate, messages_per_hour=2)


@pytest.fixture
def mailing(mail_settings: Settings) -> Iterator[Front]:
    """The service with its mail server."""
    with front_of(SERVICE, mail_settings) as front:
        yield front
        SENT_LOGS.forget(front.runtime)
