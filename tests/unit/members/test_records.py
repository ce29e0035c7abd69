"""What the records of the members service do by themselves, without a database."""

from datetime import date

import pytest

from services.members.commands.organizations import new_organization
from services.members.documents import AT_ROOT, Member, status_of
from services.members.imports.directory import Scope, member_id_of
from services.members.levels import SCHEME, level_name, level_of

IMPORT = "01a20590-7452-7a3f-b004-006496ff8ff8"


def an_organization(**more):
    facts = {
        "organization_id": "co-so",
        "name": "Đảng bộ Công ty Thử",
        "level": SCHEME.kind("dang_bo_co_so"),
        "code": None,
        "parent_id": "khoi",
        "parent_path": ["khoi"],
        "on": date(2020, 1, 1),
    }
    return new_organization(**{**facts, **more})


class TestVersions:
    """Each version of an organisation holds until the next begins."""

    def test_a_new_version_ends_the_one_before(self):
        organization = an_organization()
        organization.begin_version(
            on=date(2023, 5, 1), name="Đảng bộ Công ty Mới", parent_id="khoi", decision=None
        )
        before, after = organization.history()
        assert (before.name, before.valid_to) == ("Đảng bộ Công ty Thử", date(2023, 5, 1))
        assert (after.name, after.valid_to) == ("Đảng bộ Công ty Mới", None)

    def test_a_second_change_of_one_day_takes_the_place_of_the_first(self):
        organization = an_organization()
        for name in ("Một", "Hai"):
            organization.begin_version(on=date(2023, 5, 1), name=name, parent_id="khoi", decision=None)
        assert [version.name for version in organization.history()] == ["Đảng bộ Công ty Thử", "Hai"]

    def test_every_parent_it_ever_had_is_kept(self):
        organization = an_organization()
        organization.begin_version(on=date(2023, 5, 1), name=organization.name, parent_id=None, decision=None)
        assert organization.parents == [AT_ROOT, "khoi"]

    def test_the_end_is_the_end_of_the_last_version(self):
        organization = an_organization()
        organization.end(on=date(2024, 1, 1), successor_id=None)
        assert organization.history()[-1].valid_to == date(2024, 1, 1)
        assert not organization.in_force


class TestMember:
    """A member is found by the parts of both names and by number, and sorted by given name."""

    def test_search_terms_and_order(self):
        member = Member(
            id="m1", full_name="Đặng Thị Ánh", birth_name="Đặng Thị Sen", card_number="038168000001"
        )
        member.index_itself()
        assert member.search_terms == ["anh", "dang", "sen", "thi", "038168000001", "n:dang thi anh"]
        assert member.order == "anh dang thi m1"

    @pytest.mark.parametrize(
        ("current", "official_on", "status"),
        [(True, None, "probationary"), (True, "2020-01-01", "official"), (False, "2020-01-01", "left")],
    )
    def test_status(self, current, official_on, status):
        assert status_of(current=current, official_on=official_on) == status


class TestLevels:
    """A level is named by code, by Vietnamese name or by its short name."""

    @pytest.mark.parametrize(
        ("text", "is_cell", "code"),
        [
            ("khoi", False, "dang_bo_khoi"),
            ("grassroots", False, "dang_bo_co_so"),
            ("grassroots", True, "chi_bo_co_so"),
            ("cell", True, "chi_bo_truc_thuoc"),
            ("đảng bộ bộ phận", False, "dang_bo_bo_phan"),
            ("chi_bo_co_so", True, "chi_bo_co_so"),
        ],
    )
    def test_names(self, text, is_cell, code):
        assert level_of(text, is_cell=is_cell).code == code

    def test_an_unknown_one(self):
        assert level_of("huyện", is_cell=False) is None
        assert level_name("cap_cu") == "cap_cu"


class TestImportIds:
    """However often a row is executed, it makes the same record; another import makes another."""

    def test_stable(self):
        assert member_id_of(IMPORT, 7) == member_id_of(IMPORT, 7)
        assert (
            len({member_id_of(IMPORT, 7), member_id_of(IMPORT, 8), member_id_of(IMPORT[:-1] + "9", 7)}) == 3
        )


class TestScope:
    """An importer writes within the subtrees held, and nowhere else."""

    def test_covers(self):
        scope = Scope(roots=frozenset({"co-so"}), everywhere=False)
        assert scope.covers(["khoi", "co-so", "chi-bo"])
        assert not scope.covers(["khoi", "co-so-2", "chi-bo"])
        assert Scope(roots=frozenset(), everywhere=True).covers([])
