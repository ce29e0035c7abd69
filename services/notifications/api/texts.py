"""Xem trước lời thông báo: who is told what in this deployment, and in which words, with sample data."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.notifications.channels import CHANNELS
from services.notifications.schemas import TextPageSchema, TextQuery
from services.notifications.table import table
from services.notifications.texts import preview
from shared.web.commit import record_answer
from shared.web.requests import action, roots, runtime

blueprint = Blueprint(
    "texts", "texts", url_prefix="/api/notifications/texts", description="Ai được báo việc gì, bằng lời nào"
)


@blueprint.get("")
@blueprint.arguments(TextQuery, location="query")
@blueprint.response(200, TextPageSchema)
@action("notifications.texts")
def list_texts(query: dict[str, Any]) -> Response:
    """List the rows of the table with their texts, made with sample data: no real case is read."""
    roots()
    settings = runtime().settings
    items = [
        {
            "event": told.event,
            "to": str(told.to),
            "channel": channel.name,
            "required": told.required,
            "clause": told.clause,
            "due": told.due,
            "text": _named(preview(settings, told, data, channel)),
        }
        for data, rows in table().items()
        for told in rows
        if query.get("event") in {None, told.event}
        for channel in CHANNELS.values()
        if query.get("channel") in {None, channel.name}
    ]
    return record_answer({"items": items})


def _named(text: dict[str, str]) -> dict[str, str]:
    """Name the parts as people know them: ``title``, ``txt_body``, ``html_body``."""
    found = {}
    for part, words in text.items():
        ending, block = part.split(":")
        kind = ending.removesuffix(".jinja").lstrip(".")
        found[f"{kind}_{block}" if kind else block] = words
    return found
