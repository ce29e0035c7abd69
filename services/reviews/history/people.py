"""Who a row of past cases is about: a member whom the local roster knows by the marks, or a former member.

The rules, in their order: the card number; name with birth date. What they say must agree; where several people
answer to a name with a birth date, the card number decides. Nobody is taken for somebody by the name alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec

from services.reviews.domain.case import FormerMember
from services.reviews.domain.grounds import Status
from services.reviews.history.form import HEADERS
from services.reviews.history.reader import PastRow
from services.reviews.marks import card_mark, former_member_id, name_mark, person_mark
from services.reviews.roster import ROSTER, RosterMember
from shared.store.connection import Store

READ_AT_ONCE = 50
"""Values per read: the embedded server's ``$in`` takes time by the square of its list."""


def may_recognise(store: Store) -> bool:
    """Say whether everybody on the local roster can be recognised: not those projected before there were marks."""
    return store.collection(ROSTER).find_one({"marks": {"$exists": False}}, ["_id"]) is None


class UnclearError(ValueError):
    """Nobody can tell from the row who it is about; ``column`` is where to mend it."""

    def __init__(self, field: str, code: str, detail_vi: str) -> None:
        super().__init__(detail_vi)
        self.column = HEADERS[field]
        self.code = code
        self.detail_vi = detail_vi


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Người mà dòng nói đến: ``former`` for somebody whom the register does not know."""

    member_id: str
    status: Status
    former: FormerMember | None = None
    home: str | None = None
    """The cell they belong to at present."""


class People:
    """Those of the local roster whom some rows may be about."""

    def __init__(self, store: Store, rows: Sequence[PastRow], *, today: date) -> None:
        """Read everybody who answers to a mark of *rows*."""
        self._today = today
        self._with: dict[str, dict[str, RosterMember]] = {}
        marks = sorted({mark for row in rows for mark in marks_in(row)})
        for start in range(0, len(marks), READ_AT_ONCE):
            wanted = marks[start : start + READ_AT_ONCE]
            for raw in store.collection(ROSTER).find({"marks": {"$in": wanted}}):
                member = RosterMember.from_document(raw)
                for mark in member.marks:
                    self._with.setdefault(mark, {})[member.member_id] = member

    def person(self, row: PastRow) -> Person:
        """Return who *row* is about; raise UnclearError."""
        by_card = {} if row.card_number is None else self._with.get(card_mark(row.card_number), {})
        by_name: Mapping[str, RosterMember] = {}
        if row.birth_date is not None:
            by_name = self._with.get(person_mark(row.full_name, row.birth_date), {})
        if len(by_card) > 1:
            raise UnclearError(
                "card", "card_of_several", f"Số thẻ này từng được ghi cho {len(by_card)} đảng viên."
            )
        found = next(iter(by_card.values()), None)
        if found is not None:
            if name_mark(row.full_name) not in found.marks:
                raise UnclearError("card", "card_of_other", "Số thẻ này là của đảng viên có họ tên khác.")
            if by_name and found.member_id not in by_name:
                raise UnclearError(
                    "birth_date",
                    "person_contradicts",
                    "Số thẻ là của một đảng viên, họ tên và ngày sinh là của đảng viên khác.",
                )
            return self._known(row, found)
        if len(by_name) > 1:
            raise UnclearError(
                "card",
                "person_ambiguous",
                f"Có {len(by_name)} đảng viên cùng họ tên, ngày sinh; hãy ghi số thẻ.",
            )
        found = next(iter(by_name.values()), None)
        return self._former(row) if found is None else self._known(row, found)

    def _known(self, row: PastRow, member: RosterMember) -> Person:
        day = row.past.listed_on or row.past.ended_on or self._today
        status: Status = "probationary" if member.probationary_on(day) else "official"
        home = member.home_on(self._today) if member.ended_on is None else None
        return Person(
            member_id=member.member_id,
            status=row.standing or status,
            home=None if home is None else home.cell_id,
        )

    @staticmethod
    def _former(row: PastRow) -> Person:
        if row.past.outcome == "on_list":
            raise UnclearError(
                "name",
                "not_on_roster",
                "Còn trong danh sách cần giáo dục, giúp đỡ mà không có trong danh sách đảng viên; hãy kiểm tra số"
                " thẻ, họ tên, ngày sinh hoặc ghi danh đảng viên trước.",
            )
        if row.standing is None:
            raise UnclearError(
                "standing",
                "standing_missing",
                "Không có người này trong danh sách đảng viên: nếu là đảng viên cũ, hãy ghi “chính thức” hoặc “dự bị”.",
            )
        mark = (
            card_mark(row.card_number)
            if row.birth_date is None and row.card_number is not None
            else person_mark(row.full_name, row.birth_date or date.min)
        )
        return Person(
            member_id=former_member_id(mark),
            status=row.standing,
            former=FormerMember(
                full_name=row.full_name, birth_date=row.birth_date, card_number=row.card_number
            ),
        )


def marks_in(row: PastRow) -> list[str]:
    """Return the marks that a row gives."""
    marks = [] if row.card_number is None else [card_mark(row.card_number)]
    if row.birth_date is not None:
        marks.append(person_mark(row.full_name, row.birth_date))
    return marks
