"""Nhắc việc: the worker's round over the deadlines, and the weekly digest.

One transaction advances the deadlines and puts the messages: killed before its commit nothing happened, after it
nothing is left to do, and of two workers at once one finds nothing. What is due together for one inbox, as after a
standstill, is one message. Each message's id comes from deadline, due day and step, so that it cannot be there twice.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from pymongo import UpdateOne

from services.notifications.commands import newest_first, put
from services.notifications.deadlines import DEADLINES, Tree, after
from services.notifications.documents import Contact, Message
from services.notifications.domain.recipients import Relation, inboxes, message_id
from services.notifications.domain.reminding import Kind, Step, due_step
from services.notifications.domain.sending import not_before, read_hours
from services.notifications.relations import HELPERS, accompanied
from services.notifications.table import kinds
from services.notifications.texts import rendered
from shared.access.actor import Context, system_actor
from shared.clock import VIETNAM, on_screen
from shared.service import Job, Runtime
from shared.store.connection import Document
from shared.store.unit_of_work import Transaction

REMINDER = "vn.khoi.notifications.Reminder.v1"
DIGEST = "vn.khoi.notifications.Digest.v1"
MOST = 2_000
"""Deadlines in one round; the next round takes the others."""
_WEEK = timedelta(days=7)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One deadline in one inbox."""

    cause: str
    label: str
    to_do: str
    clause: str | None
    due_on: date
    overdue: bool
    case_id: str | None
    member_id: str | None
    path: list[str]


def remind(runtime: Runtime) -> None:
    """Put the reminders that are due, and the digests of the week; nothing on days off and in quiet hours."""
    now, today = runtime.clock.now(), runtime.clock.today()
    if not_before(now, read_hours(runtime.settings.quiet_hours), VIETNAM) > now:
        return
    waiting = {"status": "running", "next_on": {"$lte": today.isoformat()}}
    digest = {"digest": True, "digest_week": {"$ne": week_of(today)}}
    deadlines, contacts = runtime.store.collection(DEADLINES), runtime.store.collection("contacts")
    due = [raw["_id"] for raw in deadlines.find(waiting, ["_id"]).sort("next_on", 1).limit(MOST)]
    wanting = [raw["_id"] for raw in contacts.find(digest, ["_id"])]
    if not due and not wanting:
        return
    from shared.workdays import is_working_day  # noqa: PLC0415 -- the calendar is loaded when something is due

    if not is_working_day(today):
        return
    identifier = f"remind-{uuid.uuid4()}"
    context = Context(
        actor=system_actor(runtime.definition.name), request_id=identifier, correlation_id=identifier
    )
    if due:
        runtime.unit_of_work.run(context, lambda tx: put_reminders(tx, due, today))
    for contact_id in wanting:
        runtime.unit_of_work.run(context, lambda tx, contact_id=contact_id: put_digest(tx, contact_id, today))  # type: ignore[misc]  # mypy takes the bound default for a parameter


def put_reminders(tx: Transaction, deadline_ids: Sequence[str], today: date) -> None:
    """Take the newest step that is due of each deadline, and tell each inbox once."""
    from shared.workdays import is_working_day  # noqa: PLC0415 -- the calendar is loaded when something is due

    collection = tx.collection(DEADLINES)
    query = {
        "_id": {"$in": list(deadline_ids)},
        "status": "running",
        "next_on": {"$lte": today.isoformat()},
    }
    found = list(collection.find(query, session=tx.session))
    case_ids = [raw["case_id"] for raw in found if raw["case_id"]]
    helping = tx.collection(HELPERS).find({"_id": {"$in": case_ids}}, session=tx.session)
    helpers = {raw["_id"]: raw["helpers"] for raw in helping}
    tree = Tree(tx)
    told: dict[str, list[Item]] = {}
    writes = []
    since: dict[str, str] = {}
    for raw in found:
        kind, due_on = kinds()[raw["kind"]], date.fromisoformat(raw["due_on"])
        step = due_step(kind.steps, due_on, raw["taken"], today=today, working=is_working_day)
        if step is None:
            continue
        for inbox, item in _items(tx, raw, kind, step, tree=tree, helpers=helpers, today=today):
            told.setdefault(inbox, []).append(item)
            since[item.cause] = str(raw["next_on"])
        taken = {"taken": step.at, "next_on": after(raw["kind"], due_on, step.at)}
        writes.append(UpdateOne({"_id": raw["_id"]}, {"$set": taken}))
    if writes:
        collection.bulk_write(writes, ordered=False, session=tx.session)
    put(
        tx,
        [
            _message(tx, inbox, items, since=max(since[item.cause] for item in items))
            for inbox, items in told.items()
        ],
    )


def _items(
    tx: Transaction,
    raw: Document,
    kind: Kind,
    step: Step,
    *,
    tree: Tree,
    helpers: Mapping[str, Sequence[str]],
    today: date,
) -> list[tuple[str, Item]]:
    path = tree.path(raw["path"])
    due_on = date.fromisoformat(raw["due_on"])
    item = Item(
        cause=f"{raw['_id']}:{raw['due_on']}:{step.at}",
        label=kind.label,
        to_do=kind.to_do,
        clause=kind.clause,
        due_on=due_on,
        overdue=due_on < today,
        case_id=raw["case_id"],
        member_id=raw["member_id"],
        path=path,
    )
    if raw["kind"] == "round_report":
        return _of_round(tree, set(raw.get("reported", [])), step, item)
    groups = accompanied(tx, path) if Relation.WORKING_GROUP in step.to else []
    return [
        (inbox, item)
        for relation in step.to
        for inbox in inboxes(
            relation,
            path=path,
            member_id=raw["member_id"],
            helpers=helpers.get(raw["case_id"] or "", ()),
            accompanied=groups,
        )
    ]


