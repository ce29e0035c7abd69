"""History imports in the words of the domain: who sends a workbook, and how far the worker takes it."""

from datetime import date
from typing import Any

from services.reviews.history.job import run_history_imports
from shared.events.catalogue.members import MemberRegistered
from tests.integration.reviews.conftest import CELL, KHOI, Office, Person, member
from tests.unit.reviews.pasts import a_row

IMPORTS = "/history-imports"
BORN = date(1980, 4, 5)
NAME = "Lê Thị Hoa"
CARD = "079123456789"


def board(office: Office, organization: str = "*", *, member_id: str | None = None) -> Person:
    return office.person(f"to-chuc-{organization}", ("organizing_board", organization), member_id=member_id)


def known(member_id: str, cell: str = CELL, **facts: Any) -> MemberRegistered:
    """Return the registration of somebody whom a row can name."""
    plain = member(member_id, cell)
    told = {"full_name": NAME, "birth_date": BORN, "card_number": None, **facts}
    return MemberRegistered(
        **{name: told.get(name, getattr(plain, name)) for name in plain.__struct_fields__}
    )


def in_cell(cell: str = CELL, **changed: Any) -> list[Any]:
    """Return a row in a cell of the small Khối."""
    return a_row(organization=f"Tổ chức {cell}", **changed)


def upload_history(office: Office, content: Any, *, by: Person | None = None, reason: str = "sổ cũ") -> Any:
    sender = by or board(office, KHOI)
    return sender.client.post(
        f"/api/reviews{IMPORTS}",
        data={"file": (content, "vu-viec-cu.xlsx"), "reason": reason},
        headers=sender.headers(),
    )


def previewed(office: Office, content: Any, *, by: Person | None = None) -> Any:
    made = upload_history(office, content, by=by)
    assert made.status_code == 201, made.json
    run_history_imports(office.runtime)
    return (by or board(office, KHOI)).get(f"{IMPORTS}/{made.json['id']}").json


def executed(office: Office, content: Any, *, by: Person | None = None) -> Any:
    """Preview and execute; return the import as it ended."""
    person = by or board(office, KHOI)
    seen = previewed(office, content, by=by)
    answer = person.post(f"{IMPORTS}/{seen['id']}/execute", {}, version=seen["version"])
    assert answer.status_code == 202, answer.json
    run_history_imports(office.runtime)
    return person.get(f"{IMPORTS}/{seen['id']}").json


def refused(office: Office, seen: Any) -> list[tuple[int, str]]:
    """Return row and code of what was refused."""
    rows = board(office, KHOI).get(f"{IMPORTS}/{seen['id']}/rows", kind="refused").json["items"]
    return [(item["row"], item["code"]) for item in rows]


def cases(office: Office) -> list[Any]:
    found: list[Any] = office.standing.get("/cases").json["items"]
    return found
