"""What a deployment sets from outside. Environment variables only; one place reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, Self

import msgspec

OptionalField = Literal["citizen_id", "ethnicity", "religion", "family"]
"""Sensitive fields of a member's record that are kept only where a deployment turns them on."""


Part = Literal["mongo", "kafka"]
"""A server that services sign in to."""


class SettingsError(ValueError):
    """A setting is missing or cannot be used; the message names the variable and how to mend it."""


@contextmanager
def usable(variable: str, path: Path | None, what: str, refused: type[Exception]) -> Iterator[None]:
    """Read within what *variable* names; SettingsError when that cannot be read, or is *refused* as *what* it is."""
    try:
        yield
    except refused as error:
        raise SettingsError(f"{variable}: {what} không dùng được: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}: không đọc được {path}: {error}") from error


VARIABLES: Final[Mapping[str, str]] = {
    "khoi_id": "KHOI_ID",
    "khoi_name": "KHOI_NAME",
    "environment": "KHOI_ENVIRONMENT",
    "mongodb_url": "MONGODB_URL",
    "kafka_bootstrap_servers": "KAFKA_BOOTSTRAP_SERVERS",
    "token_issuer": "KHOI_TOKEN_ISSUER",
    "token_audience": "KHOI_TOKEN_AUDIENCE",
    "jwks_url": "KHOI_JWKS_URL",
    "probe_port": "KHOI_PROBE_PORT",
    "session_timeout_ms": "KHOI_SESSION_TIMEOUT_MS",
    "topic_partitions": "KHOI_TOPIC_PARTITIONS",
    "topic_replication": "KHOI_TOPIC_REPLICATION",
    "min_insync_replicas": "KHOI_MIN_INSYNC_REPLICAS",
    "retry_ladder_seconds": "KHOI_RETRY_LADDER_SECONDS",
    "cors_origins": "KHOI_CORS_ORIGINS",
    "attachment_bytes": "KHOI_ATTACHMENT_BYTES",
    "paper_templates": "KHOI_PAPER_TEMPLATES",
    "profiles": "KHOI_PROFILES",
    "transfer_rules": "KHOI_TRANSFER_RULES",
    "optional_fields": "KHOI_OPTIONAL_FIELDS",
    "field_keys": "KHOI_FIELD_KEYS",
    "public_url": "KHOI_PUBLIC_URL",
    "who_is_told": "KHOI_WHO_IS_TOLD",
    "notification_templates": "KHOI_NOTIFICATION_TEMPLATES",
    "smtp_host": "KHOI_SMTP_HOST",
    "smtp_port": "KHOI_SMTP_PORT",
    "smtp_security": "KHOI_SMTP_SECURITY",
    "smtp_username": "KHOI_SMTP_USERNAME",
    "smtp_password": "KHOI_SMTP_PASSWORD",
    "smtp_sender": "KHOI_SMTP_SENDER",
    "smtp_ca": "KHOI_SMTP_CA",
    "webhook_allowed": "KHOI_WEBHOOK_ALLOWED",
    "streams": "KHOI_STREAMS",
    "messages_per_hour": "KHOI_MESSAGES_PER_HOUR",
    "quiet_hours": "KHOI_QUIET_HOURS",
    "secrets": "KHOI_SECRETS",
    "tls_ca": "KHOI_TLS_CA",
    "tls_certificate": "KHOI_TLS_CERTIFICATE",
    "tls_key": "KHOI_TLS_KEY",
    "sign_in_client": "KHOI_SIGN_IN_CLIENT",
    "sign_in_scope": "KHOI_SIGN_IN_SCOPE",
    "traces_url": "KHOI_TRACES_URL",
    "var": "KHOI_VAR",
}
"""Field → variable. ``<variable>_FILE`` may name a file that holds the value, as secrets come in containers."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one process of one deployment (one deployment = one Khối)."""

    khoi_id: str = "khoi"
    """Short name of the deployment: prefix of databases, topics and groups."""
    khoi_name: str = "Đảng bộ Khối cơ quan và doanh nghiệp tỉnh"
    environment: Literal["development", "production"] = "development"
    mongodb_url: str = "mongodb://127.0.0.1:27017/?replicaSet=rs0"
    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    token_issuer: str = "http://127.0.0.1:8180"  # noqa: S105 -- the issuer's name, not a token
    token_audience: str = "khoi"  # noqa: S105 -- the audience's name, not a token
    jwks_url: str = "http://127.0.0.1:8180/jwks.json"
    sign_in_client: str = ""
    """The dashboard's client id at the OIDC provider, ``token_issuer`` (public client, authorization code with PKCE);
    empty: people paste a token."""
    sign_in_scope: str = "openid"
    """What the dashboard asks the provider for; some need a scope of the API here to set the token's audience."""
    probe_port: int = 0
    """Port of the worker's /livez, /readyz and /metrics; 0 takes a free one."""
    session_timeout_ms: int = 45_000
    topic_partitions: int = 6
    topic_replication: int = 1
    min_insync_replicas: int = 1
    retry_ladder_seconds: tuple[float, ...] = (0.05, 0.2, 0.5, 1, 2, 10, 20, 30)
    """Waits before each further try of a failing event; after the last the event is parked."""
    cors_origins: tuple[str, ...] = ()
    attachment_bytes: int = 20 * 1024 * 1024
    """Largest scan that is taken in."""
    paper_templates: Path | None = None
    """Folder of the deployment's own DOCX templates, one ``<kind>.docx`` each; the service's own where it has none."""
    profiles: Path | None = None
    """Folder with the deployment's own rule profiles (``*.toml``), beside those that come with the software."""
    transfer_rules: Path | None = None
    """Folder with the deployment's own rules of transfer and readmission (``*.toml``), beside or in place of ours."""
    optional_fields: tuple[OptionalField, ...] = ()
    """Sensitive fields of a member's record that this deployment keeps (Law 91/2025); none unless it says so."""
    field_keys: Path | None = None
    """File of the keys that sensitive fields are sealed with, newest first; none: they are kept as they are, which
    production refuses where it keeps any."""
    public_url: str = "http://127.0.0.1:8080"
    """Where people reach this deployment: what e-mails and webhooks point to."""
    who_is_told: Path | None = None
    """The deployment's own table of who is told what (TOML), over the one that comes with the software."""
    notification_templates: Path | None = None
    """Folder of the deployment's own texts of notifications, ``<channel>/<event>.jinja``."""
    smtp_host: str = ""
    """Mail server of the channel e-mail; empty: the channel is off."""
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: str = ""
    smtp_sender: str = ""
    """Address that e-mails come from."""
    smtp_ca: Path | None = None
    """Certificates (PEM) to trust for the mail server; the system's when not set."""
    webhook_allowed: tuple[str, ...] = ()
    """Hosts and networks (``10.1.0.0/16``) that webhooks may go to; empty: the channel is off."""
    streams: int = 800
    """Streams of notifications that one web process holds open at once; each takes one of its open files."""
    messages_per_hour: int = 20
    """Most e-mails to one person within an hour; the others wait."""
    quiet_hours: str = "21:00-06:30"
    """When nobody is sent an e-mail or a reminder, in Vietnam's time; empty: at no time."""
    traces_url: str = ""
    """Collector of traces that takes OTLP over HTTP (``http://…:4318/v1/traces``); empty: no span is kept."""
    secrets: Path | None = None
    """Folder of the passwords, ``mongo-<service>`` and ``kafka-<service>``; none: nobody signs in anywhere."""
    tls_ca: Path | None = None
    """Certificates (PEM) of the authority of the deployment's own parts; set: MongoDB and Kafka only over TLS."""
    tls_certificate: Path | None = None
    """What web process and probes show, with its key: they then answer over TLS alone."""
    tls_key: Path | None = None
    var: Path = Path("var")

    @property
    def is_production(self) -> bool:
        """Say whether this deployment is a real one, where development shortcuts are refused."""
        return self.environment == "production"

    def database(self, service: str) -> str:
        """Return the name of the Mongo database that *service* owns in this deployment."""
        return f"{self.khoi_id}_{service}"

    def topic(self, service: str) -> str:
        """Return the name of the topic that *service* publishes to in this deployment."""
        return f"{self.khoi_id}.{service}.events"

    def dead_letter_topic(self, service: str) -> str:
        """Return the topic where *service* parks the events that it could not apply."""
        return f"{self.khoi_id}.{service}.dead-letters"

    def group(self, service: str) -> str:
        """Return the consumer group of *service*."""
        return f"{self.khoi_id}.{service}"

    def user(self, service: str) -> str:
        """Return the name under which *service* signs in to MongoDB and Kafka."""
        return f"{self.khoi_id}-{service}"

    def password(self, part: Part, service: str) -> str | None:
        """Return the password of *service* at *part*, None where nobody signs in; SettingsError when it is missing."""
        if self.secrets is None:
            return None
        try:
            return (self.secrets / f"{part}-{service}").read_text("utf-8").strip()
        except OSError as error:
            raise SettingsError(f"KHOI_SECRETS: {error}") from error

    def event_source(self, service: str) -> str:
        """Return the CloudEvents ``source`` of the events of *service*."""
        return f"/khoi/{self.khoi_id}/{service}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings; raise SettingsError naming the variable that cannot be used."""
        env = os.environ if environ is None else environ
        found: dict[str, object] = {}
        for field, name in VARIABLES.items():
            given = _given(env, name)
            if given is None:
                continue
            raw = given.strip()
            if field in {"retry_ladder_seconds", "cors_origins", "webhook_allowed", "optional_fields"}:
                found[field] = tuple(part.strip() for part in raw.split(",") if part.strip())
            else:
                found[field] = raw
        try:
            settings = msgspec.convert(
                found,
                type=cls,
                strict=False,
                dec_hook=lambda wanted, value: Path(value) if wanted is Path else value,
            )
        except msgspec.ValidationError as error:
            field = str(error).rsplit("$.", 1)[-1].split("[", 1)[0].strip("`")
            raise SettingsError(f"{VARIABLES.get(field, field)}: {error}") from error
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", settings.khoi_id):
            raise SettingsError(
                "KHOI_ID: 1 to 31 of a-z, 0-9 and '-', for it is part of database and topic names"
            )
        return settings


def _given(env: Mapping[str, str], name: str) -> str | None:
    """Return the value of a variable, from the file named by ``<name>_FILE`` where there is one."""
    path = env.get(f"{name}_FILE")
    if not path:
        return env.get(name)
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}_FILE: {error}") from error
