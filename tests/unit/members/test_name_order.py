"""How much a page of a search reads: a late one no more than the first, a common name little more than is shown."""

import random
from bisect import bisect_right
from statistics import mean

import pytest

from services.members import name_order, queries
from services.members.documents import index_keys

CELLS = 400
PAGE = 50


class Found(list):
    """What a find gives: it can be sorted."""

    def sort(self, field, _direction):
        return sorted(self, key=lambda raw: raw[field])


class Register:
    """A store of members in cells, which counts the members it hands out."""

    def __init__(self, members):
        self.by_term, self.by_cell = {}, {}
        for raw in sorted(members, key=lambda raw: raw["order"]):
            self.by_cell.setdefault(raw["cell_id"], []).append(raw)
            for term in raw["search_terms"]:
                orders, people = self.by_term.setdefault(term, ([], []))
                orders.append(raw["order"])
                people.append(raw)
        self.handed_out = 0

    def collection(self, name):
        return self if name == "members" else Organizations()

    def find(self, query, _fields):
        if "cell_id" in query:
            return Found(raw for cell in query["cell_id"]["$in"] for raw in self.by_cell.get(cell, ()))
        orders, people = self.by_term.get(query["search_terms"], ([], []))
        first = bisect_right(orders, query["order"]["$gt"])
        last = bisect_right(orders, query["order"]["$lte"]) if "$lte" in query["order"] else len(orders)
        self.handed_out += last - first
        return Found(people[first:last])


class Organizations:
    def find_one(self, _query):
        return None

    def find(self, _query, _fields):
        return [
            {"_id": f"c{number}", "order": f"c{number:04}", "is_cell": True, "path": ["khoi", f"c{number}"]}
            for number in range(CELLS)
        ]


@pytest.fixture(scope="module")
def members():
    draw = random.Random(28)  # noqa: S311 -- reproducible, not secret
    families = (
        ["Nguyễn"] * 34 + ["Trần"] * 12 + ["Lê"] * 9 + ["Phạm", "Hoàng", "Vũ", "Đặng", "Lò", "Sùng"] * 7
    )
    given = [
        *(
            "An",
            "Anh",
            "Bình",
            "Chi",
            "Cường",
            "Dũng",
            "Đạt",
            "Giang",
            "Hà",
            "Hạnh",
            "Hải",
            "Hiếu",
            "Hoa",
            "Hùng",
        ),
        *(
            "Hương",
            "Khánh",
            "Lan",
            "Linh",
            "Long",
            "Mai",
            "Minh",
            "Nam",
            "Nga",
            "Ngân",
            "Nhung",
            "Oanh",
            "Phong",
        ),
        *(
            "Phúc",
            "Phương",
            "Quân",
            "Sơn",
            "Tài",
            "Thành",
            "Thảo",
            "Thắng",
            "Thủy",
            "Trang",
            "Tuấn",
            "Vân",
            "Yến",
        ),
    ]
    made = []
    for number in range(CELLS * 15):
        raw = {
            "_id": f"m{number:05}",
            "full_name": f"{draw.choice(families)} {draw.choice(['Văn', 'Thị', 'Đức', 'Thu'])} {draw.choice(given)}",
            "cell_id": f"c{number % CELLS}",
            "organization_path": ["khoi", f"c{number % CELLS}"],
            "current": True,
            "official_on": "2012-01-01",
            "admitted_on": "2011-01-01",
            "temporary": False,
            "organization_since": "2011-01-01",
            "screening_status": "none",
            "version": 1,
        }
        made.append({**raw, **index_keys(raw)})
    return made


@pytest.fixture
def register(members):
    return Register(members)


def walked(register, q):
    """Every page of a search: the ids shown, and how many members were read for each."""
    shown, read, after = [], [], None
    while True:
        before = register.handed_out
        page = queries.find_members(
            register,
            roots=None,
            organization_id=None,
            q=q,
            card_number=None,
            status="current",
            after=after,
            limit=PAGE,
        )
        shown += [row["id"] for row in page.items]
        read.append(register.handed_out - before)
        after = page.next
        if after is None:
            return shown, read


class TestReading:
    """The embedded server reads all that a filter leaves: what is asked for is what it costs."""

    @pytest.mark.parametrize("q", ["nguyễn", "văn nguyễn", "hoa", "trần hoa", "thị", "sùng"])
    def test_every_match_once(self, members, register, q):
        terms = set(queries.name_tokens(q))
        expected = [
            raw["_id"]
            for raw in sorted(members, key=lambda raw: raw["order"])
            if terms <= set(raw["search_terms"])
        ]
        assert walked(register, q)[0] == expected

    @pytest.mark.parametrize("q", ["nguyễn", "thị", "trần"])
    def test_a_late_page_reads_what_the_first_ones_do(self, register, q):
        *read, _ = walked(register, q)[1]
        third = len(read) // 3
        begin, middle, end = mean(read[:third]), mean(read[third:-third]), mean(read[-third:])
        assert max(middle, end) <= 1.3 * begin
        assert mean(read) <= 2 * PAGE

    def test_a_rare_name_is_read_at_once(self, register):
        read = walked(register, "oanh")[1]
        assert max(read) <= 3 * PAGE

    def test_what_hardly_anybody_is_takes_no_thousand_looks(self, register):
        looks = []
        find = register.find
        register.find = lambda *asked: (looks.append(asked), find(*asked))[1]
        found = queries.find_members(
            register,
            roots=None,
            organization_id=None,
            q="nguyễn",
            card_number=None,
            status="left",
            after=None,
            limit=PAGE,
        )
        assert (found.items, len(looks) <= 12) == ([], True)

    def test_the_sample_is_remembered(self, register):
        assert name_order._sample(register) is name_order._sample(register)
