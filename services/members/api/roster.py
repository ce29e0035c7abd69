"""Xuất danh sách đảng viên: the roster of an organisation as a workbook."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from flask import Response
from flask_smorest import Blueprint

from services.members import queries
from services.members.rolls import Roll
from services.members.roster_export import write_roll
from services.members.schemas import RosterFileQuery
from shared.access.table import decide
from shared.store.unit_of_work import Transaction
from shared.web.problems import invalid
from shared.web.requests import action, actor, allow, runtime

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE = 64 * 1024

blueprint = Blueprint(
    "roster", "roster", url_prefix="/api/members/roster", description="Xuất danh sách đảng viên"
)


@blueprint.get("/file")
@blueprint.arguments(RosterFileQuery, location="query")
@blueprint.doc(responses={200: {"content": {_XLSX: {"schema": {}}}}})
@blueprint.response(200)
@action("members.export")
def get_file(query: dict[str, Any]) -> Response:
    """Return the roster of an organisation and all under it as a workbook; export and reason are audited."""
    organization_id, form = query["organization"], query["form"]
    store = runtime().store
    path = queries.organization(store, organization_id)["path"]
    context = allow(path=path)
    today = runtime().clock.today()
    as_of = query["as_of"] or today
    if as_of > today:
        raise invalid("/query/as_of", "date_in_future", "Ngày ở trong tương lai.", "The day lies ahead.")
    roll = Roll(store, organization_id, as_of=as_of)
    if not roll.organizations:
        raise invalid(
            "/query/as_of",
            "not_in_force",
            "Tổ chức này chưa có hoặc không còn vào ngày ấy.",
            "The organisation was not in force on that day.",
        )
    name = f"{'so-dang-vien-7-hsdv' if form == '7-hsdv' else 'ds-dangvien'}-{as_of:%Y%m%d}.xlsx"
    # Nothing is sent before the audit has it; the file waits on disk, not in memory.
    kept = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 -- it lives as long as the answer
    try:
        # Sensitive fields only for whom the table grants them, of everybody in the file.
        reading = decide(actor(), "members.read_optional", path=path)
        optional = () if reading is None else runtime().settings.optional_fields
        count = write_roll(kept, roll, form, optional=optional)

        def record(tx: Transaction) -> None:
            tx.record(
                "roster.export",
                organization_id,
                reason=query["reason"],
                after=" ".join((f"{name} ({count})", *optional)),
                organization=organization_id,
            )

        runtime().unit_of_work.run(context, record)
    except BaseException:
        kept.close()
        raise
    response = Response(_pieces(kept), content_type=_XLSX)
    response.call_on_close(kept.close)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    with content:
        content.seek(0)
        while piece := content.read(_PIECE):
            yield piece
