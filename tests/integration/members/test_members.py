"""The register of members over HTTP and a real Mongo-wire server."""

from itertools import product

import pytest

from shared.text import fold
from tests.integration.members.conftest import API
from tests.support.people import a_member, holding

pytestmark = pytest.mark.integration

MEMBERS = f"{API}/members"


def names(answer):
    assert answer.status_code == 200, answer.json
    return [item["full_name"] for item in answer.json["items"]]


class TestRegistering:
    """A registered member belongs to a cell and everybody is told the whole state."""

    def test_the_record_comes_back_as_it_was_given(self, register, board, facts_told):
        made = register("LÊ  THỊ THỬ", card_number="0381 6800 0001", gender="female")
        read = board.get(f"{MEMBERS}/{made['id']}")
        assert read.json == {
            name: value for name, value in made.items() if name not in {"events", "warnings"}
        }
        assert read.json["full_name"] == "Lê Thị Thử"
        assert read.json["card_number"] == "038168000001"
        assert read.json["organization_path"] == ["khoi", "co-so", "chi-bo-1"]
        name, fact = facts_told()[-1]
        assert (name, fact.status, fact.organization_since.isoformat()) == (
            "MemberRegistered",
            "official",
            "2020-01-01",
        )

    def test_a_card_number_in_use_is_a_conflict_that_names_the_field(self, register):
        register(card_number="038168000001")
        refused = register("Trần Văn Khác", card_number="038168000001", expect=409)
        assert refused["errors"][0]["pointer"] == "/card_number"

    def test_whoever_may_be_on_the_roll_already_is_warned_of(self, register, members, establish):
        one = register(birth_date="1980-05-06")
        assert one["warnings"] == []
        (warning,) = register(birth_date="1980-05-06", cell_id="chi-bo-2")["warnings"]
        assert warning["code"] == "on_roll"
        assert "chi-bo-1" not in str(warning)
        seen = members.runtime.store.collection("audit").find({"action": "member.likeness_warned"})
        assert [each["member_id"] for each in seen] == [one["id"]]

    def test_members_without_card_are_many(self, register):
        register("Trần Văn Một")
        register("Trần Văn Hai")

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"card_number": "1.23E+11"}, "/card_number"),
            ({"full_name": "R2 D2"}, "/full_name"),
            ({"official_on": "2014-01-01"}, "/official_on"),
            ({"admitted_on": "03/02/2015"}, "/admitted_on"),
            ({"cell_id": "co-so"}, "/cell_id"),
            ({"since": "2014-01-01"}, "/since"),
        ],
    )
    def test_a_wrong_field_is_named(self, register, change, pointer):
        refused = register(**{"full_name": "Lê Thử", **change}, expect=422)
        assert [error["pointer"] for error in refused["errors"]] == [pointer]

    def test_a_cell_elsewhere_is_out_of_reach(self, members, bloc):
        secretary = members.as_(holding("cell_secretary", "chi-bo-2"))
        body = {
            "full_name": "Lê Thử",
            "admitted_on": "2015-02-03",
            "cell_id": "chi-bo-1",
            "since": "2020-01-01",
        }
        assert secretary.post(MEMBERS, body).status_code == 403


class TestChanging:
    """A change names what changed and carries the whole new state."""

    def test_a_probationary_member_becomes_official(self, register, board, facts_told):
        made = register(official_on=None)
        assert made["status"] == "probationary"
        answer = board.patch(
            f"{MEMBERS}/{made['id']}", {"on": "2016-02-03", "official_on": "2016-02-03"}, version=1
        )
        assert (answer.status_code, answer.json["status"]) == (200, "official")
        assert facts_told()[-1][1].changed == ["official_on"]

    def test_null_takes_a_value_away(self, register, board):
        made = register(exempt_from="2021-01-01")
        answer = board.patch(f"{MEMBERS}/{made['id']}", {"on": "2022-01-01", "exempt_from": None}, version=1)
        assert answer.json["exempt_from"] is None

    def test_a_change_of_nothing_is_refused(self, register, board):
        made = register()
        answer = board.patch(
            f"{MEMBERS}/{made['id']}", {"on": "2022-01-01", "full_name": "Lê Thị Thử"}, version=1
        )
        assert answer.json["errors"][0]["code"] == "nothing_changed"

    def test_the_second_of_two_editors_is_told(self, register, board):
        made = register()
        first = board.patch(f"{MEMBERS}/{made['id']}", {"on": "2022-01-01", "gender": "female"}, version=1)
        second = board.patch(f"{MEMBERS}/{made['id']}", {"on": "2022-01-01", "gender": "male"}, version=1)
        assert (first.status_code, second.status_code) == (200, 412)


