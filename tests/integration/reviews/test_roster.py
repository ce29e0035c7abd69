"""The local roster follows the members topic, as of any day."""

from collections.abc import Callable
from datetime import date

import pytest

from services.reviews.roster import RosterReader
from shared.events.catalogue.members import (
    MemberChanged,
    MembershipEnded,
    MembershipRestored,
    OrganizationChanged,
    OrganizationDissolved,
    TransferCompleted,
    TransferStarted,
)
from tests.integration.reviews.conftest import (
    CELL,
    GRASSROOTS,
    KHOI,
    OTHER_CELL,
    OTHER_GRASSROOTS,
    PATHS,
    SINCE,
    Office,
    Story,
    member,
)

pytestmark = pytest.mark.integration


def changed(member_id: str, cell: str, on: date, **fields: object) -> MemberChanged:
    state = {
        "full_name": "Không dùng ở đây",
        "gender": None,
        "birth_date": None,
        "card_number": None,
        "dossier_number": None,
        "admitted_on": SINCE,
        "official_on": SINCE,
        "status": "official",
        "exempt_from": None,
        "exempt_until": None,
        **fields,
    }
    return MemberChanged(member_id=member_id, organization_path=PATHS[cell], on=on, changed=[], **state)  # type: ignore[arg-type]


class TestRoster:
    """Who belongs to a cell on a day is what the events said of that day."""

    def in_cell(self, office: Office, cell: str, on: date) -> set[str]:
        return {each.member_id for each in RosterReader(office.runtime.store).entries(cell, on)}

    def test_a_move_counts_from_its_day(self, office: Office):
        office.arrive(changed("m1", OTHER_CELL, date(2022, 5, 1)))
        assert "m1" in self.in_cell(office, CELL, date(2022, 4, 30))
        assert "m1" not in self.in_cell(office, CELL, date(2022, 5, 1))
        assert "m1" in self.in_cell(office, OTHER_CELL, date(2022, 5, 1))

    def test_who_was_on_the_way_on_a_day_stays_known(self, office: Office):
        about = {"member_id": "m1", "transfer_id": "t1"}
        office.arrive(
            TransferStarted(
                **about,
                organization_path=PATHS[CELL],
                to_path=PATHS[OTHER_CELL],
                temporary=False,
                on=date(2022, 3, 1),
            ),
            TransferCompleted(
                **about, organization_path=PATHS[OTHER_CELL], outcome="accepted", on=date(2022, 4, 1)
            ),
        )
        reader = RosterReader(office.runtime.store)

        def on_the_way(day: date) -> bool:
            entry = reader.entry("m1", day)
            assert entry is not None
            return entry.in_transit

        assert [on_the_way(date(2022, month, 15)) for month in (2, 3, 4)] == [False, True, False]

    def test_a_transfer_counts_from_its_completion(self, office: Office):
        office.arrive(
            TransferStarted(
                member_id="m1",
                transfer_id="t1",
                organization_path=PATHS[CELL],
                to_path=PATHS[OTHER_CELL],
                temporary=False,
                on=date(2022, 3, 1),
            ),
            TransferCompleted(
                member_id="m1",
                transfer_id="t1",
                organization_path=PATHS[OTHER_CELL],
                outcome="accepted",
                on=date(2022, 4, 1),
            ),
        )
        assert "m1" in self.in_cell(office, CELL, date(2022, 3, 15))
        assert "m1" in self.in_cell(office, OTHER_CELL, date(2022, 4, 1))
        assert "m1" not in self.in_cell(office, CELL, date(2022, 4, 1))

    def test_a_guest_counts_at_home(self, office: Office):
        office.arrive(
            TransferStarted(
                member_id="m1",
                transfer_id="t1",
                organization_path=PATHS[CELL],
                to_path=PATHS[OTHER_CELL],
                temporary=True,
                on=date(2022, 3, 1),
            ),
            TransferCompleted(
                member_id="m1",
                transfer_id="t1",
                organization_path=PATHS[OTHER_CELL],
                outcome="accepted",
                on=date(2022, 4, 1),
            ),
        )
        guest = next(
            each
            for each in RosterReader(office.runtime.store).entries(OTHER_CELL, date(2022, 5, 1))
            if each.member_id == "m1"
        )
        assert guest.temporary
        assert "m1" in self.in_cell(office, CELL, date(2022, 5, 1))

    def test_a_guest_whose_own_cell_is_merged_is_still_a_guest(self, office: Office):
        office.arrive(
            TransferCompleted(
                member_id="m1",
                transfer_id="t1",
                organization_path=PATHS[OTHER_CELL],
                outcome="accepted",
                temporary=True,
                on=date(2022, 4, 1),
            ),
            changed("m1", GRASSROOTS, date(2022, 5, 1)),
        )
        assert "m1" in self.in_cell(office, OTHER_CELL, date(2022, 6, 1))
        assert "m1" in self.in_cell(office, GRASSROOTS, date(2022, 6, 1))
        assert "m1" not in self.in_cell(office, CELL, date(2022, 6, 1))

    def test_nobody_arrives_whose_membership_has_ended(self, office: Office):
        about = {"member_id": "m1", "organization_path": PATHS[OTHER_CELL]}
        office.arrive(
            MembershipEnded(
                **about,
                on=date(2022, 3, 1),
                mode="name_removal",
                ground="X1",
                decision=None,
                case_id="c1",
                was_probationary=False,
            ),
            TransferCompleted(**about, transfer_id="t1", outcome="accepted", on=date(2022, 4, 1)),
        )
        assert "m1" not in self.in_cell(office, OTHER_CELL, date(2022, 4, 1))

    def test_a_guest_goes_home(self, office: Office):
        about = {"member_id": "m1", "transfer_id": "t1"}
        office.arrive(
            TransferStarted(
                **about,
                organization_path=PATHS[CELL],
                to_path=PATHS[OTHER_CELL],
                temporary=True,
                on=date(2022, 3, 1),
            ),
            TransferCompleted(
                **about,
                organization_path=PATHS[OTHER_CELL],
                outcome="accepted",
                on=date(2022, 4, 1),
                temporary=True,
            ),
            TransferCompleted(
                **about,
                organization_path=PATHS[CELL],
                outcome="returned",
                on=date(2022, 9, 1),
                temporary=True,
            ),
        )
        assert "m1" in self.in_cell(office, OTHER_CELL, date(2022, 8, 31))
        assert "m1" not in self.in_cell(office, OTHER_CELL, date(2022, 9, 1))
        assert "m1" in self.in_cell(office, CELL, date(2022, 9, 1))

    def test_an_exemption_holds_between_its_days(self, office: Office):
        office.arrive(
            changed("m1", CELL, date(2022, 2, 1), exempt_from=date(2022, 1, 1)),
            changed("m1", CELL, date(2022, 6, 1)),
        )
        reader = RosterReader(office.runtime.store)

        def exempt(on: date) -> bool:
            return (
                next(each for each in reader.entries(CELL, on) if each.member_id == "m1").exempt_from
                is not None
            )

        assert [exempt(date(2021, 12, 31)), exempt(date(2022, 3, 1)), exempt(date(2022, 6, 1))] == [
            False,
            True,
            False,
        ]

    def test_who_left_and_was_restored_counts_from_the_restoration(self, office: Office):
        office.arrive(
            MembershipEnded(
                member_id="m1",
                organization_path=PATHS[CELL],
                on=date(2022, 1, 10),
                mode="name_removal",
                ground="X4",
                decision=None,
                case_id=None,
                was_probationary=False,
            ),
            MembershipRestored(
                member_id="m1",
                organization_path=PATHS[CELL],
                on=date(2022, 7, 1),
                case_id=None,
                status="official",
            ),
        )
        assert "m1" not in self.in_cell(office, CELL, date(2022, 3, 1))
        assert "m1" in self.in_cell(office, CELL, date(2022, 7, 1))

    def test_thousands_of_registrations_are_one_batch(self, office: Office):
        office.arrive(*(member(f"nhieu-{number}", OTHER_CELL) for number in range(1_000)))
        assert len(self.in_cell(office, OTHER_CELL, date(2022, 1, 1))) == 1_005

    def test_no_name_is_kept(self, office: Office):
        raw = office.runtime.store.collection("roster").find_one({"_id": "m1"})
        assert "Không dùng ở đây" not in str(raw)


