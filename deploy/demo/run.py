"""The main job, from a spreadsheet to a report: ``make demo``. Checks its own result."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from deploy.demo.caller import Addresses, UnexpectedAnswerError, wait_until
from deploy.demo.history import STORIES, Cell, Term, Told
from deploy.demo.people import People
from deploy.demo.synthetic import EXAMPLE_MEMBERS, SyntheticKhoi
from deploy.stack.stack import Stack, StackError
from services.reporting.domain.screening_report import read_report
from services.reporting.exports.console import print_reports
from services.reporting.published import ARTICLE_OF_2023_10_12, document

VAR = Path("var")
TERM_FROM, TERM_TO = date(2020, 10, 1), date(2023, 10, 12)
ROSTER_DAY = date(2021, 4, 30)
WIDTH = 118
_BEGAN = time.monotonic()

EXPECTED = {
    "opening": 0,
    "listed": 14,
    "transferred_in": 0,
    "recognized": 5,
    "transferred_out": 2,
    "removed_from_list": 7,
    "removed_from_list.by_mode.name_removal": 5,
    "removed_from_list.by_mode.expulsion": 1,
    "removed_from_list.by_mode.resignation": 1,
    "removed_from_list.probationary": 1,
    "removed_outside_list": 0,
    "other_exits": 0,
    "continuing": 0,
    "unreconciled": 0,
}
"""What the term must come to for the Khối; anything else fails the demo."""


class WrongResultError(Exception):
    """The demo's own check of its result failed."""


def main() -> int:
    """Run the demo; return 0 when every figure is as it must be, 1 with one sentence otherwise."""
    console = Console(width=WIDTH)
    try:
        with Stack() as stack:
            console.rule("[bold]Khối: rà soát, giáo dục, giúp đỡ, sàng lọc đảng viên")
            console.print(
                f"Hệ thống đã chạy sau {time.monotonic() - _BEGAN:.1f} giây: {', '.join(stack.names)}"
            )
            urls = {name: stack.url(name) for name in ("members", "reviews", "notifications", "reporting")}
            addresses = Addresses({**urls, "issuer": stack.plan.issuer_url})
            run(addresses, console, VAR / "demo")
    except (StackError, UnexpectedAnswerError, WrongResultError) as error:
        console.print(f"[bold red]Demo không đạt:[/] {error}", markup=True, highlight=False)
        return 1
    console.print(f"Demo đạt: mọi số liệu đúng, {_elapsed()}.")
    return 0


def run(addresses: Addresses, console: Console, results: Path) -> None:
    """Run the main job against a stack that is up and write its results; raise when anything is wrong."""
    results.mkdir(parents=True, exist_ok=True)
    khoi = SyntheticKhoi(as_of=ROSTER_DAY)
    roster = results / "so-danh-sach-dang-vien.xlsx"
    total = khoi.write(roster)
    console.print(f"Sổ danh sách đảng viên (Mẫu 7-HSĐV) giả lập: {total} đảng viên → {roster}")
    with People(addresses, root="*") as newcomers:
        _import(newcomers, roster, console)
        organizations = newcomers.board.every("/api/members/organizations")
    root = next(each["id"] for each in organizations if each["parent_id"] is None)
    with People(addresses, root=root) as people:
        _run_term(people, khoi, organizations, console, results)


def _elapsed() -> str:
    return f"{time.monotonic() - _BEGAN:.0f} giây từ khi bắt đầu"


def _run_term(
    people: People,
    khoi: SyntheticKhoi,
    organizations: Sequence[Mapping[str, Any]],
    console: Console,
    results: Path,
) -> None:
    example = next(each for each in organizations if each["code"] == khoi.example_code)
    cells = [each for each in organizations if each["is_cell"]]
    _check_shape(people, organizations, cells, example)
    _wait_applied(people, "reviews", ["members"])
    console.print(f"Dịch vụ rà soát đã có danh sách đảng viên; {_elapsed()}.")
    console.rule("Một nhiệm kỳ qua các API công khai")
    chosen = _story_cells(people, cells, example["id"])
    in_example = [each["organization_path"] for each in cells if example["id"] in each["organization_path"]]
    told = Term(people, chosen, console.print).run(in_example)
    _show_refusals(told, console)
    console.print(f"Hết nhiệm kỳ; {_elapsed()}.")
    _wait_applied(people, "reporting", ["members", "reviews"])
    people.board.post(
        "/api/reporting/published-figures",
        {**orjson.loads(document(ARTICLE_OF_2023_10_12)), "organization_id": people.root},
    )
    _report(people, told, example, console, results)


