from collections import Counter
from datetime import date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.domain.case_facts import (
    CaseFacts,
    Exit,
    ExitKind,
    Listing,
    Placement,
    PlacementCause,
    Receipt,
    RemovalMode,
    Reversal,
    end_of_day,
)
from services.reporting.domain.period import Period
from services.reporting.domain.screening_count import ENTRIES, EXITS, ScreeningCount, count_screening
from tests.unit.reporting.conftest import (
    KHOI,
    OFFICE,
    PLANT,
    TERM_TO_ARTICLE,
    TODAY,
    case_of,
    left,
    listed,
    path_of,
    placed,
    recorded,
    removed,
)

YEAR_2021 = Period.year(2021)
YEAR_2022 = Period.year(2022)
YEAR_2023 = Period.year(2023)


def counted(
    *cases: CaseFacts, at: str = KHOI, period: Period = YEAR_2022, as_of: date = TODAY
) -> ScreeningCount:
    return count_screening(cases, organization_id=at, period=period, as_of=as_of)


def figures(count: ScreeningCount) -> dict[str, int]:
    """Return the figures that are not 0."""
    return {key: number for key, number in count.figures.flat().items() if number}


class TestTheArticlesTerm:
    """14 listed cases end 5 recognised, 2 transferred, 7 removed; nobody stays and nothing is left open."""

    def test_figures_of_the_khoi(self, the_term_of_the_article):
        count = counted(*the_term_of_the_article, period=TERM_TO_ARTICLE)
        assert figures(count) == {
            "listed": 14,
            "listed.by_criterion.C1": 3,
            "listed.by_criterion.C2": 3,
            "listed.by_criterion.C3": 3,
            "listed.by_criterion.C4a": 3,
            "listed.by_criterion.C4b": 2,
            "recognized": 5,
            "transferred_out": 2,
            "removed_from_list": 7,
            "removed_from_list.by_mode.name_removal": 6,
            "removed_from_list.by_mode.expulsion": 1,
            "removed_from_list.by_ground.X4": 7,
            "removed_from_list.probationary": 1,
            "removed_outside_list": 1,
            "removed_outside_list.by_mode.name_removal": 1,
            "removed_outside_list.by_ground.X1": 1,
        }

    def test_organisations_add_up_to_the_khoi(self, the_term_of_the_article):
        whole, plant, office = (
            Counter(counted(*the_term_of_the_article, at=node, period=TERM_TO_ARTICLE).figures.flat())
            for node in (KHOI, PLANT, OFFICE)
        )
        assert +whole == plant + office

    def test_before_the_exits_all_continue(self, the_term_of_the_article):
        count = counted(*the_term_of_the_article, period=YEAR_2021)
        assert count.figures.continuing == 14

    def test_the_next_period_opens_with_them(self, the_term_of_the_article):
        assert counted(*the_term_of_the_article, period=YEAR_2022).figures.opening == 14

    def test_an_organisation_nobody_stood_in_has_zeros(self, the_term_of_the_article):
        assert figures(counted(*the_term_of_the_article, at="elsewhere", period=TERM_TO_ARTICLE)) == {}

    def test_every_figure_opens_to_its_cases(self, the_term_of_the_article):
        count = counted(*the_term_of_the_article, period=TERM_TO_ARTICLE)
        assert count.cases["removed_from_list"] == tuple(f"case-{n:02}" for n in range(7, 14))
        assert count.cases["removed_outside_list"] == ("case-direct",)