class TestFinding:
    """Members are found by any parts of the name without marks, by number, and by subtree."""

    @pytest.fixture
    def people(self, register):
        register("Nguyễn Văn Đức", card_number="038168000001")
        register("Đặng Đức Nguyên", cell_id="chi-bo-2")
        register("Nguyễn Thị An", cell_id="chi-bo-2", dossier_number="1234567890")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"q": "duc nguyen"}, ["Đặng Đức Nguyên", "Nguyễn Văn Đức"]),
            ({"q": "ĐỨC VĂN"}, ["Nguyễn Văn Đức"]),
            ({"q": "nguyen", "organization": "chi-bo-2"}, ["Nguyễn Thị An", "Đặng Đức Nguyên"]),
            ({"q": "123456 7890"}, ["Nguyễn Thị An"]),
            ({"card_number": "038168000001"}, ["Nguyễn Văn Đức"]),
            ({"q": "khong ai"}, []),
        ],
    )
    def test_search(self, people, board, query, found):
        assert sorted(names(board.get(MEMBERS, **query))) == sorted(found)

    def test_the_list_goes_cell_by_cell_and_by_given_name(self, people, register, board):
        register("Bùi Văn An")
        expected = ["Bùi Văn An", "Nguyễn Văn Đức", "Nguyễn Thị An", "Đặng Đức Nguyên"]
        assert names(board.get(MEMBERS, organization="co-so")) == expected
        first = board.get(MEMBERS, limit=3)
        second = board.get(MEMBERS, limit=3, after=first.json["next"])
        assert names(first) + names(second) == expected
        assert second.json["next"] is None

    def test_an_office_holder_sees_the_own_subtree(self, people, members):
        secretary = members.as_(holding("cell_secretary", "chi-bo-1"))
        assert names(secretary.get(MEMBERS)) == ["Nguyễn Văn Đức"]
        assert names(secretary.get(MEMBERS, q="nguyen")) == ["Nguyễn Văn Đức"]
        assert secretary.get(MEMBERS, organization="chi-bo-2").status_code == 403

    def test_a_member_sees_the_own_record_only(self, register, members):
        own, other = register("Lê Thử Một"), register("Lê Thử Hai")
        caller = members.as_(a_member(own["id"]))
        assert names(caller.get(MEMBERS)) == ["Lê Thử Một"]
        assert caller.get(f"{MEMBERS}/{own['id']}").status_code == 200
        assert caller.get(f"{MEMBERS}/{other['id']}").status_code == 403


class TestPagesOfASearch:
    """Somebody looks for a common name: every match once, by given name, however the pages are cut."""

    GIVEN = (
        "An",
        "Ánh",
        "Bình",
        "Đức",
        "Dũng",
        "Giang",
        "Hà",
        "Khánh",
        "Nga",
        "Nghĩa",
        "Oanh",
        "Phú",
        "Xuân",
        "Yên",
    )

    @pytest.fixture
    def bearers(self, register):
        for place, given in enumerate(self.GIVEN):
            register(f"Nguyễn {'Thị' if place % 2 else 'Văn'} {given}")
        register("Lê Văn Nguyên")
        register("Nguyễn Văn Wang")

    @pytest.fixture(params=["by name", "by cell"])
    def caller(self, request, bearers, board, members):
        """Who sees everything searches along the order of names; who sees one cell has its roll searched."""
        return board if request.param == "by name" else members.as_(holding("cell_secretary", "chi-bo-1"))

    def test_every_match_comes_once_and_in_order(self, caller):
        for (q, middle), limit in product([("nguyen", ("Văn", "Thị")), ("van nguyen", ("Văn",))], [1, 3, 50]):
            found, after = [], None
            while True:
                page = caller.get(MEMBERS, q=q, limit=limit, **({"after": after} if after else {}))
                found += names(page)
                after = page.json["next"]
                if after is None:
                    break
                assert len(page.json["items"]) == limit
            given = [name.split()[-1] for name in found]
            alike = [
                each for place, each in enumerate(self.GIVEN) if ("Thị" if place % 2 else "Văn") in middle
            ]
            assert sorted(given) == sorted([*alike, "Wang", "Nguyên"])
            assert [fold(each) for each in given] == sorted(fold(each) for each in given)

    def test_nothing_of_other_cells_is_found(self, bearers, members):
        elsewhere = members.as_(holding("cell_secretary", "chi-bo-2"))
        assert elsewhere.get(MEMBERS, q="nguyen").json["items"] == []


class TestAudit:
    """Auditors read the chain page by page; nobody else does."""

    def test_every_change_stands_in_the_chain(self, register, members, board):
        made = register()
        auditor = members.as_(holding("auditor", "*"))
        first = auditor.get(f"{API}/audit", limit=4).json
        second = auditor.get(f"{API}/audit", limit=4, after=first["next"]).json
        actions = [item["action"] for item in first["items"] + second["items"]]
        assert actions == ["organization.establish"] * 5 + ["member.register", "audit.read"]
        of_member = auditor.get(f"{API}/audit", subject=made["id"]).json["items"]
        assert [item["action"] for item in of_member] == ["member.register"]
        assert board.get(f"{API}/audit").status_code == 403
