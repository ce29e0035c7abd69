"""Help and its end: the member's plan, who does not help, self-review and the cell's assessment."""

import pytest

from services.reviews import domain
from services.reviews.domain import Refusal
from services.reviews.domain.own_view import member_may
from services.reviews.domain.profile import EndOfEducation
from tests.unit.reviews import words
from tests.unit.reviews.words import COMMITTEE, PROFILE, SECRETARY, START, SUBJECT, days

AFTER = START.replace(year=START.year + 1) + days(10)


def demanding():
    """Return the profile with both steps of the end of the period demanded."""
    end = words.changed(
        PROFILE.settings.end_of_education, value=EndOfEducation(self_review=True, assessment=True)
    )
    return words.changed(PROFILE, settings=words.changed(PROFILE.settings, end_of_education=end))


def refusal(act, *args, **facts):
    with pytest.raises(Refusal) as refused:
        act(*args, **facts)
    return refused.value.codes


def self_reviewed(case, profile=PROFILE):
    return domain.record_self_review(case, profile, actor=SUBJECT, on=AFTER, text="Tự kiểm điểm").case


def assessed(case, *, progressed, profile=PROFILE):
    return domain.assess_progress(
        case, profile, actor=SECRETARY, on=AFTER, progressed=progressed, minutes="BB 9"
    ).case


def recognize(case, profile=PROFILE):
    return domain.recognize_progress(
        case,
        profile,
        actor=COMMITTEE,
        on=AFTER,
        decided_by="org-1",
        assessment="Có tiến bộ",
        decision=words.a_document(AFTER),
    ).case


def propose_x4(case, profile=PROFILE):
    return domain.propose_removal(
        case, profile, actor=SECRETARY, on=AFTER, mode="name_removal", ground="X4"
    ).case


class TestOwnPlan:
    """The plan is the member's own; another replaces it and none is lost."""

    def test_plans_are_kept_in_order(self):
        case = words.listed()
        for text in ("Kế hoạch", "Kế hoạch sửa"):
            case = domain.record_plan(case, PROFILE, actor=SUBJECT, on=START, text=text).case
        assert [each.text for each in case.plans] == ["Kế hoạch", "Kế hoạch sửa"]

    def test_nobody_else_writes_it_as_a_member(self):
        other = words.changed(SUBJECT, member_id="m-1")
        codes = refusal(domain.record_plan, words.listed(), PROFILE, actor=other, on=START, text="X")
        assert codes == {"conflict_of_interest"}


class TestHelpers:
    """Helpers are in no conflict (Mục I, Hướng dẫn 02-HD/BTCTW: no prejudice)."""

    def assign(self, case, **more):
        return domain.assign_helpers(
            case, PROFILE, actor=SECRETARY, on=START, helpers=["m-1"], roster=words.a_cell_with(), **more
        )

    def test_a_declared_conflict_excludes(self):
        case = domain.declare_helper_conflict(
            words.listed(), PROFILE, actor=SECRETARY, on=START, member_id="m-1", reason="Anh em ruột"
        ).case
        assert refusal(self.assign, case) == {"helper_in_conflict"}

    def test_who_helps_already_is_replaced_first(self):
        codes = refusal(
            domain.declare_helper_conflict,
            words.in_education(),
            PROFILE,
            actor=SECRETARY,
            on=START,
            member_id="m-1",
            reason="Anh em ruột",
        )
        assert codes == {"helper_in_place"}

    def test_who_has_an_open_case_does_not_help(self):
        assert refusal(self.assign, words.listed(), under_review={"m-1"}) == {"helper_under_review"}

    def test_help_is_given_by_a_helper(self):
        codes = refusal(
            domain.record_follow_up,
            words.in_education(followed_up=False),
            PROFILE,
            actor=SECRETARY,
            on=START + days(90),
            minutes="BB",
            helped_by="m-5",
        )
        assert codes == {"not_a_helper"}


class TestEndOfThePeriod:
    """Self-review and the cell's assessment are steps of their own; a profile may demand them."""

    def test_without_the_setting_recognition_rests_on_its_written_assessment(self):
        assert recognize(words.in_education()).state == "progress_recognized"

    def test_a_profile_may_demand_both_before_recognition_and_before_x4(self):
        profile, case = demanding(), words.in_education()
        missing = {"self_review_missing", "assessment_missing"}
        assert refusal(recognize, case, profile) == missing
        assert refusal(propose_x4, case, profile) == missing
        case = self_reviewed(case, profile)
        assert recognize(assessed(case, progressed=True, profile=profile), profile).outcome == "recognized"
        proposed = propose_x4(assessed(case, progressed=False, profile=profile), profile)
        assert proposed.state == "removal_proposed"

    def test_where_the_self_review_is_demanded_it_comes_first(self):
        case = words.in_education()
        with pytest.raises(Refusal) as refused:
            assessed(case, progressed=True, profile=demanding())
        assert refused.value.codes == {"self_review_missing"}

    def test_x4_contradicts_an_assessment_of_progress(self):
        """Điều 8, Quy định 24-QĐ/TW: X4 is no progress after the period."""
        case = assessed(words.in_education(), progressed=True)
        assert refusal(propose_x4, case) == {"progress_assessed"}


class TestNotices:
    """A notice that waits for acknowledgement has told nobody yet."""

    def pending(self, case, about="removal"):
        return domain.notify_member(
            case, PROFILE, actor=SECRETARY, on=START, about=about, channel="thư", receipt="pending"
        ).case

    def test_it_does_not_count_as_told_before_the_member_acknowledges(self):
        case = self.pending(words.removal_proposed())
        assert "notice_missing" in {each.code for each in domain.removal_evidence_problems(case, PROFILE)}
        case = domain.acknowledge_notice(case, PROFILE, actor=SUBJECT, on=START + days(1), number=1).case
        assert case.notices[0].acknowledged_on == START + days(1)
        assert "notice_missing" not in {each.code for each in domain.removal_evidence_problems(case, PROFILE)}

    def test_only_a_notice_that_waits_is_acknowledged(self):
        case = self.pending(words.listed(), about="listing")
        for number in (0, 2):
            codes = refusal(domain.acknowledge_notice, case, PROFILE, actor=SUBJECT, on=START, number=number)
            assert codes == {"notice_not_waiting"}

    def test_the_secretary_does_not_acknowledge_for_the_member(self):
        case = self.pending(words.listed(), about="listing")
        codes = refusal(domain.acknowledge_notice, case, PROFILE, actor=SECRETARY, on=START, number=1)
        assert codes == {"actor_not_allowed"}


class TestOwnView:
    """The member is told what they can do and until when."""

    def can(self, case, today=START):
        return {each.command: each for each in member_may(case, today=today)}

    def test_while_on_the_list(self):
        case = words.listed()
        assert self.can(case)["record_plan"].until == case.education_due_on
        assert set(self.can(words.in_education())) == {
            "record_statement",
            "record_plan",
            "record_self_review",
        }

    def test_a_complaint_has_its_last_day_and_is_late_after_it(self):
        case = words.removed()
        until = case.running("complaint_filing").due_on
        assert self.can(case)["lodge_complaint"].until == until
        assert not self.can(case, today=until)["lodge_complaint"].late
        assert self.can(case, today=until + days(1))["lodge_complaint"].late

    def test_when_nothing_can_be_done_nothing_is_offered(self):
        assert self.can(recognize(words.in_education())) == {}