class TestTransfer:
    """A move within a node is nothing to it, an exit for the node left and an entry for the node reached."""

    @pytest.fixture
    def moved(self) -> CaseFacts:
        return case_of(
            "moved",
            placements=(placed("plant/1"), placed("office/1", date(2022, 6, 1))),
            listed=(listed(date(2021, 5, 1)),),
        )

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            (KHOI, {"opening": 1, "continuing": 1}),
            (PLANT, {"opening": 1, "transferred_out": 1}),
            ("plant/1", {"opening": 1, "transferred_out": 1}),
            (OFFICE, {"transferred_in": 1, "continuing": 1}),
        ],
    )
    def test_by_node(self, moved, at, expected):
        assert figures(counted(moved, at=at)) == expected

    def test_there_and_back_counts_each_move(self):
        case = case_of(
            "wanderer",
            placements=(
                placed("plant/1"),
                placed("office/1", date(2022, 6, 1)),
                placed("plant/2", date(2022, 9, 1)),
                placed("office/1", date(2022, 11, 1)),
            ),
            listed=(listed(date(2021, 5, 1)),),
        )
        count = counted(case, at=PLANT)
        assert figures(count) == {"opening": 1, "transferred_in": 1, "transferred_out": 2}
        assert count.cases["transferred_out"] == ("wanderer", "wanderer")

    def test_a_move_of_the_organisation_is_no_transfer_of_the_member(self):
        move = placed("office/1", date(2022, 6, 1), cause=PlacementCause.REORGANIZATION)
        case = case_of("case", placements=(placed("plant/1"), move), listed=(listed(date(2021, 5, 1)),))
        assert figures(counted(case, at=PLANT)) == {
            "opening": 1,
            "other_exits": 1,
            "other_exits.by_reason.reorganization": 1,
        }

    def test_moves_outside_the_list_count_nowhere(self):
        case = case_of("case", placements=(placed("plant/1"), placed("office/1", date(2022, 6, 1))))
        assert figures(counted(case, at=PLANT)) == {}

    def test_the_first_placement_holds_for_the_time_before_it(self):
        case = case_of("case", placements=(placed("plant/1", TODAY),), listed=(listed(date(2022, 5, 1)),))
        assert figures(counted(case, at="plant/1"))["listed"] == 1

    def test_a_case_received_from_outside_is_transferred_in(self):
        on = date(2022, 5, 1)
        case = case_of("case", received=(Receipt(on=on, recorded_at=recorded(on)),))
        assert figures(counted(case)) == {"transferred_in": 1, "continuing": 1}


class TestReversal:
    """A reversed removal stays in its period; the period of the reversal shows the restoration."""

    @staticmethod
    def reversed_case(*, to_list: bool) -> CaseFacts:
        on = date(2023, 2, 1)
        return case_of(
            "case",
            listed=(listed(date(2021, 5, 1)),),
            exits=(removed(date(2022, 6, 1)),),
            reversals=(Reversal(on=on, recorded_at=recorded(on), to_list=to_list),),
        )

    @pytest.mark.parametrize("to_list", [True, False])
    def test_the_period_of_the_removal_does_not_change(self, to_list):
        count = counted(self.reversed_case(to_list=to_list), period=YEAR_2022)
        assert count.figures.removed_from_list.total == 1
        assert count.figures.reversed.total == 0

    def test_a_case_open_again_is_an_entry(self):
        assert figures(counted(self.reversed_case(to_list=True), period=YEAR_2023)) == {
            "reversed": 1,
            "reversed.returned_to_list": 1,
            "continuing": 1,
        }

    def test_a_restoration_without_the_list_is_only_shown(self):
        assert figures(counted(self.reversed_case(to_list=False), period=YEAR_2023)) == {"reversed": 1}

    def test_a_removal_after_it_is_a_direct_one(self):
        case = self.reversed_case(to_list=False)
        again = msgspec.structs.replace(case, exits=(*case.exits, removed(date(2023, 9, 1))))
        count = counted(again, period=YEAR_2023)
        assert (count.figures.removed_outside_list.total, count.figures.unreconciled) == (1, 0)


class TestAsOf:
    """A report as of a date stands on what was known at the end of that day, Vietnamese time."""

    def test_a_late_record_is_missing_before_and_counted_after(self):
        late = Exit(on=date(2022, 6, 1), recorded_at=recorded(date(2023, 3, 1)), kind=ExitKind.RECOGNIZED)
        case = case_of("case", listed=(listed(date(2022, 1, 5)),), exits=(late,))
        assert counted(case, as_of=date(2023, 2, 28)).figures.continuing == 1
        assert counted(case, as_of=date(2023, 3, 1)).figures.recognized == 1

    def test_a_withdrawn_record_is_counted_until_its_correction(self):
        wrong = Listing(
            on=date(2022, 6, 1),
            recorded_at=recorded(date(2022, 6, 1)),
            withdrawn_at=recorded(date(2022, 7, 1)),
            criterion="C1",
        )
        right = Listing(on=date(2022, 6, 2), recorded_at=recorded(date(2022, 7, 1)), criterion="C3")
        case = case_of("case", listed=(wrong, right))
        assert counted(case, as_of=date(2022, 6, 30)).figures.listed.by_criterion == {"C1": 1}
        assert counted(case, as_of=date(2022, 7, 1)).figures.listed.by_criterion == {"C3": 1}

    def test_the_day_ends_at_vietnamese_midnight(self):
        assert end_of_day(date(2022, 6, 1)) == datetime.fromisoformat("2022-06-01T17:00:00+00:00")


