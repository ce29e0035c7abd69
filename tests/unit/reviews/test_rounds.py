"""Mục I, Hướng dẫn 02-HD/BTCTW ngày 12/04/2021 (Ban Tổ chức Trung ương): every cell reports, zero included."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reviews.domain.profile import RoundCells
from services.reviews.domain.rounds import (
    FOR_EVER,
    CellInRound,
    ClosingRecord,
    Reported,
    Round,
    Silent,
    closing_paper,
    owing,
    silent,
    sums,
)
from services.reviews.roster import Organization, OrganizationVersion, path_on
from services.reviews.round_cells import stays
from tests.unit.reviews import words

ON, DUE = date(2021, 6, 1), date(2021, 6, 30)
DAYS = st.integers(0, 90).map(lambda after: ON + timedelta(days=after))


def version(on: date, parent: str | None, *, is_cell: bool = False) -> OrganizationVersion:
    return OrganizationVersion(on=on, name="Tên", level="x", is_cell=is_cell, parent_id=parent)


def organization(organization_id: str, *versions: OrganizationVersion, until: date | None = None):
    return Organization(organization_id=organization_id, versions=list(versions), dissolved_on=until)


BEFORE = date(2020, 1, 1)
TREE = {
    "khoi": organization("khoi", version(BEFORE, None)),
    "a": organization("a", version(BEFORE, "khoi")),
    "b": organization("b", version(BEFORE, "khoi")),
}


class TestStays:
    """Where a cell stood on a day is read from its stays as from the tree itself."""

    def test_a_cell_that_moves_and_ends(self):
        moving = organization(
            "cb",
            version(BEFORE, "a", is_cell=True),
            version(date(2021, 6, 10), "b", is_cell=True),
            until=date(2021, 7, 1),
        )
        assert stays({**TREE, "cb": moving}, "cb", within="khoi", since=ON) == [
            {"since": "2021-06-01", "until": "2021-06-10", "path": ["khoi", "a", "cb"]},
            {"since": "2021-06-10", "until": "2021-07-01", "path": ["khoi", "b", "cb"]},
        ]

    def test_a_cell_that_leaves_the_round(self):
        leaving = organization(
            "cb", version(BEFORE, "a", is_cell=True), version(date(2021, 6, 10), "b", is_cell=True)
        )
        found = stays({**TREE, "cb": leaving}, "cb", within="a", since=ON)
        assert [each["until"] for each in found] == ["2021-06-10"]

    @given(
        founded=DAYS,
        moves=st.dictionaries(DAYS, st.sampled_from(["a", "b"]), max_size=4),
        ended=st.none() | DAYS,
        day=DAYS,
    )
    def test_stays_are_the_tree(self, founded, moves, ended, day):
        days = {founded: "a", **{each: to for each, to in moves.items() if each > founded}}
        versions = [version(each, days[each], is_cell=True) for each in sorted(days)]
        tree = {**TREE, "cb": organization("cb", *versions, until=ended)}
        there = [
            each["path"]
            for each in stays(tree, "cb", within="khoi", since=ON)
            if each["since"] <= day.isoformat() < each["until"]
        ]
        path = path_on(tree, "cb", day)
        assert there == ([path] if path else [])

    def test_an_open_end_sorts_behind_every_day(self):
        assert date.max.isoformat() <= FOR_EVER


class TestOwing:
    """What a cell owes that was founded or dissolved meanwhile is a setting of the profile (chưa kiểm chứng)."""

    CURRENT = Round(on=ON, due_on=DUE)

    def stay(self, since, until=FOR_EVER):
        return {"since": since, "until": until, "path": ["khoi", "cb"]}

    @pytest.mark.parametrize(
        ("since", "asking"),
        [
            ("2021-06-01", {"not_asked", "by_due_day", "before_end"}),
            ("2021-06-30", {"by_due_day", "before_end"}),
            ("2021-07-01", {"before_end"}),
        ],
    )
    def test_a_cell_that_was_founded(self, since, asking):
        rules = {
            founded: RoundCells(founded=founded, dissolved="not_asked")
            for founded in ("by_due_day", "before_end", "not_asked")
        }
        where = [self.stay(since)]
        found = {name for name, rule in rules.items() if owing(where, self.CURRENT, rule, dissolved=False)}
        assert found == asking

    @pytest.mark.parametrize(
        ("dissolved", "rule", "until"),
        [
            (True, "not_asked", "2021-06-10"),
            (True, "asked", FOR_EVER),
            (False, "asked", "2021-06-10"),  # it went under another organisation
        ],
    )
    def test_a_cell_that_ended(self, dissolved, rule, until):
        rules = RoundCells(founded="by_due_day", dissolved=rule)
        (found,) = owing([self.stay("2021-06-01", "2021-06-10")], self.CURRENT, rules, dissolved=dissolved)
        assert found["until"] == until

    def test_the_profiles_say_what_is_assumed(self):
        for profile in words.PROFILES:
            setting = profile.settings.round_cells
            assert (setting.value, setting.certainty) == (
                RoundCells(founded="by_due_day", dissolved="not_asked"),
                "assumed",
            )


CELLS = st.builds(
    lambda must, on, counts: CellInRound(
        cell_id="cb",
        path=("khoi", "cb"),
        must_report=must or on is not None,
        versions=()
        if on is None
        else tuple(
            Reported(number=number, since=on + timedelta(days=number - 1), reviewed=count, proposed=0)
            for number, count in enumerate(counts, start=1)
        ),
    ),
    st.booleans(),
    st.none() | DAYS,
    st.lists(st.integers(0, 50), min_size=1, max_size=3),
)


class TestSums:
    """What cells add up to on any day."""

    @given(st.lists(CELLS, max_size=6), DAYS, st.none() | DAYS)
    def test_reported_and_not_reported_are_all(self, cells, day, closed_on):
        current = Round(on=ON, due_on=DUE, closed_on=closed_on)
        found = sums(cells, current, day)
        assert found.cells == found.reported + found.not_reported
        assert found.late <= found.reported
        assert found.overdue <= found.not_reported
        assert found.not_reported == len(silent(cells, current, day))

    def test_nobody_proposed_is_a_report(self):
        cell = CellInRound(
            cell_id="cb",
            path=("khoi", "cb"),
            must_report=True,
            versions=(Reported(number=1, since=DUE, reviewed=12, proposed=0),),
        )
        found = sums([cell], Round(on=ON, due_on=DUE), DUE)
        assert (found.reported, found.nobody, found.late) == (1, 1, 0)

    def test_a_correction_after_the_end_counts_from_its_day(self):
        cell = CellInRound(
            cell_id="cb",
            path=("khoi", "cb"),
            must_report=True,
            versions=(
                Reported(number=1, since=DUE, reviewed=12, proposed=0),
                Reported(number=2, since=date(2021, 7, 20), reviewed=13, proposed=1),
            ),
        )
        current = Round(on=ON, due_on=DUE, closed_on=date(2021, 7, 5))
        assert sums([cell], current, date(2021, 7, 19)).reviewed == 12
        after = sums([cell], current, date(2021, 7, 20))
        assert (after.reviewed, after.corrected, after.late) == (13, 1, 0)

    def test_who_has_not_reported_stands_as_such_at_the_end(self):
        cell = CellInRound(cell_id="cb", path=("khoi", "cb"), must_report=True)
        current = Round(on=ON, due_on=DUE, closed_on=date(2021, 7, 5))
        assert cell.standing(current, DUE) == "due"
        assert cell.standing(current, date(2021, 7, 1)) == "overdue"
        assert cell.standing(current, date(2021, 7, 5)) == "not_reported"


class TestClosingPaper:
    """The record of who did not report, as a paper."""

    def test_it_names_the_cells_with_what_stands_above(self):
        cells = [CellInRound(cell_id="cb", path=("khoi", "cb"), must_report=True)]
        record = ClosingRecord(
            round_id="r",
            name="Đợt 1",
            on=date(2021, 7, 5),
            due_on=DUE,
            counts=sums(cells, Round(on=ON, due_on=DUE), date(2021, 7, 5)),
            not_reported=(
                Silent(
                    organization_id="cb",
                    name="Chi bộ 1",
                    organization_path=("khoi", "cb"),
                    above=("Đảng bộ Khối",),
                ),
            ),
        )
        paper = closing_paper(record)
        assert paper.lines[0] == "Hạn báo cáo: 30/06/2021; ngày kết thúc: 05/07/2021."
        assert "chưa báo cáo: 1" in paper.lines[1]
        assert paper.lines[-1] == "1. Chi bộ 1, Đảng bộ Khối."
