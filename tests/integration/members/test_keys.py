"""Sensitive fields under the deployment's keys: the database says nothing of them, and keys change at work."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from io import BytesIO

import openpyxl
import pytest
from bson import encode

from services.members import keys
from services.members.held import HELD
from shared.access.actor import Context, system_actor
from shared.settings import Settings
from shared.store.sealed import PLAIN, SealedValueError, Sealing, key_id
from tests.integration.members.rosters import person, workbook

pytestmark = pytest.mark.integration

API = "/api/members"
OLD, NEW = (urlsafe_b64encode(letter * 32).decode() for letter in (b"o", b"n"))
CONTEXT = Context(actor=system_actor("test"), request_id="request", correlation_id="correlation")
SECRET = "038080001234"
RELIGION = "Tôn giáo thử nghiệm"


@pytest.fixture
def settings(mongodb_url, deployment, tmp_path):
    file = tmp_path / "field-keys"
    file.write_text(OLD, "ascii")
    return Settings(
        khoi_id=deployment,
        mongodb_url=mongodb_url,
        optional_fields=("citizen_id", "ethnicity", "religion"),
        field_keys=file,
    )


@pytest.fixture
def store(members):
    return members.runtime.store


@pytest.fixture
def under(store):
    """Let the service work with other keys from here on, as after a restart."""

    def given(*found):
        store.sealing = Sealing(found)

    return given


@pytest.fixture
def rotate(members):
    def done(**more):
        return keys.rotate(members.runtime.unit_of_work, context=CONTEXT, **more)

    return done


@pytest.fixture
def put(board):
    def done(member, **values):
        version = board.get(f"{API}/members/{member['id']}").json["version"]
        answer = board.patch(f"{API}/members/{member['id']}/optional-fields", values, version=version)
        assert answer.status_code == 200, answer.json
        return answer.json["values"]

    return done


def shown(caller, member):
    return caller.get(f"{API}/members/{member['id']}/optional-fields")


def everything(store):
    """All that the service's database holds, as bytes."""
    return b"".join(
        encode(raw, codec_options=store.database.codec_options)
        for name in store.database.list_collection_names()
        for raw in store.collection(name).find()
    )


