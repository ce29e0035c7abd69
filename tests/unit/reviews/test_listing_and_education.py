import datetime as dt

import pytest

from services.reviews import domain
from services.reviews.domain import Refusal, State
from tests.unit.reviews import words
from tests.unit.reviews.words import COMMITTEE, PROFILE, SECRETARY, STANDING, START, SUBJECT, days

STEP_1 = "Mục II, Bước 1, Hướng dẫn 02-HD/BTCTW ngày 12/04/2021 (Ban Tổ chức Trung ương)"


def guide(case, actor, *, agrees=True, reason=""):
    return domain.give_guidance(
        case,
        PROFILE,
        actor=actor,
        on=START,
        agrees=agrees,
        by_organization="org-1",
        document=words.a_document(START),
        reason=reason,
    )


def ballot(case, *, on=START, roll=None, totals=None, minutes="BB"):
    return domain.record_ballot(
        case,
        PROFILE,
        actor=SECRETARY,
        on=on,
        ballot_id="b-1",
        roll=roll or words.roll_of(on),
        totals=totals or words.votes(9),
        minutes=minutes,
    )


class TestProposal:
    """A cell committee proposes with evidence, collects opinions of organisations, and asks above first."""

    def test_it_opens_a_case_under_the_profile_of_the_day(self):
        case = words.proposed()
        assert (case.state, case.profile_id, case.profile_fingerprint) == (
            State.PROPOSED,
            "2021-hd02-qd24",
            PROFILE.fingerprint,
        )

    def test_without_opinions_it_does_not_go_up(self):
        with pytest.raises(Refusal) as refused:
            domain.request_guidance(words.proposed(opinions=False), PROFILE, actor=SECRETARY, on=START)
        assert refused.value.problems[0].pointer == "/opinions"
        assert str(refused.value.problems[0].citation) == f"{STEP_1}; suy ra, chưa kiểm chứng"

    def test_an_opinion_can_be_added(self):
        step = domain.record_opinion(
            words.proposed(opinions=False),
            PROFILE,
            actor=SECRETARY,
            on=START,
            opinion=words.an_opinion(START),
        )
        assert (
            domain.request_guidance(step.case, PROFILE, actor=SECRETARY, on=START).case.state
            == "awaiting_guidance"
        )

    def test_all_problems_are_told_at_once(self):
        with pytest.raises(Refusal) as refused:
            domain.propose(
                case_id="c",
                member_id="m",
                status="official",
                unit=words.UNIT,
                profile=PROFILE,
                actor=SECRETARY,
                on=START,
                criterion_code="C9",
                evidence=(),
                sent_up=True,
            )
        assert [each.pointer for each in refused.value.problems] == ["/criterion", "/opinions"]

    def test_nobody_proposes_themselves_nor_by_another_role(self):
        own = domain.Actor(id="u", role="cell_secretary", member_id=words.MEMBER)
        for actor, code in ((own, "conflict_of_interest"), (STANDING, "actor_not_allowed")):
            with pytest.raises(Refusal) as refused:
                domain.propose(
                    case_id="c",
                    member_id=words.MEMBER,
                    status="official",
                    unit=words.UNIT,
                    profile=PROFILE,
                    actor=actor,
                    on=START,
                    criterion_code="C1",
                    evidence=words.two_bad_years(START),
                )
            assert refused.value.codes == {code}


class TestGuidance:
    """The committee directly above the cell agrees, or disagrees with its reason, before the cell votes."""

    def asked(self, unit=words.UNIT):
        return domain.request_guidance(words.proposed(unit=unit), PROFILE, actor=SECRETARY, on=START).case

    def test_the_grassroots_committee_stands_above_a_cell(self):
        assert guide(self.asked(), COMMITTEE).case.state == "guided"
        with pytest.raises(Refusal) as refused:
            guide(self.asked(), STANDING)
        assert refused.value.rule_code == "not_directly_above"
        assert str(refused.value.problems[0].citation) == STEP_1

    def test_the_khoi_stands_above_a_grassroots_cell(self):
        assert guide(self.asked(words.CELL_OF_THE_KHOI), STANDING).case.state == "guided"

    def test_disagreement_needs_a_reason_and_closes_the_case(self):
        with pytest.raises(Refusal) as refused:
            guide(self.asked(), COMMITTEE, agrees=False)
        assert refused.value.problems[0].pointer == "/reason"
        step = guide(self.asked(), COMMITTEE, agrees=False, reason="Chưa đủ căn cứ")
        assert step.case.state == "dropped_by_guidance"
        assert words.names(step) == ["GuidanceGiven", "CaseClosed"]

    def test_no_ballot_before_guidance(self):
        with pytest.raises(Refusal) as refused:
            ballot(self.asked())
        assert refused.value.codes == {"wrong_state"}


