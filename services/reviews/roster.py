"""Local roster (danh sách đảng viên tại chỗ): who belongs to which cell on which day, from the members topic.

Two collections, both nothing but projections of events: ``roster`` (one document per member: ids, dates, and
digests to recognise a person by, no names) and ``tree`` (one per organisation, with dated versions). Whoever
records a ballot gets its base from here, as of the ballot's day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from pymongo.client_session import ClientSession

from services.reviews.domain.ballot import RosterEntry
from services.reviews.domain.records import MemberRecords
from services.reviews.marks import marks_of
from shared.events.catalogue.members import (
    MemberChanged,
    MemberClassified,
    MemberErased,
    MemberParticipationRecorded,
    MemberRegistered,
    MembershipEnded,
    MembershipRestored,
    MemberStandingConcluded,
    OrganizationChanged,
    OrganizationDissolved,
    OrganizationEstablished,
    TransferCompleted,
    TransferStarted,
)
from shared.store.connection import Store

ROSTER = "roster"
TREE = "tree"


class NotOnRosterError(LookupError):
    """The roster knows no such member in a cell on that day: perhaps the event has not arrived yet."""

    def __init__(self, member_id: str, on: date) -> None:
        """Remember who was looked for on which day."""
        super().__init__(f"{member_id} is in no cell on {on.isoformat()}")
        self.member_id = member_id
        self.on = on


class NoOrganizationError(LookupError):
    """The roster knows no such organisation on that day: perhaps the event has not arrived yet."""

    def __init__(self, organization_id: str, on: date) -> None:
        """Remember what was looked for on which day."""
        super().__init__(f"{organization_id} does not exist on {on.isoformat()}")
        self.organization_id = organization_id
        self.on = on


# -- members


class Placement(msgspec.Struct, kw_only=True):
    """Sinh hoạt tại chi bộ: from the first day up to, not including, ``until``."""

    cell_id: str
    path: list[str]
    since: date
    until: date | None = None
    temporary: bool = False

    def holds_on(self, day: date) -> bool:
        """Say whether the member belongs to the cell on that day."""
        return self.since <= day and (self.until is None or day < self.until)


class Exemption(msgspec.Struct, kw_only=True):
    """Miễn công tác và sinh hoạt đảng: from the first day up to, not including, ``until``."""

    since: date
    until: date | None = None


class Transit(msgspec.Struct, kw_only=True):
    """Đang chuyển sinh hoạt đảng: until it is completed the member still counts where they were."""

    transfer_id: str
    temporary: bool
    since: date
    until: date | None = None
    """Day on which it was completed."""

    def holds_on(self, day: date) -> bool:
        """Say whether the member was on the way to a new home on that day; a guest to be goes on counting at home."""
        return not self.temporary and self.since <= day and (self.until is None or day < self.until)


class AnnualResult(msgspec.Struct, kw_only=True):
    """Xếp loại một năm."""

    year: int
    level: str


class MissedMonths(msgspec.Struct, kw_only=True):
    """Số tháng không sinh hoạt, không đóng đảng phí trong một năm."""

    year: int
    absent: int
    unpaid: int


class Standing(msgspec.Struct, kw_only=True):
    """Kết luận về tư cách đảng viên của một năm."""

    year: int
    violated: bool


class RosterMember(msgspec.Struct, kw_only=True):
    """Đảng viên trong danh sách tại chỗ: placements, exemptions and status, each with its days."""

    member_id: str
    admitted_on: date | None = None
    """None where the register had told of the member before this was taken over."""
    official_on: date | None = None
    cells: list[str] = []
    """Every cell the member was ever in: what the roll of a cell is found by."""
    placements: list[Placement] = []
    exemptions: list[Exemption] = []
    transit: Transit | None = None
    past_transits: list[Transit] = []
    ended_on: date | None = None
    ended_mode: str | None = None
    annual: list[AnnualResult] = []
    missed: list[MissedMonths] = []
    standing: list[Standing] = []
    marks: list[str] = []
    """Dấu nhận dạng: digests of card numbers, names and birth dates, earlier ones too; see ``marks``."""

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> RosterMember:
        """Read it back from its Mongo document."""
        return msgspec.convert({**document, "member_id": document["_id"]}, cls)

    def to_document(self) -> dict[str, Any]:
        """Return the Mongo document; dates are ISO text."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        built["_id"] = built.pop("member_id")
        return built

    def home_on(self, day: date) -> Placement | None:
        """Return where the member belongs on that day: the home cell, or the host of one who is a guest."""
        there = [each for each in self.placements if each.holds_on(day)]
        return next((each for each in there if not each.temporary), there[-1] if there else None)

    def probationary_on(self, day: date) -> bool:
        """Say whether the member is probationary (dự bị) on that day."""
        return self.official_on is None or day < self.official_on

    def entry(self, cell_id: str, day: date) -> RosterEntry | None:
        """Return what the roll of *cell_id* must know of the member on that day; None when not in it then."""
        there = next(
            (each for each in self.placements if each.cell_id == cell_id and each.holds_on(day)), None
        )
        if there is None:
            return None
        exempt = next(
            (
                each
                for each in self.exemptions
                if each.since <= day and (each.until is None or day < each.until)
            ),
            None,
        )
        return RosterEntry(
            member_id=self.member_id,
            official_on=self.official_on,
            in_cell_from=there.since,
            in_cell_until=there.until,
            exempt_from=exempt.since if exempt else None,
            exempt_until=exempt.until if exempt else None,
            temporary=there.temporary,
            in_transit=any(
                each.holds_on(day) for each in (*self.past_transits, self.transit) if each is not None
            ),
        )

    def records(self) -> MemberRecords:
        """Return what the register says of the member's years."""
        return MemberRecords(
            levels={each.year: each.level for each in self.annual},
            months_absent={each.year: each.absent for each in self.missed},
            months_unpaid={each.year: each.unpaid for each in self.missed},
            standing_violated={each.year: each.violated for each in self.standing},
        )

    # -- what the events do

    def register(self, fact: MemberRegistered) -> None:
        """Take over a registration."""
        self._take_status(fact)
        self._place(fact.organization_path, since=fact.organization_since, temporary=fact.temporary)

    def change(self, fact: MemberChanged) -> None:
        """Take over a changed state; a new cell closes the placement before it."""
        self._take_status(fact)
        self._place(fact.organization_path, since=fact.on, temporary=fact.temporary)

    def start_transfer(self, fact: TransferStarted) -> None:
        """Note that the member is in transit."""
        self.transit = Transit(transfer_id=fact.transfer_id, temporary=fact.temporary, since=fact.on)

    def complete_transfer(self, fact: TransferCompleted) -> None:
        """Place the member where the transfer ended, or nowhere when they left the deployment."""
        guest = fact.temporary or (self.transit is not None and self.transit.temporary)
        if self.transit is not None:
            self.past_transits = [
                *self.past_transits,
                msgspec.structs.replace(self.transit, until=max(fact.on, self.transit.since)),
            ]
        self.transit = None
        if self.ended_on is not None:
            return  # whoever is no member any more arrives nowhere
        if fact.outcome == "left":
            self._close(fact.on)
        elif guest and fact.outcome == "returned":
            self._end_stay(fact.on)
        elif guest and fact.outcome == "accepted":
            self._add(fact.organization_path, since=fact.on, temporary=True)
        else:
            self._place(fact.organization_path, since=fact.on, temporary=False)

    def end(self, fact: MembershipEnded) -> None:
        """End every placement on the day membership ended."""
        self._close(fact.on)
        self.ended_on, self.ended_mode = fact.on, fact.mode

    def classify(self, fact: MemberClassified) -> None:
        """Take over the result of a year; a later one of the same year replaces it."""
        kept = [each for each in self.annual if each.year != fact.year]
        self.annual = [*kept, AnnualResult(year=fact.year, level=fact.level)]

    def participate(self, fact: MemberParticipationRecorded) -> None:
        """Take over the counted months of a year; a later count of the same year replaces it."""
        kept = [each for each in self.missed if each.year != fact.year]
        counted = MissedMonths(year=fact.year, absent=fact.months_absent, unpaid=fact.months_unpaid)
        self.missed = [*kept, counted]

    def conclude_standing(self, fact: MemberStandingConcluded) -> None:
        """Take over the conclusion of a year; a later one of the same year replaces it."""
        kept = [each for each in self.standing if each.year != fact.year]
        self.standing = [*kept, Standing(year=fact.year, violated=fact.violated)]

    def erase(self, _: MemberErased) -> None:
        """Forget what the person could be recognised by."""
        self.marks = []

    def restore(self, fact: MembershipRestored) -> None:
        """Place the member again; who was out on the day of a ballot did not count in it."""
        self.ended_on = self.ended_mode = None
        self._place(fact.organization_path, since=fact.on, temporary=False)

    def _take_status(self, fact: MemberRegistered | MemberChanged) -> None:
        self.admitted_on = fact.admitted_on
        told = marks_of(name=fact.full_name, birth_date=fact.birth_date, card_number=fact.card_number)
        self.marks = [*self.marks, *(each for each in told if each not in self.marks)]
        self.official_on = fact.official_on if fact.status == "official" else None
        last = self.exemptions[-1] if self.exemptions else None
        if fact.exempt_from is None:
            if last is not None and last.until is None:
                last.until = fact.on
        elif last is not None and last.since == fact.exempt_from:
            last.until = fact.exempt_until
        else:
            self.exemptions.append(Exemption(since=fact.exempt_from, until=fact.exempt_until))

    def _place(self, path: list[str], *, since: date, temporary: bool) -> None:
        running = [each for each in self.placements if each.until is None]
        for each in running:
            if each.cell_id == path[-1] and each.temporary == temporary:
                each.path = path
                return
        for each in running:
            # A guest whose home cell was merged into another is still a guest.
            if each.temporary == temporary or each.cell_id == path[-1]:
                each.until = max(since, each.since)
        self._add(path, since=since, temporary=temporary)

    def _add(self, path: list[str], *, since: date, temporary: bool) -> None:
        self.placements.append(Placement(cell_id=path[-1], path=path, since=since, temporary=temporary))
        if path[-1] not in self.cells:
            self.cells.append(path[-1])

    def _end_stay(self, on: date) -> None:
        for each in self.placements:
            if each.until is None and each.temporary:
                each.until = max(on, each.since)

    def _close(self, on: date) -> None:
        for each in self.placements:
            if each.until is None:
                each.until = max(on, each.since)


