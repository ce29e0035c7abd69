"""What the members service keeps: organisations with their dated versions, members, imports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from mongoengine import BooleanField, DateTimeField, DictField, IntField, ListField, StringField

from services.members.domain.organization import OrganizationVersion
from services.members.domain.stay import Absence, Stay, moved, stays
from shared.imports.record import Import
from shared.names import name_tokens
from shared.store.aggregate import Aggregate, DayField
from shared.text import fold

AT_ROOT = ""
"""Stands for "no parent" in ``Organization.parents``: an index finds it like any other value."""


class Organization(Aggregate):
    """Tổ chức đảng: its present state, and every version of it with its dates."""

    meta: ClassVar[dict[str, Any]] = {"collection": "organizations", "db_alias": "members"}

    name = StringField(required=True)
    code = StringField()
    level = StringField(required=True)
    is_cell = BooleanField(required=True)
    parent_id = StringField()
    path = ListField(StringField(), required=True)
    """Ids from the root to itself, as the tree stands now."""
    established_on = DayField(required=True)
    dissolved_on = DayField()
    successor_id = StringField()
    in_force = BooleanField(required=True, default=True)
    versions = ListField(DictField())
    """Oldest first: from, to (the first day it no longer holds), name, level, parent_id, code, decision."""
    parents = ListField(StringField())
    """Every parent it ever had."""
    terms = ListField(StringField())
    """Folded parts of its present name."""
    order = StringField(required=True)
    """Sort key of lists, unique."""

    def history(self) -> list[OrganizationVersion]:
        """Return its versions as the rules take them."""
        return versions_of(str(self.id), self.versions)

    def begin_version(
        self, *, on: date, name: str, parent_id: str | None, decision: dict[str, Any] | None
    ) -> None:
        """Let a new version hold from *on*; one that began the same day gives way to it."""
        kept = [version for version in self.versions if version["from"] != on.isoformat()]
        if kept:
            kept[-1]["to"] = on.isoformat()
        self.versions = [
            *kept,
            {
                "from": on.isoformat(),
                "to": None,
                "name": name,
                "level": self.level,
                "parent_id": parent_id,
                "code": self.code,
                "decision": decision,
            },
        ]
        self.name = name
        self.parent_id = parent_id
        self.parents = sorted({version["parent_id"] or AT_ROOT for version in self.versions})
        self.terms = name_tokens(name)
        self.order = f"{fold(name)} {self.id}"

    def end(self, *, on: date, successor_id: str | None) -> None:
        """Let the last version end on *on*."""
        self.versions[-1]["to"] = on.isoformat()
        self.dissolved_on = on  # type: ignore[assignment]  # mongoengine's descriptors take the value
        self.successor_id = successor_id
        self.in_force = False


def versions_of(organization_id: str, versions: Iterable[dict[str, Any]]) -> list[OrganizationVersion]:
    """Return stored versions as the rules take them."""
    return [
        OrganizationVersion(
            organization_id=organization_id,
            name=version["name"],
            level=version["level"],
            parent_id=version.get("parent_id"),
            valid_from=date.fromisoformat(version["from"]),
            valid_to=date.fromisoformat(version["to"]) if version.get("to") else None,
            code=version.get("code"),
        )
        for version in versions
    ]


class Member(Aggregate):
    """Đảng viên: the record of one member of the Party within this deployment."""

    meta: ClassVar[dict[str, Any]] = {"collection": "members", "db_alias": "members"}

    full_name = StringField(required=True)
    birth_name = StringField()
    gender = StringField(choices=("male", "female"))
    birth_date = DayField()
    card_number = StringField()
    past_cards = ListField(DictField())
    """Card numbers used before: number, until. Old forms are kept as they were."""
    past_exemptions = ListField(DictField())
    """Exemptions (miễn công tác và sinh hoạt đảng) that were changed or ended: from, until, changed_on."""
    dossier_number = StringField()
    badge = StringField()
    native_place = StringField()
    education = StringField()
    occupation = StringField()
    service = StringField()
    notes = StringField()
    optional = DictField()
    """Sensitive fields that the deployment keeps: citizen_id, ethnicity, religion, family. In no event or list."""
    admitted_on = DayField(required=True)
    official_on = DayField()
    exempt_from = DayField()
    exempt_until = DayField()
    temporary = BooleanField(required=True, default=False)
    cell_id = StringField(required=True)
    organization_path = ListField(StringField(), required=True)
    organization_since = DayField(required=True)
    past_stays = ListField(DictField())
    """Cells it belonged to before, oldest first: cell_id, from, to (the first day it no longer did)."""
    current = BooleanField(required=True, default=True)
    """On the roll: false for whoever left, however."""
    leaving = DictField()
    """How the membership ended: on, mode, ground, decision, case_id, detail. Empty while it has not."""
    reversed_leavings = ListField(DictField())
    """Endings that were reversed later."""
    screening_status = StringField(required=True, default="none", choices=("none", "listed"))
    screening_case = StringField()
    transit = DictField()
    """Of whom is in transit: transfer_id, since, to_cell_id, temporary. Empty for everybody else."""
    decided = DictField()
    """Of whom a transfer is decided and not begun: transfer_id, on, to_cell_id."""
    guest = DictField()
    """Of whom is a guest elsewhere (sinh hoạt tạm thời): transfer_id, cell_id, since, until."""
    handed_on = DictField()
    """The case's last transfer with its written assessment: case_id, on, cell_id."""
    classifications = ListField(DictField())
    """Annual results by year: year, level, on, decision, reason; corrected ones are marked superseded."""
    quarterly_results = ListField(DictField())
    """Kept apart, with a quarter: never counted as a year."""
    participation = ListField(DictField())
    """Months without activities or dues by year."""
    standing = ListField(DictField())
    """Conclusions on the member's standing (tư cách đảng viên) by year: year, violated, on, decision, reason."""
    source = DictField()
    """The import and row it came from."""
    search_terms = ListField(StringField())
    """Folded parts of the names, card and dossier number: one index answers every search.

    ``n:`` with the whole folded name and ``b:`` with the birth date are what lists are matched by; no search for
    a name can ask for them.
    """
    order = StringField(required=True)
    """Sort key of lists, unique: given name first, as Vietnamese lists are kept."""

    @property
    def status(self) -> str:
        """Return ``left``, ``official`` or ``probationary``."""
        return status_of(current=self.current, official_on=self.official_on)

    def move_to(self, cell: Organization, on: date) -> None:
        """Let the member belong to *cell* from *on*; where they belonged before stays in the record."""
        past = moved(
            _past_stays(self.past_stays), Stay(cell_id=self.cell_id, since=self.organization_since), on
        )
        self.past_stays = [
            {"cell_id": each.cell_id, "from": each.since.isoformat(), "to": str(each.until)} for each in past
        ]
        self.cell_id = str(cell.id)
        self.organization_path = list(cell.path)
        self.organization_since = on  # type: ignore[assignment]  # mongoengine's descriptors take the value

    def index_itself(self) -> None:
        """Set what the record is found and sorted by."""
        keys = index_keys(
            {
                "_id": str(self.id),
                "full_name": self.full_name,
                "birth_name": self.birth_name,
                "birth_date": None if self.birth_date is None else self.birth_date.isoformat(),
                "card_number": self.card_number,
                "dossier_number": self.dossier_number,
                "past_cards": self.past_cards,
            }
        )
        self.search_terms, self.order = keys["search_terms"], keys["order"]


