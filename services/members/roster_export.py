"""The roster of a subtree as of a day, in either form."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, BinaryIO, Literal

from services.members.domain.member import LEAVING_MODE_VI, Leaving, LeavingMode
from services.members.levels import SCHEME
from services.members.refusals import refused
from services.members.rolls import Roll, Stand
from services.members.roster import DatedPlace, MemberRow, OrganizationRow, RosterHeading, write_roster
from services.members.roster import cells as read
from services.members.roster.list_writer import write_member_list
from shared.store.connection import Document
from shared.workbook.cells import CellError

Form = Literal["7-hsdv", "ds-dangvien"]


def write_roll(target: BinaryIO, roll: Roll, form: Form, *, optional: Collection[str] = ()) -> int:
    """Write a roll to *target* and return the number of members in it.

    Mẫu 7-HSĐV carries those who had left, with date and form; DS_DANGVIEN only who was on the roll. *optional* are the
    sensitive fields that are kept and that whoever asks may see; others stay blank. Raises RefusedError when an
    organisation has no code: without it the file could not be read again.
    """
    codes = {each.organization_id: each.code or "" for each in roll.organizations}
    nameless = next((each.name for each in roll.organizations if not each.code), None)
    if nameless is not None:
        raise refused(
            "organization_without_code",
            "organization",
            f"“{nameless}” chưa có mã tổ chức; biểu mẫu ghi tổ chức theo mã.",
        )
    if form == "ds-dangvien":
        names = {each.code or "": each.name for each in roll.cells.values()}
        return write_member_list(
            target,
            as_of=roll.as_of,
            cell_names=names,
            members=_rows(roll, codes, gone=False, optional=optional),
        )
    superior = roll.superior
    codes_above = codes | ({} if superior is None else {superior.organization_id: superior.code or ""})
    organizations = [
        OrganizationRow(
            row=0,
            code=each.code or "",
            name=each.name,
            level=SCHEME.kind(each.level).code,
            parent_code=codes_above.get(each.parent_id or "") or None,
            established_on=each.valid_from,
        )
        for each in roll.organizations
    ]
    heading = RosterHeading(
        superior="" if superior is None else superior.name,
        organization=roll.organizations[0].name,
        as_of=roll.as_of,
    )
    return write_roster(
        target,
        heading=heading,
        organizations=organizations,
        members=_rows(roll, codes, gone=True, optional=optional),
        levels=SCHEME,
    )


def _rows(roll: Roll, codes: dict[str, str], *, gone: bool, optional: Collection[str]) -> Iterator[MemberRow]:
    for stand in roll.members(gone=gone):
        left = roll.had_left(stand.raw)
        yield row_of(
            stand, codes[stand.cell_id], left=left, as_of=roll.as_of, optional=roll.optional(stand, optional)
        )


def row_of(
    stand: Stand, cell_code: str, *, left: bool, as_of: date, optional: dict[str, str] | None = None
) -> MemberRow:
    """Return a record as a row of the form; what began after the day is left out."""
    raw = stand.raw
    official, exempt, ended = (_day(raw.get(name)) for name in ("official_on", "exempt_from", "exempt_until"))
    exempt_then = exempt is not None and exempt <= as_of and (ended is None or ended >= as_of)
    since, admitted = date.fromisoformat(raw["organization_since"]), date.fromisoformat(raw["admitted_on"])
    return MemberRow(
        row=0,
        cell_code=cell_code,
        full_name=raw["full_name"],
        birth_name=raw.get("birth_name"),
        gender=raw.get("gender"),
        native_place=raw.get("native_place"),
        education=raw.get("education"),
        occupation=raw.get("occupation"),
        birth_date=_day(raw.get("birth_date")),
        admitted_on=admitted,
        official_on=official if official is not None and official <= as_of else None,
        card_number=raw.get("card_number"),
        dossier_number=raw.get("dossier_number"),
        badge=raw.get("badge"),
        service=raw.get("service"),
        transferred_in=DatedPlace(on=since) if admitted < since <= as_of else None,
        exempt_from=exempt if exempt_then else None,
        notes=raw.get("notes"),
        optional=optional or {},
        **(_ending(raw) if left else {}),
    )


def _ending(raw: Document) -> dict[str, Any]:
    leaving = raw.get("leaving") or raw["reversed_leavings"][-1]
    on, mode = date.fromisoformat(leaving["on"]), LeavingMode(leaving["mode"])
    detail = leaving.get("detail")
    if mode is LeavingMode.DEATH:
        return {"died_on": on}
    if mode is LeavingMode.TRANSFERRED_OUT:
        return {"transferred_out": DatedPlace(on=on, place=detail)}
    label = LEAVING_MODE_VI[mode].capitalize()
    try:
        understood = detail is not None and read.leaving(f"{on:%d/%m/%Y} - {detail}").mode is mode
    except CellError:
        understood = False
    return {"left": Leaving(on=on, mode=mode, detail=detail if understood else label)}


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