class TestListing:
    """Two thirds of the cell's official members, the exempt left out, put a member on the list."""

    def test_the_share_lists_and_starts_the_period(self):
        step = ballot(words.guided(), totals=words.votes(6, 3))
        assert step.case.state == "listed"
        assert words.names(step) == ["BallotRecorded", "MemberFlagged"]
        assert step.case.education_due_on == dt.date(2023, 3, 1)
        assert [(each.kind, each.due_on, each.status) for each in step.deadlines] == [
            ("education_end", dt.date(2023, 3, 1), "running")
        ]

    def test_one_vote_short_does_not(self):
        step = ballot(words.guided(), totals=words.votes(5, 4))
        assert step.case.state == "not_listed"
        assert words.names(step) == ["BallotRecorded", "CaseClosed"]

    def test_who_stays_away_counts_against(self):
        assert ballot(words.guided(), totals=words.votes(5)).case.state == "not_listed"

    def test_the_roll_is_of_the_day(self):
        with pytest.raises(Refusal) as refused:
            ballot(words.guided(), roll=words.roll_of(START - days(1)), totals=words.votes(99), minutes=" ")
        assert [each.pointer for each in refused.value.problems] == [
            "/roll/as_of",
            "/totals/issued",
            "/minutes",
        ]
        assert str(refused.value.problems[1].citation) == STEP_1

    def test_a_ballot_before_its_guidance_is_refused(self):
        with pytest.raises(Refusal) as refused:
            ballot(words.guided(), on=START - days(1))
        assert refused.value.codes == {"date_order"}

    def test_no_event_carries_a_tally(self):
        for _, fields in ballot(words.guided(), totals=words.votes(6, 3)).facts:
            assert not {"totals", "votes_for", "against", "valid"} & set(fields)


class TestEducation:
    """Helpers are official members and not the member; follow-ups and extensions keep the profile's intervals."""

    def assign(self, helpers, case=None):
        roster = [*words.a_cell_with(probationary=1)]
        return domain.assign_helpers(
            case or words.listed(), PROFILE, actor=SECRETARY, on=START, helpers=helpers, roster=roster
        )

    @pytest.mark.parametrize(
        ("helpers", "code", "pointer"),
        [
            ([], "helpers_too_few", "/helpers"),
            (["m-1", words.MEMBER], "helper_is_subject", "/helpers/1"),
            (["p-0"], "helper_not_official", "/helpers/0"),
            (["nobody"], "helper_not_official", "/helpers/0"),
            (["m-1", "m-1"], "helper_twice", "/helpers/1"),
        ],
    )
    def test_unfit_helpers(self, helpers, code, pointer):
        with pytest.raises(Refusal) as refused:
            self.assign(helpers)
        assert [(each.code, each.pointer) for each in refused.value.problems] == [(code, pointer)]

    def test_follow_ups_are_due_every_three_months(self):
        case = self.assign(["m-1", "m-2"]).case
        assert case.running("follow_up").due_on == dt.date(2022, 6, 1)
        step = domain.record_follow_up(case, PROFILE, actor=SECRETARY, on=dt.date(2022, 6, 2), minutes="BB")
        assert [(each.status, each.due_on) for each in step.deadlines] == [
            ("lapsed", dt.date(2022, 6, 1)),
            ("running", dt.date(2022, 9, 2)),
        ]

    def test_follow_ups_stand_in_order(self):
        with pytest.raises(Refusal) as refused:
            domain.record_follow_up(words.in_education(), PROFILE, actor=SECRETARY, on=START, minutes="BB")
        assert refused.value.codes == {"date_order"}

    def test_one_extension_of_at_most_six_months(self):
        def extend(case, months):
            return domain.extend_education(
                case, PROFILE, actor=SECRETARY, on=START, months=months, minutes="BB"
            )

        with pytest.raises(Refusal, match="extension_length"):
            extend(words.in_education(), 7)
        step = extend(words.in_education(), 6)
        assert step.case.education_due_on == dt.date(2023, 9, 1)
        assert words.names(step) == ["EducationExtended"]
        with pytest.raises(Refusal, match="extension_used_up"):
            extend(step.case, 1)

    def test_the_member_adds_their_own_words_and_nothing_else(self):
        case = words.in_education()
        step = domain.record_statement(case, PROFILE, actor=SUBJECT, on=START, text="Tôi xin phấn đấu")
        assert step.case.statements[0].text == "Tôi xin phấn đấu"
        stranger = words.changed(SUBJECT, member_id="m-other")
        with pytest.raises(Refusal, match="conflict_of_interest"):
            domain.record_statement(case, PROFILE, actor=stranger, on=START, text="x")


