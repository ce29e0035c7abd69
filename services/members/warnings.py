"""What a person should know and nothing is refused for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pymongo.client_session import ClientSession

from services.members.documents import Member, Organization
from services.members.domain.matching import Person, Rule, rule_between
from services.members.domain.member import LeavingMode
from services.members.domain.organization import SMALLEST_CELL_SOURCE, cell_too_small
from services.members.domain.readmission import came_back_warning, readmission_warning
from services.members.imports.matching import person_of, records_like
from services.members.rules import rule_on
from shared.store.connection import Document, Store
from shared.store.unit_of_work import Transaction
from shared.text import fold

MATCHING_SOURCE = "Quy tắc đối chiếu của phần mềm (chưa có văn bản quy định, chưa kiểm chứng)"
LISTED_SOURCE = (
    "Hướng dẫn 02-HD/BTCTW ngày 12/04/2021 (Ban Tổ chức Trung ương), danh sách cần giáo dục, giúp đỡ"
)


def warnings_of(
    store: Store, raw: Document, *, today: date, session: ClientSession | None = None
) -> list[dict[str, Any]]:
    """Return the warnings about an organisation: a cell in force with fewer than three official members.

    Within a transaction pass its *session*: a command is warned of what it brings about.
    """
    if not raw["is_cell"] or not raw["in_force"]:
        return []
    found = store.collection(Member.kind()).find(
        {"cell_id": raw["_id"]}, ["current", "official_on", "temporary"], session=session
    )
    official = sum(
        bool(each["current"])
        and not each["temporary"]
        and (each.get("official_on") or "9999") <= today.isoformat()
        for each in found
    )
    warning = cell_too_small(official)
    if warning is None:
        return []
    return [{"code": warning.code, "detail": warning.detail_vi, "source": SMALLEST_CELL_SOURCE}]


def registration_warnings(
    tx: Transaction, facts: Mapping[str, Any], *, cell_id: str, on: date
) -> list[dict[str, Any]]:
    """Return the warnings about a person to be registered, or to come in, who may be one with a record here.

    Who left the Party, with the 36 months; who was transferred away and comes back: the same by card number, else by
    the folded name and the birth date together. Who may be on the roll already, by the rules that lists are compared
    by; where, is for that cell to know. Each record that a warning is about is in the audit.
    """
    found: list[dict[str, Any]] = []
    for raw in _who_left(tx, facts):
        leaving = raw["leaving"]
        mode, left_on = LeavingMode(leaving["mode"]), date.fromisoformat(leaving["on"])
        same_card = facts["card_number"] is not None and raw.get("card_number") == facts["card_number"]
        away = mode is LeavingMode.TRANSFERRED_OUT
        warning = (
            came_back_warning(left_on=left_on, same_card=same_card)
            if away
            else readmission_warning(
                mode=mode, left_on=left_on, on=on, same_card=same_card, rule=rule_on(on).readmission_months
            )
        )
        if warning is not None:
            tx.record("member.readmission_warned", str(raw["_id"]), member_id=str(raw["_id"]))
            found.append({"code": warning.code, "detail": warning.detail_vi, "source": warning.source})
    return [*found, *_on_the_roll(tx, facts, cell_id)]


def _on_the_roll(tx: Transaction, facts: Mapping[str, Any], cell_id: str) -> list[dict[str, Any]]:
    person = Person(
        full_name=facts["full_name"],
        cell=cell_id,
        admitted_on=facts["admitted_on"],
        birth_date=facts["birth_date"],
        card_number=facts["card_number"],
        dossier_number=facts["dossier_number"],
    )
    rules: dict[str, Rule] = {}
    for raw in records_like(tx.store, [person], tx.session):
        rule = rule_between(person, person_of(raw)) if raw["current"] else None
        if rule is not None:
            tx.record("member.likeness_warned", str(raw["_id"]), member_id=str(raw["_id"]))
            rules[rule.code] = rule
    return [
        {
            "code": "on_roll",
            "detail": f"Có thể là người đang trong danh sách đảng viên. {rule.text_vi} Hãy đối chiếu; nếu là người "
            "chuyển đến thì làm thủ tục chuyển sinh hoạt đảng thay vì ghi danh.",
            "source": MATCHING_SOURCE,
        }
        for rule in rules.values()
    ]


def ending_warnings(tx: Transaction, member: Member) -> list[dict[str, Any]]:
    """Return the warnings about an ending just recorded: the cell it leaves, and a case that still has to be ended."""
    cell = tx.load(Organization, str(member.cell_id)).to_document()
    found = warnings_of(tx.store, cell, today=tx.clock.today(), session=tx.session)
    if member.screening_status == "listed":
        found.append(
            {
                "code": "case_open",
                "detail": "Người này còn trong danh sách cần giáo dục, giúp đỡ: ghi việc kết thúc vụ việc ở dịch vụ "
                "rà soát (bước “exit”).",
                "source": LISTED_SOURCE,
            }
        )
    return found


def _who_left(tx: Transaction, facts: Mapping[str, Any]) -> list[Document]:
    """Return the records of former members that may be this person's."""
    born = None if facts["birth_date"] is None else f"b:{facts['birth_date'].isoformat()}"
    named = f"n:{fold(facts['full_name'])}"
    found: list[Document] = []
    if facts["card_number"] is not None:
        found += _with_term(tx, facts["card_number"])
    if born is not None:
        # One term at a time: the embedded server reads no index for a query of two.
        found += [raw for raw in _with_term(tx, born) if named in raw["search_terms"]]
    people = {raw["_id"]: raw for raw in found if not raw["current"]}
    return [people[each] for each in sorted(people)]


def _with_term(tx: Transaction, term: str) -> list[Document]:
    fields = ["current", "leaving", "card_number", "search_terms"]
    return list(tx.collection(Member.kind()).find({"search_terms": term}, fields, session=tx.session))
