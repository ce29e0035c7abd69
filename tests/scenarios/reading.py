"""Reads scenario files: plain YAML, checked so that a slip is told as one sentence with file and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from services.reviews.domain.records import LEVEL_VI
from tests.scenarios.vocabulary import ACTORS, EXPECTED, STATE_CODES, STEPS, UNDER, BadWordError

FOLDER = Path(__file__).parent
OPENINGS = "mo-dau.yaml"
"""Stories that other scenarios begin with (``trước đó``)."""

_CLAUSE = re.compile(r"(?P<clause>.+), (?P<document>[^,]+) ngày (?P<date>\d\d/\d\d/\d{4}) \((?P<issuer>.+)\)")
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")


class SlipError(Exception):
    """Lỗi trong tệp kịch bản: one sentence that says where and what."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}, dòng {line}: {what}")


class Mapped(dict[str, Any]):
    """A mapping of the file that knows its line and those of its keys."""

    line: int = 0
    lines: dict[str, int]


class _Loader(yaml.SafeLoader):
    """Reads every plain word as text (a date or "có" is the runner's to understand); only whole numbers are numbers."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in found if tag in {"tag:yaml.org,2002:int", "tag:yaml.org,2002:null"}
    ]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Mapped:
    found = Mapped()
    found.line = node.start_mark.line + 1
    found.lines = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if key in found:
            raise SlipError(node.start_mark.name, line, f"“{key}” được ghi hai lần.")
        found[key] = loader.construct_object(value_node, deep=True)
        found.lines[key] = line
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


@dataclass(frozen=True, kw_only=True)
class StepLine:
    """Một bước: who does what on which day, with what, and what must come of it."""

    file: str
    line: int
    on: date
    who: str
    what: str
    body: dict[str, Any]
    """What is sent, in the words of the API."""
    expected: Mapped


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Kịch bản: the cell, the clause, the steps."""

    file: str
    line: int
    title: str
    clause: str
    rule: str
    cell: dict[str, Any]
    status: str
    records: dict[str, dict[int, Any]]
    """What the members' register holds of the member concerned, by year."""
    steps: list[StepLine] = field(default_factory=list)


def day_of(text: Any) -> date | None:
    """Return the day written dd/mm/yyyy, or None when *text* is no such day."""
    found = _DAY.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def load(path: Path) -> Any:
    """Return the content of a file with lines; raises SlipError where it is no YAML."""
    with path.open(encoding="utf-8") as stream:
        loader = _Loader(stream)
        loader.name = path.name
        try:
            return loader.get_single_data()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = 1 if mark is None else mark.line + 1
            raise SlipError(
                path.name, line, f"không đọc được ({error.problem}); hãy xem lại cách thụt dòng."
            ) from error
        finally:
            loader.dispose()


def _keys(
    found: Any, file: str, line: int, *, of: str, needed: Collection[str], allowed: Collection[str] = ()
) -> Mapped:
    if not isinstance(found, Mapped):
        raise SlipError(file, line, f"{of} phải gồm các dòng “tên: giá trị”.")
    known = [*needed, *allowed]
    for key in found:
        if key not in known:
            raise SlipError(
                file, found.lines[key], f"{of} không có mục “{key}”; các mục: {', '.join(known)}."
            )
    for key in needed:
        if found.get(key) in (None, ""):
            raise SlipError(file, found.line, f"{of} thiếu mục “{key}”.")
    return found


def _one_of(value: Any, known: Collection[str], file: str, line: int, *, of: str) -> str:
    if value not in known:
        raise SlipError(file, line, f"{of} “{value}” không có; chọn một trong: {', '.join(known)}.")
    return str(value)


def _nothing(line: int) -> Mapped:
    found = Mapped()
    found.line, found.lines = line, {}
    return found


def _body(given: Mapped, words: Any, file: str) -> dict[str, Any]:
    found = {}
    for word, said in given.items():
        name, read = words[word]
        try:
            found[name] = read(said)
        except BadWordError as error:
            raise SlipError(file, given.lines[word], f"{word}: {error}.") from error
    return found


def _step(raw: Any, file: str, line: int) -> StepLine:
    found = _keys(raw, file, line, of="Bước", needed=["ngày", "ai", "làm"], allowed=["với", "kết quả"])
    on = day_of(found["ngày"])
    if on is None:
        raise SlipError(file, found.lines["ngày"], f"“{found['ngày']}” không phải ngày dạng dd/mm/yyyy.")
    what = _one_of(found["làm"], STEPS, file, found.lines["làm"], of="Bước")
    given = found.get("với") or _nothing(found.line)
    words = STEPS[what].fields
    given = _keys(given, file, found.line, of=f"“với” của bước “{what}”", needed=[], allowed=list(words))
    body = _body(given, words, file)
    expected = found.get("kết quả") or _nothing(found.line)
    expected = _keys(expected, file, found.line, of="“kết quả”", needed=[], allowed=list(EXPECTED))
    if "trạng thái" in expected:
        line = expected.lines["trạng thái"]
        _one_of(expected["trạng thái"], STATE_CODES, file, line, of="Trạng thái")
    return StepLine(
        file=file,
        line=found.line,
        on=on,
        who=_one_of(found["ai"], ACTORS, file, found.lines["ai"], of="Người thực hiện"),
        what=what,
        body=body,
        expected=expected,
    )


