"""What every import keeps of itself, whatever it imports."""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import BooleanField, DateTimeField, DictField, IntField, ListField, StringField

from shared.access.actor import Actor, Context
from shared.store.aggregate import Aggregate


class Import(Aggregate):
    """Lượt nhập: one uploaded workbook on its way into the records."""

    meta: ClassVar[dict[str, Any]] = {"abstract": True}

    state = StringField(
        required=True, choices=("uploaded", "previewing", "previewed", "executing", "done", "failed")
    )
    file_id = StringField(required=True)
    file_name = StringField()
    sha256 = StringField(required=True)
    size = IntField(required=True)
    reason = StringField()
    roots = ListField(StringField())
    """Organisations whose subtrees the importer may write to; empty with ``everywhere``."""
    everywhere = BooleanField(required=True)
    author = DictField(required=True)
    """On whose behalf the worker acts: see :func:`author_of`."""
    uploaded_at = DateTimeField(required=True)
    active = BooleanField(required=True)
    """Whether the worker has something to do with it."""
    attempts = IntField(required=True, default=0)
    """How many workers died at the present step since it last got further."""
    lease_holder = StringField()
    lease_until = DateTimeField()
    total_rows = IntField(required=True, default=0)
    rows_ok = IntField(required=True, default=0)
    rows_refused = IntField(required=True, default=0)
    progress = IntField(required=True, default=0)
    """Rows the present step has dealt with, of ``total_rows``."""
    batches = IntField(required=True, default=0)
    next_batch = IntField(required=True, default=0)
    """The first batch that is not executed yet."""
    findings = IntField(required=True, default=0)
    withdrawn = ListField(IntField())
    """Rows that were read as sound and refused because of a later row."""
    problem = DictField()
    """Why the file as a whole cannot be used: code, detail, sheet, row, column."""


def author_of(context: Context) -> dict[str, Any]:
    """Return what the worker must know of whoever asked, to act in their name."""
    return {
        "subject": context.actor.subject,
        "name": context.actor.name,
        "member_id": context.actor.member_id,
        "role": context.role,
        "organization": context.organization,
        "request_id": context.request_id,
        "correlation_id": context.correlation_id,
        "traceparent": context.traceparent,
    }


def context_of(found: Import) -> Context:
    """Return the context of whoever asked for the step: the audit names the person, not the worker."""
    author = found.author
    return Context(
        actor=Actor(subject=author["subject"], name=author["name"], member_id=author.get("member_id")),
        request_id=author["request_id"],
        correlation_id=author["correlation_id"],
        traceparent=author.get("traceparent"),
        role=author["role"],
        organization=author["organization"],
    )
