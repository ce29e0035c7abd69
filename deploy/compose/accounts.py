"""Tài khoản riêng của từng dịch vụ: one user per service at MongoDB and Kafka, with the least rights it needs.

At MongoDB a service reads and writes its own database. At Kafka it writes its own topics, may make them anew
when they were lost, and reads those it consumes, in its own group. Beside them ``khoi``, the operator's command,
may read the topics. Made by the deployment's administrator, whose name is ``<khoi_id>-admin``; run again it takes
over changed passwords and rights.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import pymongo
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    UserScramCredentialUpsertion,
)

from deploy.process import SERVICES, definition
from shared.bus import clients, topics
from shared.settings import Settings
from shared.store.connection import Document, security

ADMIN = "admin"
OPERATOR = "khoi"
MECHANISM = "SCRAM-SHA-512"
ITERATIONS = 8_192
ANYWHERE = "*"


class AccountsError(RuntimeError):
    """A server refused to make an account or to grant a right; the message says which."""


class Right(NamedTuple):
    """One thing that a user may do at Kafka."""

    resource: Literal["TOPIC", "GROUP"]
    name: str
    operation: Literal["READ", "WRITE", "CREATE"]


def rights(settings: Settings) -> dict[str, set[Right]]:
    """Return what each user of this deployment may do at Kafka, and nothing else."""
    found = {OPERATOR: {Right("TOPIC", topic, "READ") for name in SERVICES for topic in _own(settings, name)}}
    for name in SERVICES:
        found[name] = {Right("GROUP", settings.group(name), "READ")}
        found[name] |= {
            Right("TOPIC", topic, operation)
            for topic in _own(settings, name)
            for operation in ("WRITE", "CREATE")
        }
        made = definition(name)
        sources = (*made.consumes, *made.logs, *map(topics.audit_log, made.keeps_audit_of))
        found[name] |= {Right("TOPIC", settings.topic(source), "READ") for source in sources}
    return found


def _own(settings: Settings, service: str) -> Iterable[str]:
    return *topics.of_service(settings, service), *map(settings.topic, definition(service).logs)


def ensure(settings: Settings) -> None:
    """Make or mend the accounts; raises AccountsError, KafkaError, PyMongoError, or SettingsError for a password."""
    with pymongo.MongoClient[Document](
        settings.mongodb_url, **security(settings, ADMIN, database=ADMIN)
    ) as client:
        for name in SERVICES:
            _mongo_user(client, settings, name)
    admin = clients.admin(settings, ADMIN)
    try:
        for name, wanted in rights(settings).items():
            _kafka_user(admin, settings, name)
            _grant_exactly(admin, f"User:{settings.user(name)}", wanted)
    finally:
        admin.close()


def _mongo_user(client: pymongo.MongoClient[Document], settings: Settings, name: str) -> None:
    database = client.get_database(settings.database(name))
    user = settings.user(name)
    known = database.command("usersInfo", user)["users"]
    database.command(
        "updateUser" if known else "createUser",
        user,
        pwd=settings.password("mongo", name),
        roles=[{"role": "readWrite", "db": database.name}],
    )


def _kafka_user(admin: Any, settings: Settings, name: str) -> None:
    user, password = settings.user(name), settings.password("kafka", name)
    refused = admin.alter_user_scram_credentials(
        [UserScramCredentialUpsertion(user, MECHANISM, password, iterations=ITERATIONS)]
    )[user]
    if refused:
        raise AccountsError(f"Kafka: {user}: {refused}")


def _grant_exactly(admin: Any, principal: str, wanted: set[Right]) -> None:
    """Grant what is missing and take back what is too much."""
    pattern = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    found, _ = admin.describe_acls(
        ACLFilter(principal, ANYWHERE, ACLOperation.ANY, ACLPermissionType.ANY, pattern)
    )
    granted = {_right(acl): acl for acl in found}
    missing = [_acl(principal, right) for right in sorted(wanted - granted.keys())]
    if missing:
        failed = admin.create_acls(missing)["failed"]
        if failed:
            raise AccountsError(f"Kafka: {principal}: {failed}")
    surplus = [acl for right, acl in granted.items() if right not in wanted]
    if surplus:
        admin.delete_acls(surplus)


def _acl(principal: str, right: Right) -> ACL:
    return ACL(
        principal,
        ANYWHERE,
        ACLOperation[right.operation],
        ACLPermissionType.ALLOW,
        ResourcePattern(ResourceType[right.resource], right.name),
    )


def _right(acl: ACL) -> tuple[str, str, str]:
    """Return an entry as a right; what has another form (a prefix, a denial) equals none."""
    pattern = acl.resource_pattern
    exact = (
        acl.permission_type == ACLPermissionType.ALLOW
        and pattern.pattern_type == ACLResourcePatternType.LITERAL
    )
    return (pattern.resource_type.name, pattern.resource_name, acl.operation.name if exact else repr(acl))
