"""The pipeline as a file: every table read back from every format, equal to what the API answers."""

import csv
import io
from datetime import UTC, date, datetime

import docx
import msgspec
import openpyxl
import orjson
import pytest

from services.reporting.domain.period import Period
from services.reporting.domain.pipeline import AGES, STAGES, InStage, Kept, Pipeline
from services.reporting.domain.rounds import InRounds
from services.reporting.domain.screening_report import Applied
from services.reporting.exports import formats
from services.reporting.exports.pipeline import tables_of
from services.reporting.exports.tables.document import Tables, shown
from services.reporting.pipelines import PipelinePart, PipelineReport, RoundInPipeline, SilentCell
from tests.support.pdf_text import texts_of

NAME = "=HYPERLINK(1)"


def a_pipeline(number: int) -> Pipeline:
    return Pipeline(
        stages={
            stage: InStage(
                cases=4 * number + place,
                median_days=None if place else 31,
                longest_days=None if place else 400,
                by_age=(number, number, number, number + place),
            )
            for place, stage in enumerate(STAGES)
        },
        deadlines={kind: Kept(met=number, missed=2, running=3) for kind in ("education", "follow_up")},
        outcomes=3,
        median_days_to_outcome={"all": 200, "removed": 395},
        complaints=2,
        complaints_late=1,
        complaints_by_outcome={"reversed": 1, "later_code": 1},
        reversals=1,
    )


def a_part(name: str, found: Pipeline | None) -> PipelinePart:
    owed = InRounds(cells=3, reported=1, late=1, not_reported=2, overdue=2)
    return PipelinePart(
        organization_id=name,
        name=name,
        level_name="Đảng bộ cơ sở",
        pipeline=found,
        in_transit=None if found is None else 2,
        in_transit_overdue=None if found is None else 1,
        rounds=owed,
        by_round=(owed,),
    )


@pytest.fixture
def report() -> PipelineReport:
    silent = SilentCell(organization_id="c", name=NAME, above=("Đảng bộ A", "Đảng bộ B"), overdue=True)
    return PipelineReport(
        whole=a_part("Đảng bộ Khối mẫu", a_pipeline(2)),
        items=(a_part(NAME, a_pipeline(1)), a_part("Chi bộ nhỏ", None)),
        period=Period.year(2022),
        rounds=(
            RoundInPipeline(
                round_id="r",
                name="Đợt 1",
                opened_on=date(2022, 1, 5),
                due_on=date(2022, 3, 31),
                closed_on=None,
                silent=(silent,),
            ),
        ),
        stages={str(stage): text for stage, text in STAGES.items()},
        ages=AGES,
        withheld="Không hiện số liệu.",
        as_of=date(2022, 12, 31),
        applied={"reviews": Applied(events=7)},
    )


@pytest.fixture
def document(report) -> Tables:
    return tables_of(report, made_at=datetime(2026, 1, 15, tzinfo=UTC))


class TestEveryFormat:
    """One document of tables, the same in all formats; what is kept back is empty in all."""

    def test_json_is_the_answer_of_the_api(self, report, document):
        answer = orjson.loads(msgspec.json.encode(report))
        assert orjson.loads(formats.render_tables("json", document).content) == answer

    def test_csv(self, document):
        content = formats.render_tables("csv", document).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(content, newline="")))
        told = {(row["table"], int(row["row"]), row["column"]): row["value"] for row in rows}
        for table in document.tables:
            for number, values in enumerate(table.rows, start=1):
                for heading, value in zip(table.headings, values, strict=True):
                    plain = value.isoformat() if isinstance(value, date) else "" if value is None else value
                    expected = f"'{plain}" if plain == NAME else str(plain)
                    assert told[table.key, number, heading.key] == expected

    def test_xlsx(self, document):
        content = formats.render_tables("xlsx", document).content
        formulas = openpyxl.load_workbook(io.BytesIO(content))
        for table, sheet in zip(
            document.tables, openpyxl.load_workbook(io.BytesIO(content), data_only=True), strict=True
        ):
            assert sheet.freeze_panes == "B5"
            for number, values in enumerate(table.rows, start=5):
                read = [cell.value for cell in sheet[number][: len(values)]]
                read = [value.date() if isinstance(value, datetime) else value for value in read]
                assert [value or None for value in read] == [value or None for value in values]
            for cell in (cell for row in formulas[sheet.title] for cell in row if cell.data_type == "f"):
                parts = [formulas[sheet.title][place].value for place in cell.value[1:].split("+")]
                assert sum(parts) == sheet[cell.coordinate].value
        open_cases = formulas["Hồ sơ theo giai đoạn"]["C5"]
        assert (open_cases.data_type, open_cases.value) == ("f", "=D5+E5+F5+G5+H5")
        assert formulas["Hồ sơ theo giai đoạn"]["A6"].data_type == "s"

    def test_docx(self, document):
        read = docx.Document(io.BytesIO(formats.render_tables("docx", document).content)).tables[1:]
        for table, found in zip(document.tables, read, strict=True):
            cells = [[cell.text for cell in row.cells] for row in list(found.rows)[1:]]
            assert cells == [[shown(value) for value in row] for row in table.rows]

    def test_pdf(self, document):
        pages = texts_of(formats.render_tables("pdf", document).content)
        letters = "".join("".join(text.split()) for page in pages for text in page)
        for table in document.tables:
            for row in table.rows:
                assert "".join("".join(shown(value).split()) for value in row) in letters

    def test_text(self, document):
        text = formats.render_tables("text", document).content.decode()
        assert all(table.title in text for table in document.tables)
        assert "Không hiện số liệu." in text
