"""One card number belongs to one member on the roll, however many commands come at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from services.members.commands import members as commands
from shared.ids import new_id
from shared.store.connection import Store
from shared.store.errors import AlreadyExistsError
from shared.store.unit_of_work import UnitOfWork
from tests.support.people import context_of, holding

pytestmark = pytest.mark.integration


class TestCardNumbers:
    """No index guards them: the ledger does, which every command writes."""

    def test_of_many_at_once_one_gets_the_card(self, members, bloc):
        context = context_of(holding("organizing_board", "*"))

        def attempt(number):
            def work(tx):
                return commands.register(
                    tx,
                    member_id=new_id(),
                    cell_id="chi-bo-1",
                    since=date(2020, 1, 1),
                    facts={
                        "full_name": f"Lê Thử {chr(65 + number)}",
                        "admitted_on": date(2015, 1, 1),
                        "card_number": "038168000077",
                    },
                )

            # Each with its own store: one store's lock would hide what the database decides.
            store = Store(members.runtime.settings, "members")
            return UnitOfWork(store, members.runtime.clock).run(context, work)

        def outcome(number):
            try:
                attempt(number)
            except AlreadyExistsError as refused:
                return list(refused.fields)
            return "registered"

        with ThreadPoolExecutor(max_workers=4) as pool:
            outcomes = list(pool.map(outcome, range(8)))
        assert outcomes.count("registered") == 1
        assert outcomes.count(["card_number"]) == 7
        assert members.runtime.store.collection("members").count_documents({}) == 1

    def test_a_former_members_card_may_be_given_again(self, register, board, members):
        made = register(card_number="038168000001")
        members.runtime.unit_of_work.run(
            context_of(holding("organizing_board", "*")),
            lambda tx: commands.end(
                tx,
                tx.load(commands.Member, made["id"]),
                on=date(2024, 1, 1),
                mode="name_removal",
                ground=None,
                decision=None,
                case_id=None,
                was_probationary=False,
            ),
        )
        register("Trần Văn Sau", card_number="038168000001")
