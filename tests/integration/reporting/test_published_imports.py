"""Published figures from a file: looked at first, every fault with its cell, taken in whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import orjson
import pytest

from services.reporting.published import ARTICLE_OF_2023_10_12, document
from services.reporting.published_imports.form import COLUMNS, FIGURES_SHEET, SHARE_COLUMNS, SHARES_SHEET
from tests.integration.reporting.history import KHOI, OFFICE
from tests.support.people import holding

pytestmark = pytest.mark.integration

PUBLISHED = "/api/reporting/published-figures"
BOARD = holding("organizing_board", "*")
WHOLE = {
    "set": 1,
    "kind": "Báo",
    "name": "Báo mẫu",
    "title": "Sàng lọc đảng viên",
    "published_on": "12/10/2023",
    "organization": "Đảng bộ Khối mẫu",
    "organization_id": "Đảng bộ Khối mẫu",
    "period": "Từ đầu nhiệm kỳ đến 12/10/2023",
    "listed": "trên 20",
    "removed_from_list": 7,
}
YEAR = {"set": 1, "line": "Từng kỳ", "period": "Năm 2022", "listed": 9, "removed_from_list": 3}
SHARE = {
    "set": 1,
    "label": "Đưa ra khỏi Đảng",
    "percent": 0.35,
    "of": "đảng viên trong danh sách",
    "denominator": "trên 20",
    "of_figure": "Đưa ra khỏi Đảng",
}
CUT = {"set": 1, "label": "Dự bị", "figure": 2}


def workbook(rows: Sequence[Mapping[str, Any]], beside: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """A file that somebody filled in after the form."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, columns, told in ((FIGURES_SHEET, COLUMNS, rows), (SHARES_SHEET, SHARE_COLUMNS, beside)):
        sheet = book.create_sheet(name)
        sheet.append([column.header for column in columns])
        for row in told:
            sheet.append([row.get(column.field) for column in columns])
            for place, column in enumerate(columns, start=1):
                if column.field == "percent":
                    sheet.cell(sheet.max_row, place).number_format = "0%"
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.fixture
def send(reporting, history):
    """Send a file to an address; the tree is known."""
    reporting.reads(history.events)

    def sent(address, content, actor=BOARD, **form):
        data = {"file": (io.BytesIO(content), "so-lieu.xlsx"), **form}
        return reporting.front.as_(actor).post(
            f"{PUBLISHED}/{address}", data=data, content_type="multipart/form-data"
        )

    return sent


