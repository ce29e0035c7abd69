"""What the reviews service does with the members topic: keeps the local roster, and the paths of open cases.

One batch is one transaction with a handful of writes, because thousands of registrations arrive at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pymongo import ReplaceOne

from services.reviews.documents import CaseRecord
from services.reviews.roster import ROSTER, TREE, Organization, RosterMember, present_path
from shared.events.catalogue.members import (
    MemberChanged,
    MemberRegistered,
    MembershipEnded,
    MembershipRestored,
    OrganizationChanged,
    OrganizationDissolved,
    OrganizationEstablished,
    TransferCompleted,
    TransferStarted,
)
from shared.events.envelope import Event
from shared.events.registry import Fact
from shared.store.unit_of_work import Transaction

_ON_MEMBER: dict[type[Fact], Callable[[RosterMember, Any], None]] = {
    MemberRegistered: RosterMember.register,
    MemberChanged: RosterMember.change,
    TransferStarted: RosterMember.start_transfer,
    TransferCompleted: RosterMember.complete_transfer,
    MembershipEnded: RosterMember.end,
    MembershipRestored: RosterMember.restore,
}
_ON_ORGANIZATION: dict[type[Fact], Callable[[Organization, Any], None]] = {
    OrganizationEstablished: Organization.take,
    OrganizationChanged: Organization.take,
    OrganizationDissolved: Organization.dissolve,
}


def apply_members_events(tx: Transaction, events: Sequence[tuple[Event, Fact]]) -> None:
    """Apply a batch of the members topic in its order; types that say nothing about the roster pass by."""
    about_members = [(event, fact) for event, fact in events if type(fact) in _ON_MEMBER]
    about_tree = [(event, fact) for event, fact in events if type(fact) in _ON_ORGANIZATION]
    if about_members:
        _apply_to_roster(tx, [fact for _, fact in about_members])
    if about_tree:
        _apply_to_tree(tx, about_tree)


def _apply_to_roster(tx: Transaction, facts: Iterable[Any]) -> None:
    facts = list(facts)
    wanted = list({fact.member_id for fact in facts})
    collection = tx.collection(ROSTER)
    members = {
        raw["_id"]: RosterMember.from_document(raw)
        for raw in collection.find({"_id": {"$in": wanted}}, session=tx.session)
    }
    for fact in facts:
        member = members.setdefault(fact.member_id, RosterMember(member_id=fact.member_id))
        _ON_MEMBER[type(fact)](member, fact)
    collection.bulk_write(
        [ReplaceOne({"_id": each.member_id}, each.to_document(), upsert=True) for each in members.values()],
        ordered=False,
        session=tx.session,
    )


def _apply_to_tree(tx: Transaction, events: Sequence[tuple[Event, Any]]) -> None:
    collection = tx.collection(TREE)
    # The tree has some hundred organisations at most, and a moved parent moves all below it.
    tree = {raw["_id"]: Organization.from_document(raw) for raw in collection.find({}, session=tx.session)}
    before = {organization_id: each.to_document() for organization_id, each in tree.items()}
    for _, fact in events:
        organization = tree.setdefault(
            fact.organization_id, Organization(organization_id=fact.organization_id)
        )
        _ON_ORGANIZATION[type(fact)](organization, fact)
    moved: list[str] = []
    for organization_id, each in tree.items():
        path = present_path(tree, organization_id)
        if each.path and path != each.path:
            moved.append(organization_id)
        each.path = path
    documents = [each.to_document() for each in tree.values()]
    collection.bulk_write(
        [
            ReplaceOne({"_id": document["_id"]}, document, upsert=True)
            for document in documents
            if before.get(document["_id"]) != document
        ],
        ordered=False,
        session=tx.session,
    )
    newest = max(event.position for event, _ in events)
    for organization_id in moved:
        if tree[organization_id].is_cell:
            _move_open_cases(tx, tree[organization_id], position=newest)


def _move_open_cases(tx: Transaction, cell: Organization, *, position: int) -> None:
    """Let the open cases of a cell follow its path, unless a newer event already moved them."""
    for raw in list(
        tx.collection(CaseRecord.kind()).find({"cell_id": cell.organization_id}, session=tx.session)
    ):
        record: CaseRecord = CaseRecord.from_document(raw)
        if not record.open or record.path_position >= position or record.organization_path == cell.path:
            continue
        record.path_position = position
        record.organization_path = cell.path
        record.case = {  # type: ignore[assignment]  # mongoengine's descriptors take the plain value
            **record.case,
            "unit": {**record.case["unit"], "organization_path": cell.path},
        }
        tx.record("case.follow_organization", str(record.id), member_id=record.member_id)
        tx.save(record)
