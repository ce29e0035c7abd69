"""What the record keeps of before: card numbers, exemptions, and of whoever left how they left."""

from datetime import date

import pytest

from services.members.handlers import HANDLERS
from shared.access.actor import system_actor
from shared.events.catalogue.members import Document
from shared.events.catalogue.reviews import MemberRemoved
from tests.support.people import context_of
from tests.support.services import an_event

pytestmark = pytest.mark.integration

API = "/api/members/members"
BORN = "1980-05-01"


@pytest.fixture
def change(board):
    def changed(member, **facts):
        answer = board.patch(
            f"{API}/{member['id']}", {"on": "2025-06-01", **facts}, version=member["version"]
        )
        assert answer.status_code == 200, answer.json
        return answer.json

    return changed


@pytest.fixture
def removed(members):
    """Let a decision of 01/03/2022 remove a member."""

    def tell(member):
        fact = MemberRemoved(
            case_id="c1",
            member_id=member["id"],
            organization_path=["khoi", "co-so", "chi-bo-1"],
            on=date(2022, 3, 1),
            mode="name_removal",
            ground="X1",
            direct=True,
            probationary=False,
            effective_on=date(2022, 3, 1),
            decision=Document(number="47-QĐ/ĐUK", issued_on=date(2022, 3, 1), issuer="Ban Thường vụ"),
        )
        event = an_event(fact, subject="c1", sequence=1)
        members.runtime.unit_of_work.run(
            context_of(system_actor("members")), lambda tx: HANDLERS[MemberRemoved](tx, event, fact)
        )

    return tell


class TestCards:
    """The new number of twelve digits; the old form is kept and still finds the person."""

    def test_a_changed_card(self, board, register, change):
        member = change(register(card_number="11001234"), card_number="038080001234")
        assert member["card_number"] == "038080001234"
        assert member["past_cards"] == [{"number": "11001234", "until": "2025-06-01"}]
        found = board.get(API, q="11001234").json["items"]
        assert [each["id"] for each in found] == [member["id"]]

    def test_another_may_have_the_number_that_is_free_again(self, register, change):
        change(register(card_number="11001234"), card_number="038080001234")
        assert register("Trần Văn Mẫu", card_number="11001234")["card_number"] == "11001234"


class TestExemptions:
    """An exemption that ends or changes stays in the record with its days."""

    def test_one_after_the_other(self, register, change):
        member = change(register(exempt_from="2024-01-01"), exempt_until="2025-05-31")
        member = change(member, exempt_from=None, exempt_until=None)
        assert [(each["from"], each["until"]) for each in member["past_exemptions"]] == [
            ("2024-01-01", None),
            ("2024-01-01", "2025-05-31"),
        ]


class TestReadmission:
    """Registering somebody who left the Party is warned of, with months and source; nothing is refused."""

    def test_by_the_card(self, register, removed):
        removed(register(card_number="11001234"))
        again = register("Tên Đã Đổi", card_number="11001234", since="2024-01-01")
        (warning,) = again["warnings"]
        assert warning["code"] == "readmission_early"
        assert "mới 22 tháng" in warning["detail"]
        assert "232-QĐ/TW" in warning["source"]

    def test_by_name_and_birth_date_without_diacritics(self, register, removed):
        removed(register("Lê Thị Thử", birth_date=BORN))
        again = register("Lê Thị Thứ", birth_date=BORN, since="2025-06-01")
        assert [each["code"] for each in again["warnings"]] == ["left_before"]

    def test_nobody_else_is_warned_of(self, register, removed):
        removed(register("Lê Thị Thử", birth_date=BORN))
        assert register("Lê Thị Thử", birth_date="1981-05-01")["warnings"] == []
        assert register("Trần Văn Mẫu", birth_date=BORN)["warnings"] == []
