"""``khoi access``: tokens that count no more, after a role was taken away at the identity provider."""

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from deploy.khoi.operations import one_sentence, operator, stores_of
from deploy.khoi.running import refuse, store_of
from deploy.process import SERVICES
from services.members.commands.revocations import revoke as revoke_access
from services.members.refusals import RefusedError
from shared.access.revocations import COLLECTION
from shared.clock import SystemClock
from shared.store.unit_of_work import UnitOfWork


@click.group()
def access() -> None:
    """Quyền truy cập đã thu hồi (revoked access)."""


@access.command()
@click.argument("subject")
@click.option(
    "--before",
    default="now",
    show_default=True,
    help="Mã cấp trước thời điểm này không còn dùng được: now, hay 2026-11-25T08:00:00+07:00 (issued before).",
)
@click.option("--reason", required=True, help="Lý do, được ghi vào nhật ký (why; goes into the audit).")
def revoke(subject: str, *, before: str, reason: str) -> None:
    """Thu hồi quyền truy cập của SUBJECT (`sub` trong mã): mã đã cấp bị từ chối ở cả bốn dịch vụ trong một phút.

    (Take the role away at the identity provider first: a token issued later says what is left, and is accepted.)
    """
    instant = _instant(before)
    with one_sentence(), store_of("members") as store:
        try:
            made = UnitOfWork(store, SystemClock()).run(
                operator(),
                lambda tx: revoke_access(tx, subject=subject, issued_before=instant, reason=reason),
            )
        except RefusedError as error:
            refuse("; ".join(each.detail_vi for each in error.violations))
    click.echo(f"{subject}: mã cấp trước {made.issued_before:%Y-%m-%dT%H:%M:%SZ} bị từ chối (revoked)")


@access.command("list")
def list_revoked() -> None:
    """Liệt kê các lần thu hồi còn hiệu lực và dịch vụ đã nhận được (which services know of each)."""
    now = SystemClock().now()
    with one_sentence(), stores_of(SERVICES) as stores:
        known = {
            service: {each["_id"] for each in store.collection(COLLECTION).find({}, ["_id"])}
            for service, store in stores.items()
        }
        found = list(stores["members"].collection(COLLECTION).find({"until": {"$gt": now}}).sort("_id", 1))
    if not found:
        click.echo("không có lần thu hồi nào còn hiệu lực (nothing is revoked)")
        return
    table = Table()
    for heading in ("Người dùng", "Mã cấp trước", "Giữ đến", *SERVICES):
        table.add_column(heading, overflow="fold")
    for each in found:
        table.add_row(
            each["subject"],
            *(f"{each[name]:%Y-%m-%dT%H:%M:%SZ}" for name in ("issued_before", "until")),
            *("có" if each["_id"] in known[service] else "chưa" for service in SERVICES),
        )
    Console().print(table)


def _instant(text: str) -> datetime | None:
    if text == "now":
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"--before {text}: không phải thời điểm ISO (not an ISO instant)")
    if given.tzinfo is None:
        refuse(f"--before {text}: thiếu múi giờ, ví dụ +07:00 (no time zone)")
    return given.astimezone(UTC)
