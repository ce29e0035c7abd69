"""Các lần gửi: how messages fare on their way, for whoever runs the system; neither recipient nor case is shown."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.notifications import deliveries
from services.notifications.documents import Delivery
from services.notifications.schemas import DeliveryPageSchema, DeliveryQuery, DeliverySchema
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, roots, runtime

blueprint = Blueprint(
    "deliveries", "deliveries", url_prefix="/api/notifications/deliveries", description="Các lần gửi"
)


def _shown(delivery: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": delivery["_id"],
        "channel": delivery["channel"],
        "event_type": delivery["event_type"],
        "required": delivery["required"],
        "state": delivery["state"],
        "attempts": delivery["attempts"],
        "next_try_at": delivery["next_try_at"] if delivery["state"] == "pending" else None,
        "created_at": delivery["created_at"],
        "ended_at": delivery.get("ended_at"),
        "reason": delivery.get("reason"),
    }


@blueprint.get("")
@blueprint.arguments(DeliveryQuery, location="query")
@blueprint.response(200, DeliveryPageSchema)
@action("notifications.operate")
def list_deliveries(query: dict[str, Any]) -> Response:
    """List deliveries by channel and state; failed ones can be sent again."""
    roots()
    page = deliveries.listed(runtime().store, **query)
    return record_answer({"items": [_shown(each) for each in page.items], "next": page.next})


@blueprint.post("/<string:delivery_id>/retry")
@blueprint.response(200, DeliverySchema)
@action("notifications.operate")
def retry_delivery(delivery_id: str) -> Response:
    """Send a failed delivery again: it is tried anew from now on."""
    context = allow()

    def respond(delivery: Delivery) -> dict[str, Any]:
        return _shown(delivery.to_document())

    return commit(context, lambda tx: deliveries.retry(tx, delivery_id), respond)
