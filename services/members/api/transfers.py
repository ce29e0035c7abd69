"""Chuyển sinh hoạt đảng: out, in, between cells; in transit with its clocks; accepted or returned by the receiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_smorest import Blueprint

from services.members import queries, transfers
from services.members.commands import members as member_commands
from services.members.commands import transfers as commands
from services.members.documents import Member, Organization, Transfer
from services.members.schemas import (
    ComeInSchema,
    DecideTransferSchema,
    IntroduceSchema,
    ReturnTransferSchema,
    StartTransferSchema,
    StepOnSchema,
    TransferClockPageSchema,
    TransferClockQuery,
    TransferPageSchema,
    TransferQuery,
    TransferSchema,
)
from services.members.warnings import registration_warnings, warnings_of
from shared.ids import new_id
from shared.store.unit_of_work import Transaction
from shared.web.commit import commit, record_answer
from shared.web.requests import action, actor, allow, if_match, roots, runtime

blueprint = Blueprint(
    "transfers", "transfers", url_prefix="/api/members", description="Chuyển sinh hoạt đảng"
)


def _shown(transfer: Transfer) -> dict[str, Any]:
    return transfers.state_of(transfer.to_document())


@blueprint.get("/transfers")
@blueprint.arguments(TransferQuery, location="query")
@blueprint.response(200, TransferPageSchema)
@action("transfers.read")
def list_transfers(query: dict[str, Any]) -> Response:
    """Liệt kê các lượt chuyển mà tổ chức của mình là nơi đi hoặc nơi đến; đảng viên xem của chính mình."""
    page = transfers.transfers(runtime().store, visible=roots(), own=actor().member_id, **query)
    return record_answer({"items": [transfers.state_of(raw) for raw in page.items], "next": page.next})


@blueprint.get("/deadlines")
@blueprint.arguments(TransferClockQuery, location="query")
@blueprint.response(200, TransferClockPageSchema)
@action("transfers.read")
def list_clocks(query: dict[str, Any]) -> Response:
    """Liệt kê thời hạn của các lượt chuyển: chưa đến hạn, quá hạn, đúng hạn, quá hạn khi thực hiện."""
    as_of = query.pop("as_of") or runtime().clock.today()
    page = transfers.clocks(runtime().store, visible=roots(), own=actor().member_id, as_of=as_of, **query)
    items = [transfers.clock_of(raw, as_of=as_of) for raw in page.items]
    return record_answer({"as_of": as_of, "items": items, "next": page.next})


@blueprint.get("/transfers/<string:transfer_id>")
@blueprint.response(200, TransferSchema)
@action("transfers.read")
def get_transfer(transfer_id: str) -> Response:
    """Xem một lượt chuyển: nơi đi, nơi đến và chính đảng viên đều xem được."""
    raw = transfers.transfer(runtime().store, transfer_id)
    allow(path=raw["paths"], member_id=raw["member_id"])
    return record_answer(transfers.state_of(raw), raw["version"])


@blueprint.post("/members/<string:member_id>/transfer-decisions")
@blueprint.arguments(DecideTransferSchema)
@blueprint.response(201, TransferSchema)
@action("transfers.send", conditional=True)
def decide(given: dict[str, Any], member_id: str) -> Response:
    """Ghi quyết định chuyển sinh hoạt đảng; thời hạn làm thủ tục bắt đầu tính từ ngày quyết định."""
    version = if_match()
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])
    transfer_id = new_id()

    def work(tx: Transaction) -> Transfer:
        member = tx.load_version(Member, member_id, version)
        return commands.decide(tx, member, transfer_id=transfer_id, **given)

    return commit(
        context, work, _shown, status=201, location=lambda made: f"/api/members/transfers/{made.id}"
    )


@blueprint.post("/transfers/<string:transfer_id>/start")
@blueprint.arguments(StepOnSchema)
@blueprint.response(200, TransferSchema)
@action("transfers.send", conditional=True)
def start_decided(given: dict[str, Any], transfer_id: str) -> Response:
    """Làm thủ tục chuyển theo quyết định đã ghi: đảng viên đang chuyển sinh hoạt từ ngày này."""
    return _step(transfer_id, "from_path", lambda tx, held: commands.start_decided(tx, held, on=given["on"]))


@blueprint.post("/members/<string:member_id>/transfers")
@blueprint.arguments(StartTransferSchema)
@blueprint.response(201, TransferSchema)
@action("transfers.send", conditional=True)
def start(given: dict[str, Any], member_id: str) -> Response:
    """Bắt đầu chuyển sinh hoạt đảng; đảng viên trong danh sách phải có nhận xét sự tiến bộ trước."""
    version = if_match()
    context = allow(path=queries.member(runtime().store, member_id)["organization_path"])
    transfer_id = new_id()

    def work(tx: Transaction) -> Transfer:
        member = tx.load_version(Member, member_id, version)
        return commands.start(tx, member, transfer_id=transfer_id, **given)

    return commit(
        context, work, _shown, status=201, location=lambda made: f"/api/members/transfers/{made.id}"
    )


@blueprint.post("/transfers/in")
@blueprint.arguments(ComeInSchema)
@blueprint.response(201, TransferSchema)
@action("transfers.receive")
def come_in(given: dict[str, Any]) -> Response:
    """Tiếp nhận đảng viên từ nơi khác chuyển đến theo giấy giới thiệu."""
    context = allow(path=queries.organization(runtime().store, given["cell_id"])["path"])
    transfer_id, member_id = new_id(), new_id()
    facts = {name: given[name] for name in member_commands.CHANGEABLE}
    warnings: list[dict[str, Any]] = []

    def work(tx: Transaction) -> Transfer:
        warnings[:] = registration_warnings(tx, facts, cell_id=given["cell_id"], on=given["on"])
        return commands.come_in(
            tx,
            transfer_id=transfer_id,
            member_id=member_id,
            cell_id=given["cell_id"],
            place=given["place"],
            letter=given["letter"],
            on=given["on"],
            facts=facts,
        )

    return commit(
        context,
        work,
        lambda made: {**_shown(made), "warnings": warnings},
        status=201,
        location=lambda made: f"/api/members/transfers/{made.id}",
    )


def _step(transfer_id: str, side: str, work: Callable[[Transaction, Transfer], Transfer]) -> Response:
    """Take one step of a transfer on behalf of whoever holds office on *side* (``from_path`` or ``to_path``)."""
    version = if_match()
    context = allow(path=transfers.transfer(runtime().store, transfer_id).get(side, []))
    warnings: list[dict[str, Any]] = []

    def warned(tx: Transaction) -> Transfer:
        taken = work(tx, tx.load_version(Transfer, transfer_id, version))
        warnings.clear()
        # How many a cell has is for its own side to know.
        if side == "from_path" and taken.from_cell_id is not None:
            left = tx.load(Organization, taken.from_cell_id).to_document()
            warnings.extend(warnings_of(tx.store, left, today=tx.clock.today(), session=tx.session))
        return taken

    return commit(context, warned, lambda taken: {**_shown(taken), "warnings": warnings})


@blueprint.post("/transfers/<string:transfer_id>/introduction")
@blueprint.arguments(IntroduceSchema)
@blueprint.response(200, TransferSchema)
@action("transfers.send", conditional=True)
def introduce(given: dict[str, Any], transfer_id: str) -> Response:
    """Ghi giấy giới thiệu chuyển sinh hoạt đảng; thời hạn nộp bắt đầu tính."""
    return _step(transfer_id, "from_path", lambda tx, held: commands.introduce(tx, held, **given))


@blueprint.post("/transfers/<string:transfer_id>/acceptance")
@blueprint.arguments(StepOnSchema)
@blueprint.response(200, TransferSchema)
@action("transfers.receive", conditional=True)
def accept(given: dict[str, Any], transfer_id: str) -> Response:
    """Chi bộ nơi đến tiếp nhận đảng viên."""
    return _step(transfer_id, "to_path", lambda tx, held: commands.accept(tx, held, on=given["on"]))


@blueprint.post("/transfers/<string:transfer_id>/return")
@blueprint.arguments(ReturnTransferSchema)
@blueprint.response(200, TransferSchema)
@action("transfers.receive", conditional=True)
def turn_back(given: dict[str, Any], transfer_id: str) -> Response:
    """Nơi đến không tiếp nhận, nêu lý do; đảng viên vẫn thuộc chi bộ cũ."""
    return _step(transfer_id, "to_path", lambda tx, held: commands.turn_back(tx, held, **given))


@blueprint.post("/transfers/<string:transfer_id>/withdrawal")
@blueprint.arguments(ReturnTransferSchema)
@blueprint.response(200, TransferSchema)
@action("transfers.send", conditional=True)
def withdraw(given: dict[str, Any], transfer_id: str) -> Response:
    """Nơi đi thôi chuyển (kể cả khi nơi ngoài đảng bộ trả giấy giới thiệu), nêu lý do."""
    return _step(transfer_id, "from_path", lambda tx, held: commands.turn_back(tx, held, **given))


@blueprint.post("/transfers/<string:transfer_id>/departure")
@blueprint.arguments(StepOnSchema)
@blueprint.response(200, TransferSchema)
@action("transfers.send", conditional=True)
def leave(given: dict[str, Any], transfer_id: str) -> Response:
    """Nơi ngoài đảng bộ đã tiếp nhận: đảng viên ra khỏi danh sách vì chuyển đi."""
    return _step(transfer_id, "from_path", lambda tx, held: commands.leave(tx, held, on=given["on"]))


@blueprint.post("/transfers/<string:transfer_id>/end-of-stay")
@blueprint.arguments(StepOnSchema)
@blueprint.response(200, TransferSchema)
@action("transfers.receive", conditional=True)
def end_stay(given: dict[str, Any], transfer_id: str) -> Response:
    """Hết thời hạn sinh hoạt tạm thời: đảng viên trở về chi bộ của mình."""
    return _step(transfer_id, "to_path", lambda tx, held: commands.end_stay(tx, held, on=given["on"]))
