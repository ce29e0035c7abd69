"""The dashboard in a real Chromium: its figures are the API's, and everybody can read and work it."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.board import DESKTOP, PAPER, PHONE
from tests.browser.years import SMALL
from tests.integration.reporting.history import KHOI
from tests.support.people import a_member, holding
from tests.support.servers import eventually

pytestmark = pytest.mark.integration

BOARD = holding("organizing_board", "*")
GROUP = holding("working_group", KHOI)
YEAR = {"organization": KHOI, "period": "2025"}
STATES = ("overdue", "due_soon", "running", "met", "missed")


def total(figure):
    return figure["total"] if isinstance(figure, dict) else figure


class TestFigures:
    """Every figure on the page is the one the API gives."""

    @pytest.fixture(autouse=True)
    def _a_year(self, board, served):
        board.signed_in(BOARD, **YEAR)

    def test_at_a_glance(self, board, served):
        report = served.told(BOARD, "screening-report", **YEAR)
        shown = board.figures("#glance .tiles")
        assert len(shown) == 8
        assert shown == {key: total(report["figures"][key]) for key in shown}
        assert board.figures("#glance table")["removed_outside_list"] > 0
        parts = board.figures("#glance details")
        names = [row[0] for row in board.rows("#glance details")]
        assert "Mới đưa vào danh sách: Hai năm liền không hoàn thành nhiệm vụ" in names
        assert any(name.startswith("Đưa ra khỏi Đảng: Giảm sút ý chí phấn đấu") for name in names)
        assert (
            sum(count for key, count in parts.items() if key.startswith("listed.by_criterion."))
            == (shown["listed"])
        )
        assert board.one("#glance .balance").get_attribute("data-unreconciled") == "0"

    def test_published_beside_the_same_days_of_the_records(self, board, served):
        (published,) = served.told(BOARD, "screening-report", **YEAR)["published"]
        rows = {row[0]: row[1:] for row in board.rows("#glance details:last-of-type")}
        assert rows["Mới đưa vào danh sách"][0] == ">20"
        counted = board.figures("#glance", "data-counted")
        assert counted == {key: published["counted"].get(key, 0) for key in published["figures"]}

    def test_trend(self, board, served):
        trend = served.told(BOARD, "trend", organization=KHOI, until="2025-12-31")
        rows = board.rows("#trend table")
        assert len(rows) == 8
        for row, quarter in zip(rows, trend["items"], strict=True):
            figures = quarter["figures"]
            removed = figures["removed_from_list"] + figures["removed_outside_list"]
            expected = [figures[key] for key in ("listed", "recognized", "transferred_out")]
            assert row == [
                quarter["period"]["label"],
                *map(str, [*expected, removed, figures["continuing"]]),
            ]

    def test_funnel(self, board, served):
        figures = served.told(BOARD, "funnel", **YEAR)["figures"]
        outcomes = {f"outcomes.{key}": count for key, count in figures.pop("outcomes").items()}
        assert board.figures("#funnel") == figures | outcomes
        assert figures["listed"] > 0

    def test_organisations(self, board, served):
        told = served.told(BOARD, "organizations/figures", **YEAR)
        pipeline = served.told(BOARD, "pipeline", **YEAR)
        late = {
            each["organization_id"]: sum(kind["overdue"] for kind in each["pipeline"]["deadlines"].values())
            for each in pipeline["items"]
        }
        names = [row[0] for row in board.rows("#organizations")]
        assert names == [each["name"] for each in told["items"]]  # the order of the tree
        for each in told["items"]:
            id_ = each["organization_id"]
            shown = board.figures(f"[data-organization='{id_}']")
            assert shown.pop("deadlines.overdue") == late[id_]
            assert shown == {key: each["figures"][key] for key in shown}
        whole = board.figures("#organizations tfoot", "data-total")
        assert whole.pop("overdue") == sum(late.values())
        assert whole == {key: told["figures"][key] for key in whole}

    def test_stages_and_deadlines(self, board, served):
        whole = served.told(BOARD, "pipeline", **YEAR)["whole"]
        stages = {f"stages.{key}": stage["cases"] for key, stage in whole["pipeline"]["stages"].items()}
        assert board.figures("#stages") == stages
        deadlines = {
            f"deadlines.{kind}.{state}": kept[state]
            for kind, kept in whole["pipeline"]["deadlines"].items()
            for state in STATES
        }
        assert board.figures("#deadlines") == {**deadlines, "in_transit": 2, "in_transit_overdue": 1}

    def test_rounds(self, board, served):
        told = served.told(BOARD, "pipeline", **YEAR)
        shown = board.figures("#rounds")
        for each, owed in zip(told["rounds"], told["whole"]["by_round"], strict=True):
            assert {key: shown[f"{each['round_id']}.{key}"] for key in owed} == owed
            silent = [cell["name"] for cell in each["silent"]]
            assert all(name in board.text("#rounds details") for name in silent)
        assert shown["round-2025.not_reported"] > 0

    def test_of_another_quarter_and_day(self, board, served):
        board.browser.get(f"{served.url}?organization=org-2&period=2025-Q2&as_of=2025-05-31")
        board.settled()
        report = served.told(
            BOARD, "screening-report", organization="org-2", period="2025-Q2", as_of="2025-05-31"
        )
        shown = board.figures("#glance .tiles")
        assert shown == {key: total(report["figures"][key]) for key in shown}
        assert "hết ngày 31/05/2025" in board.text("#asked")


class TestByKeyboard:
    """Everything that the mouse does the keyboard does."""

    def test_a_figure_down_to_the_steps_of_a_case(self, board, served):
        board.signed_in(BOARD, **YEAR)
        board.one("#glance .figure[data-figure=listed]").send_keys(Keys.ENTER)
        board.appears("#drill table")
        assert board.focused().get_attribute("id") == "drill-title"
        parts = served.told(BOARD, "screening-report/organizations", **YEAR, figure="listed")
        shown = {row[0]: int(row[1]) for row in board.rows("#drill")}
        assert board.rows("#drill .cases") == []
        assert shown == {each["name"]: each["count"] for each in parts["items"]}
        board.appears("#drill-body .primary").send_keys(Keys.ENTER)
        board.appears("#drill .cases table")
        cases = served.told(BOARD, "screening-report/cases", **YEAR, figure="listed")
        assert [row[0] for row in board.rows("#drill .cases")] == [each["case_id"] for each in cases["cases"]]
        board.one("#drill .cases button").send_keys(Keys.ENTER)
        board.appears("#drill .steps")
        case = served.told(BOARD, f"cases/{cases['cases'][0]['case_id']}")
        assert len(board.all("#drill .steps li")) == len(case["events"])
        board.press(Keys.ESCAPE)
        eventually(lambda: not board.one("#drill").is_displayed())
        assert board.focused().get_attribute("data-figure") == "listed"

    def test_what_is_overdue_down_to_its_cases(self, board, served):
        board.signed_in(BOARD, **YEAR)
        figure = board.one("#deadlines [data-figure='deadlines.education.overdue']")
        count = int(figure.text)
        figure.send_keys(Keys.ENTER)
        board.appears("#drill-body .primary").send_keys(Keys.ENTER)
        board.appears("#drill .cases table")
        assert len(board.rows("#drill .cases")) == count > 0

    def test_what_is_opened_stands_in_the_audit(self, board, served):
        board.signed_in(BOARD, organization="org-5", period="2025")
        entries = served.front.runtime.store.collection("audit")
        before = entries.count_documents({})
        board.one("#funnel .figure[data-figure=listed]").send_keys(Keys.ENTER)
        board.appears("#drill-body .primary")
        assert entries.count_documents({}) == before  # looking at counts reads no case
        board.one("#drill-body .primary").send_keys(Keys.ENTER)
        board.appears("#drill .cases table")
        read = list(entries.find({"action": "case.read"}, sort=[("_id", -1)], limit=1))
        assert [each["actor"] for each in read] == [BOARD.subject]

    def test_the_way_through_the_page(self, board):
        board.signed_in(BOARD, **YEAR)
        board.browser.refresh()
        board.settled()
        met = []
        for _ in range(14):
            board.browser.switch_to.active_element.send_keys(Keys.TAB)
            focused = board.focused()
            met.append(focused.get_attribute("id") or focused.get_attribute("data-figure") or "")
        form = ["organization", "period", "as-of"]
        assert [each for each in met if each in form] == form
        assert met[0] == "", met  # the link that skips to the content
        assert met.index("theme") < met.index("organization") < met.index("opening") < met.index("listed")

    def test_sorting_and_going_down(self, board, served):
        board.signed_in(BOARD, **YEAR)
        name = "#organizations tbody tr"
        first = board.one(name).get_attribute("data-organization")
        button = board.all("#organizations .sort")[2]
        button.send_keys(Keys.ENTER)
        values = [int(row[2]) for row in board.rows("#organizations")]
        assert values == sorted(values, reverse=True)
        board.all("#organizations .sort")[0].send_keys(Keys.ENTER)
        assert board.one(name).get_attribute("data-organization") == first
        board.one(f"{name} a").send_keys(Keys.ENTER)
        eventually(lambda: f"organization={first}" in board.browser.current_url)
        board.settled()
        link = board.one("#above a")
        assert link.text == "Đảng bộ Khối cơ quan và doanh nghiệp tỉnh mẫu"
        board.browser.back()
        eventually(lambda: board.text("#organization-name").startswith("Đảng bộ Khối"))

    def test_a_day_that_is_none_is_not_asked_for(self, board):
        board.signed_in(BOARD, **YEAR)
        board.one("#as-of").send_keys("31/02/2025", Keys.ENTER)
        said = board.browser.execute_script("return document.getElementById('as-of').validationMessage")
        assert said == "Hãy ghi ngày có thật, dạng dd/mm/yyyy."


class TestKeptBack:
    """Somebody outside sees that a small organisation's figures are kept back, and why."""

    def test_in_the_table(self, board):
        board.signed_in(GROUP, **YEAR)
        cells = board.all(f"[data-organization='{SMALL}'] .kept-back")
        assert len(cells) == 10
        assert "dưới 10 đảng viên" in board.text("#organizations .reason")

    def test_looked_into(self, board):
        board.signed_in(GROUP, organization=SMALL, period="2025")
        for panel in ("glance", "trend", "funnel", "stages", "deadlines"):
            assert board.figures(f"#{panel}") == {}
            assert "dưới 10 đảng viên" in board.text(f"#{panel} .reason")

    def test_cases_stay_shut(self, board):
        board.signed_in(GROUP, **YEAR)
        board.one("#glance .figure[data-figure=listed]").click()
        board.appears("#drill-body .primary").click()
        said = board.appears("#drill .cases .problem").text
        assert "Không có quyền (403)" in said
        assert "đề nghị Ban Tổ chức cấp quyền" in said


