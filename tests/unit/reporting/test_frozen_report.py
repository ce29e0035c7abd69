import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.domain.frozen_report import (
    PACKAGE_FORMAT,
    PackageRefused,
    canonical,
    consolidated,
    consolidated_comparison,
    consolidated_kinds,
    differences,
    fault_in,
    read_package,
    sha256_of,
)
from services.reporting.domain.period import Period
from services.reporting.domain.screening_count import Figures
from services.reporting.domain.screening_report import Compared, KindFigures
from tests.unit.reporting.conftest import KHOI, OFFICE, PLANT


def figures(**counts) -> Figures:
    nothing = {"total": 0, "by_mode": {}, "by_ground": {}, "probationary": 0}
    flat = {
        "opening": 0,
        "listed": {"total": 0, "by_criterion": {}},
        "transferred_in": 0,
        "reversed": {"total": 0, "returned_to_list": 0},
        "recognized": 0,
        "transferred_out": 0,
        "removed_from_list": nothing,
        "removed_outside_list": nothing,
        "other_exits": {"total": 0, "by_reason": {}},
        "continuing": 0,
        "unreconciled": 0,
    }
    return msgspec.convert({**flat, **counts}, Figures)


BALANCED = st.builds(
    lambda opening, new, recognized: figures(
        opening=opening,
        listed={"total": sum(new.values()), "by_criterion": new},
        recognized=min(recognized, opening),
        continuing=opening + sum(new.values()) - min(recognized, opening),
    ),
    st.integers(0, 50),
    st.dictionaries(st.sampled_from(["C1", "C2", "C9"]), st.integers(0, 9)),
    st.integers(0, 50),
)


@pytest.fixture
def package(a_report_on):
    """A package as it comes, decoded."""
    report = a_report_on(KHOI, "Đảng bộ Khối mẫu")
    return {
        "format": PACKAGE_FORMAT,
        "source": "/khoi/mau/reporting",
        "report_id": "r1",
        "year": 2026,
        "serial": 1,
        "revision": 1,
        "frozen_at": "2026-02-01T20:05:00Z",
        "sha256": sha256_of(canonical(report)),
        "report": msgspec.to_builtins(report),
        "signature": {
            "role": "standing_committee",
            "role_title": "Ban Thường vụ",
            "organization": KHOI,
            "signed_at": "2026-02-02T01:00:00Z",
            "number": "07-BC/ĐUK",
            "issued_on": "2026-02-02",
            "issuer": "Đảng ủy Khối",
        },
        "corrects": None,
    }


class TestPackage:
    """What was changed on the way, or does not add up, is not taken in."""

    def test_a_sound_one(self, package):
        assert read_package(package).report.figures.listed.total == 14

    def test_the_order_of_keys_on_the_way_does_not_matter(self, package):
        package["report"] = dict(reversed(package["report"].items()))
        assert read_package(package).serial == 1

    def test_a_changed_name_breaks_the_hash(self, package):
        package["report"]["organization"]["name"] = "Đảng bộ khác"
        with pytest.raises(PackageRefused, match="mã băm"):
            read_package(package)

    def test_a_field_nobody_knows_breaks_the_hash_too(self, package):
        package["report"]["added"] = 1
        with pytest.raises(PackageRefused, match="mã băm"):
            read_package(package)

    def test_figures_that_do_not_balance(self, package):
        package["report"]["figures"]["opening"] = 3
        package["sha256"] = sha256_of(canonical(package["report"]))
        with pytest.raises(PackageRefused, match="không cân đối"):
            read_package(package)

    def test_parts_that_do_not_add_up(self, package):
        package["report"]["figures"]["listed"]["by_criterion"]["C1"] += 1
        package["sha256"] = sha256_of(canonical(package["report"]))
        with pytest.raises(PackageRefused, match="các phần của listed"):
            read_package(package)

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [({"format": "khác"}, "/format"), ({"serial": "một"}, "/serial"), ({"revision": 2}, "/corrects")],
    )
    def test_another_form_is_named_with_its_place(self, package, change, pointer):
        with pytest.raises(PackageRefused) as refused:
            read_package({**package, **change})
        assert refused.value.pointer == pointer


class TestConsolidated:
    """A sum of balanced reports is balanced, and is the sum in every figure."""

    @given(st.lists(BALANCED, max_size=5))
    def test_every_figure_is_the_sum(self, reports):
        total = consolidated(reports)
        assert fault_in(total) is None
        for key, count in total.flat().items():
            assert count == sum(report.flat().get(key, 0) for report in reports)

    def test_parts_of_a_real_term(self, a_report_on):
        parts = [a_report_on(each, each).figures for each in (PLANT, OFFICE)]
        assert consolidated(parts) == a_report_on(KHOI, KHOI).figures

    def test_by_kind_and_compared(self, a_report_on):
        plant, office = (
            msgspec.structs.replace(
                report,
                by_organization_kind=(
                    KindFigures(level="cell", level_name="Chi bộ", organizations=2, figures=report.figures),
                ),
                comparison=tuple(
                    Compared(with_=name, period=Period.year(year), figures=report.figures)
                    for name, year in (("period_before", 2022), ("year_before", own_year))
                ),
            )
            for report, own_year in ((a_report_on(PLANT, PLANT), 2021), (a_report_on(OFFICE, OFFICE), 2020))
        )
        whole = consolidated([plant.figures, office.figures])
        (kind,) = consolidated_kinds([plant, office])
        assert (kind.organizations, kind.figures) == (4, whole)
        (compared,) = consolidated_comparison([plant, office])
        assert (compared.with_, compared.figures) == ("period_before", whole)


class TestDifferences:
    """A correction says every figure that changed, and no other."""

    def test_between_two_reports(self):
        before = figures(opening=1, continuing=1)
        after = figures(opening=1, listed={"total": 1, "by_criterion": {"C1": 1}}, continuing=2)
        assert [(each.figure, each.before, each.after) for each in differences(before, after)] == [
            ("continuing", 1, 2),
            ("listed", 0, 1),
            ("listed.by_criterion.C1", 0, 1),
        ]
