"""Webhook: the front-ends that are told when there is something to see."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.notifications import webhooks
from services.notifications.channels.webhook.transport import resolved
from services.notifications.documents import Webhook
from services.notifications.domain.targets import NotAllowedError, pinned, read_allowed, read_target
from services.notifications.schemas import NewWebhookSchema, WebhookPageSchema, WebhookSchema
from shared.web.commit import commit, record_answer
from shared.web.problems import invalid
from shared.web.requests import action, allow, if_match, roots, runtime
from shared.web.schemas import PageQuery

blueprint = Blueprint(
    "webhooks",
    "webhooks",
    url_prefix="/api/notifications/webhooks",
    description="Webhook tới giao diện nội bộ",
)


def _shown(webhook: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": webhook["_id"],
        "version": webhook["version"],
        "url": webhook["url"],
        "description": webhook["description"],
        "active": webhook["active"],
        "secret_since": webhook["secret_since"],
    }


def _with_secret(webhook: Webhook) -> dict[str, Any]:
    """Return the target with its secret, which is shown this once."""
    return {**_shown(webhook.to_document()), "secret": webhook.secret}


@blueprint.get("")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, WebhookPageSchema)
@action("notifications.operate")
def list_webhooks(query: dict[str, Any]) -> Response:
    """List the targets; no secret is shown."""
    roots()
    page = webhooks.listed(runtime().store, **query)
    return record_answer({"items": [_shown(each) for each in page.items], "next": page.next})


@blueprint.post("")
@blueprint.arguments(NewWebhookSchema)
@blueprint.response(201, WebhookSchema)
@action("notifications.operate")
def register_webhook(given: dict[str, Any]) -> Response:
    """Register a target that the deployment allows; the answer holds its secret.

    Each call carries ``Khoi-Timestamp``, ``Khoi-Signature`` (``v1=`` and the HMAC-SHA256 of time, dot and body, one for
    each secret in use) and ``Khoi-Delivery``. Nothing gets lost; what may come twice, after a crash or by hand, has the
    same ``Khoi-Delivery``, by which the receiver knows it.
    """
    context = allow()
    try:
        target = read_target(given["url"])
        allowed = read_allowed(runtime().settings.webhook_allowed)
        pinned(target, resolved(target.host, target.port), allowed)
    except NotAllowedError as error:
        raise invalid(
            "/url",
            str(error),
            "Địa chỉ này không nằm trong danh sách được phép (KHOI_WEBHOOK_ALLOWED).",
            f"This target is not allowed (KHOI_WEBHOOK_ALLOWED): {error}.",
        ) from error
    return commit(
        context,
        lambda tx: webhooks.register(tx, given["url"], given["description"]),
        _with_secret,
        status=201,
        location=lambda webhook: f"/api/notifications/webhooks/{webhook.id}",
    )


@blueprint.post("/<string:webhook_id>/secret")
@blueprint.response(200, WebhookSchema)
@action("notifications.operate", conditional=True)
def rotate_secret(webhook_id: str) -> Response:
    """Give a target a new secret; the one before is signed with beside it for seven days."""
    context, version = allow(), if_match()
    return commit(context, lambda tx: webhooks.rotate(tx, webhook_id, version), _with_secret)


@blueprint.post("/<string:webhook_id>/removal")
@blueprint.response(200, WebhookSchema)
@action("notifications.operate", conditional=True)
def remove_webhook(webhook_id: str) -> Response:
    """Take a target out of use."""
    context, version = allow(), if_match()
    return commit(
        context,
        lambda tx: webhooks.remove(tx, webhook_id, version),
        lambda webhook: _shown(webhook.to_document()),
    )
