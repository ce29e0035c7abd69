import datetime as dt

import pytest

from services.reviews.domain import CRITERIA, GROUNDS, Evidence
from services.reviews.domain.criteria import EVIDENCE_VI, criterion, evidence_problems
from services.reviews.domain.grounds import mode_problems
from tests.unit.reviews.words import evidence

ON = dt.date(2022, 3, 1)


def problems_of(code, given, on=ON):
    found = criterion(code, on=on)
    return {each.code for each in evidence_problems(found.demands, given, on=on, citation=found.citation)}


def bad_year(year):
    return Evidence(kind="annual_not_completed", reference="KQ", on=dt.date(year, 12, 31), year=year)


class TestCriteria:
    """Mục II, điểm 1, Hướng dẫn 02-HD/BTCTW ngày 12/04/2021: each criterion demands its own evidence."""

    def test_every_code_cites_its_document(self):
        current = [each for each in CRITERIA if each.valid_until is None]
        assert [each.code for each in current] == ["C1", "C2", "C3", "C4a", "C4b"]
        for each in current:
            assert str(each.citation) == (
                "Mục II, điểm 1, Hướng dẫn 02-HD/BTCTW ngày 12/04/2021 (Ban Tổ chức Trung ương)"
            )
        legacy = [each for each in CRITERIA if each.valid_until is not None]
        assert {str(each.citation) for each in legacy} == {
            "điểm 4, Chỉ thị 28-CT/TW ngày 21/01/2019 (Ban Bí thư)"
        }

    def test_every_evidence_kind_has_its_term(self):
        used = {kind for each in (*CRITERIA, *GROUNDS) for kind in each.demands}
        assert used <= set(EVIDENCE_VI)

    @pytest.mark.parametrize(
        ("day", "known"),
        [(dt.date(2019, 1, 20), set()), (dt.date(2021, 4, 11), {"L1"}), (dt.date(2021, 4, 12), {"C1"})],
    )
    def test_legacy_reasons_end_when_the_guideline_begins(self, day, known):
        assert {code for code in ("L1", "C1") if criterion(code, on=day)} == known

    def test_c1_needs_two_consecutive_years(self):
        assert not problems_of("C1", [bad_year(2020), bad_year(2021)])
        assert problems_of("C1", [bad_year(2019), bad_year(2021)]) == {"evidence_two_years"}
        assert problems_of("C1", [bad_year(2021), bad_year(2021)]) == {"evidence_two_years"}

    def test_c2_needs_a_discipline_still_in_force(self):
        again = evidence("repeated_violation", ON)
        running = evidence("discipline_in_force", dt.date(2021, 6, 1), until=ON)
        over = evidence("discipline_in_force", dt.date(2021, 6, 1), until=dt.date(2022, 2, 28))
        assert not problems_of("C2", [running, again])
        assert problems_of("C2", [over, again]) == {"discipline_over"}
        assert problems_of("C2", [running]) == {"evidence_missing"}

    @pytest.mark.parametrize("code", ["C3", "C4a", "C4b"])
    def test_the_others_need_the_committees_conclusion(self, code):
        assert not problems_of(code, [evidence("committee_conclusion", ON)])
        assert problems_of(code, []) == {"evidence_missing"}

    def test_a_document_of_tomorrow_is_no_evidence(self):
        assert problems_of("C3", [evidence("committee_conclusion", ON + dt.timedelta(days=1))]) == {
            "evidence_later"
        }


class TestGrounds:
    """Điều 8, Quy định 24-QĐ/TW ngày 30/07/2021: grounds X1 to X6, X4 only after education."""

    def test_every_ground_cites_its_document(self):
        cited = {each.code: str(each.citation) for each in GROUNDS}
        assert set(cited) == {"X1", "X2", "X3", "X4", "X5", "X6", "P1"}
        for code in ("X1", "X2", "X3", "X4", "X5", "X6"):
            assert cited[code] == "Điều 8, Quy định 24-QĐ/TW ngày 30/07/2021 (Ban Chấp hành Trung ương)"

    @pytest.mark.parametrize("code", ["X1", "X2", "X3", "X5", "X6"])
    def test_direct_grounds_need_no_list(self, code):
        assert not mode_problems(mode="name_removal", ground_code=code, status="official", listed=False)

    def test_x4_needs_education(self):
        found = mode_problems(mode="name_removal", ground_code="X4", status="official", listed=False)
        assert [each.code for each in found] == ["ground_needs_education"]

    @pytest.mark.parametrize("listed", [True, False])
    def test_a_probationary_member_is_never_expelled(self, listed):
        found = mode_problems(mode="expulsion", ground_code=None, status="probationary", listed=listed)
        assert [(each.code, each.pointer) for each in found] == [("probationary_expulsion", "/mode")]
        assert "22-QĐ/TW" in str(found[0].citation)

    @pytest.mark.parametrize(
        ("mode", "ground", "status", "code"),
        [
            ("name_removal", None, "official", "ground_unknown"),
            ("name_removal", "X9", "official", "ground_unknown"),
            ("name_removal", "P1", "official", "ground_only_probationary"),
            ("resignation", "X1", "official", "ground_not_for_mode"),
        ],
    )
    def test_mode_and_ground_belong_together(self, mode, ground, status, code):
        found = mode_problems(mode=mode, ground_code=ground, status=status, listed=True)
        assert [each.code for each in found] == [code]