def index_keys(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a stored record is found by (``search_terms``) and sorted by (``order``)."""
    names = f"{raw['full_name']} {raw.get('birth_name') or ''}"
    folded = fold(raw["full_name"])
    earlier = [each["number"] for each in raw.get("past_cards", [])]
    numbers = [number for number in (raw.get("card_number"), raw.get("dossier_number"), *earlier) if number]
    born = [f"b:{raw['birth_date']}"] if raw.get("birth_date") else []
    *before, given = folded.split(" ")
    return {
        "search_terms": [*name_tokens(names), *numbers, f"n:{folded}", *born],
        "order": " ".join((given, *before, raw["_id"])),
    }


def stays_of(raw: Mapping[str, Any]) -> list[Stay]:
    """Return in which cells the member of a stored record belonged, and when, oldest first."""
    leaving = raw.get("leaving") or {}
    absences = [
        Absence(since=date.fromisoformat(each["on"]), until=date.fromisoformat(each["reversed_on"]))
        for each in raw.get("reversed_leavings", [])
    ]
    if leaving:
        absences.append(Absence(since=date.fromisoformat(leaving["on"])))
    return stays(places_of(raw), absences)


def places_of(raw: Mapping[str, Any]) -> list[Stay]:
    """Return the same with the cell of whoever has left: that of the last days goes on."""
    since = date.fromisoformat(raw["organization_since"])
    return [*_past_stays(raw.get("past_stays", [])), Stay(cell_id=raw["cell_id"], since=since)]


def _past_stays(stored: Iterable[Mapping[str, Any]]) -> list[Stay]:
    return [
        Stay(
            cell_id=each["cell_id"],
            since=date.fromisoformat(each["from"]),
            until=date.fromisoformat(each["to"]),
        )
        for each in stored
    ]


class Transfer(Aggregate):
    """Chuyển sinh hoạt đảng: one transfer of one member, from its beginning to its end."""

    meta: ClassVar[dict[str, Any]] = {"collection": "transfers", "db_alias": "members"}

    member_id = StringField(required=True)
    way = StringField(required=True, choices=("between", "out", "in"))
    state = StringField(required=True)
    temporary = BooleanField(required=True, default=False)
    temporary_until = DayField()
    study = BooleanField(required=True, default=False)
    from_cell_id = StringField()
    from_path = ListField(StringField())
    to_cell_id = StringField()
    to_path = ListField(StringField())
    paths = ListField(StringField())
    """Organisations on either side: who may see it."""
    place = StringField()
    """The place outside, as the letter names it."""
    decided_on = DayField(required=True)
    last_on = DayField(required=True)
    """Day of its last step."""
    letter = DictField()
    """Giấy giới thiệu: number, issued_on, issuer."""
    clock = StringField()
    """Which clock runs: transfer_start, transfer_present or transfer_stay; none once it has ended."""
    due_on = DayField()
    clocks = ListField(DictField())
    """Every clock it ever had: kind, started_on, due_on, status (running, met, lapsed), ended_on, source, assumed."""
    decision = DictField()
    """The decision to transfer, where it was recorded: number, issued_on, issuer."""
    late = ListField(StringField())
    """Clocks that had run out when their step was taken."""
    steps = ListField(DictField())
    """What was done: on, step, note."""


class WorkingGroup(Aggregate):
    """Đoàn công tác: its present state, and every decision about it with its dates."""

    meta: ClassVar[dict[str, Any]] = {"collection": "working_groups", "db_alias": "members"}

    name = StringField(required=True)
    organization_ids = ListField(StringField(), required=True)
    """Organisations assigned to it, each with everything below."""
    member_ids = ListField(StringField(), required=True)
    leader_id = StringField()
    established_on = DayField(required=True)
    ended_on = DayField()
    in_force = BooleanField(required=True, default=True)
    mandates = ListField(DictField())
    """Oldest first: from, to, name, organization_ids, member_ids, leader_id, decision."""


class Revocation(Aggregate):
    """Thu hồi quyền truy cập: tokens of a subject that were issued before an instant count no more.

    The store forgets it at ``until``, when none of them could be good anyway.
    """

    meta: ClassVar[dict[str, Any]] = {"collection": "revocations", "db_alias": "members"}

    subject = StringField(required=True)
    issued_before = DateTimeField(required=True)
    until = DateTimeField(required=True)
    revoked_at = DateTimeField(required=True)


def status_of(*, current: bool, official_on: object) -> str:
    """Return the status these facts give: ``left``, ``official`` or ``probationary``."""
    if not current:
        return "left"
    return "probationary" if official_on is None else "official"


class RosterImport(Import):
    """Lượt nhập danh sách: one uploaded roster workbook on its way into the records."""

    meta: ClassVar[dict[str, Any]] = {"collection": "imports", "db_alias": "members"}

    organizations = IntField(required=True, default=0)
    duplicates = IntField(required=True, default=0)
    updates = IntField(required=True, default=0)
    """Rows that are surely a member on record, and say something else of them."""
    undecided = IntField(required=True, default=0)
    """Rows about which a person has yet to decide."""
    member_sheet = StringField()
    """Title of the sheet that the members stand on."""
    imported_members = IntField(required=True, default=0)
    imported_organizations = IntField(required=True, default=0)
    updated_members = IntField(required=True, default=0)


class Reconciliation(Aggregate):
    """Đối chiếu danh sách: one list of the level above or below held against the roll of a subtree."""

    meta: ClassVar[dict[str, Any]] = {"collection": "reconciliations", "db_alias": "members"}

    organization_id = StringField(required=True)
    counterpart = StringField(required=True, choices=("above", "below"))
    as_of = DayField(required=True)
    state = StringField(required=True, choices=("waiting", "done", "failed"))
    active = BooleanField(required=True)
    """Whether the worker has something to do with it."""
    attempts = IntField(required=True, default=0)
    holder = StringField()
    busy_until = DateTimeField()
    file_id = StringField(required=True)
    file_name = StringField()
    sha256 = StringField(required=True)
    author = DictField(required=True)
    """On whose behalf the worker acts: subject, name, role, organization, request_id, correlation_id."""
    started_at = DateTimeField(required=True)
    rows = IntField(required=True, default=0)
    agreed = IntField(required=True, default=0)
    outside = IntField(required=True, default=0)
    """Rows of cells outside the subtree."""
    differences = IntField(required=True, default=0)
    problem = DictField()
    """Why the file as a whole cannot be used: code, detail."""