class TestPreview:
    """A file is read and told; nothing is kept."""

    def test_of_a_workbook(self, reporting, send):
        answer = send("preview", workbook([WHOLE, YEAR], [SHARE, CUT])).json
        assert (answer["importable"], answer["errors"]) == (True, [])
        (item,) = answer["items"]
        assert (item["organization_id"], item["known"]) == (KHOI, False)
        told = item["published"]
        assert told["figures"]["listed"]["text"] == ">20"
        assert [part["period"]["from"] for part in told["series"]] == ["2022-01-01"]
        (share,) = told["shares"]
        assert (share["percent"], share["by_own_figures"], share["agrees"]) == ("35%", "≤ 33,33%", False)
        assert [(cut["label"], cut["base"]) for cut in told["cross_cuts"]] == [("Dự bị", None)]
        assert reporting.store.collection("published_figures").count_documents({}) == 0

    def test_reasons_of_removal(self, send):
        reasons = {"removed_from_list.by_ground.X1": 4, "removed_from_list.by_ground.X4": "ít nhất 2"}
        answer = send("preview", workbook([{**WHOLE, **reasons}])).json
        figures = answer["items"][0]["published"]["figures"]
        assert [figures[key]["text"] for key in reasons] == ["4", "≥ 2"]

    @pytest.mark.parametrize(
        ("row", "beside", "place"),
        [
            ({"listed": "khoảng 20"}, [], f"/{FIGURES_SHEET}/2/Mới đưa vào danh sách"),
            ({"published_on": "2023"}, [], f"/{FIGURES_SHEET}/2/Ngày công bố"),
            ({"kind": "tin đồn"}, [], f"/{FIGURES_SHEET}/2/Loại nguồn"),
            ({"organization_id": "Nơi khác"}, [], f"/{FIGURES_SHEET}/2/Mã hoặc tên trong hệ thống"),
            ({"listed": "=1+1"}, [], f"/{FIGURES_SHEET}/2/Mới đưa vào danh sách"),
            ({}, [{**SHARE, "of": None}], f"/{SHARES_SHEET}/2/Tính trên"),
            ({}, [{**SHARE, "of_figure": "Điểm"}], f"/{SHARES_SHEET}/2/Chỉ tiêu"),
            ({}, [{**CUT, "set": 9}], f"/{SHARES_SHEET}/2/Bộ số liệu"),
        ],
    )
    def test_every_fault_has_its_cell(self, send, row, beside, place):
        answer = send("preview", workbook([{**WHOLE, **row}], beside)).json
        assert answer["importable"] is False
        assert place in [error["pointer"] for error in answer["errors"]]

    def test_what_is_no_such_file(self, send):
        assert send("preview", b"not a workbook").status_code == 422
        assert send("preview", b"{").status_code == 422

    def test_the_form_reads_as_an_empty_file(self, reporting, send):
        form = reporting.front.as_(BOARD).get(f"{PUBLISHED}/template").data
        answer = send("preview", form).json
        assert (answer["items"], answer["errors"], answer["importable"]) == ([], [], False)


class TestImport:
    """What was looked at is taken in: all of it, once."""

    def test_of_a_workbook(self, reporting, send):
        content = workbook([WHOLE, YEAR], [SHARE])
        sha256 = send("preview", content).json["sha256"]
        answer = send("file", content, sha256=sha256, reason="Đối chiếu với báo")
        assert answer.status_code == 201
        listed = reporting.front.as_(BOARD).get(PUBLISHED, organization=KHOI).json["items"]
        assert listed == [answer.json["items"][0]["published"]]
        assert send("preview", content).json["items"][0]["known"] is True
        assert send("file", content, sha256=sha256, reason="Đối chiếu với báo").status_code == 409
        items = reporting.front.as_(holding("auditor", "*")).get("/api/reporting/audit").json["items"]
        assert [each["reason"] for each in items if each["action"] == "published.import"] == [
            "Đối chiếu với báo"
        ]

    def test_of_json(self, reporting, send):
        article = {**orjson.loads(document(ARTICLE_OF_2023_10_12))}
        article["organization"]["id"] = KHOI
        content = orjson.dumps([article])
        sha256 = send("preview", content).json["sha256"]
        assert send("file", content, sha256=sha256, reason="Bài báo").status_code == 201

    def test_another_file_than_the_one_looked_at(self, send):
        sha256 = send("preview", workbook([WHOLE])).json["sha256"]
        answer = send("file", workbook([WHOLE, YEAR]), sha256=sha256, reason="Bài báo")
        assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "not_previewed")

    def test_one_fault_keeps_all_out(self, reporting, send):
        content = workbook([WHOLE, {**WHOLE, "set": 2, "period": "Năm 2020", "listed": "nhiều"}])
        sha256 = send("preview", content).json["sha256"]
        assert send("file", content, sha256=sha256, reason="Bài báo").status_code == 422
        assert reporting.store.collection("published_figures").count_documents({}) == 0

    def test_access(self, send):
        content = workbook([WHOLE])
        assert send("preview", content, holding("standing_committee", KHOI)).status_code == 200
        assert send("preview", content, holding("standing_committee", OFFICE)).status_code == 403
        assert send("preview", content, holding("grassroots_committee", KHOI)).status_code == 403
        broken = workbook([{**WHOLE, "listed": "nhiều"}])
        assert send("preview", broken, holding("standing_committee", OFFICE)).status_code == 200