def _import(people: People, roster: Path, console: Console) -> None:
    """Preview, show what the preview found, execute with progress."""
    board = people.board
    job = board.upload("/api/members/imports", roster)
    where = f"/api/members/imports/{job['id']}"

    def until(states: set[str]) -> Mapping[str, Any]:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Sổ danh sách", total=None)

            def current() -> Mapping[str, Any] | None:
                now: Mapping[str, Any] = board.get(where)
                progress.update(task, total=now["total_rows"] or None, completed=now["progress"])
                return now if now["state"] in states else None

            return wait_until(current, within=120, what=f"the import to be {states}")  # type: ignore[no-any-return]  # what current() returns

    preview = until({"previewed", "failed"})
    if preview["state"] == "failed":
        raise WrongResultError(f"the roster was refused: {preview['problem']}")
    console.print(
        f"Xem trước: {preview['rows_ok']} dòng đạt, {preview['rows_refused']} dòng bị từ chối, "
        f"{preview['duplicates']} trùng, {preview['organizations']} tổ chức"
    )
    board.post(f"{where}/execute", version=preview["version"])
    done = until({"done", "failed"})
    if done["state"] == "failed" or done["rows_refused"] or done["duplicates"]:
        raise WrongResultError(f"the import ended otherwise than expected: {done}")
    console.print(f"Đã nhập {done['rows_ok']} đảng viên qua API; {_elapsed()}.")


def _check_shape(
    people: People,
    organizations: Sequence[Mapping[str, Any]],
    cells: Sequence[Mapping[str, Any]],
    example: Mapping[str, Any],
) -> None:
    grassroots = [each for each in organizations if each["parent_id"] == people.root]
    in_example = people.board.every("/api/members/members", organization=example["id"])
    shape = (len(grassroots), len(cells), len(in_example))
    if shape != (92, 330, EXAMPLE_MEMBERS):
        raise WrongResultError(f"grassroots, cells, members of the example are {shape}")


def _story_cells(people: People, cells: Sequence[Mapping[str, Any]], example: str) -> list[Cell]:
    """Choose one cell per story, most of them below a grassroots committee, with their members."""
    found: list[Cell] = []
    probationary_found = False
    standing_alone = [each for each in cells if len(each["organization_path"]) == 2]  # noqa: PLR2004 -- root and cell
    below = [each for each in cells if len(each["organization_path"]) > 2]  # noqa: PLR2004 -- root, committee, cell
    for each in (*standing_alone[:2], *below):
        path = each["organization_path"]
        if example in path or len(found) == len(STORIES):
            continue
        members = sorted(
            people.board.every("/api/members/members", organization=each["id"]),
            key=lambda one: str(one["admitted_on"]),  # who was there two years ago has two annual results
        )
        official = [one["id"] for one in members if one["status"] == "official" and not one["exempt_from"]]
        probationary = [one["id"] for one in members if one["status"] == "probationary"]
        last_chance = len(found) == len(STORIES) - 1
        if len(official) < 5 or (last_chance and not probationary_found and not probationary):  # noqa: PLR2004 -- subject, two helpers, voters
            continue
        probationary_found = probationary_found or bool(probationary)
        found.append(Cell(path=path, official=official, probationary=probationary))
    return found


def _show_refusals(told: Told, console: Console) -> None:
    table = Table(title="Những bước cố ý làm sai và câu trả lời của hệ thống", width=WIDTH)
    for heading in ("Việc làm sai", "Trả lời"):
        table.add_column(heading)
    for what, answer in told.refusals:
        if "detail" in answer:
            reasons = "; ".join(error["detail"] for error in answer.get("errors", [])) or answer["detail"]
            table.add_row(what, f"{answer['status']} {answer['title']}: {reasons}")
        else:
            table.add_row(what, f"Vụ việc: {answer['state']['label']}")
    console.print(table)


