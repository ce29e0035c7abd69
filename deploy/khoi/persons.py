"""``khoi person export``: everything held about one person, from all services, through their APIs."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
import requests

from deploy.khoi.running import board_token, refusal, refuse, service_url
from deploy.process import SERVICES

SECONDS = 60.0


@click.group()
def person() -> None:
    """Dữ liệu đang lưu về một người (what is held about one person)."""


@person.command()
@click.argument("member_id")
@click.option(
    "--reason", required=True, help="Lý do, được ghi vào nhật ký của mỗi dịch vụ (kept in the audit)."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Tệp JSON để ghi; mặc định held-<mã>.json (the file to write).",
)
@click.option(
    "--token",
    envvar="KHOI_TOKEN",
    show_envvar=True,
    help="Mã truy cập; mặc định lấy từ hệ thống chạy bằng `khoi up` (bearer token).",
)
def export(member_id: str, *, reason: str, output: Path | None, token: str | None) -> None:
    """Ghi bản sao mọi dữ liệu đang lưu về MEMBER_ID ra một tệp JSON, chỉ khi mọi dịch vụ đều trả lời.

    (Writes a copy of everything held about a person, when every service has answered; each logs it.)
    """
    target = output or Path(f"held-{member_id}.json")
    if target.exists():
        refuse(f"{target} đã có; hãy chọn tên khác (exists already)")
    bearer = token or board_token("person")
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {bearer}"
        session.headers["Accept-Language"] = "vi"
        copies = {name: _copy(session, name, member_id, reason) for name in SERVICES}
    taken = {
        "member_id": member_id,
        "reason": reason,
        "taken_at": datetime.now(UTC),
        "services": copies,
    }
    content = msgspec.json.format(msgspec.json.encode(taken), indent=2) + b"\n"
    target.touch(mode=0o600)  # personal data: for whoever asked, and nobody else on this machine
    target.write_bytes(content)
    click.echo(f"{target} ({len(content)} byte, sha256 {hashlib.sha256(content).hexdigest()})")


def _copy(session: requests.Session, service: str, member_id: str, reason: str) -> Any:
    where = f"{service_url(service)}/api/{service}/held/{member_id}"
    try:
        answer = session.get(where, params={"reason": reason}, timeout=SECONDS)
    except requests.ConnectionError as error:
        raise refusal(f"không kết nối được dịch vụ {service}: {error} (cannot connect)") from error
    if not answer.ok:
        raise refusal(f"{service}: {answer.status_code} {answer.text[:300]}")
    return answer.json()