class TestAtRest:
    """Neither records nor the rows of imports on their way say what is sealed; all who may see it do."""

    def test_what_is_written_by_hand(self, board, register, put, store):
        member = register()
        assert put(member, citizen_id=SECRET, religion=RELIGION)["religion"] == RELIGION
        raw = everything(store)
        assert SECRET.encode() not in raw
        assert RELIGION.encode() not in raw
        assert shown(board, member).json["values"]["citizen_id"] == SECRET
        (record,) = HELD.records(store, member["id"])["Hồ sơ đảng viên"]
        assert record["optional"] == {"citizen_id": SECRET, "religion": RELIGION}

    def test_the_same_again_is_no_change(self, board, register, put):
        member = register()
        put(member, religion=RELIGION)
        version = board.get(f"{API}/members/{member['id']}").json["version"]
        path = f"{API}/members/{member['id']}/optional-fields"
        again = board.patch(path, {"religion": RELIGION}, version=version)
        assert [each["code"] for each in again.json["errors"]] == ["nothing_changed"]

    def test_import_and_export(self, board, preview, execute, store):
        said = {"ethnicity": "Dân tộc thử", "religion": RELIGION}
        previewed = preview(workbook([person(1, optional=said)]))
        assert RELIGION.encode() not in everything(store)
        assert execute(previewed)["state"] == "done"
        assert RELIGION.encode() not in everything(store)
        (member,) = board.get(f"{API}/members").json["items"]
        assert shown(board, member).json["values"] == {"citizen_id": None, **said}
        answer = board.get(
            f"{API}/roster/file", organization=member["organization_path"][0], form="7-hsdv", reason="thử"
        )
        book = openpyxl.load_workbook(BytesIO(answer.get_data()))
        cells = [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
        assert any(RELIGION in each for each in cells)

    def test_an_import_that_says_the_same_updates_nothing(self, preview, execute):
        content = workbook([person(1, optional={"religion": RELIGION})])
        execute(preview(content))
        again = preview(content).json
        assert (again["updates"], again["duplicates"]) == (0, 1)


@pytest.fixture
def a_value(register, put):
    """Register somebody with one value."""

    def made():
        member = register()
        put(member, religion=RELIGION)
        return member

    return made


@pytest.fixture
def imported(board, preview, execute):
    """Preview an import of one member with one value now; write it when asked to, and return the member."""
    previewed = preview(workbook([person(1, optional={"religion": RELIGION})]))

    def executed():
        assert execute(previewed)["state"] == "done"
        (member,) = board.get(f"{API}/members").json["items"]
        return member

    return executed


@pytest.fixture
def by_twos(monkeypatch):
    """Rotation in batches of two."""
    monkeypatch.setattr(keys, "PLACES", tuple(replace(each, batch=2) for each in keys.PLACES))


class TestRotation:
    """Every value comes under the newest key, wherever it waits, while commands go on."""

    @pytest.fixture
    def five(self, register, put):
        """Members with one value each under the old key."""
        members = [register(f"Lê Văn Thử {letter}") for letter in "ABCDE"]
        for number, member in enumerate(members):
            put(member, religion=f"{RELIGION} {number}")
        return members

    def test_all_are_moved_and_read_without_the_old_key(self, board, five, store, under, rotate):
        version = board.get(f"{API}/members/{five[0]['id']}").json["version"]
        under(NEW, OLD)
        assert keys.counted(store) == {key_id(OLD): 5}
        assert rotate() == 5
        assert keys.counted(store) == {key_id(NEW): 5}
        assert rotate() == 0
        under(NEW)
        assert [shown(board, each).json["values"]["religion"] for each in five] == [
            f"{RELIGION} {number}" for number in range(5)
        ]
        assert board.get(f"{API}/members/{five[0]['id']}").json["version"] == version

    def test_what_was_kept_before_there_were_keys(self, board, a_value, store, under, rotate):
        under()
        member = a_value()
        assert keys.counted(store) == {PLAIN: 1}
        under(NEW)
        assert shown(board, member).json["values"]["religion"] == RELIGION
        assert rotate() == 1
        assert RELIGION.encode() not in everything(store)

    def test_rows_of_an_import_that_waits(self, board, imported, under, rotate):
        under(NEW, OLD)
        assert rotate() == 1
        under(NEW)
        assert shown(board, imported()).json["values"]["religion"] == RELIGION

    @pytest.mark.usefixtures("by_twos")
    def test_broken_off_it_goes_on_with_what_is_left(self, five, store, under, rotate):
        under(NEW, OLD)

        def killed(_done, _every):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            rotate(progress=killed)
        assert keys.counted(store) == {key_id(NEW): 2, key_id(OLD): 3}
        assert rotate() == 3
        entries = list(store.collection("audit").find({"action": "keys.rotated"}))
        assert [(each["before"], each["after"]) for each in entries] == [
            (count, key_id(NEW)) for count in ("2", "2", "1")
        ]

    @pytest.mark.usefixtures("by_twos")
    def test_a_command_between_its_batches_is_not_undone(self, board, five, put, under, rotate):
        under(NEW, OLD)
        written = []

        def meanwhile(_done, _every):
            if not written:
                written.append(put(five[4], religion="Viết giữa chừng"))
                put(five[3], religion=None)

        rotate(progress=meanwhile)
        under(NEW)
        values = [shown(board, each).json["values"]["religion"] for each in five]
        assert values == [*(f"{RELIGION} {number}" for number in range(3)), None, "Viết giữa chừng"]


class TestWithoutItsKey:
    """One clear sentence, and no value changed or passed over."""

    @pytest.fixture
    def member(self, register, put, under):
        found = register()
        put(found, religion=RELIGION)
        under(NEW)
        return found

    def test_a_reader_is_told_which_key_is_needed(self, board, member):
        answer = shown(board, member)
        assert answer.status_code == 503
        assert key_id(OLD) in answer.json["detail"]

    def test_rotation_refuses(self, member, store, rotate):
        with pytest.raises(SealedValueError, match=key_id(OLD)):
            rotate()
        assert keys.counted(store) == {key_id(OLD): 1}

    def test_what_cannot_be_opened_can_be_taken_away_and_entered_anew(self, member, put):
        assert put(member, religion=None)["religion"] is None
        assert put(member, religion=RELIGION)["religion"] == RELIGION
