"""What the reviews service does with events: keeps the local roster, the paths of open cases, and who was told.

One batch is one transaction with a handful of writes, because thousands of registrations arrive at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from pymongo import ReplaceOne

from services.reviews.commands.steps import unit_at
from services.reviews.deadlines import DEADLINES, TransferFact, follow_transfers
from services.reviews.documents import CaseRecord
from services.reviews.returns import return_cases
from services.reviews.roster import ROSTER, TREE, Organization, RosterMember, present_path
from services.reviews.round_cells import follow_tree
from services.reviews.told import Notification, keep
from services.reviews.working_groups import GroupFact, follow_groups
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
    MemberClassified: RosterMember.classify,
    MemberErased: RosterMember.erase,
    MemberParticipationRecorded: RosterMember.participate,
    MemberStandingConcluded: RosterMember.conclude_standing,
}
_ON_ORGANIZATION: dict[type[Fact], Callable[[Organization, Any], None]] = {
    OrganizationEstablished: Organization.take,
    OrganizationChanged: Organization.take,
    OrganizationDissolved: Organization.dissolve,
}


def apply_members_events(tx: Transaction, events: Sequence[tuple[Event, Fact]]) -> None:
    """Apply a batch in its order: the members topic to the roster, the notifications topic to the evidence."""
    about_members = [(event, fact) for event, fact in events if type(fact) in _ON_MEMBER]
    about_tree = [(event, fact) for event, fact in events if type(fact) in _ON_ORGANIZATION]
    if about_members:
        _apply_to_roster(tx, [fact for _, fact in about_members])
    follow_groups(tx, [fact for _, fact in events if isinstance(fact, GroupFact)])
    follow_transfers(tx, [fact for _, fact in events if isinstance(fact, TransferFact)])
    return_cases(tx, [fact for _, fact in events if isinstance(fact, TransferCompleted)])
    keep(tx, [fact for _, fact in events if isinstance(fact, Notification)])
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
    known = set(members)
    for fact in facts:
        member = members.setdefault(fact.member_id, RosterMember(member_id=fact.member_id))
        _ON_MEMBER[type(fact)](member, fact)
    new = [each.to_document() for each in members.values() if each.member_id not in known]
    changed = [
        ReplaceOne({"_id": member_id}, members[member_id].to_document()) for member_id in sorted(known)
    ]
    # New members come by the thousand, and inserts cost a fraction of upserts.
    if new:
        collection.insert_many(new, ordered=False, session=tx.session)
    if changed:
        collection.bulk_write(changed, ordered=False, session=tx.session)


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
    moved: list[Organization] = []
    for organization_id, each in tree.items():
        path = present_path(tree, organization_id)
        # A parent may arrive after its child; until the whole chain is known nothing has moved.
        if each.path and path != each.path and path[0] in tree:
            moved.append(each)
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
    follow_tree(tx, tree)
    for each in moved:
        if each.is_cell:
            _move_cases(tx, each.organization_id, each)
    for each in tree.values():
        successor = None if each.successor_id is None else tree.get(each.successor_id)
        if successor is None or not (each.is_cell and successor.is_cell):
            continue
        # Whichever of the two was told last: only then are both known.
        if before.get(each.organization_id) != each.to_document() or successor.organization_id not in before:
            _move_cases(tx, each.organization_id, successor)


def _move_cases(tx: Transaction, cell_id: str, cell: Organization) -> None:
    """Let the open cases of *cell_id* follow to where *cell* stands, and their deadlines with them.

    *cell* is the same cell under another superior, or the one it was merged into.
    """
    found = tx.collection(CaseRecord.kind()).find({"cell_id": cell_id}, session=tx.session)
    for raw in list(found):
        record: CaseRecord = CaseRecord.from_document(raw)
        if record.case["closed_on"] is not None or list(record.organization_path) == cell.path:
            continue
        record.cell_id = cell.organization_id
        record.organization_path = cell.path
        record.case = {  # type: ignore[assignment]  # mongoengine's descriptors take the plain value
            **record.case,
            "unit": msgspec.to_builtins(unit_at(cell.path)),
        }
        tx.record("case.follow_organization", str(record.id), member_id=record.member_id)
        tx.save(record)
        tx.collection(DEADLINES).update_many(
            {"case_id": record.id}, {"$set": {"organization_path": cell.path}}, session=tx.session
        )