class TestProblems:
    """Whatever goes wrong is said in Vietnamese, with what to do."""

    def test_a_token_that_is_none(self, board):
        board.opened().send_keys("nobody", Keys.ENTER)
        said = board.appears("#problem .problem").text
        assert "Chưa xác thực (401)" in said
        assert "Hãy đăng nhập lại." in said
        assert board.appears("#token")

    def test_somebody_without_reports(self, board, served):
        board.opened().send_keys(served.token(a_member("m-1")), Keys.ENTER)
        said = board.appears("#problem .problem").text
        assert "Không có quyền (403)" in said

    def test_a_period_that_is_none(self, board, served):
        board.signed_in(BOARD, **YEAR)
        board.browser.get(f"{served.url}?organization={KHOI}&period=2025-13")
        said = board.appears("#problem .problem").text
        assert "không có tháng 13" in said
        assert "Hãy sửa lựa chọn" in said

    def test_the_network_is_away_and_back(self, board):
        board.signed_in(BOARD, **YEAR)
        board.offline(away=True)
        try:
            board.one("#question button").click()
            said = board.appears("#problem .problem").text
            assert "Không kết nối được máy chủ" in said
        finally:
            board.offline(away=False)
        board.one("#problem .problem button").click()
        board.settled()
        assert len(board.figures("#glance .tiles")) == 8

    def test_the_token_is_kept_in_the_tab_alone(self, board):
        board.signed_in(BOARD, **YEAR)
        kept = "return [sessionStorage.length, Object.keys(localStorage), document.cookie]"
        assert board.browser.execute_script(kept) == [1, [], ""]
        board.one("#sign-out").click()
        assert board.appears("#token")
        assert board.browser.execute_script(kept) == [0, [], ""]


