import subprocess
import sys
from collections import Counter
from datetime import date

import pytest

from deploy.demo.synthetic import EXAMPLE_NAME, SyntheticKhoi
from services.members.domain.member import MemberState
from tests.unit.members.workbooks import items_of, members_in, organizations_in

MEMORY_LIMIT_KILOBYTES = 100 * 1024


@pytest.fixture(scope="module")
def khoi():
    """The Khối of the demonstration."""
    return SyntheticKhoi()


@pytest.fixture(scope="module")
def items(khoi, tmp_path_factory):
    """What is read from its roster workbook."""
    path = tmp_path_factory.mktemp("demo") / "so.xlsx"
    assert khoi.write(path) == 5000
    return items_of(path)


class TestStandardKhoi:
    """The invented Khối has the shape of the published ones and is imported without a single problem."""

    def test_organizations(self, items):
        levels = Counter(row.level for row in organizations_in(items))
        assert levels == {
            "dang_bo_khoi": 1,
            "dang_bo_co_so": 46,
            "chi_bo_co_so": 46,
            "chi_bo_truc_thuoc": 284,
        }

    def test_every_row_is_a_member_or_an_organization(self, items):
        members = members_in(items)
        assert len(members) == 5000
        assert len(items) == 5000 + 377

    def test_three_percent_are_probationary_and_some_exempt(self, items):
        states = Counter(member.state for member in members_in(items))
        assert states == {MemberState.OFFICIAL: 4850, MemberState.PROBATIONARY: 150}
        assert sum(member.exempt_from is not None for member in members_in(items)) > 50

    def test_every_cell_can_hold_a_ballot(self, items):
        official = Counter(m.cell_code for m in members_in(items) if m.state is MemberState.OFFICIAL)
        assert len(official) == 330
        assert min(official.values()) >= 3

    def test_one_grassroots_organization_has_64_members(self, khoi, items):
        [example] = [row for row in organizations_in(items) if row.code == khoi.example_code]
        below = {row.code for row in organizations_in(items) if row.parent_code == example.code}
        assert example.name == EXAMPLE_NAME
        assert sum(member.cell_code in below for member in members_in(items)) == 64

    def test_numbers_are_nobody_elses(self, items):
        cards = [member.card_number for member in members_in(items) if member.card_number]
        assert len(set(cards)) == len(cards)
        # 097 is no province's code: no citizen has such a number.
        assert {card[:3] for card in cards} == {"097"}


class TestMemory:
    """Reading streams: a process that reads a roster stays small however many members it has."""

    def test_reading_holds_no_sheet_in_memory(self, tmp_path):
        path = tmp_path / "so.xlsx"
        SyntheticKhoi(members=12_000).write(path)
        # Peak memory is asked of the process itself: getrusage would carry over the test runner's.
        program = (
            "import sys, pathlib, datetime; from services.members.roster import read_roster\n"
            "count = sum(1 for _ in read_roster(pathlib.Path(sys.argv[1]), today=datetime.date(2023, 10, 12)))\n"
            "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
            "print(count, status['VmHWM'].split()[0])"
        )
        run = subprocess.run(
            [sys.executable, "-c", program, str(path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        count, kilobytes = map(int, run.stdout.split())
        assert count > 12_000
        assert kilobytes < MEMORY_LIMIT_KILOBYTES


class TestSizes:
    """The same seed gives the same people; sizes scale up to a whole province."""

    def test_same_seed_same_people(self):
        first, second = (list(SyntheticKhoi(members=600).members()) for _ in range(2))
        assert first == second
        assert first != list(SyntheticKhoi(members=600, seed=1).members())

    @pytest.mark.parametrize("size", [300, 600, 20_000, 60_000])
    def test_scale(self, size):
        khoi = SyntheticKhoi(members=size, as_of=date(2023, 9, 30))
        assert sum(khoi.cell_sizes.values()) == size
        assert len({row.code for row in khoi.organizations}) == len(khoi.organizations)
        assert len({(row.parent_code, row.name) for row in khoi.organizations}) == len(khoi.organizations)
        assert len(khoi.cell_sizes) == khoi.cells_total

    def test_too_small(self):
        with pytest.raises(ValueError, match="too few"):
            SyntheticKhoi(members=80)
