"""Cases and reports in the words of the domain."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from services.reporting import published
from services.reporting.domain.case_facts import CaseFacts, Exit, ExitKind, Listing, Placement, RemovalMode
from services.reporting.domain.period import Period, Term
from services.reporting.domain.published_figures import PublishedBeside
from services.reporting.domain.screening_count import count_screening
from services.reporting.domain.screening_report import Applied, ReportedOrganization, ScreeningReport

KHOI = "khoi"
PLANT = "plant"
OFFICE = "office"
TERM = Term(id="2020–2025", starts_on=date(2020, 8, 15), ends_on=date(2025, 8, 14))
TERM_TO_ARTICLE = Period.term(TERM, until=date(2023, 10, 12))
TODAY = date(2026, 2, 1)


def recorded(on: date, minute: int = 0) -> datetime:
    """Return an instant of that business day in Vietnam."""
    return datetime(on.year, on.month, on.day, 2, minute, tzinfo=UTC)


def path_of(cell: str) -> tuple[str, ...]:
    """Return the path of a cell named ``<organisation>/<number>``."""
    return (KHOI, cell.split("/", maxsplit=1)[0], cell)


def placed(cell: str, on: date = date(2020, 9, 1), minute: int = 0, **facts) -> Placement:
    return Placement(on=on, recorded_at=recorded(on, minute), path=path_of(cell), **facts)


def listed(on: date, criterion: str = "C1", minute: int = 1) -> Listing:
    return Listing(on=on, recorded_at=recorded(on, minute), criterion=criterion)


def left(on: date, kind: ExitKind, minute: int = 2, **facts) -> Exit:
    return Exit(on=on, recorded_at=recorded(on, minute), kind=kind, **facts)


def removed(on: date, mode: RemovalMode = RemovalMode.NAME_REMOVAL, **facts) -> Exit:
    return left(on, ExitKind.REMOVED, mode=mode, **facts)


def case_of(case_id: str, cell: str = "plant/1", **facts) -> CaseFacts:
    facts.setdefault("placements", (placed(cell),))
    return CaseFacts(case_id=case_id, member_id=f"member-of-{case_id}", **facts)


@pytest.fixture
def the_term_of_the_article() -> list[CaseFacts]:
    """14 listed of whom 5 recognised, 2 transferred, 7 removed (1 expelled, 1 probationary); 1 direct removal."""
    outcomes = [ExitKind.RECOGNIZED] * 5 + [ExitKind.TRANSFERRED] * 2 + [ExitKind.REMOVED] * 7
    criteria = ("C1", "C2", "C3", "C4a", "C4b")
    cases = []
    for number, kind in enumerate(outcomes):
        on_list = date(2021, 3, 1) + timedelta(days=number)
        off_list = on_list + timedelta(days=400)
        facts = {}
        if kind is ExitKind.REMOVED:
            facts["mode"] = RemovalMode.EXPULSION if number == 13 else RemovalMode.NAME_REMOVAL
            facts["ground"] = "X4"
            facts["probationary"] = number == 7
        cases.append(
            case_of(
                f"case-{number:02}",
                f"{PLANT if number % 2 else OFFICE}/1",
                listed=(listed(on_list, criteria[number % 5]),),
                exits=(left(off_list, kind, **facts),),
            )
        )
    cases.append(case_of("case-direct", exits=(removed(date(2022, 6, 1), ground="X1"),)))
    return cases


@pytest.fixture
def a_report_on(the_term_of_the_article) -> Callable[..., ScreeningReport]:
    """A report over the article's term for an organisation, under any name."""

    def build(organization_id: str, name: str, level_name: str = "Đảng bộ cơ sở") -> ScreeningReport:
        count = count_screening(
            the_term_of_the_article, organization_id=organization_id, period=TERM_TO_ARTICLE, as_of=TODAY
        )
        article = PublishedBeside.of(published.load(published.ARTICLE_OF_2023_10_12))
        return ScreeningReport(
            organization=ReportedOrganization(id=organization_id, name=name, level_name=level_name),
            period=TERM_TO_ARTICLE,
            as_of=TODAY,
            generated_at=datetime(2026, 2, 1, 20, 4, 5, tzinfo=UTC),
            applied={"members": Applied(events=5123), "reviews": Applied(events=488)},
            figures=count.figures,
            published=(article,) if organization_id == KHOI else (),
        )

    return build


@pytest.fixture
def three_reports(a_report_on) -> list[ScreeningReport]:
    """The Khối, one grassroots organisation and one cell."""
    return [
        a_report_on(KHOI, "Đảng bộ Khối mẫu", "Đảng bộ cấp trên trực tiếp cơ sở"),
        a_report_on(PLANT, "Đảng bộ Công ty Thủy điện mẫu"),
        a_report_on("plant/1", "Chi bộ Phân xưởng Vận hành", "Chi bộ trực thuộc"),
    ]
