"""SMTP, with TLS and a login as the deployment has it: one connection for what is due together."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime

from kafka.errors import KafkaError

from services.notifications.channels.email import NAME
from services.notifications.documents import Delivery
from services.notifications.domain.recipients import message_id
from services.notifications.sending import AwayError, NotNowError, RefusedError, Sending
from services.notifications.sent_log import Logs, SentLog
from services.notifications.texts import rendered, values_outside
from shared.bus.failpoints import reached
from shared.bus.topics import TopicsMissingError
from shared.service import Job, Runtime
from shared.settings import Settings
from shared.text import nfc

LIMIT_SECONDS = 30.0
_PERMANENT = 500
_CLOSING = 421


class SmtpLine:
    """A line to the mail server, opened by the first message."""

    def __init__(self, runtime: Runtime, log: SentLog) -> None:
        """Send for *runtime*'s deployment what is not in *log*."""
        self._runtime = runtime
        self._log = log
        self._server: smtplib.SMTP | None = None

    def send(self, delivery: Delivery) -> None:
        """Give one e-mail to the mail server, unless it took it before.

        Raises RefusedError, NotNowError or AwayError.
        """
        try:
            if self._log.has(delivery):
                return
        except (KafkaError, TopicsMissingError) as error:
            raise AwayError("sent_log") from error
        contact = self._runtime.store.collection("contacts").find_one({"_id": delivery.recipient}, ["email"])
        if contact is None or not contact.get("email"):
            raise RefusedError("no_address")
        message = written(self._runtime, delivery, contact["email"])
        try:
            server = self._connected()
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise _answered(code, "recipient") from error
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise _answered(error.smtp_code, "message") from error
        except (OSError, smtplib.SMTPException) as error:
            raise AwayError(type(error).__name__) from error
        reached("notifications.after-acceptance", self._runtime.settings)
        self._log.note(delivery)

    def close(self) -> None:
        """Take leave of the mail server."""
        if self._server is not None:
            with suppress(
                OSError, smtplib.SMTPException
            ):  # what it took it took; a lost goodbye changes nothing
                self._server.quit()
            self._server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            self._server = connect(self._runtime.settings)
        return self._server


def connect(settings: Settings) -> smtplib.SMTP:
    """Return a connection to the mail server, encrypted and logged in as the settings say."""
    context = ssl.create_default_context(cafile=None if settings.smtp_ca is None else str(settings.smtp_ca))
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.smtp_host, settings.smtp_port, timeout=LIMIT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=LIMIT_SECONDS)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_username:
            server.login(settings.smtp_username, settings.smtp_password)
    except BaseException:
        server.close()
        raise
    return server


def written(runtime: Runtime, delivery: Delivery, address: str) -> EmailMessage:
    """Return the e-mail, plain and HTML: that there is something to see, and where."""
    settings = runtime.settings
    event = ".".join(str(delivery.event_type).split(".")[2:4])
    values = values_outside(settings, str(delivery.message_id), required=bool(delivery.required))
    text = rendered(NAME, event, values, own=settings.notification_templates)
    message = EmailMessage()
    message["Subject"] = nfc(text[".txt.jinja:subject"])
    message["From"] = settings.smtp_sender
    message["To"] = address
    message["Date"] = format_datetime(delivery.created_at)
    message["Message-ID"] = f"<{delivery.id}@{settings.khoi_id}.khoi.invalid>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply to a machine
    message.set_content(nfc(text[".txt.jinja:body"]) + "\n")
    message.add_alternative(nfc(text[".html.jinja:body"]), subtype="html")
    return message


def _answered(code: int, what: str) -> RefusedError | NotNowError | AwayError:
    if code == _CLOSING:
        return AwayError("closing")
    return RefusedError(f"{what}_refused_{code}") if code >= _PERMANENT else NotNowError(f"{what}_{code}")


def _ids(delivery: Delivery) -> list[str]:
    causes = list(delivery.causes)
    if not causes:
        return [str(delivery.id)]
    return [message_id(f"email:reminder:{cause}", str(delivery.recipient)) for cause in causes]


LOG = "notifications-sent"
SENT_LOGS = Logs(LOG, _ids)


@contextmanager
def _line(runtime: Runtime) -> Iterator[SmtpLine]:
    line = SmtpLine(runtime, SENT_LOGS.of(runtime))
    try:
        yield line
    finally:
        line.close()


_SENDING = Sending(NAME, _line, per_hour=lambda runtime: runtime.settings.messages_per_hour)


def send_due(runtime: Runtime) -> None:
    """Send the e-mails that are due, when the channel is on."""
    if runtime.settings.smtp_host:
        _SENDING.run(runtime)


EMAIL = Job(name="email", every_seconds=5, run=send_due)
"""What the worker does for this channel."""
