"""Annual classification and missed months over HTTP: 124-QĐ/TW (4/10/2023), Điều 12; 24-QĐ/TW (30/7/2021), Điều 8."""

from typing import ClassVar

import pytest

from tests.support.people import holding

pytestmark = pytest.mark.integration

API = "/api/members"


@pytest.fixture
def secretary(members):
    return members.as_(holding("cell_secretary", "chi-bo-1"))


@pytest.fixture
def classify(secretary):
    def send(member, *, expect=200, **given):
        body = {"year": 2020, "level": "not_completed", "on": "2021-01-15", **given}
        answer = secretary.post(
            f"{API}/members/{member['id']}/classifications", body, version=member["version"]
        )
        assert answer.status_code == expect, answer.json
        return answer.json

    return send


class TestYear:
    """One result a year is in force; a correction says why and keeps what it corrects."""

    def test_it_stands_in_the_record_and_is_told(self, register, classify, facts_told):
        member = classify(register())
        (entry,) = member["classifications"]
        assert (entry["year"], entry["label"]) == (2020, "Không hoàn thành nhiệm vụ")
        name, fact = facts_told()[-1]
        assert (name, fact.year, fact.level) == ("MemberClassified", 2020, "not_completed")

    def test_a_correction_needs_its_reason(self, register, classify):
        member = classify(register())
        refused = classify(member, level="completed", expect=422)
        assert [each["code"] for each in refused["errors"]] == ["reason_missing"]
        corrected = classify(member, level="completed", reason="Nhập nhầm dòng")
        assert [(each["level"], each["superseded"]) for each in corrected["classifications"]] == [
            ("not_completed", True),
            ("completed", False),
        ]

    def test_a_quarter_is_kept_apart_and_told_to_nobody(self, register, classify, facts_told):
        member = classify(register(), quarter=3)
        assert member["classifications"] == []
        assert [(each["year"], each["quarter"]) for each in member["quarterly_results"]] == [(2020, 3)]
        assert "MemberClassified" not in [name for name, _ in facts_told()]

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"year": 2022, "on": "2021-01-15"}, "year_not_over"),
            ({"year": 2014}, "year_before_admission"),
            ({"on": "2199-01-01"}, "date_in_future"),
        ],
    )
    def test_what_cannot_be(self, register, classify, given, code):
        refused = classify(register(), expect=422, **given)
        assert code in [each["code"] for each in refused["errors"]]

    def test_two_editors_at_once(self, register, classify):
        member = register()
        classify(member)
        assert classify(member, year=2019, on="2020-01-15", expect=412)


class TestCell:
    """A cell's results of a year by one decision: all of them, or none."""

    def test_all_at_once(self, secretary, register, facts_told):
        ids = [register(name)["id"] for name in ("Lê Thị Thử", "Trần Văn Mẫu")]
        answer = secretary.post(
            f"{API}/organizations/chi-bo-1/classifications",
            {
                "year": 2020,
                "on": "2021-01-15",
                "results": [
                    {"member_id": ids[0], "level": "good"},
                    {"member_id": ids[1], "level": "not_completed"},
                ],
            },
        )
        assert answer.status_code == 200, answer.json
        told = [(fact.member_id, fact.level) for name, fact in facts_told() if name == "MemberClassified"]
        assert told == [(ids[0], "good"), (ids[1], "not_completed")]

    def test_somebody_of_another_cell_stops_all(self, secretary, register, facts_told):
        here, elsewhere = register()["id"], register("Trần Văn Mẫu", cell_id="chi-bo-2")["id"]
        answer = secretary.post(
            f"{API}/organizations/chi-bo-1/classifications",
            {
                "year": 2020,
                "on": "2021-01-15",
                "results": [
                    {"member_id": here, "level": "good"},
                    {"member_id": elsewhere, "level": "good"},
                ],
            },
        )
        assert answer.status_code == 422
        assert [(each["code"], each["pointer"]) for each in answer.json["errors"]] == [
            ("not_in_cell", "/results/1/member_id")
        ]
        assert "MemberClassified" not in [name for name, _ in facts_told()]

    def test_a_secretary_of_another_cell_may_not(self, members, register):
        register()
        stranger = members.as_(holding("cell_secretary", "chi-bo-2"))
        body = {"year": 2020, "on": "2021-01-15", "results": [{"member_id": "x", "level": "good"}]}
        answer = stranger.post(f"{API}/organizations/chi-bo-1/classifications", body)
        assert answer.status_code == 403


class TestMissedMonths:
    """Months of a year without activities or dues, as known on a day; a good reason is named."""

    def send(self, secretary, member, **given):
        body = {"year": 2020, "months_absent": 3, "months_unpaid": 0, "on": "2020-12-20", **given}
        return secretary.post(f"{API}/members/{member['id']}/participation", body, version=member["version"])

    def test_counted_and_told(self, secretary, register, facts_told):
        answer = self.send(secretary, register(), months_excused=1, reason="Đi công tác dài ngày")
        assert answer.status_code == 200, answer.json
        name, fact = facts_told()[-1]
        assert (name, fact.months_absent, fact.months_excused) == ("MemberParticipationRecorded", 3, 1)

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"months_absent": 8, "months_excused": 5, "reason": "Ốm"}, "months_too_many"),
            ({"months_excused": 1}, "reason_missing"),
        ],
    )
    def test_what_contradicts_itself(self, secretary, register, given, code):
        answer = self.send(secretary, register(), **given)
        assert answer.status_code == 422
        assert [each["code"] for each in answer.json["errors"]] == [code]


class TestStanding:
    """X5 rests on conclusions of two years (24-QĐ/TW, 30/7/2021, Điều 8): each by its document."""

    DECISION: ClassVar = {"number": "5-KL/ĐU", "issued_on": "2022-01-10", "issuer": "Đảng ủy cơ sở"}

    def test_a_conclusion_and_its_correction(self, members, register, facts_told):
        secretary = members.as_(holding("cell_secretary", "chi-bo-1"))
        member = register()

        def conclude(version, **given):
            body = {"year": 2021, "violated": True, "on": "2022-01-10", "decision": self.DECISION, **given}
            return secretary.post(f"{API}/members/{member['id']}/standing", body, version=version)

        first = conclude(1)
        assert first.status_code == 200, first.json
        name, fact = facts_told()[-1]
        assert (name, fact.year, fact.violated) == ("MemberStandingConcluded", 2021, True)
        refused = conclude(first.json["version"], violated=False)
        assert [each["code"] for each in refused.json["errors"]] == ["reason_missing"]
        second = conclude(first.json["version"], violated=False, reason="Kết luận lại").json
        assert [(each["violated"], each["superseded"]) for each in second["standing"]] == [
            (True, True),
            (False, False),
        ]