class TestContradictions:
    """Facts that contradict each other are counted, shown as unreconciled, and named."""

    @pytest.mark.parametrize(
        ("facts", "unreconciled"),
        [
            ({"exits": (left(date(2022, 6, 1), ExitKind.RECOGNIZED),)}, -1),
            (
                {
                    "listed": (listed(date(2022, 1, 5)),),
                    "exits": (removed(date(2022, 6, 1)), removed(date(2022, 7, 1))),
                },
                -1,
            ),
            ({"listed": (listed(date(2022, 1, 5)), listed(date(2022, 2, 5)))}, 1),
        ],
        ids=["recognised but never listed", "removed twice", "listed twice"],
    )
    def test_breaks_the_balance_openly(self, facts, unreconciled):
        count = counted(case_of("case", **facts))
        assert count.figures.unreconciled == unreconciled
        assert count.cases["unreconciled"] == ("case",)

    def test_breaks_that_cancel_out_still_name_their_cases(self):
        count = counted(
            case_of("never-listed", exits=(left(date(2022, 6, 1), ExitKind.OTHER, reason="death"),)),
            case_of("listed-twice", listed=(listed(date(2022, 1, 5)), listed(date(2022, 2, 5)))),
        )
        assert count.figures.unreconciled == 0
        assert count.cases["unreconciled"] == ("listed-twice", "never-listed")

    def test_a_removal_without_mode_is_not_dropped(self):
        count = counted(case_of("case", exits=(left(date(2022, 6, 1), ExitKind.REMOVED),)))
        assert count.figures.removed_outside_list.by_mode == {"unspecified": 1}


class TestStorage:
    """Facts survive the way through a JSON-like document."""

    def test_round_trip(self, the_term_of_the_article):
        for case in the_term_of_the_article:
            assert msgspec.convert(msgspec.to_builtins(case), CaseFacts) == case


# --- against an independent recount -------------------------------------------------------------------

CELLS = ("plant/1", "plant/2", "office/1")
NODES = (KHOI, PLANT, OFFICE, *CELLS)
FIRST_DAY = date(2021, 1, 1)
days = st.integers(0, 1100).map(lambda n: FIRST_DAY + timedelta(days=n))
periods = st.tuples(days, days).map(lambda two: Period.range(min(two), max(two)))


@st.composite
def lives(draw) -> list[tuple[date, str, str]]:
    """Draw what happened to a member, as a clerk would note it: (date, happening, detail), in order."""
    when = sorted(draw(st.lists(days, min_size=0, max_size=7)))
    cell = draw(st.sampled_from(CELLS))
    life = [(FIRST_DAY, "placed", cell)]
    state = "free"
    for day in when:
        happening = draw(
            st.sampled_from(
                {
                    "free": ["listed", "received", "removed", "moved"],
                    "on list": [
                        "recognized",
                        "transferred",
                        "removed",
                        "other",
                        "moved",
                        "moved",
                        "reorganized",
                    ],
                    "done": ["moved"],
                    "removed": ["restored", "restored to list", "moved"],
                    "restored": ["removed", "moved"],
                }[state]
            )
        )
        detail = {
            "listed": st.sampled_from(["C1", "C3", "C4a"]),
            "removed": st.sampled_from(["name_removal", "expulsion", "resignation"]),
            "other": st.sampled_from(["death", "closed"]),
            "moved": st.sampled_from(CELLS),
            "reorganized": st.sampled_from(CELLS),
        }.get(happening, st.just(""))
        life.append((day, happening, draw(detail)))
        state = {
            "listed": "on list",
            "received": "on list",
            "restored to list": "on list",
            "removed": "removed",
            "restored": "restored",
            "moved": state,
            "reorganized": state,
        }.get(happening, "done")
    return life


def facts_of(number: int, life: list[tuple[date, str, str]]) -> CaseFacts:
    """Record a life as facts."""
    facts: dict[str, list] = {"placements": [], "listed": [], "received": [], "exits": [], "reversals": []}
    for minute, (on, happening, detail) in enumerate(life):
        known = {"on": on, "recorded_at": recorded(on, minute)}
        match happening:
            case "placed" | "moved":
                facts["placements"].append(Placement(**known, path=path_of(detail)))
            case "reorganized":
                cause = PlacementCause.REORGANIZATION
                facts["placements"].append(Placement(**known, path=path_of(detail), cause=cause))
            case "listed":
                facts["listed"].append(Listing(**known, criterion=detail))
            case "received":
                facts["received"].append(Receipt(**known))
            case "restored" | "restored to list":
                facts["reversals"].append(Reversal(**known, to_list=happening.endswith("list")))
            case "removed":
                facts["exits"].append(
                    Exit(**known, kind=ExitKind.REMOVED, mode=RemovalMode(detail), ground="X1")
                )
            case "other":
                facts["exits"].append(Exit(**known, kind=ExitKind.OTHER, reason=detail))
            case _:
                facts["exits"].append(Exit(**known, kind=ExitKind(happening)))
    return CaseFacts(
        case_id=f"case-{number}",
        member_id=f"member-{number}",
        **{name: tuple(items) for name, items in facts.items()},
    )


