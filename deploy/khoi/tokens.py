"""``khoi token``: a bearer token of the development issuer."""

import os
from typing import get_args

import click
import requests

from deploy.khoi.running import refuse, running_stack
from deploy.stack.stack import fetch_token
from shared.access.actor import ROLE_TITLES, Role

ROLES: tuple[Role, ...] = get_args(Role)


@click.command()
@click.option(
    "--role",
    type=click.Choice(ROLES),
    multiple=True,
    help="Vai trò, có thể lặp lại (role): "
    + ", ".join(f"{role} = {title}" for role, title in ROLE_TITLES.items()),
)
@click.option(
    "--organization",
    default="*",
    show_default=True,
    help="Mã tổ chức mà các vai trò được giao; * là toàn Khối (organisation id of the roles).",
)
@click.option("--member-id", help="Mã đảng viên của chính người này (the member this person is).")
@click.option("--subject", help="Tên đăng nhập (login name). Mặc định lấy theo vai trò.")
@click.option("--name", default="", help="Họ tên hiển thị (display name).")
@click.option(
    "--minutes",
    type=click.IntRange(1, 24 * 60),
    default=480,
    show_default=True,
    help="Thời hạn, phút (valid for, minutes).",
)
def token(
    *,
    role: tuple[str, ...],
    organization: str,
    member_id: str | None,
    subject: str | None,
    name: str,
    minutes: int,
) -> None:
    """In ra một mã truy cập để thử hệ thống (print a development token).

    Ví dụ: khoi token --role cell_secretary --organization <id>
    """
    if not role and member_id is None:
        refuse("cần ít nhất một --role hoặc --member-id (a role or a member is needed)")
    running = running_stack()
    issuer = os.environ.get("KHOI_TOKEN_ISSUER") or (running.issuer if running else None)
    if issuer is None:
        refuse("không có hệ thống nào đang chạy: hãy chạy `khoi up` trước (no running stack)")
    wanted = {
        "subject": subject or (f"{role[0]}@{organization}" if role else f"member:{member_id}"),
        "name": name or (ROLE_TITLES[role[0]] if role else ""),  # type: ignore[index]  # click has checked it
        "grants": [{"role": each, "organization": organization} for each in role],
        "minutes": minutes,
        **({"member_id": member_id} if member_id is not None else {}),
    }
    try:
        click.echo(fetch_token(issuer.rstrip("/"), wanted))
    except requests.RequestException as error:
        refuse(f"không lấy được mã từ {issuer}: {error} (the issuer gave no token)")
