"""Single cells of the form: what their text says, refused where it could be read in two ways."""

from __future__ import annotations

import re
from datetime import date

import msgspec

from services.members.domain.member import LEAVING_MODE_VI, Leaving, LeavingMode
from services.members.roster.rows import DatedPlace, Gender
from shared.identifiers import card_number, dossier_number
from shared.names import person_name
from shared.text import fold, nfc
from shared.workbook.cells import CellError, cell_date, cell_text

_DATE = r"\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{4}"
_DATED_TEXT = re.compile(rf"({_DATE})(?:\s*[;,:\-–—]\s*|\s+|$)(.*)")
_BETWEEN_DATES = re.compile(r"[;,|\s]+")
_BETWEEN_NUMBERS = re.compile(r"[;,|\n]")
_NUMBER_LABEL = re.compile(
    r"(?:số\s+)?(thẻ|ll|lý lịch|hh|huy hiệu)(?:\s+(?:đảng viên|đảng|đv))?\s*:?\s*", re.IGNORECASE
)
_LABELS = {"thẻ": "card", "ll": "dossier", "lý lịch": "dossier", "hh": "badge", "huy hiệu": "badge"}
_POSITIONS = ("card", "dossier", "badge")
_NO_VALUE = frozenset({"", "-", "–", "—", "không", "chưa có"})
_EXEMPT = re.compile(
    rf"miễn\s+(?:công\s+tác|ct|sinh\s+hoạt)[^;.\d]*?\btừ(?:\s+ngày)?\s*:?\s*({_DATE})\s*[;.]?\s*",
    re.IGNORECASE,
)
_SAYS_EXEMPT = re.compile(r"\bmien (?:cong tac|ct|sinh hoat|sh)\b")
_GENDERS: dict[str, Gender] = {"nam": "male", "nu": "female"}
_LEAVING_WORDS = {
    "khai tru": LeavingMode.EXPULSION,
    "xoa ten": LeavingMode.NAME_REMOVAL,
    "xin ra": LeavingMode.RESIGNATION,
    "cho ra": LeavingMode.RESIGNATION,
}

EXEMPT_NOTE = "Miễn công tác và sinh hoạt đảng từ {day}"


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """Cột 8: số thẻ đảng viên, số lý lịch, số huy hiệu."""

    card_number: str | None = None
    dossier_number: str | None = None
    badge: str | None = None


def admission_dates(value: object) -> tuple[date, date | None]:
    """Return the admission date and, for an official member, the official date of column 7."""
    if not isinstance(value, str):
        return cell_date(value), None
    parts = [part for part in _BETWEEN_DATES.split(nfc(value)) if part not in _NO_VALUE]
    if not parts:
        raise CellError("admission_date_missing", "Thiếu ngày vào Đảng.")
    if len(parts) == 1:
        return cell_date(parts[0]), None
    if len(parts) == 2:  # noqa: PLR2004 -- the column holds two dates
        return cell_date(parts[0]), cell_date(parts[1])
    raise CellError(
        "date_wrong", "Cột này chỉ có ngày vào Đảng và ngày chính thức, dạng dd/mm/yyyy; dd/mm/yyyy."
    )


def names(value: object) -> tuple[str, str | None]:
    """Return the name in use and the birth name where it differs (after a line break, ``;`` or in brackets)."""
    if not isinstance(value, str):
        raise CellError("cell_not_text", "Ô phải là văn bản.")
    first, *others = [part for part in re.split(r"[\n;()]", value) if part.strip()] or [""]
    if len(others) > 1:
        raise CellError("name_letters", "Cột này chỉ có họ tên đang dùng và họ tên khai sinh.")
    used = person_name(first)
    born = person_name(others[0]) if others else None
    return used, born if born != used else None


_LABELS_OF_COLUMN_3 = {"ethnicity": "dan toc", "religion": "ton giao"}


def gender(value: object) -> tuple[Gender | None, bool]:
    """Return the gender in column 3, and whether the column said more (which is not kept)."""
    if not isinstance(value, str):
        raise CellError("cell_not_text", "Ô phải là văn bản.")
    parts = [fold(part) for part in re.split(r"[;,/|\n]|\s-\s", value) if part.strip()]
    found = [part for part in parts if part in _GENDERS]
    if len(found) != 1:
        raise CellError("gender_unknown", "Cột này phải ghi “Nam” hoặc “Nữ” ở đầu.")
    return _GENDERS[found[0]], len(parts) > 1