def _wait_applied(people: People, service: str, sources: Sequence[str]) -> None:
    """Wait until *service* has applied every event that *sources* have produced."""
    for source in sources:
        produced = people.board.get(f"/api/{source}/progress")["produced"]
        wait_until(
            lambda source=source, produced=produced: (
                people.board.get(f"/api/{service}/progress")["applied"].get(source, {}).get("events", 0)
                >= produced
            ),
            within=60,
            what=f"{service} to apply {produced} events of {source}",
        )


def _report(people: People, told: Told, example: Mapping[str, Any], console: Console, results: Path) -> None:
    last = told.cases[-1]
    shown = [people.root, last["organization_path"][1], last["organization_path"][-1]]
    query = {"from": TERM_FROM, "to": TERM_TO}
    documents = [
        people.standing.get("/api/reporting/screening-report", organization=each, **query) for each in shown
    ]
    reports = [read_report(each) for each in documents]
    console.rule("Báo cáo sàng lọc đảng viên")
    print_reports(reports, console)
    for name in ("xlsx", "pdf"):
        content = people.standing.file(
            "/api/reporting/screening-report/file",
            format=name,
            organizations=",".join(shown),
            reason="Báo cáo của bản chạy thử",
            **query,
        )
        (results / f"report.{name}").write_bytes(content)
    (results / "report.json").write_bytes(orjson.dumps(documents, option=orjson.OPT_INDENT_2))
    _timeline(people, told, console, results)
    _check_figures(reports[0].figures.flat(), documents[0], told)
    own = people.standing.get("/api/reporting/screening-report", organization=example["id"], **query)
    if any(read_report(own).figures.flat().values()):
        raise WrongResultError(f"{example['name']} must have nobody on its list")
    console.print(f"{example['name']}: {EXAMPLE_MEMBERS} đảng viên, không có đảng viên trong danh sách.")
    console.print(f"Kết quả: {', '.join(str(path) for path in sorted(results.iterdir()))}")


def _timeline(people: People, told: Told, console: Console, results: Path) -> None:
    case = next(each for each, story in zip(told.cases, STORIES, strict=True) if story.ground == "X4")
    timeline = people.superior(case["organization_path"]).get(f"/api/reviews/cases/{case['id']}/timeline")
    table = Table(title="Diễn biến một vụ việc", width=WIDTH)
    for heading in ("Ngày", "Việc", "Ghi chú"):
        table.add_column(heading)
    for entry in timeline["items"]:
        on = date.fromisoformat(entry["on"])
        table.add_row(f"{on:%d/%m/%Y}", entry["label"], entry.get("note") or "")
    console.print(table)
    (results / "case-timeline.json").write_bytes(orjson.dumps(timeline, option=orjson.OPT_INDENT_2))


def _check_figures(figures: Mapping[str, int], report: Mapping[str, Any], told: Told) -> None:
    expected = dict(EXPECTED)
    for story in STORIES:
        key = f"listed.by_criterion.{story.criterion}"
        expected[key] = expected.get(key, 0) + 1
    wrong = {
        name: (figures.get(name, 0), wanted)
        for name, wanted in expected.items()
        if figures.get(name, 0) != wanted
    }
    if wrong:
        raise WrongResultError(f"figures (counted, expected): {wrong}")
    if len(told.refusals) != 3:  # noqa: PLR2004 -- one for each step tried wrongly
        raise WrongResultError(f"{len(told.refusals)} refusals were met, not 3")
    published = report["published"][0]
    texts = {name: figure["text"] for name, figure in published["figures"].items()}
    wanted_texts = {
        "listed": ">20",
        "recognized": "5",
        "transferred_out": "2",
        "removed_from_list": "7",
        "continuing": "0",
    }
    if {name: texts.get(name) for name in wanted_texts} != wanted_texts or published["unreconciled"][
        "text"
    ] != "≥ 7":
        raise WrongResultError(
            f"published figures stand as {texts}, unreconciled {published['unreconciled']}"
        )


if __name__ == "__main__":
    sys.exit(main())
