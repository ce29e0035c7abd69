"""Every scenario of this folder, played through the API of reviews."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.reviews.domain.procedure import STATE_VI, TRANSITIONS
from services.reviews.service import SERVICE
from shared.clock import FixedClock
from shared.settings import Settings
from shared.store.indexes import create_indexes
from shared.web.app import build, runtime_of
from tests.integration.reviews.conftest import TODAY, Office, Tokens
from tests.scenarios.reading import SlipError, every_scenario, openings, scenarios_of
from tests.scenarios.stage import KHOI, Play, set_the_stage
from tests.scenarios.vocabulary import STEPS
from tests.support.services import put_away

SCENARIOS = every_scenario()


@pytest.fixture(scope="module")
def office(mongodb_url: str) -> Iterator[Office]:
    """One service for all scenarios: each brings its own cell, and none sees another's."""
    settings = Settings(khoi_id=f"t{secrets.token_hex(5)}", mongodb_url=mongodb_url)
    app = build(SERVICE, settings, clock=FixedClock(TODAY))
    runtime = runtime_of(app)
    runtime.verifier = Tokens()  # type: ignore[assignment]
    create_indexes(runtime.store, SERVICE.indexes)
    found = Office(app.test_client(), runtime)
    set_the_stage(found)
    yield found
    put_away(runtime)


@pytest.mark.integration
@pytest.mark.parametrize(
    ("number", "scenario"),
    [
        pytest.param(number, each, id=f"{each.file}:{each.line}")
        for number, each in enumerate(SCENARIOS, start=1)
    ],
)
def test_scenario(office: Office, number: int, scenario):
    Play(office, scenario, f"kb{number}").play()


@pytest.mark.integration
class TestAfterwards:
    """Wherever the scenarios left a case, all that can be read of it is readable, by the board and the member."""

    def test_a_case_of_each_kind(self, office: Office):
        board = office.person("doc-lai", ("organizing_board", KHOI))
        kinds: dict[tuple[str, bool, bool], tuple[str, str]] = {}
        for raw in office.runtime.store.collection("cases").find({}):
            kind = (raw["state"], raw["historical"], bool(raw["case"]["replaced_pasts"]))
            kinds[kind] = (str(raw["_id"]), str(raw["member_id"]))
        for case_id, member_id in kinds.values():
            own = office.oneself(member_id)
            for path in ("", "/timeline", "/notifications", "/attachments", "/papers"):
                for person in (board, own):
                    answer = person.get(f"/cases/{case_id}{path}")
                    assert answer.status_code == 200, (path, answer.json)
            assert case_id in {each["id"] for each in own.get("/me").json["items"]}
            held = own.get(f"/held/{member_id}", reason="xem lại")
            assert held.status_code == 200, held.json


class TestCoverage:
    """The scenarios together walk the whole procedure."""

    def test_there_are_at_least_forty(self):
        assert len(SCENARIOS) >= 40

    def test_every_title_is_told_apart(self):
        titles = [each.title for each in SCENARIOS]
        assert len(set(titles)) == len(titles)

    def test_every_step_of_the_procedure_is_taken(self):
        taken = {step.what for scenario in SCENARIOS for step in scenario.steps}
        assert taken >= {row.label_vi for row in TRANSITIONS}
        assert taken >= set(STEPS)

    def test_every_state_of_the_procedure_is_reached(self):
        told = {
            step.expected["trạng thái"]
            for scenario in SCENARIOS
            for step in scenario.steps
            if "trạng thái" in step.expected
        }
        assert told == set(STATE_VI.values())


class TestSlips:
    """A slip in a file is told in one sentence with file and line."""

    STEP = """
- tên: Thử
  căn cứ: Mục II, Bước 1, Hướng dẫn 02-HD/BTCTW ngày 12/04/2021 (Ban Tổ chức Trung ương)
  quy định: Thử.
  chi bộ: {chính thức: 9}
  các bước:
    - ngày: 01/06/2021
      ai: bí thư chi bộ
      làm: Dự kiến đưa vào danh sách
"""

    def told(self, folder: Path, text: str) -> str:
        path = folder / "thu.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SlipError) as slip:
            list(scenarios_of(path, openings()))
        return str(slip.value)

    @pytest.mark.parametrize(
        ("right", "wrong", "line", "said"),
        [
            ("01/06/2021", "31/06/2021", 7, "không phải ngày dạng dd/mm/yyyy"),
            ("bí thư chi bộ", "bí thư", 8, "Người thực hiện “bí thư” không có"),
            ("Dự kiến đưa vào danh sách", "Dự kiến", 9, "Bước “Dự kiến” không có"),
            ("quy định: Thử.", "quy tắc: Thử.", 4, "không có mục “quy tắc”"),
            ("  quy định: Thử.\n", "", 2, "thiếu mục “quy định”"),
            ("ngày 12/04/2021", "(12/04/2021)", 3, "phải viết theo mẫu"),
            ("{chính thức: 9}", "{chính thức: chín}", 5, "phải là một số"),
            ("      ai:", "      ngày: 01/06/2021\n      ai:", 8, "được ghi hai lần"),
            ("{chính thức: 9}", "{chính thức: 9", 6, "không đọc được"),
        ],
    )
    def test_a_slip_is_told_with_its_line(self, tmp_path: Path, right: str, wrong: str, line: int, said: str):
        told = self.told(tmp_path, self.STEP.replace(right, wrong, 1))
        assert told.startswith(f"thu.yaml, dòng {line}: ")
        assert said in told

    def test_a_wrong_value_is_told_with_its_line(self, tmp_path: Path):
        told = self.told(tmp_path, self.STEP + "      với:\n        gửi cấp trên: đúng\n")
        assert told == "thu.yaml, dòng 11: gửi cấp trên: “đúng”: ghi “có” hoặc “không”."
