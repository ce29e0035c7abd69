"""A Khối with one grassroots organisation and two cells, and the people who act in it."""

from io import BytesIO
from types import SimpleNamespace

import pytest

from services.members.imports.job import run_imports
from services.members.service import SERVICE
from shared.events.envelope import Event
from tests.support.people import holding

API = "/api/members"
IMPORTS = f"{API}/imports"


@pytest.fixture
def members(open_service):
    return open_service(SERVICE)


@pytest.fixture
def board(members):
    """The organising board of the whole deployment."""
    return members.as_(holding("organizing_board", "*"))


@pytest.fixture
def establish(board):
    def made(organization_id, parent_id, level, *, is_cell=False, on="2020-01-01", **more):
        answer = board.post(
            f"{API}/organizations",
            {
                "id": organization_id,
                "name": f"Tổ chức {organization_id}",
                "level": level,
                "is_cell": is_cell,
                "parent_id": parent_id,
                "on": on,
                **more,
            },
        )
        assert answer.status_code == 201, answer.json
        return answer.json

    return made


@pytest.fixture
def bloc(establish):
    """khoi > co-so > {chi-bo-1, chi-bo-2}; khoi > co-so-2."""
    return SimpleNamespace(
        khoi=establish("khoi", None, "khoi", code="38.168.000.000.000"),
        co_so=establish("co-so", "khoi", "grassroots", code="38.168.001.000.000"),
        co_so_2=establish("co-so-2", "khoi", "grassroots", code="38.168.002.000.000"),
        cell_1=establish("chi-bo-1", "co-so", "cell", is_cell=True, code="38.168.001.000.001"),
        cell_2=establish("chi-bo-2", "co-so", "cell", is_cell=True, code="38.168.001.000.002"),
    )


@pytest.fixture
def register(board, bloc):
    def made(full_name="Lê Thị Thử", *, expect=201, **more):
        answer = board.post(
            f"{API}/members",
            {
                "full_name": full_name,
                "admitted_on": "2015-02-03",
                "official_on": "2016-02-03",
                "cell_id": "chi-bo-1",
                "since": "2020-01-01",
                **more,
            },
        )
        assert answer.status_code == expect, answer.json
        return answer.json

    return made


@pytest.fixture
def facts_told(members):
    """The events in the outbox so far, oldest first, as (name, data)."""

    def told():
        events = [
            Event.from_document(raw)
            for raw in members.runtime.store.collection("outbox").find().sort("_id", 1)
        ]
        return [(event.name, event.fact()) for event in events]

    return told


@pytest.fixture
def upload(board):
    def sent(content, *, caller=None, expect=201, headers=None):
        answer = (caller or board).post(
            IMPORTS,
            data={"file": (BytesIO(content), "danh-sach.xlsx"), "reason": "Nhập lần đầu"},
            content_type="multipart/form-data",
            headers=headers,
        )
        assert answer.status_code == expect, answer.json
        return answer.json

    return sent


@pytest.fixture
def preview(upload, members, board):
    def done(content, *, caller=None):
        made = upload(content, caller=caller)
        run_imports(members.runtime)
        return (caller or board).get(f"{IMPORTS}/{made['id']}")

    return done


def version_of(answer):
    return int(answer.headers["ETag"].strip('"')[1:])


@pytest.fixture
def execute(members, board):
    def done(previewed, *, caller=None):
        caller = caller or board
        ordered = caller.post(f"{IMPORTS}/{previewed.json['id']}/execute", version=version_of(previewed))
        assert ordered.status_code == 202, ordered.json
        run_imports(members.runtime)
        return caller.get(ordered.headers["Location"]).json

    return done


@pytest.fixture
def rows(board):
    def listed(import_id, kind="refused"):
        return board.get(f"{IMPORTS}/{import_id}/rows", kind=kind, limit=200).json["items"]

    return listed