# -- organisations


class OrganizationVersion(msgspec.Struct, kw_only=True):
    """Tổ chức đảng từ một ngày: its state from ``on`` until the next version."""

    on: date
    name: str
    level: str
    is_cell: bool
    parent_id: str | None
    code: str | None = None


class Organization(msgspec.Struct, kw_only=True):
    """Tổ chức đảng: its dated versions, oldest first, and its present path."""

    organization_id: str
    versions: list[OrganizationVersion] = []
    dissolved_on: date | None = None
    successor_id: str | None = None
    path: list[str] = []
    """Present path from the root to itself: what subtrees are found by."""
    is_cell: bool = False

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Organization:
        """Read it back from its Mongo document."""
        return msgspec.convert({**document, "organization_id": document["_id"]}, cls)

    def to_document(self) -> dict[str, Any]:
        """Return the Mongo document; dates are ISO text."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        built["_id"] = built.pop("organization_id")
        return built

    def on(self, day: date) -> OrganizationVersion | None:
        """Return the version in force on that day; None before the first and from the day of dissolution."""
        if self.dissolved_on is not None and day >= self.dissolved_on:
            return None
        return next((each for each in reversed(self.versions) if each.on <= day), None)

    def take(self, fact: OrganizationEstablished | OrganizationChanged) -> None:
        """Take over a new version; one of the same day replaces the earlier."""
        version = OrganizationVersion(
            on=fact.on,
            name=fact.name,
            level=fact.level,
            is_cell=fact.is_cell,
            parent_id=fact.parent_id,
            code=fact.code,
        )
        self.versions = sorted(
            [*(each for each in self.versions if each.on != fact.on), version], key=lambda each: each.on
        )
        self.is_cell = self.versions[-1].is_cell

    def dissolve(self, fact: OrganizationDissolved) -> None:
        """Note the day from which the organisation no longer exists, and what it was merged into."""
        self.dissolved_on, self.successor_id = fact.on, fact.successor_id


def present_path(tree: dict[str, Organization], organization_id: str) -> list[str]:
    """Return the present path of an organisation, from as much of the tree as is known.

    Raises ValueError when the parents run in a circle.
    """
    path: list[str] = []
    current: str | None = organization_id
    while current is not None:
        if current in path:
            raise ValueError(f"organisation {current} stands above itself")
        path.append(current)
        known = tree.get(current)
        current = known.versions[-1].parent_id if known is not None and known.versions else None
    return path[::-1]


def path_on(tree: Mapping[str, Organization], organization_id: str, day: date) -> list[str]:
    """Return the path from the root to the organisation on that day.

    Empty when it or one above it did not exist then, or stood in a circle.
    """
    path: list[str] = []
    current: str | None = organization_id
    while current is not None:
        known = tree.get(current)
        version = None if known is None else known.on(day)
        if version is None or current in path:
            return []
        path.append(current)
        current = version.parent_id
    return path[::-1]


# -- reads


class RosterReader:
    """Reads the local roster, within a transaction when it is given one's session."""

    def __init__(self, store: Store, session: ClientSession | None = None) -> None:
        """Read from *store*."""
        self._members = store.collection(ROSTER)
        self._tree = store.collection(TREE)
        self._session = session

    def member(self, member_id: str, on: date) -> tuple[RosterMember, Placement]:
        """Return the member and where they belong on that day; raise NotOnRosterError."""
        raw = self._members.find_one({"_id": member_id}, session=self._session)
        found = None if raw is None else RosterMember.from_document(raw)
        home = None if found is None else found.home_on(on)
        if found is None or home is None:
            raise NotOnRosterError(member_id, on)
        return found, home

    def known(self, member_id: str) -> RosterMember | None:
        """Return what is known of the member, whatever the day."""
        raw = self._members.find_one({"_id": member_id}, session=self._session)
        return None if raw is None else RosterMember.from_document(raw)

    def entries(self, cell_id: str, on: date) -> list[RosterEntry]:
        """Return the members of the cell on that day as the roll needs them."""
        found = (
            RosterMember.from_document(raw).entry(cell_id, on)
            for raw in self._members.find({"cells": cell_id}, session=self._session)
        )
        return [each for each in found if each is not None]

    def entry(self, member_id: str, on: date) -> RosterEntry | None:
        """Return the member as the roll of their own cell would know them on that day; None when in no cell."""
        found = self.known(member_id)
        home = None if found is None else found.home_on(on)
        return None if found is None or home is None else found.entry(home.cell_id, on)

    def organization(self, organization_id: str, on: date) -> OrganizationVersion:
        """Return the organisation as it was on that day; raise NoOrganizationError."""
        raw = self._tree.find_one({"_id": organization_id}, session=self._session)
        found = None if raw is None else Organization.from_document(raw).on(on)
        if found is None:
            raise NoOrganizationError(organization_id, on)
        return found

    def path(self, organization_id: str, on: date) -> list[str]:
        """Return the path from the root to the organisation as the tree stood on that day.

        Raises NoOrganizationError when it or one above it did not exist then.
        """
        path: list[str] = []
        current: str | None = organization_id
        while current is not None:
            if current in path:
                raise NoOrganizationError(current, on)
            path.append(current)
            current = self.organization(current, on).parent_id
        return path[::-1]

    def tree(self) -> dict[str, Organization]:
        """Return the whole tree: some hundred organisations."""
        return {
            raw["_id"]: Organization.from_document(raw) for raw in self._tree.find({}, session=self._session)
        }

    def cells_below(self, organization_id: str, on: date) -> list[dict[str, Any]]:
        """Return id, name and present path of every cell of the organisation that exists on that day."""
        found = []
        for raw in self._tree.find({"path": organization_id, "is_cell": True}, session=self._session):
            organization = Organization.from_document(raw)
            version = organization.on(on)
            if version is not None:
                found.append(
                    {"id": organization.organization_id, "name": version.name, "path": organization.path}
                )
        return sorted(found, key=lambda each: (each["name"], each["id"]))