def ethnicity_and_religion(value: object) -> dict[str, str]:
    """Return what column 3 says beside the gender: the ethnicity, then the religion, labelled or in this order."""
    found: dict[str, str] = {}
    for part in (nfc(part) for part in re.split(r"[;,/|\n]|\s-\s", str(value)) if part.strip()):
        if fold(part) in _GENDERS:
            continue
        label = next(
            (field for field, said in _LABELS_OF_COLUMN_3.items() if fold(part).startswith(said)), None
        )
        text = part if label is None else part[len(_LABELS_OF_COLUMN_3[label]) :].strip(" :")
        field = label or next((each for each in _LABELS_OF_COLUMN_3 if each not in found), None)
        if field is not None and text:
            found[field] = text
    return found


def numbers(value: object) -> Numbers:
    """Return the card, dossier and badge numbers of column 8, labelled (``Thẻ: …``) or in this order.

    Raises InvalidIdentifierError for a number that cannot be right, CellError for an unclear cell.
    """
    if not isinstance(value, str):
        return Numbers(card_number=card_number(value).digits)
    found: dict[str, str] = {}
    parts = [nfc(part) for part in _BETWEEN_NUMBERS.split(value)]
    labels = [_NUMBER_LABEL.match(part) for part in parts]
    labelled = any(labels)
    for position, (part, label) in enumerate(zip(parts, labels, strict=True)):
        if label is not None:
            kind, text = _LABELS[label.group(1).lower()], part[label.end() :]
        elif not labelled and position < len(_POSITIONS):
            kind, text = _POSITIONS[position], part
        elif part in _NO_VALUE:
            continue
        else:
            raise CellError(
                "numbers_unclear", "Ghi “Thẻ: …; LL: …; HH: …” hoặc đúng thứ tự thẻ; lý lịch; huy hiệu."
            )
        if text.casefold() in _NO_VALUE:
            continue
        if kind in found:
            raise CellError("numbers_unclear", "Một loại số được ghi hai lần trong ô.")
        found[kind] = text
    return Numbers(
        card_number=card_number(found["card"]).digits if "card" in found else None,
        dossier_number=dossier_number(found["dossier"]) if "dossier" in found else None,
        badge=found.get("badge"),
    )


def dated_place(value: object) -> DatedPlace:
    """Return the date and the place of a transfer (columns 10 and 11)."""
    day, place = _dated_text(value)
    return DatedPlace(on=day, place=place)


def death(value: object) -> tuple[date, bool]:
    """Return the date of death (column 12), and whether a cause was given (which is not kept)."""
    day, cause = _dated_text(value)
    return day, cause is not None


def leaving(value: object) -> Leaving:
    """Return date and form of leaving the Party (column 13): khai trừ, xóa tên, xin ra or cho ra."""
    day, detail = _dated_text(value)
    words = fold(detail or "")
    modes = {mode for word, mode in _LEAVING_WORDS.items() if word in words}
    if len(modes) != 1:
        known = ", ".join(LEAVING_MODE_VI[mode] for mode in sorted(set(_LEAVING_WORDS.values())))
        raise CellError("leaving_form_unknown", f"Phải ghi ngày và một hình thức ra khỏi Đảng: {known}.")
    return Leaving(on=day, mode=modes.pop(), detail=detail)


def notes(value: object) -> tuple[str | None, date | None]:
    """Return the notes without, and the start of, an exemption from work and activities (column 14)."""
    text = cell_text(value)
    if text is None:
        return None, None
    exempt = _EXEMPT.search(text)
    rest = text if exempt is None else text[: exempt.start()] + text[exempt.end() :]
    if _SAYS_EXEMPT.search(fold(rest)):
        raise CellError(
            "exempt_date_missing", f"Phải ghi “{EXEMPT_NOTE.format(day='dd/mm/yyyy')}”, mỗi người một lần."
        )
    return nfc(rest) or None, None if exempt is None else cell_date(exempt.group(1))


def _dated_text(value: object) -> tuple[date, str | None]:
    if not isinstance(value, str):
        return cell_date(value), None
    text = nfc(value)
    found = _DATED_TEXT.fullmatch(text)
    if found is None:
        return cell_date(text), None  # always raises, with the reason that fits
    return cell_date(found.group(1)), found.group(2) or None
