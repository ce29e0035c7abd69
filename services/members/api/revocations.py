"""Thu hồi quyền truy cập: tokens of a person that count no more in any of the services."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.members.commands import revocations as commands
from services.members.documents import Revocation
from services.members.schemas import RevocationPageSchema, RevocationSchema, RevokeSchema
from shared.store.pages import page_of
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, allow, runtime
from shared.web.schemas import PageQuery

blueprint = Blueprint(
    "revocations", "revocations", url_prefix="/api/members/revocations", description="Thu hồi quyền truy cập"
)


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": document["_id"],
        **{name: document[name] for name in ("subject", "issued_before", "until", "revoked_at")},
    }


@blueprint.get("")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, RevocationPageSchema)
@action("access.revoke")
def list_revocations(query: dict[str, Any]) -> Response:
    """Liệt kê các lần thu hồi còn hiệu lực, cũ trước; lần đã hết việc để chặn thì không còn được lưu."""
    allow()
    current = {"until": {"$gt": runtime().clock.now()}}
    page = page_of(runtime().store.collection(Revocation.kind()), current, order_by="_id", **query)
    return record_answer({"items": [_shown(each) for each in page.items], "next": page.next})


@blueprint.post("")
@blueprint.arguments(RevokeSchema)
@blueprint.response(201, RevocationSchema)
@action("access.revoke")
def revoke(given: dict[str, Any]) -> Response:
    """Thu hồi: mã truy cập của người này cấp trước thời điểm đã cho (mặc định: bây giờ) không còn được chấp nhận.

    Every service refuses them within a minute; a token issued later is accepted.
    """
    context = allow()

    def work(tx: Transaction) -> Revocation:
        return commands.revoke(tx, **given)

    return commit(context, work, lambda made: _shown(made.to_document()), status=201)
