"""What reading a roster yields: rows as they stand in the form, problems and notes with their place."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from services.members.domain.member import Leaving, LeavingMode, MemberFacts, MemberState
from shared.workbook.problems import RowNote, RowProblem

Gender = Literal["male", "female"]


class DatedPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Ngày và nơi chuyển: a date with the place that stands beside it in one column of the form."""

    on: date
    place: str | None = None


class OrganizationRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Một dòng của trang “Tổ chức”: one organisation; parents stand before their children."""

    row: int
    code: str
    """``MM.MMM.MMM.MMM.MMM``."""
    name: str
    level: str
    """Code of a level kind of the deployment."""
    parent_code: str | None
    established_on: date


class MemberRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Một dòng của danh sách đảng viên: one member of Mẫu 7-HSĐV or DS_DANGVIEN, without what is not kept.

    Not kept: ethnicity and religion (column 3), the cause of a death (column 12), the citizen id and the cell at
    the place of residence.
    """

    row: int
    cell_code: str
    full_name: str
    birth_name: str | None = None
    gender: Gender | None = None
    native_place: str | None = None
    education: str | None = None
    occupation: str | None = None
    birth_date: date | None = None
    """Only DS_DANGVIEN has it."""
    admitted_on: date
    official_on: date | None = None
    said_official: bool | None = None
    """What DS_DANGVIEN says of the member's state; it has no official date. None where nothing is said."""
    card_number: str | None = None
    dossier_number: str | None = None
    badge: str | None = None
    service: str | None = None
    """Bộ đội, công an, hưu trí."""
    transferred_out: DatedPlace | None = None
    transferred_in: DatedPlace | None = None
    died_on: date | None = None
    left: Leaving | None = None
    """Column 13 only; see ``leaving`` for whichever way the member left."""
    optional: dict[str, str] = {}
    """Sensitive fields, of those that the deployment keeps."""
    exempt_from: date | None = None
    """Read from the notes: “Miễn công tác và sinh hoạt đảng từ dd/mm/yyyy”."""
    notes: str | None = None

    @property
    def leaving(self) -> Leaving | None:
        """How the member left the roll, from columns 10 to 13; None for who is on it."""
        if self.left is not None:
            return self.left
        if self.died_on is not None:
            return Leaving(on=self.died_on, mode=LeavingMode.DEATH)
        gone, came = self.transferred_out, self.transferred_in
        if gone is None or (came is not None and came.on > gone.on):
            return None
        return Leaving(on=gone.on, mode=LeavingMode.TRANSFERRED_OUT, detail=gone.place)

    @property
    def facts(self) -> MemberFacts:
        """The facts the rules of ``domain.member`` look at."""
        return MemberFacts(
            admitted_on=self.admitted_on,
            official_on=self.official_on,
            birth_date=self.birth_date,
            exempt_from=self.exempt_from,
            leaving=self.leaving,
        )

    @property
    def state(self) -> MemberState:
        """Probationary, official or left."""
        return self.facts.state


RosterItem = OrganizationRow | MemberRow | RowProblem | RowNote