class TestForEverybody:
    """No rule of axe-core is broken, in light and dark, on a desk and on a phone; nothing is wider than the screen."""

    def test_signing_in(self, board, picture):
        board.opened()
        picture("sign-in")
        assert board.violations() == []

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
    def test_the_board(self, board, picture, scheme, size):
        board.size(size)
        board.media(scheme=scheme)
        board.signed_in(BOARD, **YEAR)
        name = f"board-{'phone' if size == PHONE else 'desktop'}-{scheme}"
        picture(name)
        picture(f"{name}-top", whole=False)
        assert board.violations() == []
        assert board.overflows() <= 0

    def test_a_dialog(self, board, picture):
        board.signed_in(BOARD, **YEAR)
        board.one("#glance .figure[data-figure=listed]").click()
        board.appears("#drill table")
        picture("drill-organisations", whole=False)
        board.appears("#drill-body .primary").click()
        board.appears("#drill .cases button").click()
        board.appears("#drill .steps")
        picture("drill-case", whole=False)
        assert board.violations() == []

    def test_kept_back(self, board, picture):
        board.signed_in(GROUP, **YEAR)
        picture("kept-back")
        assert board.violations() == []

    def test_the_theme_that_a_person_chose(self, board):
        board.opened()
        board.one("#theme").find_element(By.CSS_SELECTOR, "[value=dark]").click()
        board.browser.refresh()
        board.appears("#token")
        background = board.browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert background == "rgb(19, 20, 22)"

    def test_every_chart_stands_beside_its_table(self, board):
        board.signed_in(BOARD, **YEAR)
        charts = board.all("canvas")
        assert len(charts) == 4
        for chart in charts:
            assert len(chart.get_attribute("aria-label")) > 60
            assert chart.find_elements(By.XPATH, "ancestor::section//table")

    def test_print(self, board, chromium, picture):
        board.signed_in(BOARD, **YEAR)
        board.browser.execute_script("dispatchEvent(new Event('beforeprint'))")
        board.media(media="print")
        board.size(PAPER)
        assert not board.one("#question").is_displayed()
        assert board.one("#trend table").is_displayed()
        picture("print")
        printed = chromium.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
        assert printed["data"]
        board.media()
        board.browser.execute_script("dispatchEvent(new Event('afterprint'))")
        assert board.one("#question").is_displayed()
