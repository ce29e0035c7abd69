"""Audit entries as a file: XLSX, CSV and JSON, the same entries in each, with the state of each chain.

A format's library is loaded when it is asked for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from services.reporting.domain.audit_chain import STATES
from services.reporting.domain.case_facts import VIETNAM_TIME
from services.reporting.exports import printed
from services.reporting.exports.comma_separated import safe
from services.reporting.exports.formats import FORMATS as REPORT_FORMATS
from services.reporting.exports.formats import Rendered
from shared.workbook.writing import TEXT_STAYS_TEXT

MOST = 20_000
"""So many entries one file may hold."""
FORMATS = MappingProxyType({name: REPORT_FORMATS[name] for name in ("xlsx", "csv", "json")})
Entry = Mapping[str, Any]

HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "service": "Dịch vụ",
        "number": "Số dòng",
        "at": "Thời điểm",
        "actor": "Tài khoản",
        "role": "Vai trò",
        "organization": "Tổ chức",
        "action": "Việc làm",
        "subject": "Hồ sơ, bản ghi",
        "member_id": "Đảng viên",
        "has_reason": "Có nêu lý do",
        "before": "Trước",
        "after": "Sau",
        "request_id": "Mã yêu cầu",
        "sound": "Khớp mã băm",
        "hash": "Mã băm",
    }
)
_CHAIN_HEADINGS = (
    "Dịch vụ",
    "Tình trạng chuỗi",
    "Đã nhận đến dòng",
    "Đã kiểm tra đến dòng",
    "Kiểm tra lúc",
    "Số dòng thiếu",
    "Chỗ hỏng",
)


def render(
    name: str, entries: Sequence[Entry], *, chains: Sequence[Entry], wanted: str, now: datetime
) -> Rendered:
    """Render *entries* and *chains* in the format *name*. Raises KeyError for an unknown format."""
    known = FORMATS[name]
    made: Mapping[str, Callable[..., bytes]] = {"xlsx": _workbook, "csv": _csv, "json": _json}
    return Rendered(
        content=made[name](entries, chains, wanted),
        media_type=known.media_type,
        filename=f"nhat-ky-{now:%Y%m%d-%H%M%S}.{known.ending}",
    )


def _json(entries: Sequence[Entry], chains: Sequence[Entry], wanted: str) -> bytes:
    import orjson  # noqa: PLC0415 -- loaded when asked for

    return orjson.dumps({"filter": wanted, "chains": chains, "entries": entries}, option=orjson.OPT_INDENT_2)


def _csv(entries: Sequence[Entry], chains: Sequence[Entry], wanted: str) -> bytes:
    """Return one line for each entry; the chains have no place in a table of entries."""
    del chains, wanted
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(HEADINGS)
    for entry in entries:
        writer.writerow(_plain(entry[name]) for name in HEADINGS)
    return b"\xef\xbb\xbf" + output.getvalue().encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return safe(value) if isinstance(value, str) else value


def _workbook(entries: Sequence[Entry], chains: Sequence[Entry], wanted: str) -> bytes:
    import xlsxwriter  # noqa: PLC0415 -- loaded when asked for

    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True, **TEXT_STAYS_TEXT}) as book:
        heading = book.add_format({"bold": True, "border": 1, "text_wrap": True, "bg_color": "#E7ECF4"})
        instant = book.add_format({"num_format": "hh:mm:ss dd/mm/yyyy"})
        sheet = book.add_worksheet("Nhật ký")
        sheet.freeze_panes(1, 2)
        for column, text in enumerate(HEADINGS.values()):
            sheet.write_string(0, column, text, heading)
        sheet.set_column(0, len(HEADINGS) - 1, 20)
        for row, entry in enumerate(entries, start=1):
            for column, name in enumerate(HEADINGS):
                _write(sheet, row, column, entry[name], instant)
        sheet.autofilter(0, 0, max(1, len(entries)), len(HEADINGS) - 1)
        state = book.add_worksheet("Các chuỗi")
        state.write_string(0, 0, printed.text(f"Điều kiện lọc: {wanted or 'không'}"))
        state.set_column(0, len(_CHAIN_HEADINGS) - 1, 22)
        for column, text in enumerate(_CHAIN_HEADINGS):
            state.write_string(1, column, text, heading)
        for row, chain in enumerate(chains, start=2):
            for column, value in enumerate(_of_chain(chain)):
                _write(state, row, column, value, instant)
    return output.getvalue()


def _of_chain(chain: Entry) -> Sequence[Any]:
    verified = chain["verified"] or {}
    at = verified.get("at")
    return (
        chain["service"],
        STATES[chain["state"]],
        chain["received"],
        verified.get("good_up_to"),
        None if at is None else datetime.fromisoformat(at),
        chain["missing_count"],
        "; ".join(f"{fault['number']}: {fault['why']}" for fault in chain["faults"]),
    )


def _write(sheet: Any, row: int, column: int, value: Any, instant: Any) -> None:
    if isinstance(value, datetime):
        # a cell knows no time zone: the time as clocks in Vietnam show it
        local = value.astimezone(VIETNAM_TIME).replace(tzinfo=None)
        sheet.write_datetime(row, column, local, instant)
    elif isinstance(value, bool):
        sheet.write_string(row, column, "có" if value else "không")
    elif isinstance(value, int):
        sheet.write_number(row, column, value)
    elif value is not None:
        sheet.write_string(row, column, printed.text(str(value)))
