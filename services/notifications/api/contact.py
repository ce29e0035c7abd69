"""Nơi nhận và lựa chọn nhận thông báo của chính mình."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.notifications import contacts
from services.notifications.documents import Contact
from services.notifications.domain.sending import read_hours
from services.notifications.domain.who_is_told import types
from services.notifications.schemas import ChangeContactSchema, ContactSchema
from shared.web.commit import commit, record_answer
from shared.web.problems import invalid
from shared.web.requests import action, actor, allow, if_match, roots, runtime

OWN = {"notifications.Reminder"}
"""What no event of another service causes, and may be switched off as well."""

blueprint = Blueprint(
    "contact", "contact", url_prefix="/api/notifications/contact", description="Nơi nhận thông báo của mình"
)


def _shown(contact: dict[str, Any]) -> dict[str, Any]:
    return {
        "email": contact.get("email"),
        "email_on": contact.get("email_on", True),
        "muted": contact.get("muted", []),
        "digest": contact.get("digest", False),
        "quiet_hours": contact.get("quiet_hours"),
    }


@blueprint.get("")
@blueprint.response(200, ContactSchema)
@action("contacts.own")
def show_contact() -> Response:
    """Show the caller's own address and choices; version 0 when nothing was set yet."""
    roots()
    found = contacts.contact_of(runtime().store, actor()) or {"version": 0}
    return record_answer(_shown(found), found["version"])


@blueprint.patch("")
@blueprint.arguments(ChangeContactSchema)
@blueprint.response(200, ContactSchema)
@action("contacts.own", conditional=True)
def change_contact(given: dict[str, Any]) -> Response:
    """Set the caller's own address and choices; required notices come whatever is chosen."""
    context = allow(path=[grant.organization for grant in actor().grants], member_id=actor().member_id)
    version = if_match()
    _check(given)

    def respond(contact: Contact) -> dict[str, Any]:
        return _shown(contact.to_document())

    return commit(context, lambda tx: contacts.change(tx, version, given), respond)


def _check(given: dict[str, Any]) -> None:
    email = given.get("email")
    if email is not None and not email.isascii():
        raise invalid(
            "/email", "not_ascii", "Địa chỉ thư chỉ gồm ký tự không dấu.", "The address must be ASCII."
        )
    if given.get("quiet_hours"):
        try:
            read_hours(given["quiet_hours"])
        except ValueError as error:
            raise invalid(
                "/quiet_hours", "not_hours", "Viết như 21:00-06:30.", "Write it as 21:00-06:30."
            ) from error
    unknown = sorted(set(given.get("muted", [])) - set(types()) - OWN)
    if unknown:
        raise invalid(
            "/muted",
            "unknown_event",
            f"Không có loại sự kiện {unknown[0]}.",
            f"There is no event type {unknown[0]}.",
        )
