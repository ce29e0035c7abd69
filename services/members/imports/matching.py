"""Which rows of a file are members that exist already: the records that may be meant, under the stated rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pymongo.client_session import ClientSession

from services.members.commands.members import CHANGEABLE
from services.members.documents import Member
from services.members.domain.matching import Match, Person, match
from services.members.domain.member import MemberFacts, check_member
from services.members.domain.optional_fields import OPTIONAL_VI
from services.members.domain.violation import Violation
from services.members.imports.directory import Place
from services.members.roster import MemberRow
from services.members.roster.form import MEMBER_COLUMNS, MEMBER_SHEET
from shared.imports.rows import Finding
from shared.store.connection import Document, Store

_HEADERS = {column.field: column.header for column in MEMBER_COLUMNS}
_FACTS = (
    "full_name", "birth_name", "gender", "birth_date", "card_number", "dossier_number", "badge", "native_place",
    "education", "occupation", "service", "notes", "admitted_on", "official_on", "exempt_from",
)  # fmt: skip
UPDATED = tuple(name for name in _FACTS if name in CHANGEABLE)
"""Fields that a row may change: what a person may change by hand, and the forms have."""
_READ = [
    *_FACTS, "exempt_until", "cell_id", "organization_path", "organization_since", "current", "leaving",
    "reversed_leavings", "version", "optional",
]  # fmt: skip


def records_like(
    store: Store, people: Iterable[Person], session: ClientSession | None = None
) -> list[Document]:
    """Return the records that share a number, the folded name or the birth date with one of *people*."""
    terms = sorted({term for person in people for term in _terms(person)})
    return list(
        store.collection(Member.kind()).find({"search_terms": {"$in": terms}}, _READ, session=session)
    )


def matches(
    rows: Sequence[MemberRow], cells: Mapping[str, Place], records: Sequence[Document]
) -> dict[int, Match]:
    """Return, by row, what each row is among *records*."""
    by_term: dict[str, list[tuple[str, Person]]] = {}
    for raw in records:
        person = person_of(raw)
        for term in _terms(person):
            by_term.setdefault(term, []).append((raw["_id"], person))
    found: dict[int, Match] = {}
    for row in rows:
        person = _person_in(row, cells[row.cell_code].id)
        found[row.row] = match(
            person, dict(each for term in _terms(person) for each in by_term.get(term, ())).items()
        )
    return found


def people_of(rows: Sequence[MemberRow], cells: Mapping[str, Place]) -> list[Person]:
    """Return the rows as the rules take them."""
    return [_person_in(row, cells[row.cell_code].id) for row in rows]


def person_of(raw: Document) -> Person:
    """Return a record as the rules take it."""
    return Person(
        full_name=raw["full_name"],
        cell=raw["cell_id"],
        admitted_on=date.fromisoformat(raw["admitted_on"]),
        birth_date=_day(raw.get("birth_date")),
        card_number=raw.get("card_number"),
        dossier_number=raw.get("dossier_number"),
    )


def _person_in(row: MemberRow, cell_id: str) -> Person:
    return Person(
        full_name=row.full_name,
        cell=cell_id,
        admitted_on=row.admitted_on,
        birth_date=row.birth_date,
        card_number=row.card_number,
        dossier_number=row.dossier_number,
    )


def _terms(person: Person) -> list[str]:
    born = person.birth_date
    return [
        f"n:{person.name}",
        *([] if born is None else [f"b:{born.isoformat()}"]),
        *(number for number in (person.card_number, person.dossier_number) if number),
    ]


def changes(row: MemberRow, raw: Document) -> dict[str, Any]:
    """Return the fields of a record that *row* would change; a blank cell takes nothing away."""
    found: dict[str, Any] = {}
    for name in UPDATED:
        new, old = getattr(row, name), raw.get(name)
        shown = new.isoformat() if isinstance(new, date) else new
        # Lists in capitals lose the capitals within a name, and nothing else.
        same = name == "full_name" and str(new).casefold() == str(old).casefold()
        if new is not None and shown != old and not same:
            found[name] = new
    return found


def shown_changes(facts: Mapping[str, Any], raw: Document) -> list[dict[str, Any]]:
    """Return *facts* beside what the record says, for a person to read."""
    return [
        {
            "field": name,
            "before": raw.get(name),
            "after": value.isoformat() if isinstance(value, date) else value,
        }
        for name, value in facts.items()
    ]


def shown_optional(fields: Iterable[str]) -> list[dict[str, Any]]:
    """Return which sensitive fields would change; what they say is for the record alone."""
    return [{"field": name, "before": None, "after": f"({OPTIONAL_VI[name]})"} for name in fields]


def broken_by(facts: Mapping[str, Any], raw: Document, *, today: date) -> list[Violation]:
    """Return the rules that a record would break with *facts*."""
    days = ("admitted_on", "official_on", "birth_date", "exempt_from", "exempt_until")
    return check_member(
        MemberFacts(**{name: facts.get(name, _day(raw.get(name))) for name in days}), today=today
    )


def by_number(
    store: Store, rows: Iterable[MemberRow], session: ClientSession | None = None
) -> dict[int, Finding]:
    """Return, by row, the rows whose card or dossier number is on record, of former members too."""
    rows = list(rows)
    numbers = sorted({number for row in rows for number in (row.card_number, row.dossier_number) if number})
    if not numbers:
        return {}
    taken = {
        raw[field]
        for raw in store.collection(Member.kind()).find(
            {"search_terms": {"$in": numbers}}, _READ, session=session
        )
        for field in ("card_number", "dossier_number")
        if raw.get(field)
    }
    found: dict[int, Finding] = {}
    for row in rows:
        if row.card_number in taken:
            found[row.row] = known(row, "same_card")
        elif row.dossier_number in taken:
            found[row.row] = known(row, "same_dossier")
    return found


def known(row: MemberRow, rule: str) -> Finding:
    """Return the finding that a row is on record already, by the *rule* it was known by."""
    column, code, reason = {
        "same_card": ("numbers", "known_card_number", f"Số thẻ {row.card_number} đã có hồ sơ."),
        "same_dossier": ("numbers", "known_dossier_number", f"Số lý lịch {row.dossier_number} đã có hồ sơ."),
    }.get(rule, ("name", "known_name", "Đảng viên này đã có hồ sơ: cùng họ tên, cùng ngày và cùng chi bộ."))
    return Finding(
        kind="duplicate",
        sheet=MEMBER_SHEET,
        row=row.row,
        column=_HEADERS[column],
        code=code,
        reason=reason,
        value=row.full_name,
    )


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