def names_of(happening: str, detail: str, *, was_on_list: bool) -> list[str]:
    """Name the columns a clerk would tick."""
    removal = "removed_from_list" if was_on_list else "removed_outside_list"
    return {
        "listed": ["listed", f"listed.by_criterion.{detail}"],
        "received": ["transferred_in"],
        "removed": [removal, f"{removal}.by_mode.{detail}", f"{removal}.by_ground.X1"],
        "restored": ["reversed"],
        "restored to list": ["reversed", "reversed.returned_to_list"],
        "transferred": ["transferred_out"],
        "other": ["other_exits", f"other_exits.by_reason.{detail}"],
        "recognized": ["recognized"],
    }[happening]


def recount(all_lives: list[list[tuple[date, str, str]]], node: str, period: Period) -> dict[str, int]:
    """Count by hand: replay the notes up to each moment and look who is on the node's list."""

    def on_list(notes) -> bool:
        listed_now, cell = False, None
        for _, happening, detail in notes:
            if happening in {"placed", "moved", "reorganized"}:
                cell = detail
            else:
                listed_now = happening in {"listed", "received", "restored to list"}
        return listed_now and node in path_of(cell)

    def inside(notes) -> bool:
        return node in path_of([n[2] for n in notes if n[1] in {"placed", "moved", "reorganized"}][-1])

    gone = {
        "moved": ["transferred_out"],
        "reorganized": ["other_exits", "other_exits.by_reason.reorganization"],
    }
    result = Counter()
    for life in all_lives:
        result["opening"] += on_list([note for note in life if note[0] < period.starts_on])
        result["continuing"] += on_list([note for note in life if note[0] <= period.ends_on])
        for i, (day, happening, detail) in enumerate(life):
            if i == 0 or not period.starts_on <= day <= period.ends_on:
                continue
            before, after = on_list(life[:i]), on_list(life[: i + 1])
            if happening in gone:
                result.update(
                    gone[happening] * (before and not after) + ["transferred_in"] * (after and not before)
                )
            elif inside(life[:i]):
                result.update(names_of(happening, detail, was_on_list=before))
    return {key: number for key, number in result.items() if number}


class TestAgainstARecount:
    """Figures equal a recount by hand for any lives, node and period, and always balance."""

    @settings(max_examples=200)
    @given(st.lists(lives(), max_size=6), st.sampled_from(NODES), periods)
    def test_equals(self, all_lives, node, period):
        cases = [facts_of(number, life) for number, life in enumerate(all_lives)]
        count = count_screening(cases, organization_id=node, period=period, as_of=TODAY)
        assert figures(count) == recount(all_lives, node, period)
        assert "unreconciled" not in count.cases

    @settings(max_examples=100)
    @given(st.lists(lives(), max_size=6), st.sampled_from(NODES), periods, days)
    def test_as_of_knows_only_what_was_recorded(self, all_lives, node, period, as_of):
        cases = [facts_of(number, life) for number, life in enumerate(all_lives)]
        known = [[note for note in life if note[0] <= as_of] for life in all_lives]
        count = count_screening(cases, organization_id=node, period=period, as_of=as_of)
        assert figures(count) == recount(known, node, period)

    @settings(max_examples=100)
    @given(st.lists(lives(), max_size=6), st.sampled_from(NODES), st.randoms())
    def test_any_shuffled_facts_keep_the_identity_and_the_drill_down(self, all_lives, node, random):
        cases = []
        for number, life in enumerate(all_lives):
            happenings = [note[1:] for note in life]
            random.shuffle(happenings)
            notes = [(note[0], *happening) for note, happening in zip(life, happenings, strict=True)]
            cases.append(facts_of(number, notes))
        count = count_screening(cases, organization_id=node, period=YEAR_2022, as_of=TODAY)
        flat = count.figures.flat()
        open_cases = sum(flat[key] for key in ENTRIES) - sum(flat[key] for key in EXITS)
        assert flat["unreconciled"] == open_cases
        for key, number in flat.items():
            if key != "unreconciled":
                assert len(count.cases.get(key, ())) == number