def _steps(raw: Any, file: str, line: int) -> list[StepLine]:
    if not isinstance(raw, list) or not raw:
        raise SlipError(file, line, "“các bước” phải có ít nhất một bước, mỗi bước bắt đầu bằng dấu “-”.")
    return [_step(each, file, line) for each in raw]


def openings(folder: Path = FOLDER) -> dict[str, list[StepLine]]:
    """Return the steps of each opening by its name; an opening may begin with an earlier one."""
    found: dict[str, list[StepLine]] = {}
    for raw in load(folder / OPENINGS):
        entry = _keys(raw, OPENINGS, 1, of="Mở đầu", needed=["tên", "các bước"], allowed=["trước đó"])
        before = _before(entry, OPENINGS, found)
        found[entry["tên"]] = [*before, *_steps(entry["các bước"], OPENINGS, entry.line)]
    return found


def _before(entry: Mapped, file: str, known: dict[str, list[StepLine]]) -> list[StepLine]:
    name = entry.get("trước đó")
    if name is None:
        return []
    return known[_one_of(name, known, file, entry.lines["trước đó"], of="Mở đầu")]


def _cell(raw: Any, file: str, line: int) -> dict[str, Any]:
    counts = ["chính thức", "miễn sinh hoạt", "dự bị", "tạm thời"]
    found = _keys(raw, file, line, of="“chi bộ”", needed=["chính thức"], allowed=[*counts[1:], "trực thuộc"])
    for key in counts:
        if not isinstance(found.get(key, 0), int):
            raise SlipError(file, found.lines[key], f"“{key}” phải là một số.")
    under = found.get("trực thuộc", "đảng ủy cơ sở")
    _one_of(under, UNDER, file, found.lines.get("trực thuộc", found.line), of="Cấp trên của chi bộ")
    return {**{key: found.get(key, 0) for key in counts}, "trực thuộc": under}


def _records(raw: Any, file: str, line: int) -> dict[str, dict[int, Any]]:
    kinds = ["xếp loại", "bỏ sinh hoạt", "không đóng đảng phí"]
    if raw is None:
        return {kind: {} for kind in kinds}
    found = _keys(raw, file, line, of="“hồ sơ”", needed=[], allowed=kinds)
    for kind, by_year in found.items():
        if not isinstance(by_year, Mapped) or not all(isinstance(year, int) for year in by_year):
            raise SlipError(file, found.lines[kind], f"“{kind}” ghi theo năm, ví dụ: {{2020: …}}.")
    for level in found.get("xếp loại", {}).values():
        _one_of(level, LEVEL_VI.values(), file, found.lines["xếp loại"], of="Mức xếp loại")
    return {kind: dict(found.get(kind, {})) for kind in kinds}


def scenarios_of(path: Path, known: dict[str, list[StepLine]]) -> Iterator[Scenario]:
    """Return the scenarios of one file in order; raises SlipError for the first slip."""
    raw = load(path)
    file = path.name
    if not isinstance(raw, list):
        raise SlipError(file, 1, "tệp phải là danh sách kịch bản, mỗi kịch bản bắt đầu bằng “- tên:”.")
    for each in raw:
        entry = _keys(
            each,
            file,
            1,
            of="Kịch bản",
            needed=["tên", "căn cứ", "quy định", "chi bộ", "các bước"],
            allowed=["đảng viên", "hồ sơ", "trước đó"],
        )
        if _CLAUSE.fullmatch(entry["căn cứ"]) is None:
            line = entry.lines["căn cứ"]
            form = "điểm, loại và số văn bản ngày dd/mm/yyyy (cơ quan ban hành)"
            raise SlipError(file, line, f"“căn cứ” phải viết theo mẫu: {form}.")
        status = entry.get("đảng viên", "chính thức")
        _one_of(
            status, ["chính thức", "dự bị"], file, entry.lines.get("đảng viên", entry.line), of="Đảng viên"
        )
        yield Scenario(
            file=file,
            line=entry.line,
            title=entry["tên"],
            clause=entry["căn cứ"],
            rule=entry["quy định"],
            cell=_cell(entry["chi bộ"], file, entry.lines["chi bộ"]),
            status=status,
            records=_records(entry.get("hồ sơ"), file, entry.line),
            steps=[
                *_before(entry, file, known),
                *_steps(entry["các bước"], file, entry.lines["các bước"]),
            ],
        )


def every_scenario(folder: Path = FOLDER) -> list[Scenario]:
    """Return the scenarios of every file of the folder."""
    known = openings(folder)
    files = sorted(each for each in folder.glob("*.yaml") if each.name != OPENINGS)
    return [scenario for each in files for scenario in scenarios_of(each, known)]