def _of_round(tree: Tree, reported: set[str], step: Step, item: Item) -> list[tuple[str, Item]]:
    """Remind the cells that have not reported, and tell those above how many these are."""
    missing = [path for path in tree.cells_below(item.path[-1]) if path[-1] not in reported]
    found: list[tuple[str, Item]] = []
    for relation in step.to:
        below: dict[str, list[list[str]]] = {}
        for path in missing:
            for inbox in inboxes(relation, path=path, member_id=None):
                below.setdefault(inbox, []).append(path)
        for inbox, paths in below.items():
            label = item.label
            if relation is not Relation.CELL_SECRETARY:
                label = f"{label} ({len(paths)} chi bộ chưa báo cáo)"
            found.append((inbox, msgspec.structs.replace(item, label=label, path=paths[0])))
    return found


def _message(tx: Transaction, inbox: str, items: Sequence[Item], *, since: str) -> Message:
    """Return the one message of *items*: by itself when there is one, gathered otherwise."""
    unique = {item.cause: item for item in items}
    ordered = sorted(unique.values(), key=lambda item: (item.due_on, item.cause))
    first, alone = ordered[0], len(ordered) == 1
    cause = f"reminder:{first.cause}" if alone else f"reminders:{_hash(sorted(unique))}"
    values = {
        "items": [{**msgspec.to_builtins(item), "due_on": on_screen(item.due_on)} for item in ordered],
        "overdue": sum(item.overdue for item in ordered),
    }
    listed = [] if alone else [msgspec.to_builtins(item) for item in ordered]
    return _put_together(
        tx,
        cause,
        inbox,
        "reminder",
        values,
        event_type=REMINDER,
        case_id=first.case_id if alone else None,
        member_id=first.member_id if alone else None,
        organization_path=first.path,
        clause=first.clause if alone else None,
        due_on=first.due_on,
        causes=[] if alone else [item.cause for item in ordered],
        since=_begin_of(date.fromisoformat(since)),
        items=[
            {name: each[name] for name in ("label", "to_do", "due_on", "overdue", "case_id")}
            for each in listed
        ],
    )


def _put_together(
    tx: Transaction, cause: str, inbox: str, template: str, values: Mapping[str, Any], **fields: Any
) -> Message:
    identifier, now = message_id(cause, inbox), tx.clock.now()
    text = rendered("inbox", template, values, own=tx.store.settings.notification_templates)
    return Message(
        id=identifier,
        inbox=inbox,
        order=newest_first(now, identifier),
        about_event=cause,
        title=text[".jinja:title"],
        to_do=text[".jinja:to_do"] or None,
        created_at=now,
        **fields,
    )


def _begin_of(day: date) -> datetime:
    """Return the first instant of a day here: whatever was due on it may have gone out on it."""
    return datetime.combine(day, time.min, VIETNAM).astimezone(UTC)


def _hash(causes: Sequence[str]) -> str:
    return hashlib.sha256("\x00".join(causes).encode()).hexdigest()[:32]


def organizations_of(offices: Sequence[str]) -> list[str]:
    """Return the organisations of the offices (``role@organisation``) among a person's inboxes."""
    return [each.split("@", 1)[1] for each in offices if not each.startswith(("member:", "account:"))]


def week_of(day: date) -> str:
    """Return the ISO week of *day*, as ``2026-W03``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def put_digest(tx: Transaction, contact_id: str, today: date) -> None:
    """Put the week's digest into the account of a person who wants it, once."""
    contact, week = tx.load(Contact, contact_id), week_of(today)
    if not contact.digest or contact.digest_week == week:
        return
    contact.digest_week = week
    tx.save(contact)
    organizations = organizations_of(contact.inboxes)
    mine: list[Document] = [{"path": {"$in": organizations}}]
    if contact.member_id:
        mine.append({"member_id": contact.member_id})
    deadlines, day = tx.collection(DEADLINES), today.isoformat()
    running: Document = {"status": "running", "$or": mine}
    until = (today + _WEEK).isoformat()
    values = {
        "unread": tx.collection("messages").count_documents(
            {"inbox": {"$in": list(contact.inboxes)}, "read_at": None}, session=tx.session
        ),
        "coming": deadlines.count_documents(
            {**running, "due_on": {"$gte": day, "$lte": until}}, session=tx.session
        ),
        "overdue": deadlines.count_documents({**running, "due_on": {"$lt": day}}, session=tx.session),
    }
    message = _put_together(
        tx,
        f"digest:{week}",
        f"account:{contact_id}",
        "digest",
        values,
        event_type=DIGEST,
        organization_path=organizations,
        since=_begin_of(today - timedelta(days=today.weekday())),
    )
    put(tx, [message])


REMIND = Job(name="reminders", every_seconds=60, run=remind)
"""What the worker does about deadlines."""
