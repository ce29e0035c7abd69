"""Papers of a case as DOCX, read back with python-docx: what they say is what the case says."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import msgspec
import pytest

from tests.integration.reviews.conftest import (
    CELL,
    GRASSROOTS,
    OTHER_GRASSROOTS,
    Office,
    Person,
    Story,
    day,
    decision,
)

pytestmark = pytest.mark.integration

NAME = "Lê Thị Thử"


def made(story: Story, person: Person, kind: str, *, expect: int = 201, **given: Any) -> Any:
    body = {
        "kind": kind,
        "member_name": NAME,
        "place": "Sơn Vân",
        "office": "Bí thư",
        "recipients": ["Như trên", "Lưu chi bộ"],
        **given,
    }
    answer = person.post(f"/cases/{story.now['id']}/papers", body)
    assert answer.status_code == expect, answer.json
    return answer.json


def content(story: Story, person: Person, paper: Any) -> bytes:
    answer = person.get(f"/cases/{story.now['id']}/papers/{paper['id']}")
    assert answer.status_code == 200, answer.json
    return bytes(answer.data)


def text(file: bytes) -> str:
    """All the text of a document, tables included."""
    document = docx.Document(BytesIO(file))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*cells, *(paragraph.text for paragraph in document.paragraphs)])


@pytest.fixture
def story(a_story: Callable[[], Story]) -> Story:
    return a_story().listed()


class TestNotice:
    """The heading of the organisation, the slogan block, place and date in words, the body, the signature."""

    def test_says_what_the_case_says(self, office: Office, story: Story):
        paper = made(story, office.secretary, "notice", number="05-TB/CB")
        said = text(content(story, office.secretary, paper))
        for expected in (
            f"TỔ CHỨC {CELL.upper()}",
            f"TỔ CHỨC {GRASSROOTS.upper()}",
            "ĐẢNG CỘNG SẢN VIỆT NAM",
            "Số: 05-TB/CB",
            "Sơn Vân, ngày 15 tháng 6 năm 2021",
            "THÔNG BÁO",
            f"đưa đồng chí {NAME} vào danh sách",
            "đến ngày 15/06/2022",
            "BÍ THƯ",
            "- Lưu chi bộ,",
        ):
            assert expected in said

    def test_it_is_kept_with_its_hash_and_the_case_as_it_was(self, office: Office, story: Story):
        paper = made(story, office.secretary, "notice")
        (kept,) = office.secretary.get(f"/cases/{story.now['id']}/papers").json["made"]
        assert kept == {name: paper[name] for name in kept}
        assert kept["case_version"] == story.now["version"]
        assert kept["size"] == len(content(story, office.secretary, paper))

    def test_every_download_is_on_record(self, office: Office, story: Story):
        paper = made(story, office.secretary, "notice")
        content(story, office.committee, paper)
        assert office.audited(paper["id"]) == ["paper.make", "paper.read"]


class TestWhoReadsWhat:
    """A member reads what is addressed to them; the minutes of the ballot stay with who counted."""

    def test_the_member(self, office: Office, story: Story):
        notice = made(story, office.secretary, "notice")
        minutes = made(story, office.secretary, "ballot_minutes")
        oneself = office.oneself("m1")
        listed = oneself.get(f"/cases/{story.now['id']}/papers").json
        assert ([each["kind"] for each in listed["made"]], listed["available"]) == (["notice"], [])
        assert NAME in text(content(story, oneself, notice))
        assert oneself.get(f"/cases/{story.now['id']}/papers/{minutes['id']}").status_code == 403
        assert office.audited(minutes["id"]) == ["paper.make"]
        assert office.oneself("m2").get(f"/cases/{story.now['id']}/papers").status_code == 403

    def test_the_minutes_name_the_totals(self, office: Office, story: Story):
        minutes = made(story, office.secretary, "ballot_minutes")
        assert "Đồng ý: 10; không đồng ý: 2." in text(content(story, office.secretary, minutes))
        path = f"/cases/{story.now['id']}/papers/{minutes['id']}"
        assert office.person("ban-to-chuc", ("organizing_board", "khoi")).get(path).status_code == 403

    def test_an_office_that_may_not_see_the_totals_cannot_have_them_printed(
        self, office: Office, story: Story
    ):
        made(story, office.person("ban-to-chuc", ("organizing_board", "khoi")), "ballot_minutes", expect=403)

    def test_nobody_elsewhere(self, office: Office, story: Story):
        paper = made(story, office.secretary, "notice")
        stranger = office.person("la", ("grassroots_committee", OTHER_GRASSROOTS))
        assert stranger.get(f"/cases/{story.now['id']}/papers/{paper['id']}").status_code == 403

    def test_a_paper_of_another_case_is_not_found(self, office: Office, a_story: Callable[[], Story]):
        one, other = a_story().listed("m1"), a_story().listed("m2")
        paper = made(one, office.secretary, "notice")
        answer = office.secretary.get(f"/cases/{other.now['id']}/papers/{paper['id']}")
        assert answer.status_code == 404


class TestTheRest:
    """Each kind when the case has come to it, and not before."""

    def test_not_before(self, office: Office, story: Story):
        for kind in ("follow_up", "assessment", "recognition", "removal_decision", "complaint_reply"):
            refused = made(story, office.secretary, kind, expect=422)
            assert refused["code"] == "nothing_to_print"

    def test_follow_up_and_recognition(self, office: Office, story: Story):
        story.educated()
        paper = made(story, office.secretary, "follow_up")
        assert "Lần theo dõi thứ 4, ngày 12/06/2022." in text(content(story, office.secretary, paper))
        story.do(
            office.secretary, "assessments", on=day(390), progressed=True, minutes="Đã có nhiều tiến bộ."
        )
        paper = made(story, office.secretary, "assessment")
        assert "Kết luận của chi bộ: có tiến bộ." in text(content(story, office.secretary, paper))
        story.do(
            office.committee,
            "recognition",
            on=day(400),
            decision=decision("31-QĐ/ĐU", 400),
            assessment="Có tiến bộ.",
        )
        paper = made(story, office.committee, "recognition")
        said = text(content(story, office.committee, paper))
        assert "Số: 31-QĐ/ĐU" in said
        assert "Có tiến bộ." in said


class TestTemplates:
    """A deployment's own template wins; data stays data, and a bad template is named with what is wrong."""

    @pytest.fixture
    def own(self, office: Office, tmp_path: Path) -> Callable[[str], None]:
        office.runtime.settings = msgspec.structs.replace(office.runtime.settings, paper_templates=tmp_path)

        def write(line: str) -> None:
            document = docx.Document()
            document.add_paragraph(line)
            document.save(str(tmp_path / "notice.docx"))

        return write

    def test_its_own_layout(self, office: Office, story: Story, own: Callable[[str], None]):
        own("Mẫu riêng: {{ trich_yeu }}")
        paper = made(story, office.secretary, "notice")
        assert text(content(story, office.secretary, paper)) == (
            "Mẫu riêng: Về việc đưa vào danh sách cần giáo dục, giúp đỡ"
        )

    def test_what_looks_like_a_template_in_the_data_stays_text(self, office: Office, story: Story):
        paper = made(story, office.secretary, "notice", member_name="{{ 7 * 7 }} <w:b/> & «An»")
        said = text(content(story, office.secretary, paper))
        assert "{{ 7 * 7 }} <w:b/> & «An»" in said
        assert "49" not in said

    @pytest.mark.parametrize(
        "line", ["{{ ho_so }}", "{{ to_chuc", "{{ ''.__class__.__mro__ }}", "{{ noi_dung.append(1) }}"]
    )
    def test_one_that_cannot_be_filled_is_named(
        self, office: Office, story: Story, own: Callable[[str], None], line: str
    ):
        own(line)
        refused = made(story, office.secretary, "notice", expect=409)
        assert refused["code"] == "bad_template"
        assert "notice.docx" in refused["detail"]

    def test_a_file_that_is_no_document(self, office: Office, story: Story, own: Callable, tmp_path: Path):
        (tmp_path / "notice.docx").write_bytes(b"khong phai DOCX")
        assert made(story, office.secretary, "notice", expect=409)["code"] == "bad_template"
