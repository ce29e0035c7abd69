"""The report as a file: what is in it, and that the export and its reason are on record."""

import io

import openpyxl
import orjson
import pytest

from services.reporting.exports.json_document import read
from tests.integration.reporting.history import KHOI, OFFICE, PLANT
from tests.support.people import holding

pytestmark = pytest.mark.integration

FILE = "/api/reporting/screening-report/file"
BOARD = holding("organizing_board", "*")


@pytest.fixture
def export(reporting, the_year_2022):
    """Ask for the files of 2022 once the year has been read."""
    reporting.reads(the_year_2022.events)

    def ask(actor=BOARD, **query):
        query = {"period": "2022", "format": "json", "reason": "Báo cáo năm", "organizations": KHOI, **query}
        return reporting.front.as_(actor).get(FILE, **{k: v for k, v in query.items() if v is not None})

    return ask


class TestFile:
    """One file holds the reports asked for, in the order asked for."""

    def test_json(self, export):
        reports = read(export(organizations=f"{KHOI},{PLANT},{PLANT}/2,{PLANT}").data)
        assert [report.organization.id for report in reports] == [KHOI, PLANT, f"{PLANT}/2"]

    def test_xlsx(self, export):
        answer = export(format="xlsx", organizations=f"{KHOI},{OFFICE}")
        workbook = openpyxl.load_workbook(io.BytesIO(answer.data))
        text = {str(cell.value) for sheet in workbook for row in sheet.iter_rows() for cell in row}
        assert "Đảng bộ Cơ quan mẫu" in " ".join(text)
        assert "bao-cao-sang-loc-20220101-20221231.xlsx" in answer.headers["Content-Disposition"]

    def test_pdf(self, export):
        answer = export(format="pdf")
        assert answer.content_type == "application/pdf"
        assert answer.data.startswith(b"%PDF")

    def test_text(self, export):
        assert "Đảng bộ Khối mẫu" in export(format="text").data.decode()

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ({"reason": None}, "/query/reason"),
            ({"reason": ""}, "/query/reason"),
            ({"format": "docm"}, "/query/format"),
            ({"organizations": ","}, "/query/organizations"),
            ({"as_of": "12/10/2023"}, "/query/as_of"),
        ],
    )
    def test_what_is_missing_is_named(self, export, query, pointer):
        answer = export(**query)
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer)

    def test_one_organisation_out_of_reach_refuses_the_whole_file(self, export, reporting):
        answer = export(holding("grassroots_committee", PLANT), organizations=f"{PLANT},{OFFICE}")
        assert answer.status_code == 403
        assert exports_on_record(reporting) == []

    def test_the_export_is_on_record_with_its_reason(self, export, reporting):
        export(organizations=f"{PLANT},{OFFICE}", reason="Báo cáo Ban Thường vụ")
        assert exports_on_record(reporting) == [
            (PLANT, "Báo cáo Ban Thường vụ"),
            (OFFICE, "Báo cáo Ban Thường vụ"),
        ]


def exports_on_record(reporting):
    items = reporting.front.as_(holding("auditor", "*")).get("/api/reporting/audit").json["items"]
    return [(entry["subject"], entry["reason"]) for entry in items if entry["action"] == "report.export"]


class TestJson:
    """The JSON file and the API's answer say the same."""

    def test_of_the_same_report(self, export, reporting):
        answer = reporting.front.as_(BOARD).get(
            "/api/reporting/screening-report", organization=KHOI, period="2022"
        )
        in_file = orjson.loads(export().data)["reports"][0]
        assert {name: answer.json[name] for name in in_file} == in_file