class TestWaysOffTheList:
    """Progress is a committee's decision; a transfer carries a written assessment; other exits name a document."""

    def recognize(self, case, **changed):
        on = START + days(200)
        facts = {
            "decided_by": "org-1",
            "assessment": "Chi bộ đánh giá tiến bộ",
            "decision": words.a_document(on),
        }
        return domain.recognize_progress(case, PROFILE, actor=COMMITTEE, on=on, **{**facts, **changed})

    def test_progress_is_recognised_and_every_clock_stops(self):
        step = self.recognize(words.in_education())
        assert words.names(step) == ["ProgressRecognized", "CaseClosed"]
        assert {each.status for each in step.case.deadlines} <= {"met", "lapsed"}

    def test_not_without_help_assessment_or_decision(self):
        with pytest.raises(Refusal) as refused:
            self.recognize(
                words.in_education(followed_up=False),
                assessment="",
                decision=words.a_document(START + days(201), number=""),
            )
        assert [each.pointer for each in refused.value.problems] == [
            "/assessment",
            "/decision/number",
            "/decision/issued_on",
            "",
        ]

    def test_not_before_anything_recorded(self):
        case = words.in_education()
        with pytest.raises(Refusal, match="date_order"):
            domain.recognize_progress(
                case,
                PROFILE,
                actor=COMMITTEE,
                on=START,
                decided_by="org-1",
                assessment="x",
                decision=words.a_document(START),
            )

    def transfer(self, to_unit, assessment="Có tiến bộ"):
        return domain.transfer_case(
            words.in_education(),
            PROFILE,
            actor=SECRETARY,
            on=START + days(100),
            assessment=assessment,
            to_unit=to_unit,
        )

    def test_beyond_the_khoi_the_case_is_closed_as_transferred(self):
        step = self.transfer(None)
        assert (step.case.state, step.case.outcome) == ("transferred", "transferred")
        assert words.names(step) == ["CaseTransferred", "CaseClosed"]

    def test_within_it_the_case_and_its_clock_go_on(self):
        other = domain.Unit(cell_id="cell-2", organization_path=("khoi", "org-2", "cell-2"))
        step = self.transfer(other)
        assert (step.case.state, step.case.unit, step.case.helpers) == ("listed", other, ())
        assert step.case.running("education_end").due_on == dt.date(2023, 3, 1)
        assert step.facts[0][1]["organization_path"] == ["khoi", "org-1", "cell-1"]
        assert step.facts[0][1]["continues"] is True

    def test_no_transfer_without_assessment(self):
        with pytest.raises(Refusal) as refused:
            self.transfer(None, assessment=" ")
        assert refused.value.problems[0].pointer == "/assessment"

    def test_death_closes_the_case(self):
        step = domain.close_other_exit(
            words.in_education(),
            PROFILE,
            actor=COMMITTEE,
            on=START + days(100),
            reason="death",
            reference="Giấy chứng tử",
        )
        assert step.facts[0][1]["outcome"] == "other_exit"
        assert step.facts[0][1]["reason"] == "death"
