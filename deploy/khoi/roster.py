"""``khoi import``: a workbook of the roster or of past cases, through the public API as any client would."""

import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import requests
from rich.console import Console
from rich.table import Table

from deploy.khoi.operations import bar
from deploy.khoi.running import board_token, refusal, refuse, service_url

SECONDS = 60.0
LONGEST_SECONDS = 3600.0
SHOWN_REFUSALS = 50


@click.command("import")
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--history",
    is_flag=True,
    help="Tệp là danh sách vụ việc trước khi có hệ thống (the workbook holds past cases).",
)
@click.option("--preview", is_flag=True, help="Chỉ xem trước, không ghi gì (look only, write nothing).")
@click.option("--yes", is_flag=True, help="Nhập ngay các dòng đạt, không hỏi (do not ask).")
@click.option(
    "--token",
    envvar="KHOI_TOKEN",
    show_envvar=True,
    help="Mã truy cập; mặc định lấy từ hệ thống chạy bằng `khoi up` (bearer token).",
)
def import_workbook(workbook: Path, *, history: bool, preview: bool, yes: bool, token: str | None) -> None:
    """Nhập sổ danh sách đảng viên theo Mẫu 7-HSĐV, hoặc vụ việc cũ, qua API (import a workbook).

    Tệp mẫu vụ việc cũ: GET /api/reviews/history-imports/template.
    """
    service, path = ("reviews", "history-imports") if history else ("members", "imports")
    try:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {token or board_token('import')}"
            session.headers["Accept-Language"] = "vi"
            _Import(session, f"{service_url(service)}/api/{service}/{path}").run(
                workbook, only_preview=preview, yes=yes
            )
    except requests.ConnectionError as error:
        refuse(f"không kết nối được dịch vụ {service}: {error} (cannot connect)")


class _Import:
    """One import job at the API of a service."""

    def __init__(self, session: requests.Session, where: str) -> None:
        self._session = session
        self._where = where

    def run(self, workbook: Path, *, only_preview: bool, yes: bool) -> None:
        with workbook.open("rb") as content:
            job = self._post(self._where, files={"file": (workbook.name, content)})
        where = f"{self._where}/{job['id']}"
        seen = self._until(where, {"previewed", "failed"}, "Đọc và kiểm tra (preview)")
        self._show(seen, where)
        if only_preview:
            return
        if not seen["rows_ok"]:
            refuse("không có dòng nào đạt để nhập (no row can be imported)")
        if not yes and not click.confirm(f"Nhập {seen['rows_ok']} dòng đạt? (import them?)", err=True):
            refuse("đã dừng, chưa ghi gì (stopped, nothing was written)")
        self._post(f"{where}/execute", json={}, headers={"If-Match": f'"v{seen["version"]}"'})
        done = self._until(where, {"done", "failed"}, "Ghi (writing)")
        self._show(done, where)

    def _until(self, where: str, states: set[str], what: str) -> Mapping[str, Any]:
        deadline = time.monotonic() + LONGEST_SECONDS
        with bar() as progress:
            task = progress.add_task(what, total=None)
            while time.monotonic() < deadline:
                now: Mapping[str, Any] = self._answer(self._session.get(where, timeout=SECONDS))
                progress.update(task, total=now["total_rows"] or None, completed=now["progress"])
                if now["state"] in states:
                    return now
                time.sleep(0.2)
        raise refusal(f"chưa xong sau {LONGEST_SECONDS / 60:.0f} phút; xem tiếp tại {where} (not done yet)")

    def _show(self, job: Mapping[str, Any], where: str) -> None:
        if job["state"] == "failed":
            problem = job.get("problem") or {}
            refuse(f"tệp bị từ chối: {problem.get('detail') or problem} (the file was refused)")
        counted = [
            f"{job[name]} {label}"
            for name, label in (
                ("rows_ok", "dòng đạt"),
                ("rows_refused", "dòng bị từ chối"),
                ("duplicates", "trùng"),
                ("organizations", "tổ chức"),
                ("former_members", "về đảng viên cũ"),
            )
            if name in job
        ]
        click.echo(f"{', '.join(counted)} ({where})")
        refusals = job.get("refusals") or []
        if refusals:
            table = Table(title="Dòng bị từ chối (refused rows)", title_justify="left")
            for heading in ("Dòng", "Cột", "Lý do"):
                table.add_column(heading)
            for each in refusals[:SHOWN_REFUSALS]:
                table.add_row(
                    str(each.get("row", "")), str(each.get("column") or ""), str(each.get("reason", ""))
                )
            Console(stderr=True).print(table)

    def _post(self, where: str, **sent: Any) -> Mapping[str, Any]:
        headers = {"Idempotency-Key": str(uuid.uuid4()), **sent.pop("headers", {})}
        return self._answer(self._session.post(where, headers=headers, timeout=LONGEST_SECONDS, **sent))

    @staticmethod
    def _answer(answer: requests.Response) -> Mapping[str, Any]:
        """The JSON of an accepted request; a problem document ends the command as one sentence."""
        try:
            body: dict[str, Any] = answer.json()
        except requests.JSONDecodeError:
            body = {}
        if answer.ok:
            return body
        sentence = body.get("detail") or body.get("title") or answer.reason
        places = "; ".join(str(error.get("detail", error)) for error in body.get("errors", []))
        raise refusal(f"{answer.status_code}: {sentence}{': ' + places if places else ''}")