class TestTree:
    """The tree answers as of any day, and open cases follow their cell."""

    def moved(self, on: date) -> OrganizationChanged:
        return OrganizationChanged(
            organization_id=CELL,
            name="Chi bộ 1",
            code=None,
            level="chi_bo",
            is_cell=True,
            parent_id=OTHER_GRASSROOTS,
            organization_path=[KHOI, OTHER_GRASSROOTS, CELL],
            on=on,
            change="moved",
        )

    def test_the_path_is_the_days(self, office: Office):
        office.arrive(self.moved(date(2023, 1, 1)))
        reader = RosterReader(office.runtime.store)
        assert reader.path(CELL, date(2022, 12, 31)) == [KHOI, GRASSROOTS, CELL]
        assert reader.path(CELL, date(2023, 1, 1)) == [KHOI, OTHER_GRASSROOTS, CELL]

    def test_an_open_case_follows_its_cell(self, office: Office, a_story: Callable[[], Story]):
        story = a_story().propose()
        office.arrive(self.moved(date(2023, 1, 1)))
        other = office.person("cap-uy-2", ("grassroots_committee", OTHER_GRASSROOTS))
        seen = other.get(f"/cases/{story.now['id']}").json
        assert seen["organization_path"] == [KHOI, OTHER_GRASSROOTS, CELL]
        assert office.committee.get(f"/cases/{story.now['id']}").status_code == 403

    def test_an_open_case_of_a_merged_cell_goes_to_the_cell_it_was_merged_into(
        self, office: Office, a_story: Callable[[], Story]
    ):
        story = a_story().propose()
        office.arrive(
            OrganizationDissolved(
                organization_id=CELL,
                organization_path=PATHS[CELL],
                on=date(2023, 1, 1),
                successor_id=OTHER_CELL,
            )
        )
        secretary = office.person("bi-thu-2", ("cell_secretary", OTHER_CELL))
        seen = secretary.get(f"/cases/{story.now['id']}").json
        assert seen["organization_path"] == PATHS[OTHER_CELL]
        assert office.secretary.get(f"/cases/{story.now['id']}").status_code == 403

    def test_a_dissolved_organisation_is_gone_from_its_day(self, office: Office):
        office.arrive(
            OrganizationDissolved(
                organization_id=OTHER_CELL, organization_path=PATHS[OTHER_CELL], on=date(2023, 1, 1)
            )
        )
        reader = RosterReader(office.runtime.store)
        assert OTHER_CELL in {each["id"] for each in reader.cells_below(KHOI, date(2022, 12, 31))}
        assert OTHER_CELL not in {each["id"] for each in reader.cells_below(KHOI, date(2023, 1, 1))}
